"""Words of an export and our reading of them: status, importance, yes and no, «nothing here», totals."""

from __future__ import annotations

import re
from functools import lru_cache

from osm.connectors.base import SourceState
from osm.networks.catalogue import plain

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


def is_nothing(text: str) -> bool:
    """Empty, a dash, «нет данных» …: the cell says nothing."""
    return len(text) <= LONGEST_PLACEHOLDER and _says_nothing(text)


@lru_cache(maxsize=1024)
def _says_nothing(short: str) -> bool:
    """Asked for nearly every cell, of which a file repeats most."""
    return not short[:1].isdigit() and plain(short) in NOTHING
