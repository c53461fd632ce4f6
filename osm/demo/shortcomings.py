"""What was missed in the demonstration, and what became of it (П.19): causes, an objection, decisions, a memo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.flow.acts.act import record_breaches
from osm.flow.acts.clocks import in_force
from osm.flow.acts.edits import active_assignments
from osm.people.queries.people import chief_of_staff, leaders
from osm.regulation.control.responsibility import Side
from osm.regulation.words import Status
from osm.shortcomings.acts import memos, shortcomings
from osm.store.models import Message, Shortcoming, User
from osm.urgent.acts.instructions import Order

CAUSES = (("no_answer", "Подрядчик ответил на другой день"), ("workload", ""), ("noticed_late", ""))
OBJECTION = "Проект был готов вовремя, но не было света: отправить его не вышло."


def settle_shortcomings(people: Mapping[str, User], now: datetime) -> None:
    """Of what was late some was explained and decided, one is objected to, the last waits; the memo of it was sent."""
    record_breaches(now)
    curator, chief = people["anna"], chief_of_staff(leaders())
    if chief is None:
        return
    for number, row in enumerate(_late(Side.EXECUTOR)[:-1]):
        _explain(row, now, *CAUSES[number % len(CAUSES)])
        if number % 4 == 3:
            shortcomings.object_to(row.id, row.version, objection=OBJECTION, actor=_person(row), now=now)
        elif number % 4 == 2:
            shortcomings.waive(row.id, row.version, waiver="source_time", reason="", actor=curator, now=now)
        else:
            shortcomings.confirm(row.id, row.version, reason="", actor=curator, now=now)
    for row in _late(Side.CURATOR)[:1]:
        _explain(row, now, "workload", "")
        shortcomings.confirm(row.id, row.version, reason="", actor=db.session.get_one(User, chief.id), now=now)
    _enter_one(curator, now)
    _write_memo(curator, db.session.get_one(User, chief.id), now)


def _late(side: Side) -> list[Shortcoming]:
    """The first of each chain, the oldest first."""
    found = select(Shortcoming).where(Shortcoming.side == side, Shortcoming.root_id.is_(None))
    return list(db.session.scalars(found.order_by(Shortcoming.occurred_at, Shortcoming.id)))


def _person(row: Shortcoming) -> User:
    return db.session.get_one(User, row.person_id)


def _explain(row: Shortcoming, now: datetime, cause: str, words: str) -> None:
    shortcomings.explain(row.id, row.version, cause=cause, words=words, actor=_person(row), now=now)


def _enter_one(curator: User, now: datetime) -> None:
    """What no clock notes: an answer that was wrong."""
    answered = select(Message).where(Message.status == Status.ANSWERED).order_by(Message.received_at).limit(1)
    message = db.session.scalars(answered).one()
    executor = active_assignments(message)[0].executor
    row = shortcomings.enter(
        message.id, kind="false_facts", person_id=executor.id, day=in_force().calendar.local(now).date(),
        words="В ответе сказано, что работы закончены, а жители прислали фото: место не убрано.", actor=curator,
        now=now,
    )  # fmt: skip
    shortcomings.explain(row.id, row.version, cause="no_answer", words="", actor=executor, now=now)


def _write_memo(curator: User, chief: User, now: datetime) -> None:
    """Of the last month, sent; the chief of staff has read it and asked for something."""
    calendar = in_force().calendar
    today = calendar.local(now).date()
    memo = memos.prepare(today - timedelta(days=30), today - timedelta(days=1), actor=curator, now=now)
    said = "Назначить второго исполнителя в отделах, где проекты опаздывают чаще других."
    memos.save_proposals(memo.id, memo.version, proposals=said, actor=curator, now=now)
    memos.send(memo.id, memo.version, actor=curator, now=now)
    memos.mark_seen(memo.id, actor=chief, now=now)
    due = calendar.add_working_days(now, 5)
    memos.decide(memo.id, Order(said, curator.id, due), said_by_id=None, actor=chief, now=now)
