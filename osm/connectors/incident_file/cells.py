"""Cells of an export as values: dates, words, and their text as a person sees it."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from osm.connectors.base import SourceState
from osm.networks.catalogue import plain

# --- Cells of a table: what they can be, and their text as a person sees it
Cell = str | int | float | bool | date | datetime  # an empty cell is an empty string


def from_json(value: Any) -> Cell:
    """A cell as the child process writes it (see `reading`)."""
    if isinstance(value, dict):
        stamp: str = value["t"]
        return datetime.fromisoformat(stamp) if "T" in stamp else date.fromisoformat(stamp)
    cell: Cell = value
    return cell


def as_text(cell: Cell) -> str:
    """The cell as text, exactly as it came: 7410208, «Да», 01.09.2026 22:02."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "Да" if cell else "Нет"
    if isinstance(cell, datetime):
        return cell.strftime("%d.%m.%Y %H:%M:%S" if cell.second else "%d.%m.%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return str(cell)


def as_line(cell: Cell) -> str:
    """The cell as one line: white space, no-break spaces too, is one space."""
    return " ".join(as_text(cell).split())


# --- Words of an export and our reading of them: status, importance, yes and no, «nothing here», totals
STATUSES: dict[SourceState, tuple[str, ...]] = {
    SourceState.OPEN: (
        "новый", "новое сообщение", "новый инцидент", "зарегистрирован", "поступил", "не обработан", "не распределён",
        "назначен", "направлен", "направлен исполнителю", "принят", "принят в работу", "в работе", "взят в работу",
        "на исполнении", "на рассмотрении", "в обработке", "обрабатывается", "подготовка ответа", "ожидает ответа",
        "без ответа", "на согласовании", "на утверждении", "согласован", "на доработке", "возвращён",
        "возвращён на доработку", "повторный", "переоткрыт", "открыт", "просрочен", "на контроле",
        "промежуточный ответ", "дан промежуточный ответ", "запрос уточнения", "уточнение",
    ),
    SourceState.ANSWERED: (
        "ответ дан", "дан ответ", "ответ опубликован", "ответ размещён", "ответ направлен", "отвечен", "отвечено",
        "закрыт", "закрыт с ответом", "закрыт без ответа", "решён", "проблема решена", "вопрос решён", "выполнен",
        "исполнен", "отработан", "завершён", "обработан", "снят с контроля", "в архиве", "архив", "отклонён",
        "не требует ответа", "ответ не требуется",
    ),
}  # fmt: skip
"""What the source's word means for our clocks; gender and number of the word do not matter."""

YES = ("да", "yes", "y", "true", "истина", "1", "+", "✓", "есть")
NO = ("нет", "no", "n", "false", "ложь", "0", "отсутствует")

HIGH = (
    *YES, "повышенная", "повышенной важности", "повышенная важность", "высокая", "высокая важность", "высший",
    "критичная", "критическая", "критично", "срочная", "срочно", "экстренная", "важная", "важно",
    "приоритетная", "high", "urgent", "critical",
)  # fmt: skip
NORMAL = (
    *NO, "обычная", "обычной важности", "нормальная", "стандартная", "средняя", "низкая", "плановая", "не срочно",
    "без приоритета", "normal", "medium", "low",
)  # fmt: skip
REPEAT = (*YES, "повторное сообщение", "повторная", "повтор")
FIRST = (*NO, "первичная", "новая")

NOTHING = frozenset(
    (
        "",
        "нет",
        "нету",
        "нет данных",
        "н д",
        "n a",
        "null",
        "none",
        "не указан",
        "не указано",
        "не указана",
        "отсутствует",
        "неизвестно",
    )
)
"""Fills of an empty cell, as `plain` leaves them (a dash becomes nothing)."""

LONGEST_PLACEHOLDER = 20

TOTAL = re.compile(
    r"(?:общий\s+)?итого?\b|всего\b|сформировано\b|отч[её]т\s+сформирован|выгрузка\s+сформирована|дата\s+(?:формирования|выгрузки)\b"
    r"|конец\s+(?:отч[её]та|выгрузки|таблицы)|подпись\b|составил\b|исполнитель\s*:|количество\s+(?:сообщений|инцидентов|записей|строк)\b",
    re.IGNORECASE,
)
"""How the rows below the data begin."""

_ENDING = re.compile(r"(?:ого|ый|ий|ой|ая|яя|ое|ее|ые|ие|а|о|ы)$")


def _stem(words: str) -> str:
    """Words without the endings of gender and number: закрыта, закрыто → закрыт."""
    return " ".join(_ENDING.sub("", word) if len(word) > 3 else word for word in plain(words).split())


STATES = {_stem(word): state for state, words in STATUSES.items() for word in words}
IMPORTANT = {_stem(word): important for words, important in ((HIGH, True), (NORMAL, False)) for word in words}
REPEATED = {_stem(word): repeat for words, repeat in ((REPEAT, True), (FIRST, False)) for word in words}


@lru_cache(maxsize=1024)
def state_of(status: str) -> SourceState | None:
    """None: the word is not in the table. No word at all is open."""
    return STATES.get(_stem(status)) if status else SourceState.OPEN


@lru_cache(maxsize=1024)
def importance_of(word: str) -> bool | None:
    """True is high; None: the word is not in the table. No word at all is normal."""
    return IMPORTANT.get(_stem(word)) if plain(word) else False


@lru_cache(maxsize=1024)
def repeat_of(word: str) -> bool | None:
    """None: the word is not in the table. No word at all means that it is no repeat."""
    return REPEATED.get(_stem(word)) if plain(word) else False


SOLVED = ("да", "yes", "решено", "решена", "проблема решена", "вопрос решён", "помогли", "удовлетворён", "устраивает",
          "хорошо", "отлично", "спасибо")  # fmt: skip
UNSOLVED = ("нет", "no", "не решено", "не решена", "проблема не решена", "вопрос не решён", "не помогли",
            "не удовлетворён", "неудовлетворён", "не устраивает", "плохо", "ужасно")  # fmt: skip
RATINGS = {_stem(word): good for words, good in ((SOLVED, True), (UNSOLVED, False)) for word in words}
_MARK = re.compile(r"([0-5])(?:[.,]0)?(?:\s*(?:/|из)\s*5|\s*(?:балл|зв[её]зд)\w*)?")
"""Of five."""
_ASKS = re.compile(r"решен|удовлетворен(?:[аоы]|$)")
_YES_NO = {"1": "да", "true": "да", "истина": "да", "+": "да", "0": "нет", "false": "нет", "ложь": "нет"}


def rating_in(heading: str, line: str) -> str:
    """The rating as a person reads it: 1 and 0 are words under «решено?», marks under «оценка»."""
    title = plain(heading)
    asks = "оцен" not in title and _ASKS.search(title)
    return _YES_NO.get(line.lower(), line) if asks else line


@lru_cache(maxsize=1024)
def rating_of(words: str) -> bool | None:
    """Whether the author is content; None: three of five, or words that are not in the table."""
    if mark := _MARK.fullmatch(words.strip().lower()):
        return None if mark[1] == "3" else mark[1] > "3"
    return RATINGS.get(_stem(words))


def is_nothing(text: str) -> bool:
    """Empty, a dash, «нет данных» …: the cell says nothing."""
    return len(text) <= LONGEST_PLACEHOLDER and _says_nothing(text)


@lru_cache(maxsize=1024)
def _says_nothing(short: str) -> bool:
    """Asked for nearly every cell, of which a file repeats most."""
    return not short[:1].isdigit() and plain(short) in NOTHING


# --- Dates of an export: Excel serials, date cells, dd.mm.yyyy, ISO, words; wall clock to UTC
MOSCOW = ZoneInfo("Europe/Moscow")
SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  Excel counts days of the wall clock
SERIAL_DAYS = (36_526, 73_050)  # 2000-01-01 to 2099-12-31: a number outside is no date
YEARS = (2000, 2099)

MONTHS: tuple[tuple[str, int], ...] = (
    ("янв", 1), ("фев", 2), ("мар", 3), ("апр", 4), ("мая", 5), ("май", 5), ("июн", 6),
    ("июл", 7), ("авг", 8), ("сен", 9), ("окт", 10), ("ноя", 11), ("дек", 12),
)  # fmt: skip
"""Beginning of the month's name in any case."""

_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
_AFTER = rf"(?:[\sT,]+(?:в\s)?{_CLOCK})?"
_NUMBERS = r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4}|\d{2})"
_YEAR_MARK = r"(?:\s*г(?:\.|ода)?(?=[\s,]|$))?"
FORMS: tuple[re.Pattern[str], ...] = (
    re.compile(rf"{_NUMBERS}{_YEAR_MARK}{_AFTER}"),
    re.compile(rf"{_CLOCK}[\s,]+{_NUMBERS}{_YEAR_MARK}"),
    re.compile(
        r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})" + _AFTER + r"\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?"
    ),
    re.compile(rf"(?P<day>\d{{1,2}})\s+(?P<name>[а-я]+)\.?\s+(?P<year>\d{{4}}){_YEAR_MARK}{_AFTER}"),
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")


def wall_clock(cell: Cell) -> datetime:
    """The date and time that a cell shows; naive, or with the offset that it names. A date alone is its midnight.
    Raises ValueError with the reason in Russian: not a date, no such date, a year outside 2000–2099."""
    moment = _moment(cell)
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError(f"год {moment.year} невозможен")
    return moment


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """A naive moment is the wall clock of `zone`; one with an offset keeps it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def may_be_date(cell: Cell) -> bool:
    """Where a date is expected: also the number by which a program of sheets keeps one."""
    try:
        wall_clock(cell)
    except ValueError:
        return False
    return True


def looks_like_date(cell: Cell) -> bool:
    """Also outside a date column: a plain number does not, it may be anything."""
    return may_be_date(cell) and not isinstance(cell, (int, float)) and not _SERIAL.fullmatch(as_line(cell))


def _moment(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return _whole_second(cell)
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, bool):
        raise ValueError("это не дата")
    if isinstance(cell, (int, float)):
        return _from_serial(cell)
    line = as_line(cell)
    if _SERIAL.fullmatch(line):
        return _from_serial(float(line.replace(",", ".")))
    for form in FORMS:
        match = form.fullmatch(line.lower().replace("t", "T").replace("z", "Z"))
        if match:
            return _from_parts(match.groupdict())
    raise ValueError("это не дата")


def _from_parts(parts: dict[str, str | None]) -> datetime:
    month = parts.get("month") or _month(parts.get("name") or "")
    year = parts["year"] or ""
    offset = _offset(parts.get("offset"))
    try:
        return datetime(
            int(year if len(year) == 4 else f"20{year}"), int(month), int(parts["day"] or 0), int(parts["hour"] or 0),
            int(parts["minute"] or 0), int(parts["second"] or 0), tzinfo=offset,
        )  # fmt: skip
    except ValueError as error:
        raise ValueError("такой даты или времени нет") from error


def _month(name: str) -> int:
    for start, month in MONTHS:
        if name.startswith(start):
            return month
    raise ValueError("такого месяца нет")


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    try:
        return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
    except ValueError as error:
        raise ValueError("такого часового пояса нет") from error


def _from_serial(days: float) -> datetime:
    if not SERIAL_DAYS[0] <= days < SERIAL_DAYS[1] + 1:
        raise ValueError("это число, а не дата")
    return _whole_second(SERIAL_ZERO + timedelta(days=days))


def _whole_second(moment: datetime) -> datetime:
    """A serial is a fraction of a day, so 22:02:00 may arrive as 22:01:59.999."""
    try:
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    except OverflowError:
        return moment.replace(microsecond=0)
