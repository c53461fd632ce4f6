"""Who is responsible for a breach, which earlier breach caused it, and who decides about it (П.19, reading 10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.labelled import Labelled
from osm.regulation.words import Status


class Side(StrEnum):
    """Who was late. The chief of staff decides what concerns the curator."""

    CURATOR = "curator"
    EXECUTOR = "executor"


OF_CLOCK: Mapping[ClockKind, Side] = {
    ClockKind.ROUTE: Side.CURATOR,
    ClockKind.APPROVE: Side.CURATOR,
    ClockKind.DRAFT: Side.EXECUTOR,
    ClockKind.REWORK: Side.EXECUTOR,
    ClockKind.PART: Side.EXECUTOR,
}
"""Clocks that measure the step of one side, whatever the message's status."""

OF_STATUS: Mapping[Status, Side] = {
    Status.NEW: Side.CURATOR,
    Status.SELECTED: Side.CURATOR,
    Status.IN_WORK: Side.EXECUTOR,
    Status.REWORK: Side.EXECUTOR,
    Status.ON_APPROVAL: Side.CURATOR,
    Status.APPROVED: Side.CURATOR,
    Status.AWAITING_FINAL: Side.EXECUTOR,
}
"""`answer` and `final` are theirs whose step was open when they were due; in any other status it is the curator's."""

WHOLE = frozenset({ClockKind.DRAFT, ClockKind.REWORK, ClockKind.ANSWER, ClockKind.FINAL})
"""Clocks of the whole answer: with several executors the common draft is the curator's (П.14) …"""

CAUSES_OF: Mapping[ClockKind, frozenset[ClockKind]] = {
    ClockKind.DRAFT: frozenset({ClockKind.ROUTE, ClockKind.PART}),
    ClockKind.ANSWER: frozenset(
        {ClockKind.ROUTE, ClockKind.PART, ClockKind.DRAFT, ClockKind.APPROVE, ClockKind.REWORK}
    ),
    ClockKind.FINAL: frozenset({ClockKind.PART, ClockKind.DRAFT, ClockKind.APPROVE, ClockKind.REWORK}),
}
"""Which breaches before it make a clock late; whoever made the first is asked about all of them once."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A breach of the same message: `root` is the first of its chain."""

    root: int
    kind: ClockKind
    person: int | None
    at: datetime


def side_of(kind: ClockKind, status: Status, *, several: bool = False, parts_owed: bool = False) -> Side:
    """Who was late. `status`: of the message when the term passed. `several`: with several executors (П.14) the whole
    is theirs only while one of the parts is missing."""
    side = OF_CLOCK.get(kind) or OF_STATUS.get(status, Side.CURATOR)
    return Side.CURATOR if several and kind in WHOLE and not parts_owed else side


def chain_of(
    kind: ClockKind, started_at: datetime, due_at: datetime, person: int | None, earlier: Iterable[Earlier]
) -> int | None:
    """The first breach of the chain to which this one belongs: the same person's before another's, the latest of them.
    What was late before the clock began to run does not make it late."""
    causes = CAUSES_OF.get(kind, frozenset())
    fitting = [one for one in earlier if one.kind in causes and started_at <= one.at <= due_at]
    if not fitting:
        return None
    return max(fitting, key=lambda one: (one.person == person, one.at)).root


class Cause(Labelled):
    """Why a term was missed, in the person's own opinion."""

    NO_ANSWER = "no_answer", "Ждали сведений от подрядчика или ведомства"
    WORKLOAD = "workload", "Много работы одновременно"
    LATE_INPUT = "late_input", "Поздно получено от другого сотрудника"
    NOTICED_LATE = "noticed_late", "Поздно увидели сообщение"
    NOT_OURS = "not_ours", "Не наша компетенция, передавали другим"
    AWAY = "away", "Отсутствие, замены не было"
    FAILURE = "failure", "Сбой связи, сети или программы"
    OTHER = "other", "Другое"


CAUSE_LABELS = {one: one.label for one in Cause}


class Waiver(Labelled):
    """Why what was noted is no shortcoming."""

    CALENDAR = "calendar", "Ошибка в календаре или графике работы"
    SOURCE_TIME = "source_time", "Неверное время в выгрузке"
    OBJECTION = "objection", "Возражение принято"
    OTHER = "other", "Другое"


WAIVER_LABELS = {one: one.label for one in Waiver}


class ShortcomingKind(Labelled):
    """A missed term notes itself; the others are entered by hand."""

    BREACH = "breach", "Нарушен срок"
    FALSE_FACTS = "false_facts", "Недостоверные сведения в ответе"
    IGNORED_REQUEST = "ignored_request", "Запрос оставлен без ответа"
    BAD_ANSWER = "bad_answer", "Ответ не отвечает требованиям"


SHORTCOMING_LABELS = {one: one.label for one in ShortcomingKind}


def breach_words(clock: ClockKind) -> str:
    """«Нарушен срок: проект на согласование»."""
    return f"{SHORTCOMING_LABELS[ShortcomingKind.BREACH]}: {CLOCK_LABELS[clock].lower()}"


SHORTCOMING_CLAUSES: dict[ShortcomingKind, str] = {
    ShortcomingKind.FALSE_FACTS: "П.18",
    ShortcomingKind.IGNORED_REQUEST: "П.18",
    ShortcomingKind.BAD_ANSWER: "П.16",
}
"""Of what is entered by hand; a breach has the clause of its clock."""


class ShortcomingState(Labelled):
    """`confirmed` and `waived` are final: what was decided is frozen."""

    ASKED = "asked", "ждём причину"
    EXPLAINED = "explained", "причина названа"
    OBJECTED = "objected", "есть возражение"
    CONFIRMED = "confirmed", "недостаток подтверждён"
    WAIVED = "waived", "снято"


SHORTCOMING_STATE_LABELS = {one: one.label for one in ShortcomingState}
UNDECIDED = (ShortcomingState.ASKED, ShortcomingState.EXPLAINED, ShortcomingState.OBJECTED)


def may_decide(side: Side, person: int | None, by: int, *, is_curator: bool, is_chief: bool) -> bool:
    """A person cannot waive his breach; the chief of staff decides about the curator's, the curator about all
    others."""
    if by == person:
        return False
    return is_chief if side is Side.CURATOR else is_curator
