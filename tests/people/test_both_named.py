"""For every act of a substitute the log, the card and the printed card name both people (П.3): a table of all kinds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from osm.answers.acts import promises
from osm.answers.queries.promises import of_message
from osm.base.database import db
from osm.files.acts.files import Upload
from osm.groups.acts.members import create_group
from osm.log.models import ON_BEHALF_OF
from osm.messages.queries.card import read_card
from osm.messages.queries.parts import Card
from osm.models import AnswerGroup, Event, Message, Promise
from osm.regulation.words import Status
from tests.answers.conftest import photo
from tests.desk import URL, Desk
from tests.office import at

from .ways import (
    LIDIA,
    VERA,
    approved,
    author_answered,
    chosen,
    closed_unanswered,
    common,
    corrected,
    entered,
    group_approved,
    group_begun,
    group_joined,
    group_left,
    group_returned,
    group_sent,
    part_entered,
    part_of_one_who_came_back,
    part_returned,
    part_sent,
    published,
    published_by_the_executor,
    restored,
    returned,
    revoked,
    routed,
    sent,
    vera,
)


@pytest.fixture
def both_away(desk: Desk, away) -> Desk:
    """Boris is on leave, Lidia is his substitute; Anna is on leave too, and Vera has her rights."""
    away("boris", 25, 27, "lidia")
    away("anna", 25, 27, "vera")
    return desk


def of_first(way: Callable[[Desk], tuple[AnswerGroup, list[Message]]]) -> Callable[[Desk], Message]:
    return lambda desk: way(desk)[1][0]


# --- The messages


def version(card: Card) -> object:
    return next(v for reply in card.replies for v in reply.versions)


def part(card: Card) -> object:
    return next(shown for worker in card.workers for shown in worker.parts)


@dataclass(frozen=True)
class Case:
    """`action` and `who` of the log; the names on the card; the words of the printed card."""

    name: str
    way: Callable[[Desk], Message]
    action: str
    who: str
    named: Callable[[Card], str]
    printed: str
    by: str = ""
    """Whom card and paper name where it is not who acted."""


CASES = (
    Case("routed", routed, "route", VERA, lambda c: c.active[0].person.name, LIDIA, by=LIDIA),
    Case("draft", sent, "submit_draft", LIDIA, lambda c: version(c).author, f"Версия 1: {LIDIA}"),
    Case("clarification", lambda d: sent(d, "clarification"), "submit_draft", LIDIA, lambda c: version(c).author,
         f"Версия 1: {LIDIA}"),
    Case("interim", lambda d: sent(d, "interim"), "submit_draft", LIDIA, lambda c: version(c).author,
         f"Версия 1: {LIDIA}"),
    Case("entered: its author", entered, "submit_draft", VERA, lambda c: version(c).author,
         f"Версия 1: {LIDIA}", by=LIDIA),
    Case("entered: who entered it", entered, "submit_draft", VERA, lambda c: version(c).submitted_by,
         f"внёс куратор ({VERA}, в чате)"),
    Case("approved", approved, "approve_draft", VERA, lambda c: version(c).decided_by, f"согласована, {VERA}"),
    Case("corrected", corrected, "correct_and_approve", VERA, lambda c: version(c).submitted_by, f"правка: {VERA}"),
    Case("returned", returned, "return_draft", VERA, lambda c: version(c).decided_by, f", {VERA} 25.11"),
    Case("revoked", revoked, "revoke_approval", VERA, lambda c: version(c).decided_by, f", {VERA}"),
    Case("published", published(), "publish_final", VERA, lambda c: c.published[0].published_by, f", {VERA}: {URL}"),
    Case("published interim", published("interim"), "publish_interim", VERA, lambda c: c.published[0].published_by,
         f", {VERA}: {URL}"),
    Case("published clarification", published("clarification"), "publish_clarification", VERA,
         lambda c: c.published[0].published_by, f", {VERA}: {URL}"),
    Case("published by the executor", published_by_the_executor, "publish_final", LIDIA,
         lambda c: c.published[0].published_by, f", {LIDIA}: {URL}"),
    Case("author answered", author_answered, "author_answered", VERA, lambda c: c.followups[0].entered_by,
         f"внесено 25.11.2026 10:50, {VERA}"),
    Case("closed", closed_unanswered, "close_without_answer", VERA, lambda c: c.closures[0].closed_by, f", {VERA}"),
    Case("restored", restored, "restore", VERA, lambda c: c.closures[0].restored_by, f", {VERA}: Отозвался"),
    Case("part", part_sent, "submit_part", LIDIA, lambda c: part(c).author, f"Версия 1: {LIDIA}"),
    Case("part entered: its author", part_entered, "submit_part", VERA, lambda c: part(c).author, f"Версия 1: {LIDIA}",
         by=LIDIA),
    Case("part entered: who entered it", part_entered, "submit_part", VERA, lambda c: part(c).submitted_by,
         f"внёс куратор ({VERA}, в чате)"),
    Case("part returned", part_returned, "return_part", VERA, lambda c: part(c).returned_by,
         f"возвращена 25.11.2026 10:25, {VERA}: Назовите день"),
    Case("part of one who came back", part_of_one_who_came_back, "submit_part", LIDIA, lambda c: part(c).author,
         f"Версия 1: {LIDIA}"),
    Case("common: its author", common, "submit_draft", VERA, lambda c: version(c).author, f"Версия 1: {VERA}"),
    Case("common: who approved", common, "approve_draft", VERA, lambda c: version(c).decided_by,
         f"согласована, {VERA}"),
    Case("in a group", of_first(group_sent), "submit_draft", LIDIA, lambda c: version(c).author, f"Версия 1: {LIDIA}"),
    Case("in a group, approved", of_first(group_approved), "approve_draft", VERA, lambda c: version(c).decided_by,
         f"согласована, {VERA}"),
    Case("joined late", of_first(group_joined), "joined_group", VERA, lambda c: version(c).decided_by,
         f"согласована, {VERA}"),
    Case("joined late: the author", of_first(group_joined), "submit_draft", VERA, lambda c: version(c).author,
         f"Версия 1: {LIDIA}", by=LIDIA),
    Case("taken out", of_first(group_left), "left_group", VERA, lambda c: version(c).decided_by, f", {VERA}"),
)  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_log_the_card_and_the_paper_name_both(both_away, gleb, dina, case):
    desk = both_away
    message = case.way(desk)
    db.session.rollback()
    event = db.session.scalars(
        db.select(Event).where(Event.message_id == message.id, Event.action == case.action).order_by(Event.id.desc())
    ).first()
    people = {VERA: ("vera", "anna"), LIDIA: ("lidia", "boris")}[case.who]
    assert (event.actor_id, event.changes.get(ON_BEHALF_OF)) == (desk.ids[people[0]], [None, desk.ids[people[1]]])
    assert case.named(read_card(message.id)) == (case.by or case.who)
    paper = " ".join(re.sub(r"<[^>]+>", " ", gleb.get(f"/messages/{message.id}/print").text).split())
    assert case.printed in paper
    assert case.who in gleb.get(f"/messages/{message.id}").text
    assert case.who in dina.get(f"/admin/log?message={message.number}").text


GROUP_CASES = (
    ("group_created", group_begun, VERA),
    ("group_submitted", group_sent, LIDIA),
    ("group_approved", group_approved, VERA),
    ("group_returned", group_returned, VERA),
    ("group_joined", group_joined, VERA),
    ("group_left", group_left, VERA),
)


@pytest.mark.parametrize(("action", "way", "who"), GROUP_CASES, ids=[case[0] for case in GROUP_CASES])
def test_the_log_of_a_common_answer_names_both(both_away, dina, action, way, who):
    way(both_away)
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.action == action)).one()
    assert event.changes[ON_BEHALF_OF] == [None, both_away.ids["anna" if who is VERA else "boris"]]
    assert who in dina.get("/admin/log").text


def test_a_group_for_one_who_is_away_takes_what_his_substitute_has(both_away):
    """A message that the substitute already has is not routed to her again."""
    with_lidia = routed(both_away)
    other = both_away.incident("25.11 10:05")
    create_group(
        chosen(both_away, [with_lidia, other]), executor_id=both_away.ids["boris"], name="", task="",
        actor=vera(both_away), now=at("25.11 10:15"),
    )  # fmt: skip
    db.session.rollback()
    for message in (with_lidia, other):
        rows = both_away.again(message).assignments
        assert [(row.executor_id, row.for_id) for row in rows] == [(both_away.ids["lidia"], both_away.ids["boris"])]


# --- What was promised


def reported(desk: Desk) -> Promise:
    promise = db.session.scalars(db.select(Promise).where(Promise.message_id == published()(desk).id)).one()
    content, name = photo()
    return promises.report(
        promise.id, promise.version, result="Засыпали", uploads=[Upload(name, content.read())], actor=desk.lidia,
        now=at("27.11 10:00"),
    )  # fmt: skip


def test_a_promise_names_reporter_and_decider_with_the_absent_persons(both_away, gleb):
    row = reported(both_away)
    promises.decide_done(row.id, row.version, actor=vera(both_away), now=at("27.11 11:00"))
    db.session.rollback()
    events = db.session.scalars(db.select(Event).where(Event.object_kind == "promise").order_by(Event.id)).all()
    assert [(event.action, event.changes[ON_BEHALF_OF][1]) for event in events] == [
        ("promise_made", both_away.ids["anna"]),
        ("promise_reported", both_away.ids["boris"]),
        ("promise_kept", both_away.ids["anna"]),
    ]
    shown = of_message(row.message_id)[0]
    assert (shown.reported_by, shown.decided_by) == (LIDIA, VERA)
    page = gleb.get(f"/promises/{row.id}").text
    assert LIDIA in page
    assert VERA in page


def test_acting_for_no_other_one_is_named_alone(desk):
    message = desk.in_status(Status.ANSWERED)
    card = read_card(message.id)
    assert version(card).author == "Борис Ежов"
    assert version(card).decided_by == card.published[0].published_by == "Анна Ларина"
