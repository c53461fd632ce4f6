"""The table of figures: name, meaning, clause, and the list that shows what was counted; and the
promises of a period.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from osm.base.database import db
from osm.base.types import Span
from osm.models import BlacklistProposal, Comment, Echo, Message, Promise, PromiseState
from osm.regulation.blacklist import COMMENT_GROUND_CLAUSES, CommentGround, CommentState
from osm.regulation.words import REASONS, ClockKind, Ground
from osm.reports.queries.counting import Scope


# --- Promises of a period
class PromiseResult(StrEnum):
    """The results of a promise; the four add up to all. Their words are those of the codes."""

    KEPT = "kept"
    LATE = "late"
    REPORTED = "reported"  # reported in time, and not yet accepted by the curator
    OPEN = "open"


PROMISED = "promised"
CODES: Mapping[str, PromiseResult] = {f"{PROMISED}-{result}": result for result in PromiseResult}


def result_of(promise: Any, today: date, zone: tzinfo) -> PromiseResult | None:
    """None: not counted, because it was dropped or moved in time. `promise`: the columns; `today`: the local day."""
    in_its_day = promise.reported_at is not None and promise.reported_at.astimezone(zone).date() <= promise.due_on
    match promise.state:
        case PromiseState.DROPPED:
            return None
        case PromiseState.MOVED:
            return PromiseResult.LATE if promise.decided_at.astimezone(zone).date() > promise.due_on else None
        case PromiseState.DONE if in_its_day:
            return PromiseResult.KEPT
        case PromiseState.REPORTED if in_its_day:
            return PromiseResult.REPORTED
        case PromiseState.OPEN if promise.due_on >= today:
            return PromiseResult.OPEN
    return PromiseResult.LATE


def results(span: Span, now: datetime, scope: Scope) -> dict[int, PromiseResult]:
    """Promise id → result, for promises due in the period."""
    columns = (Promise.id, Promise.state, Promise.due_on, Promise.reported_at, Promise.decided_at)
    asked = (
        select(*columns)
        .join(Message, Message.id == Promise.message_id)
        .where(
            Promise.due_on >= span.first, Promise.due_on <= span.last, Message.recalled_at.is_(None), scope.of_message()
        )
    )
    today = now.astimezone(span.zone).date()
    found = {row.id: result_of(row, today, span.zone) for row in db.session.execute(asked)}
    return {key: result for key, result in found.items() if result is not None}


def ids_of(code: str, span: Span, now: datetime, scope: Scope) -> list[int]:
    """The promises that this figure counts."""
    wanted = CODES.get(code)
    return [key for key, result in results(span, now, scope).items() if wanted in (None, result)]


# --- Figures that count no messages
def count_others(span: Span, now: datetime, scope: Scope) -> dict[str, int]:
    """Comments and bans have no executor, so they are counted only in the report on everything."""
    found = dict(_promises(span, now, scope))
    if scope.is_everything:
        found |= dict(_deleted(span))
        banned = select(func.count()).where(span.holds(BlacklistProposal.applied_at))
        found["banned"] = db.session.scalar(banned) or 0
    return found


def _promises(span: Span, now: datetime, scope: Scope) -> Iterator[tuple[str, int]]:
    counts = Counter(results(span, now, scope).values())
    yield PROMISED, counts.total()
    yield from ((code, counts[result]) for code, result in CODES.items())


def _deleted(span: Span) -> Iterator[tuple[str, int]]:
    by_ground = (
        select(Comment.ground, func.count())
        .where(span.holds(Comment.decided_at), Comment.state == CommentState.DELETED)
        .group_by(Comment.ground)
    )
    counts = dict(db.session.execute(by_ground).all())
    yield "deleted", sum(counts.values())
    yield from ((f"deleted-{ground}", number) for ground, number in counts.items())


# --- The table of figures
RECEIVED = "/messages?from={first}&to={last}"
REPEATS = "/messages?from={first}&to={last}&repeat=yes"
OPEN_NOW, OPEN_THEN, LATE_NOW, LATE_ANSWERS = "open-now", "open-then", "late-now", "late-answers"
OF_NOW = frozenset({OPEN_NOW, LATE_NOW, LATE_ANSWERS})  # figures of the present moment, for any period
LISTED = "/messages?figure={code}.{first}.{last}"  # the register with the same query that was counted (`lists`)
PROMISES = "/promises?figure={code}.{first}.{last}"
DELETED = "/moderation/decided?state=deleted&ground={ground}&from={first}&to={last}"
BANNED = "/blacklist?from={first}&to={last}"


class Group(StrEnum):
    """The parts of the page; the values are their headings."""

    FLOW = "Поступило и отвечено"
    ECHO = "После ответа"
    TERMS = "Сроки по пунктам"
    STAGES = "Рабочее время этапов"
    APPROVAL = "Согласование"
    RETURNS = "За что возвращали"
    EXCLUDED = "Не подлежат ответу (п. 17)"
    COMMENTS = "Комментарии (п. 2.6 Порядка)"
    PROMISES = "Обещания"
    SHARES = "По отделам, исполнителям, темам, соцсетям и улицам"


class Whole(StrEnum):
    """The whole of which another figure is a part, to show a share."""

    RECEIVED = "received"
    APPROVED = "approved"
    PROMISED = "promised"
    ECHOED = "echoed"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. `opens`: the address of its list; `of`: the figure of which it is a part."""

    code: str
    name: str
    words: str
    clause: str
    group: Group
    opens: str = LISTED
    of: str = ""


CLAUSES: dict[str, tuple[str, str]] = {
    "7": ("П.7", "направлены исполнителю"),
    "8": ("П.8", "ответ опубликован, обычная важность"),
    "9": ("П.9", "ответ опубликован, повышенная важность"),
    "10": ("П.10", "проект отправлен на согласование"),
    "11": ("П.11", "проект согласован или возвращён"),
    "12": ("П.12", "проект или информация доработаны"),
    "13": ("П.13", "окончательный ответ после промежуточного"),
    "14": ("П.14", "информация отдела отправлена"),
}
"""Number in the code → clause of the clock, and the work to do."""

PUBLISH = "publish"  # the only stage without a clock
STAGES: dict[str, tuple[str, str, str]] = {
    ClockKind.ROUTE.value: ("Направление", "от поступления до направления исполнителю", "П.7"),
    ClockKind.DRAFT.value: ("Подготовка проекта", "от отбора (обнаружения) до отправки на согласование", "П.10"),
    ClockKind.PART.value: ("Информация отдела", "от запроса до отправки информации", "П.14"),
    ClockKind.APPROVE.value: ("Согласование", "от отправки проекта до решения", "П.11"),
    ClockKind.REWORK.value: ("Доработка", "от возврата до новой отправки", "П.12"),
    PUBLISH: ("Публикация", "от согласования до размещения ответа", "П.8"),
    ClockKind.ANSWER.value: ("Весь ответ", "от отбора (обнаружения) до размещения", "П.8, П.9"),
    ClockKind.FINAL.value: ("Окончательный ответ", "от промежуточного ответа до окончательного", "П.13"),
}
"""Code → name, from what to what, clause; in the order of the work."""

_DECIDED = (
    "Каждый срок считается один раз: сделано к сроку — в тот день, когда сделано; срок прошёл — в тот день, когда он "
    "истёк, даже если потом сделали. Не считаются сроки, отменённые до наступления, и прошедшие лишь из-за повышения "
    "важности или правки календаря, а также снятые нарушения."
)

_RESULTS: tuple[tuple[PromiseResult, str, str], ...] = (
    (PromiseResult.KEPT, "Обещания выполнены в срок", "Результат внесён не позже обещанного дня, куратор его принял."),
    (PromiseResult.LATE, "Обещания не выполнены в срок",
     "Обещанный день прошёл без результата, даже если его внесли или дату перенесли позже."),
    (PromiseResult.REPORTED, "Обещания ждут проверки", "Результат внесён вовремя, куратор его ещё не принял."),
    (PromiseResult.OPEN, "Обещания ещё впереди", "Обещанный день не прошёл, результата пока нет."),
)  # fmt: skip


def _terms() -> Iterator[Definition]:
    for number, (clause, done) in CLAUSES.items():
        what = f"{done[:1].upper()}{done[1:]}"
        yield Definition(f"kept-{number}", f"{what}: в срок", _DECIDED, clause, Group.TERMS)
        yield Definition(f"late-{number}", f"{what}: срок нарушен", _DECIDED, clause, Group.TERMS)


def _shares() -> Iterator[Definition]:
    own = "Сроки п. 10, 12 и 14 того отдела или исполнителя, у кого была работа, когда её сделали или срок прошёл."
    given = "Сроки ответа автору, п. 8, 9 и 13."
    late = (
        "Сообщения, работа отдела над которыми просрочена сейчас: его срок (п. 10, 12, 14) или срок ответа (п. 8, 9, "
        "13), пока ответ готовит отдел. В какие бы дни они ни поступили."
    )
    still = "Сообщения, работа над которыми не закончена, в какие бы дни они ни поступили."
    yield Definition(OPEN_NOW, "Открыты сейчас", still, "П.7", Group.SHARES)
    then = "Сообщения, работа над которыми не была закончена в конце последнего дня. Возвращённое в работу — открыто."
    yield Definition(OPEN_THEN, "Открыты в конце периода", then, "П.7", Group.SHARES)
    yield Definition(LATE_NOW, "Просрочено у отделов сейчас", late, "П.8, П.9, П.10, П.12, П.13, П.14", Group.SHARES)
    owed = "Сообщения, ответ на которые просрочен сейчас (п. 8, 9, 13), в какие бы дни они ни поступили."
    yield Definition(LATE_ANSWERS, "Ответ автору просрочен сейчас", owed, "П.8, П.9, П.13", Group.SHARES)
    for verdict, words in (("kept", "в срок"), ("late", "срок нарушен")):
        yield Definition(f"{verdict}-own", f"Свои сроки: {words}", own, "П.10, П.12, П.14", Group.SHARES)
        yield Definition(f"{verdict}-given", f"Ответ автору: {words}", given, "П.8, П.9, П.13", Group.SHARES)


def _stages() -> Iterator[Definition]:
    for code, (name, between, clause) in STAGES.items():
        words = f"Рабочее время {between}; этапы, законченные в эти дни. Медиана и время, в которое уложились 9 из 10."
        yield Definition(f"stage-{code}", name, words, clause, Group.STAGES)


DEFINITIONS: Mapping[str, Definition] = {
    one.code: one
    for one in (
        Definition(
            "received",
            "Поступило",
            "Сообщения, полученные в эти дни: по времени поступления в «Инцидент Менеджмент», внесённые вручную — "
            "по времени внесения.",
            "П.7",
            Group.FLOW,
            RECEIVED,
        ),
        Definition(
            "repeats", "Из них повторные", "Отмечены как повторные.", "П.15", Group.FLOW, REPEATS, Whole.RECEIVED
        ),
        Definition(
            "answered",
            "Отвечено",
            "Окончательные ответы, опубликованные в эти дни, когда бы ни поступили сообщения.",
            "П.8, П.9",
            Group.FLOW,
        ),
        Definition("interim", "Промежуточный ответ", "Промежуточные ответы этих дней.", "П.13", Group.FLOW),
        Definition("clarification", "Запрос автору", "Вопросы авторам, заданные в эти дни.", "П.8, П.9", Group.FLOW),
        Definition(
            "echoed",
            "Авторы отозвались после ответа",
            "Что авторы написали под ответом за 14 дней и подтвердил человек, по дню, когда это замечено.",
            "П.15",
            Group.ECHO,
        ),
        *(
            Definition(
                f"echoed-{one}", f"После ответа: {one.label}", "Отмечено так.", "П.15", Group.ECHO, of=Whole.ECHOED
            )
            for one in Echo
        ),
        *_terms(),
        *_stages(),
        Definition(
            "approved",
            "Согласовано",
            "Ответы, согласованные в эти дни. Отозванное потом согласование не считается.",
            "П.11",
            Group.APPROVAL,
        ),
        Definition(
            "first-sight",
            "Согласовано с первого раза",
            "Согласованы в эти дни без возврата, отзыва и правки куратора.",
            "П.11",
            Group.APPROVAL,
            of=Whole.APPROVED,
        ),
        Definition(
            "returned",
            "Возвращено на доработку",
            "Возвраты проектов в эти дни; один проект могли вернуть несколько раз.",
            "П.11, П.12",
            Group.APPROVAL,
        ),
        *(
            Definition(
                f"returned-{number}",
                reason,
                "Возвраты с этим замечанием; замечаний в одном возврате может быть несколько.",
                "П.12",
                Group.RETURNS,
            )
            for number, reason in enumerate(REASONS, start=1)
        ),
        Definition(
            "returned-0", "Другое", "Возвращено со словами куратора, без замечаний списка.", "П.12", Group.RETURNS
        ),
        Definition(
            "excluded",
            "Исключено",
            "Сообщения, исключённые в эти дни и не возвращённые в работу.",
            "П.17",
            Group.EXCLUDED,
        ),
        *(
            Definition(f"excluded-{ground}", ground.label, "Исключены по этому основанию.", "П.17", Group.EXCLUDED)
            for ground in Ground
        ),
        Definition(
            "deleted",
            "Удалено комментариев",
            "Комментарии, которые решено удалить в эти дни.",
            "Пр.2.6",
            Group.COMMENTS,
            DELETED,
        ),
        *(
            Definition(
                f"deleted-{ground}",
                ground.label,
                "Решено удалить по этому основанию.",
                COMMENT_GROUND_CLAUSES[ground],
                Group.COMMENTS,
                DELETED,
            )
            for ground in CommentGround
        ),
        Definition(
            "banned",
            "Заблокировано авторов",
            "Записи чёрного списка, по которым соцсеть отказывает автору с этих дней.",
            "П.17, Пр.2.6",
            Group.COMMENTS,
            BANNED,
        ),
        Definition(
            PROMISED,
            "Обещаний с датой в эти дни",
            "Контрольные даты, кроме снятых с контроля и вовремя перенесённых.",
            "П.18",
            Group.PROMISES,
            PROMISES,
        ),
        *(
            Definition(f"{PROMISED}-{result}", name, words, "П.18", Group.PROMISES, PROMISES, Whole.PROMISED)
            for result, name, words in _RESULTS
        ),
        *_shares(),
    )
}
