"""Urgent reports to the head (П.20): sent, read or made by telephone, followed by instructions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from osm.extensions import db
from osm.networks.addresses import is_web
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import PRESS_CENTRE, Post, Role
from osm.services.acts import from_the_minute, load_message, required
from osm.services.clocks.clocks import in_force
from osm.services.control import instructions
from osm.services.control.duty import duty_officer
from osm.services.control.instructions import Order
from osm.services.edits import lines, locked, one_line
from osm.services.errors import NotFound, NotYours, ServiceError
from osm.services.log.log import Change, record
from osm.store.models import Burst, Message, Reached, UrgentReport, User
from osm.store.transaction import transaction

LONGEST = 2_000
MOST_LINKS, LONGEST_LINK = 20, 500
MOST_MESSAGES = 100_000
BATCH = 50
CLAUSE = "П.20"


class HeadKnows(ServiceError):
    """Somebody was quicker: the head has learnt of it already."""

    def __init__(self, row: UrgentReport) -> None:
        name, at = row.reached_by.name if row.reached_by else "", row.reached_at
        there = f"{in_force().calendar.local(at):%d.%m в %H:%M}" if at else ""
        how = f"по телефону доложено: {name}" if row.reached is Reached.PHONE else f"прочитал: {name}"
        super().__init__(f"О докладе уже знают: {how}, {there}. Поверх ничего не записано.")


class SentAlready(ServiceError):
    """An earlier report about the same message or burst has not reached the head yet."""

    def __init__(self, row: UrgentReport) -> None:
        self.report_id = row.id
        super().__init__(
            f"{'Об этом всплеске' if row.burst_id else 'Об этом сообщении'} главе уже доложено: {row.sent_by.name}, "
            f"{in_force().calendar.local(row.sent_at):%d.%m в %H:%M}. Второй доклад не отправлен: "
            "первый ещё не прочитан."
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What the head is told. `since_at` is None where nobody knows; `links`: one a line."""

    what: str
    place: str = ""
    since_at: datetime | None = None
    how_many: int | None = 1
    links: str = ""
    workers: str = ""
    done: str = ""


def send(
    told: Told, *, message_id: int | None = None, burst_id: int | None = None, actor: User, now: datetime
) -> UrgentReport:
    """Report to the head at once: about a message, about a burst, or about neither.

    Raises MissingInput by the field, NotFound of the message or the burst, SentAlready.
    """
    _only_press_centre(actor)
    fields = _checked(told, now)
    with transaction() as session:
        message = load_message(message_id) if message_id is not None else None
        burst = _burst(burst_id) if burst_id is not None else None
        if message is not None:
            _check_unsent(UrgentReport.message_id == message.id)
        elif burst is not None:
            _check_unsent(UrgentReport.burst_id == burst.id)
        call = timedelta(minutes=in_force().parameters.urgent_call)
        row = UrgentReport(
            **fields, message=message, burst=burst, received_at=_known_from(message, burst), sent_at=now,
            sent_by=actor, call_due_at=now + call,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _log("urgent_sent", row, actor, now, {"burst_id": (None, burst.id)} if burst else None)
        return row


def read(report_id: int, version: int, *, actor: User, now: datetime) -> UrgentReport:
    """«Прочитал»: the head has seen it. Raises HeadKnows where somebody was quicker."""
    if not may_read(actor):
        raise NotYours("Доклад читает глава или руководитель аппарата. Ничего не изменено.")
    with transaction():
        row = _unread(report_id, version)
        _reach(row, Reached.READ, actor, now)
        _settle("urgent_read", row, actor, now)
        return row


def note_call(
    report_id: int,
    version: int,
    *,
    called_at: datetime | None,
    leader_id: int | None,
    words: str,
    order: Order | None,
    actor: User,
    now: datetime,
) -> UrgentReport:
    """«Доложено по телефону 14:05, указание: …», noted by who has telephoned. `order`: the instruction, if he gave one.

    Raises MissingInput (`called_at`, `leader_id` and those of the instruction), HeadKnows.
    """
    _only_press_centre(actor)
    with transaction():
        row = _unread(report_id, version)
        leader = _leader(leader_id)
        at = _called(called_at, row, now)
        row.words = words.strip() or (order.text.strip() if order else "")
        row.noted_by = actor
        _reach(row, Reached.PHONE, leader, at)
        _settle("urgent_phoned", row, actor, now)
        if order is not None:
            instructions.give(
                order, actor=actor, now=now, message_id=row.message_id, urgent_report_id=row.id, said_by_id=leader.id
            )
        return row


def instruct(report_id: int, version: int, *, order: Order, actor: User, now: datetime) -> UrgentReport:
    """An instruction upon the report; whoever gives one has read it."""
    with transaction():
        row = locked(UrgentReport, report_id, version, "Срочный доклад")
        instructions.give(order, actor=actor, now=now, message_id=row.message_id, urgent_report_id=row.id)
        if row.reached is None and may_read(actor):
            _reach(row, Reached.READ, actor, now)
            _settle("urgent_read", row, actor, now)
        else:
            row.version += 1
        return row


def tell_to_call(now: datetime) -> int:
    """Of each report that was not read in time the duty officer is told to telephone, once; returns how many.

    By the roster; where it names nobody, the whole press centre is told.
    """
    late = (UrgentReport.reached.is_(None), UrgentReport.call_told_at.is_(None), UrgentReport.call_due_at <= now)
    # Looks first without the write lock: mostly there is nothing to do.
    if db.session.scalar(select(UrgentReport.id).where(*late).limit(1)) is None:
        return 0
    officer = duty_officer(now)
    told: dict[str, Change] | None = {"to_id": (None, officer.person_id)} if officer else None
    with transaction() as session:
        claim = select(UrgentReport).where(*late).order_by(UrgentReport.id).limit(BATCH)
        rows = session.scalars(claim.with_for_update(of=UrgentReport, skip_locked=True)).unique().all()
        for row in rows:
            row.call_told_at = now
            _log("urgent_call_due", row, None, now, told)
        return len(rows)


def may_read(person: User) -> bool:
    """Whose «Прочитал» counts: the head's and the chief of staff's, not a deputy's (decision 043)."""
    return person.has(Role.HEAD) and person.post is not Post.DEPUTY_HEAD


def _checked(told: Told, now: datetime) -> dict[str, object]:
    what = required("what", told.what, "Напишите, что случилось.")
    texts = {"what": what, "workers": told.workers.strip(), "done": told.done.strip()}
    for name, value in texts.items():
        if len(value) > LONGEST:
            raise MissingInput(name, f"Больше {LONGEST} знаков: доклад должен поместиться на одном экране. Сократите.")
    if told.since_at is not None and told.since_at > now:
        raise MissingInput("since_at", "Это время ещё не наступило. Исправьте или оставьте поле пустым.")
    if told.how_many is None or not 1 <= told.how_many <= MOST_MESSAGES:
        raise MissingInput("how_many", "Сколько сообщений, напишите числом: от одного.")
    links = lines("links", "Ссылки", told.links, longest=LONGEST_LINK, most=MOST_LINKS)
    wrong = next((link for link in links if not is_web(link)), None)
    if wrong:
        raise MissingInput("links", f"«{wrong[:60]}» — не ссылка. Нужен адрес, который начинается с https://.")
    return {
        **texts, "place": one_line("place", "Место", told.place, 300), "since_at": told.since_at,
        "how_many": told.how_many, "links": "\n".join(links),
    }  # fmt: skip


def _burst(burst_id: int) -> Burst:
    """Locked: of two who report it at once the second finds what the first has sent."""
    row = db.session.get(Burst, burst_id, with_for_update=True)
    if row is None:
        raise NotFound("Всплеск")
    return row


def _known_from(message: Message | None, burst: Burst | None) -> datetime | None:
    if message is not None:
        return message.received_at
    return burst.known_at if burst is not None else None


def _check_unsent(about: ColumnElement[bool]) -> None:
    earlier = select(UrgentReport).where(about, UrgentReport.reached.is_(None))
    if found := db.session.scalar(earlier.limit(1)):
        raise SentAlready(found)


def _unread(report_id: int, version: int) -> UrgentReport:
    """The report as the person saw it, which the head does not know yet: who came first is named before all else."""
    row = db.session.get(UrgentReport, report_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Срочный доклад")
    if row.reached is not None:
        raise HeadKnows(row)
    if row.version != version:
        raise StaleVersion(version, row.version)
    return row


def _reach(row: UrgentReport, how: Reached, leader: User, at: datetime) -> None:
    row.reached, row.reached_at, row.reached_by = how, at, leader


def _leader(leader_id: int | None) -> User:
    leader = db.session.get(User, leader_id) if leader_id else None
    if leader is None or not leader.is_active or not leader.owns(Role.HEAD):
        raise MissingInput("leader_id", "Выберите, кому доложено.")
    return leader


def _called(called_at: datetime | None, row: UrgentReport, now: datetime) -> datetime:
    if called_at is None:
        return now
    at = from_the_minute(called_at, row.sent_at)
    if not row.sent_at <= at <= now:
        raise MissingInput("called_at", "Время звонка — между отправкой доклада и этой минутой. Исправьте.")
    return at


def _settle(action: str, row: UrgentReport, actor: User, now: datetime) -> None:
    row.version += 1
    changes: dict[str, Change] = {
        "reached": (None, row.reached),
        "reached_at": (None, row.reached_at),
        "reached_id": (None, row.reached_by.id if row.reached_by else None),
    }
    _log(action, row, actor, now, changes)


def _log(
    action: str,
    row: UrgentReport,
    actor: User | None,
    now: datetime,
    changes: dict[str, Change] | None = None,
) -> None:
    record(
        action, at=now, actor=actor, message=row.message, clause=CLAUSE, changes=changes, object_kind="urgent_report",
        object_id=row.id,
    )  # fmt: skip


def _only_press_centre(actor: User) -> None:
    if not actor.has(*PRESS_CENTRE):
        raise NotYours("Главе докладывает пресс-центр. Ничего не изменено.")
