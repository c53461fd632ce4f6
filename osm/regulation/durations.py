"""Spans of time and counted things in Russian words."""

WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


def plural(number: int, one: str, few: str, many: str) -> str:
    """The form that goes with the number: 1 день, 2 дня, 5 дней, 11 дней, 21 день."""
    tens, units = number % 100, number % 10
    if units == 1 and tens != 11:
        return one
    if 2 <= units <= 4 and not 12 <= tens <= 14:
        return few
    return many


def duration(minutes: int) -> str:
    """«3 ч 12 мин», «3 ч», «48 мин»; less than a minute is «0 мин»."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} ч"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} мин")
    return " ".join(parts)


def hours(number: int) -> str:
    """«1 час», «3 часа», «7 часов»."""
    return f"{number} {plural(number, 'час', 'часа', 'часов')}"


def working_hours(number: int) -> str:
    """«1 рабочий час», «3 рабочих часа», «7 рабочих часов»."""
    return f"{number} {plural(number, 'рабочий час', 'рабочих часа', 'рабочих часов')}"


def working_days(number: int) -> str:
    """«1 рабочий день», «3 рабочих дня», «7 рабочих дней»."""
    return f"{number} {plural(number, 'рабочий день', 'рабочих дня', 'рабочих дней')}"
