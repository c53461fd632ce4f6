"""The terms of one municipality's act, read from its TOML file and checked; when many messages are a burst (П.20)."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from osm.regulation.errors import WrongParameters
from osm.regulation.words import ClockKind, Importance, Labelled

_OF_BURST = re.compile(r"(\d{1,3}):([0-5]\d)")
_MOST_WINDOWS = 4
_LIMITS = {"least": (2, 1000), "times": (1, 100), "rarity": (100, 1_000_000_000), "weeks": (1, 26)}
_LIMITS |= {"comments": (1, 10), "few_authors": (1, 50)}


@dataclass(frozen=True, slots=True)
class BurstRules:
    """When many messages are heightened activity. A voice is one author; `comments` people who only comment are one
    voice.

    `windows`: lengths of the sliding window. `least`: fewest voices within the shortest one. `times`: at least so
    many times the usual number. `rarity`: chance alone would give as many once in so many windows. `weeks`: how far
    back the usual is measured. `few_authors`: so many authors or fewer with copies of one text are a mailing (reading
    11). `oldest`: messages published earlier than this are history when they become known."""

    windows: tuple[timedelta, ...] = (timedelta(hours=2), timedelta(hours=8))
    least: int = 4
    comments: int = 3
    times: int = 2
    rarity: int = 100_000
    weeks: int = 8
    few_authors: int = 3
    oldest: timedelta = timedelta(hours=48)

    def least_of(self, window: timedelta) -> int:
        """In a longer window than the shortest more are needed, as chance grows: by the square root of its length."""
        return math.ceil(self.least * math.sqrt(window / min(self.windows)))

    @property
    def reach(self) -> timedelta:
        """How old a text may be to count at all, for the present or for the usual."""
        return timedelta(weeks=self.weeks) + self.oldest + max(self.windows)


def parse_burst_rules(table: Any) -> BurstRules:
    """Of the section `bursts`; what it leaves out is as above. Raises WrongParameters, naming the key."""
    if table is None:
        return BurstRules()
    if not isinstance(table, Mapping):
        raise WrongParameters("bursts", "нужен раздел с числами")
    known = {field.name for field in fields(BurstRules)}
    for name in table:
        if name not in known:
            raise WrongParameters(f"bursts.{name}", f"такого ключа нет, возможны: {', '.join(sorted(known))}")
    return BurstRules(**{name: _value(name, given) for name, given in table.items()})


def _value(name: str, given: Any) -> Any:
    if name == "windows":
        if not isinstance(given, list) or not 1 <= len(given) <= _MOST_WINDOWS:
            raise WrongParameters("bursts.windows", f'нужен список от 1 до {_MOST_WINDOWS} промежутков, как ["2:00"]')
        return tuple(sorted({_length(name, one, most=24) for one in given}))
    if name == "oldest":
        return _length(name, given, most=24 * 14)
    least, most = _LIMITS[name]
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise WrongParameters(f"bursts.{name}", f"нужно целое число от {least} до {most}")
    return given


def _length(name: str, given: Any, most: int) -> timedelta:
    match = _OF_BURST.fullmatch(given) if isinstance(given, str) else None
    length = timedelta(hours=int(match[1]), minutes=int(match[2])) if match else timedelta(0)
    if not timedelta(0) < length <= timedelta(hours=most):
        raise WrongParameters(
            f"bursts.{name}", f"нужно время в часах и минутах, например «2:00», не больше {most} часов"
        )
    return length


# --- The terms
class Unit(StrEnum):
    WORKING = "working"  # minutes of working time
    CLOCK = "clock"  # minutes as they pass, nights and holidays included
    WORKING_DAYS = "working_days"  # the day of the event is not counted, the term ends at the close of the last day


class Anchor(Labelled):
    RECEIVED = "received_at", "от поступления в «Инцидент Менеджмент» или внесения"
    SELECTED = "selected_at", "от отбора сообщения"
    DETECTED = "detected_at", "от выявления повышенной важности"
    ASSIGNED = "assigned_at", "от направления исполнителю"
    SUBMITTED = "submitted_at", "от отправки проекта на согласование"
    RETURNED = "returned_at", "от возврата на доработку"
    INTERIM = "interim_at", "от промежуточного ответа"
    ANSWER_DUE = "answer_due", "назад от срока ответа"  # counted back (П.10)


@dataclass(frozen=True, slots=True)
class Term:
    """One term. `value` is in minutes, for `working_days` in days."""

    value: int
    unit: Unit
    anchor: Anchor
    clause: str


@dataclass(frozen=True)
class Parameters:
    """All terms of one act. Targets are the office's own aims in working minutes, never a breach.

    `route_target`: for П.7. `comment_target`, `threat_target`: for a comment that waits (Пр.2.6), and for a threat.
    `no_answer`: the usual reasons why a message needs no answer (П.6), one press each.
    `urgent_at_once`: minutes by the clock within which a report is «незамедлительно» (П.20).
    `urgent_call`: minutes by the clock after which an unread urgent report is made by telephone (П.20).
    `bursts`: when many messages are heightened activity (П.20)."""

    act: str
    terms: Mapping[tuple[ClockKind, Importance], Term]
    route_target: int
    comment_target: int
    threat_target: int
    no_answer: tuple[str, ...]
    urgent_call: int
    urgent_at_once: int
    bursts: BurstRules = field(default_factory=BurstRules)

    def term(self, kind: ClockKind, importance: Importance) -> Term:
        return self.terms[kind, importance]


_Word = TypeVar("_Word", Unit, Anchor)
_TARGETS = ("route_target", "comment_target", "threat_target")
_TERM_KEYS = frozenset({"value", "unit", "anchor", "clause"})
_LONGEST_CLAUSE = 20
_MOST_REASONS = 9
_LONGEST_REASON = 60
_URGENT = "0:15"
"""Of a file that was written before there were urgent reports, or before «незамедлительно» was measured."""
_DURATION = re.compile(r"(\d{1,3}):([0-5]\d)")


def parse_parameters(text: str) -> Parameters:
    """Parameters from the text of a TOML file. Raises WrongParameters with the key; every key must be there."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongParameters("файл", f"это не TOML ({error})") from error
    _refuse_unknown("", data, {"act", "no_answer", "urgent_call", "urgent_at_once", "bursts", *_TARGETS, *ClockKind})
    terms: dict[tuple[ClockKind, Importance], Term] = {}
    for kind in ClockKind:
        for importance, (key, table) in _by_importance(kind, data.get(kind)).items():
            terms[kind, importance] = _term(key, kind, table)
    _check_drafts(terms)
    targets = {key: _minutes(key, data.get(key)) for key in _TARGETS}
    return Parameters(
        act=_text("act", data.get("act")), terms=terms, no_answer=_reasons(data.get("no_answer")),
        urgent_call=_minutes("urgent_call", data.get("urgent_call", _URGENT)),
        urgent_at_once=_minutes("urgent_at_once", data.get("urgent_at_once", _URGENT)),
        bursts=parse_burst_rules(data.get("bursts")), **targets,
    )  # fmt: skip


def _by_importance(kind: ClockKind, table: Any) -> dict[Importance, tuple[str, Any]]:
    if not isinstance(table, dict):
        raise WrongParameters(kind, "нет раздела этого срока")
    if "normal" not in table and "high" not in table:
        return dict.fromkeys(Importance, (kind.value, table))
    _refuse_unknown(kind, table, set(Importance))
    return {importance: (f"{kind}.{importance}", table.get(importance)) for importance in Importance}


def _term(key: str, kind: ClockKind, table: Any) -> Term:
    if not isinstance(table, dict):
        raise WrongParameters(key, "нет раздела этого срока")
    _refuse_unknown(key, table, _TERM_KEYS)
    unit = _choice(Unit, f"{key}.unit", table.get("unit"))
    anchor = _choice(Anchor, f"{key}.anchor", table.get("anchor"))
    if (anchor is Anchor.ANSWER_DUE) != (kind is ClockKind.DRAFT):
        raise WrongParameters(f"{key}.anchor", "от срока ответа (answer_due) считается проект и только он")
    if kind is ClockKind.DRAFT and unit is Unit.WORKING_DAYS:
        raise WrongParameters(f"{key}.unit", "срок проекта считается в часах: working или clock")
    value = (_days if unit is Unit.WORKING_DAYS else _minutes)(f"{key}.value", table.get("value"))
    return Term(value, unit, anchor, _clause(f"{key}.clause", table.get("clause")))


def _check_drafts(terms: Mapping[tuple[ClockKind, Importance], Term]) -> None:
    """A draft due before its message was selected is a slip of the pen."""
    for importance in Importance:
        answer, draft = terms[ClockKind.ANSWER, importance], terms[ClockKind.DRAFT, importance]
        if answer.unit is draft.unit and draft.value >= answer.value:
            raise WrongParameters(f"draft.{importance}.value", "проект оказался бы нужен раньше начала срока ответа")


def _refuse_unknown(key: str, table: Mapping[str, Any], known: set[str] | frozenset[str]) -> None:
    for name in table:
        if name not in known:
            place = f"{key}.{name}" if key else name
            raise WrongParameters(place, f"такого ключа нет, возможны: {', '.join(sorted(known))}")


def _choice(vocabulary: type[_Word], key: str, value: Any) -> _Word:
    try:
        return vocabulary(value)
    except ValueError:
        raise WrongParameters(key, f"возможны значения: {', '.join(vocabulary)}") from None


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongParameters(key, "нужен непустой текст")
    return value.strip()


def _reasons(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_REASONS:
        raise WrongParameters("no_answer", f"нужен список причин, от 1 до {_MOST_REASONS}")
    reasons = tuple(_text("no_answer", reason) for reason in value)
    if max(map(len, reasons)) > _LONGEST_REASON:
        raise WrongParameters("no_answer", f"причина не длиннее {_LONGEST_REASON} знаков")
    return reasons


def _clause(key: str, value: Any) -> str:
    clause = _text(key, value)
    if len(clause) > _LONGEST_CLAUSE:
        raise WrongParameters(key, f"не длиннее {_LONGEST_CLAUSE} знаков, например «П.8»")
    return clause


def _minutes(key: str, value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    if not minutes:
        raise WrongParameters(key, "нужно время в часах и минутах больше нуля, например «7:00»")
    return minutes


def _days(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 365:
        raise WrongParameters(key, "нужно целое число рабочих дней от 1 до 365")
    return value
