"""Promises of final answers: made on publishing, once; reported, decided, moved, dropped."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from osm.answers.acts import drafting, promises, publication
from osm.answers.acts.promises import Control
from osm.answers.queries import promises as queries_promises
from osm.answers.queries.promises import Filter
from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.files.acts.files import Upload
from osm.models import Message, Promise, PromiseState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import ReplyKind
from tests.answers.conftest import photo
from tests.office import Office, at, events

TEXT = "Здравствуйте! МКУ «Дорожник» засыплет яму на Калининской до 20 марта."


def publish(office: Office, text: str = TEXT, kind: str = "final", controls: list[Control] | None = None) -> Message:
    """Published on Tuesday 17.03 at 10:20."""
    message = office.routed("17.03 09:00", "17.03 09:30")
    drafting.submit_draft(
        message.id, message.version, text=text, kind=kind, confirmed=True, actor=office.boris, now=at("17.03 10:00")
    )
    office.approved(message, "17.03 10:10")
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/wall-1_1?reply=2", published_at=None, actor=office.anna,
        now=at("17.03 10:20"), controls=controls,
    )  # fmt: skip
    return message


def only() -> Promise:
    return db.session.scalars(db.select(Promise)).one()


def days() -> list[date]:
    return [row.due_on for row in db.session.scalars(db.select(Promise).order_by(Promise.due_on))]


# --- Made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, ["2026-03-20"]),
        ("Здравствуйте! Дорожники засыплют яму до 20 марта, а асфальт уложат в мае.", ["2026-03-20", "2026-05-31"]),
        ("Здравствуйте! Дорожники засыпали яму 16 марта.", []),
        ("Здравствуйте! Дорожники засыплют яму в ближайшее время.", []),
    ],
)
def test_the_days_that_a_final_answer_names_are_controlled(office, text, expected):
    publish(office, text)
    assert [day.isoformat() for day in days()] == expected


@pytest.mark.parametrize("kind", [ReplyKind.INTERIM, ReplyKind.CLARIFICATION])
def test_no_other_answer_promises(office, kind):
    publish(office, TEXT, kind)
    assert days() == []


def test_the_publisher_changes_the_day_or_says_why_it_is_not_needed(office):
    publish(
        office,
        controls=[
            Control(date(2026, 3, 23), "до 20 марта"),
            Control(date(2026, 4, 1), "в апреле", "это не срок работ"),
        ],
    )
    rows = db.session.scalars(db.select(Promise).order_by(Promise.id)).all()
    assert [(row.due_on.isoformat(), row.state, row.reason) for row in rows] == [
        ("2026-03-23", PromiseState.OPEN, ""),
        ("2026-04-01", PromiseState.DROPPED, "это не срок работ"),
    ]


# --- For the day of publication itself

FRIDAY_EVENING, SATURDAY = "20.03 17:30", "21.03 12:00"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("МКУ «Дорожник» сегодня до вечера починит фонарь.", "17.03 10:20", ["2026-03-17"]),
        ("Сегодня до конца дня МУП «Горсвет» заменит лампу.", "17.03 17:50", ["2026-03-17"]),
        ("17 марта МУП «Горсвет» заменит лампу.", "17.03 10:20", ["2026-03-17"]),
        ("МУП «Горсвет» должен заменить лампу сегодня.", "17.03 10:20", ["2026-03-17"]),
        ("МКУ «Дорожник» сегодня до вечера починит фонарь.", "17.03 18:10", ["2026-03-18"]),
        ("МКУ «Дорожник» сегодня до вечера починит фонарь.", FRIDAY_EVENING, ["2026-03-23"]),
        ("МКУ «Дорожник» сегодня до вечера починит фонарь.", SATURDAY, ["2026-03-23"]),
        ("Сегодня починит фонарь МУП «Горсвет», завтра вывезет ветки.", "17.03 18:10", ["2026-03-18"]),
        ("МКУ «Дорожник» сегодня починило фонарь.", "17.03 10:20", []),
        ("Сегодня утром фонарь починен, МУП «Горсвет» всё проверил.", "17.03 10:20", []),
        ("17 марта МУП «Горсвет» заменил лампу.", "17.03 10:20", []),
    ],
)
def test_what_is_promised_for_today(office, text, when, expected):
    found = promises.proposed(f"Здравствуйте! {text}", network="vk", kind=ReplyKind.FINAL, now=at(when))
    assert [control.due_on.isoformat() for control in found] == expected


def test_a_day_in_the_past_is_refused_without_publishing(office):
    with pytest.raises(MissingInput) as refused:
        publish(office, controls=[Control(date(2026, 3, 16))])
    assert refused.value.field == "promises"
    assert days() == []


def test_the_log_has_it_without_its_words(office):
    message = publish(office)
    made = next(event for event in events(message) if event.action == "promise_made")
    assert made.changes == {"promised_on": [None, "2026-03-20"]}


# --- Asked for on its day


def test_the_executor_is_asked_that_day_and_the_curator_the_next(office):
    publish(office)
    asked = [
        (
            day,
            len(queries_promises.waiting(office.boris, date(2026, 3, day))),
            len(queries_promises.waiting(office.anna, date(2026, 3, day))),
        )
        for day in (19, 20, 21)
    ]
    assert asked == [(19, 0, 0), (20, 1, 0), (21, 1, 1)]
    column, values = queries_promises.number_waiting(office.boris, date(2026, 3, 20))
    assert db.session.scalar(select(column), values) == 1
    assert queries_promises.waiting(office.nina, date(2026, 3, 21)) == []


def reported(office: Office) -> Promise:
    publish(office)
    content, name = photo()
    return promises.report(
        only().id, only().version, result="Яма засыпана", uploads=[Upload(name, content.read())], actor=office.boris,
        now=at("20.03 11:00"),
    )  # fmt: skip


def test_the_result_with_a_photo_waits_for_the_curator(office):
    row = reported(office)
    assert (row.state, row.result, len(row.photos)) == (PromiseState.REPORTED, "Яма засыпана", 1)
    assert queries_promises.waiting(office.boris, date(2026, 3, 20)) == []
    assert [one.id for one in queries_promises.waiting(office.anna, date(2026, 3, 20))] == [row.id]


def test_kept(office):
    row = reported(office)
    promises.decide_done(row.id, row.version, actor=office.anna, now=at("20.03 12:00"))
    assert (row.state, row.decided_by_id) == (PromiseState.DONE, office.ids["anna"])
    assert queries_promises.waiting(office.anna, date(2026, 3, 25)) == []


def test_moved_leaves_the_old_row_and_makes_one_new(office):
    publish(office)
    old = only()
    new = promises.move(
        old.id, old.version, due_on=date(2026, 4, 3), reason="Ждём асфальт", actor=office.anna, now=at("20.03 12:00")
    )
    assert (old.state, old.due_on, old.reason) == (PromiseState.MOVED, date(2026, 3, 20), "Ждём асфальт")
    assert (new.state, new.due_on, new.replaces_id) == (PromiseState.OPEN, date(2026, 4, 3), old.id)
    with pytest.raises(StaleVersion):
        promises.move(old.id, 1, due_on=date(2026, 4, 4), reason="Ещё", actor=office.anna, now=at("20.03 12:01"))
    assert len(days()) == 2


END = {
    "not kept": lambda row, who, **more: promises.decide_not_kept(row.id, row.version, actor=who, **more),
    "dropped": lambda row, who, **more: promises.drop(row.id, row.version, actor=who, **more),
    "moved": lambda row, who, **more: promises.move(row.id, row.version, due_on=date(2026, 4, 3), actor=who, **more),
}


@pytest.mark.parametrize("name", END)
def test_it_ends_with_a_reason_only_and_by_the_curator_only(office, name):
    publish(office)
    end, now = END[name], at("20.03 12:00")
    with pytest.raises(MissingInput):
        end(only(), office.anna, reason=" ", now=now)
    with pytest.raises(NotYours):
        end(only(), office.boris, reason="Некогда", now=now)
    row = only()
    end(row, office.anna, reason="Подрядчик отказался", now=now)
    assert row.reason == "Подрядчик отказался"
    assert row.state not in promises.LIVE
    with pytest.raises(ServiceError):
        end(row, office.anna, reason="Ещё раз", now=now)


@pytest.mark.parametrize("day", [None, date(2026, 3, 20), date(2026, 3, 1)])
def test_it_moves_forward_only(office, day):
    publish(office)
    with pytest.raises(MissingInput) as refused:
        promises.move(only().id, 1, due_on=day, reason="Ждём", actor=office.anna, now=at("20.03 12:00"))
    assert refused.value.field == "due_on"


def test_another_executor_reports_nothing(office):
    publish(office)
    with pytest.raises(NotYours):
        promises.report(only().id, 1, result="Всё", uploads=[], actor=office.nina, now=at("20.03 11:00"))
    with pytest.raises(MissingInput):
        promises.report(only().id, 1, result=" ", uploads=[], actor=office.boris, now=at("20.03 11:00"))


def test_the_filters_of_the_list(office):
    row = reported(office)
    today = date(2026, 3, 20)
    found = {wanted: len(queries_promises.listed(office.anna, wanted, today)) for wanted in Filter}
    assert {wanted for wanted, count in found.items() if count} == {Filter.LIVE, Filter.REPORTED, Filter.ALL}
    assert queries_promises.listed(office.nina, Filter.ALL, today), "her department's"
    assert queries_promises.of_message(row.message_id)[0].id == row.id
