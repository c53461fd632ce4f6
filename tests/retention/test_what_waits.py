"""What still waits for a person or for a network is not destroyed: neither after its term nor on request."""

from __future__ import annotations

import json
from datetime import UTC, timedelta

import pytest
from sqlalchemy import update

from osm.base.database import db
from osm.base.transaction import Pace, transaction
from osm.blacklist.acts import entries
from osm.comments.acts.importing import import_comments
from osm.imports.acts import recall
from osm.imports.queries import editions
from osm.messages.acts import routing
from osm.models import (
    Author,
    BlacklistProposal,
    Comment,
    HeldOutcome,
    HeldRow,
    ImportRun,
    ImportSource,
    ImportState,
    Instruction,
    Message,
    OutboxAction,
    Promise,
    Reply,
    Shortcoming,
    SubjectRequest,
    ToldFacts,
    UrgentReport,
)
from osm.regulation.blacklist import CommentGround, CommentState, ListState, OutboxKind, OutboxState
from osm.regulation.words import DeadlineState, Status
from osm.retention import queries
from osm.retention.acts import office, purge
from osm.retention.acts import office as keeping
from osm.retention.rules import Kept
from osm.shortcomings.acts import shortcomings
from osm.urgent.acts import urgent
from osm.urgent.acts.instructions import ReportForm
from osm.urgent.models import InstructionKind, Reached
from tests.conftest import MORNING
from tests.connectors.files import incident
from tests.imports.desk import export, load

from .office import LATER, dina, purge_all

PROFILE = "https://vk.com/id77"


@pytest.fixture
def his(desk) -> dict[str, int]:
    """A closed message of one author, and one of another whose answer was given too."""
    closed, other = desk.in_status(Status.ANSWERED, text="Яма у дома"), desk.in_status(Status.ANSWERED, text="Темно")
    with transaction() as session:
        author = Author(network="vk", profile_url=PROFILE, name="Пётр Ким")
        session.add(author)
        closed.author = other.author = author
        session.flush()
        session.execute(update(Reply).values(entered_in_source_at=MORNING))
        comment = Comment(
            network="vk", external_id="-1_2", text="Где ответ?", text_digest="0", stored_at=MORNING,
            state=CommentState.KEPT, decided_at=MORNING, author_id=author.id, target={"post": "1"},
        )  # fmt: skip
        session.add(comment)
        session.flush()
        return {"closed": closed.id, "other": other.id, "author": author.id, "comment": comment.id}


def destroy_his() -> SubjectRequest:
    row = office.enter_request("delete", "Пётр Ким", PROFILE, actor=dina(), now=MORNING)
    return office.answer_request(row.id, identity="с его профиля", actor=dina(), now=MORNING)


def the(model, number: int):
    db.session.rollback()
    return db.session.get_one(model, number, populate_existing=True)


def both_ways() -> None:
    destroy_his()
    while queries.open_run() is not None:
        purge.run(MORNING, Pace())
    purge_all()


def test_a_message_waits_for_the_row_with_its_number(desk, his, app):
    load(export(incident(501)))
    other = {"Ссылка": "https://vk.com/wall-77_900", "Автор": "Пётр Ильин", "Текст": "Прорвало трубу."}
    assert load(export(incident(501, **other))).counts == {"held": 1}
    row = db.session.scalars(db.select(HeldRow)).one()
    with transaction():
        row.message.author_id = his["author"]
        row.message.status, row.message.closed_at = Status.WITHDRAWN, MORNING
    row_id, message_id = row.id, row.message_id
    both_ways()
    assert the(Message, his["closed"]).purged_at
    assert the(Message, message_id).purged_at is None
    new = recall.enter_as_new(row_id, actor=desk.anna, now=LATER)
    assert (new.text, new.author.name) == ("Прорвало трубу.", "Пётр Ильин")
    assert the(HeldRow, row_id).outcome is HeldOutcome.NEW
    purge_all(LATER + timedelta(days=3000))
    assert the(Message, message_id).purged_at


def test_what_was_promised_or_ordered_about_a_message_keeps_it(desk, his):
    """On request too."""
    with transaction() as session:
        reply_id = session.get_one(Message, his["closed"]).replies[0].id
        session.add(
            Promise(message_id=his["closed"], reply_id=reply_id, words="засыпем", due_on=MORNING.date(),
                    created_at=MORNING, created_by_id=desk.anna.id)
        )  # fmt: skip
        session.add(
            Instruction(message_id=his["other"], kind=InstructionKind.TASK, text="Проверить", to_id=desk.boris.id,
                        due_at=MORNING, given_by_id=desk.anna.id, given_at=MORNING)
        )  # fmt: skip
    both_ways()
    assert the(Message, his["closed"]).text == "Яма у дома"
    assert the(Message, his["other"]).text == "Темно"
    assert the(Comment, his["comment"]).purged_at


def test_a_comment_at_work_stays_until_its_message_goes(desk, his):
    at_work = desk.in_status(Status.IN_WORK, text="Где ответ?").id
    with transaction() as session:
        comment = session.get_one(Comment, his["comment"])
        comment.message_id, comment.state = at_work, CommentState.TAKEN
    both_ways()
    assert the(Comment, his["comment"]).text == "Где ответ?"


def test_a_hold_on_the_message_keeps_its_comment(desk, his):
    with transaction() as session:
        session.get_one(Comment, his["comment"]).message_id = his["closed"]
        number = session.get_one(Message, his["closed"]).number
    keeping.set_hold(
        "message", number, with_author=False, ground="police", document="КУСП 7", actor=dina(), now=MORNING
    )
    both_ways()
    assert the(Comment, his["comment"]).text == "Где ответ?"
    assert the(Message, his["other"]).purged_at


def test_a_deletion_that_the_network_has_not_done_yet_keeps_its_address(his):
    with transaction() as session:
        comment = session.get_one(Comment, his["comment"])
        comment.state, comment.ground, comment.evidence_sha256 = CommentState.DELETED, CommentGround.PROFANITY, "0" * 64
        session.add(
            OutboxAction(
                kind=OutboxKind.DELETE, network="vk", comment_id=comment.id, idempotency_key="1", not_before=MORNING,
                created_at=MORNING,
            )
        )  # fmt: skip
    both_ways()
    assert the(Comment, his["comment"]).target == {"post": "1"}
    with transaction() as session:
        action = session.scalars(db.select(OutboxAction)).one()
        action.state, action.settled_at = OutboxState.DONE, MORNING
    destroy_his()
    assert the(Comment, his["comment"]).purged_at


def test_a_ban_that_the_network_has_not_done_yet_keeps_its_author(his):
    with transaction() as session:
        session.add(
            OutboxAction(
                kind=OutboxKind.BAN, network="vk", author_id=his["author"], idempotency_key="1", not_before=MORNING,
                created_at=MORNING,
            )
        )  # fmt: skip
    with pytest.raises(purge.NothingToDestroy):
        purge_all()
    assert the(Author, his["author"]).name == "Пётр Ким"
    assert the(Message, his["closed"]).text == "Яма у дома"


def test_a_destroyed_comment_does_not_come_back(his):
    destroy_his()
    line = json.dumps({"id": "-1_2", "network": "vk", "text": "Где ответ?", "author": "Пётр Ким",
                       "post_title": "Дороги", "url": "https://vk.com/wall-1_1?reply=2"})  # fmt: skip
    report = import_comments([line.encode()], actor=None, now=LATER)
    assert (report.created, report.updated, report.unchanged, report.rejected) == (0, 0, 1, [])
    (row,) = db.session.scalars(db.select(Comment)).all()
    assert (row.text, row.author_id, row.post_title, row.purged_at) == ("", None, "", MORNING)
    assert "-1_2" not in row.external_id
    other = import_comments([line.replace("-1_2", "-1_3").encode()], actor=None, now=LATER)
    assert other.created == 1


@pytest.mark.parametrize("state", ImportState)
def test_a_load_goes_when_it_has_ended(desk, his, state):
    with transaction() as session:
        source = ImportSource(name="Выгрузка")
        session.add(
            ImportRun(
                source=source, filename="a.xlsx", sha256="0" * 64, state=state, created_at=MORNING, error="Иван Петров"
            )
        )
    purge_all()
    run = db.session.scalars(db.select(ImportRun)).one()
    assert (run.error == "") is (state in (ImportState.DONE, ImportState.FAILED))


def test_facts_that_a_department_has_not_worked_off_keep_the_message(desk, his, clock):
    """On request too."""
    told = desk.in_status(Status.EXCLUDED, text="Прорвало")
    with transaction() as session:
        session.get_one(Message, told.id).author_id = his["author"]
    given = {"department_id": desk.boris.department_id, "facts": "Залило дом 5", "asked": "Перекрыть воду"}
    facts_id = routing.tell_facts(told.id, desk.again(told).version, **given, actor=desk.anna, now=clock.now()).id
    both_ways()
    assert the(Message, his["closed"]).purged_at
    facts = the(ToldFacts, facts_id)
    assert facts.facts == "Залило дом 5"
    routing.note_done(facts_id, facts.version, outcome="Готово", absent=(), actor=desk.boris, now=LATER)
    destroy_his()
    assert the(Message, told.id).purged_at


def test_a_report_that_the_head_does_not_know_yet_keeps_the_message_from_a_request(desk, his, clock):
    report = urgent.send(ReportForm(what="Темно у школы"), message_id=his["other"], actor=desk.anna, now=clock.now())
    report_id = report.id
    destroy_his()
    assert the(Message, his["closed"]).purged_at
    assert the(UrgentReport, report_id).what == "Темно у школы"
    with transaction() as session:
        row = session.get_one(UrgentReport, report_id)
        row.reached, row.reached_at, row.reached_by = Reached.READ, MORNING, desk.gleb
    destroy_his()
    assert the(Message, his["other"]).purged_at


def test_an_answer_that_is_not_entered_in_the_source_yet_keeps_the_message_from_a_request(desk, his):
    reply_id = the(Message, his["other"]).replies[0].id
    with transaction() as session:
        session.get_one(Reply, reply_id).entered_in_source_at = None
    destroy_his()
    assert the(Message, his["closed"]).purged_at
    assert the(Reply, reply_id).published_url
    while queries.open_run() is not None:
        purge.run(MORNING, Pace())
    purge_all()
    assert the(Message, his["other"]).purged_at
    assert editions.count_not_in_source() == 0, "nothing is left to enter"


def test_a_shortcoming_that_is_not_decided_keeps_the_message_from_a_request(desk, his, clock):
    row = shortcomings.enter(
        his["other"],
        kind="bad_answer",
        person_id=desk.boris.id,
        day=MORNING.date(),
        words="Яма не засыпана",
        actor=desk.anna,
        now=clock.now(),
    )
    row_id, version = row.id, row.version
    destroy_his()
    assert the(Message, his["closed"]).purged_at
    assert the(Shortcoming, row_id).words == "Яма не засыпана"
    shortcomings.confirm(row_id, version, reason="", actor=desk.anna, now=clock.now())
    destroy_his()
    assert the(Message, his["other"]).purged_at


def restored(clock, kept: Kept, subject: str, row: Message | BlacklistProposal, entered_at) -> None:
    """What a restore does with a row that was destroyed after the backup, in which it is still open."""
    times = {"entered_at": entered_at.astimezone(UTC).isoformat(), "at": clock.now().astimezone(UTC).isoformat()}
    purge.list_file().unlink(missing_ok=True)
    purge.append([{"kept": kept, "subject": subject, "id": row.id, **times}])
    assert purge.destroy_again(clock.now()) == 1
    db.session.refresh(row)


def test_a_message_that_a_backup_has_open_ends_when_it_is_destroyed_again(desk, clock):
    message = desk.in_status(Status.ON_APPROVAL)
    restored(clock, Kept.MESSAGES, "message", message, message.stored_at)
    assert (message.status, bool(message.purged_at)) == (Status.WITHDRAWN, True)
    assert DeadlineState.OPEN not in {one.state for one in message.deadlines}


def test_a_ban_that_a_backup_has_in_force_ends_when_it_is_destroyed_again(desk, his, clock):
    given = {"actor": desk.anna, "now": clock.now()}
    proposal = entries.propose(the(Comment, his["comment"]), ground="spam", **given)
    entries.approve(proposal.id, 1, **given)
    entries.mark_applied(proposal.id, 2, **given)
    restored(clock, Kept.BLACKLIST, "blacklist_proposal", proposal, proposal.proposed_at)
    assert (proposal.state, proposal.author_name) == (ListState.LIFTED, "")
    assert entries.run(LATER) == 0
