"""Lengths of time and shares in Russian words."""

from datetime import datetime
from math import floor

# --- Spans of time, near days and counted things in Russian words
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_NEAR_DAYS = {-1: "вчера", 0: "сегодня", 1: "завтра"}


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


def day_and_time(instant: datetime, now: datetime, after: str = "") -> str:
    """«сегодня в 14:05», «вчера в 9:10», «завтра в 9:00»; another day is «25.11 09:05», with the year if not this one.
    Both in local time. `after`: the preposition in front; the time follows it, «до 14:05 завтра»."""
    day = _NEAR_DAYS.get((instant.date() - now.date()).days)
    if day is None:
        far = f"{instant:%d.%m %H:%M}" if instant.year == now.year else f"{instant:%d.%m.%Y %H:%M}"
        return f"{after} {far}".lstrip()
    time = f"{instant.hour}:{instant:%M}"
    return f"{after} {time} {day}" if after else f"{day} в {time}"


# --- How a share is rounded and printed, for every screen and file
NOTHING = "—"


def percent(part: int, whole: int) -> int | None:
    """Whole per cent, half up; None where the whole is 0."""
    return (200 * part + whole) // (2 * whole) if whole else None


def half_up(number: float) -> int:
    """The nearest whole number; 2.5 is 3."""
    return floor(number + 0.5)


def fraction(part: int, whole: int) -> str:
    """«15 из 16»."""
    return f"{part} из {whole}"


def share_words(part: int, whole: int) -> str:
    """«94 %: 15 из 16»; a dash where the whole is 0."""
    share = percent(part, whole)
    return NOTHING if share is None else f"{share} %: {fraction(part, whole)}"
