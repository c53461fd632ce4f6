"""«Исправить ответ» corrects the answer here and in the network, once; the old version is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.answers.acts.publication import correct_publication
from osm.approvals import acts as corrections
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Comment, Connection, Message, OutboxAction, Promise
from osm.outbox.acts import orders, rounds
from osm.outbox.acts.orders import SendingBegun
from osm.outbox.queries import count_pending, pending
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Status
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.office import at

SENT, LATER = at("17.03 12:02"), at("17.03 13:00")
WRONG, RIGHT = "Здравствуйте! Вывезут 18 марта.", "Здравствуйте! Вывезут 19 марта."


@pytest.fixture
def answered(vk, connect, office):
    """A question; the program has already published an answer under the comment."""

    def answered(*without):
        connect(*without, publish="auto", when=at("17.03 08:00"))
        hearing.run(at("17.03 09:00"), WHOLE)
        vk.world.write(vk.world.post("Пост"), CITIZEN, "Когда вывезут мусор?")
        hearing.run(at("17.03 09:00"), WHOLE)
        message = office.routed("17.03 09:00", "17.03 09:10")
        with transaction():
            db.session.scalars(select(Comment)).one().message_id = message.id
        office.submitted(message, "17.03 11:00", WRONG)
        office.approved(message, "17.03 12:00")
        ordering.order(message.id, fresh(message).version, actor=office.anna, now=at("17.03 12:00"))
        assert send(SENT) == 1
        return fresh(message)

    return answered


def fresh(message):
    return db.session.get_one(Message, message.id, populate_existing=True)


def send(now):
    return rounds.run("this process", now, WHOLE)


def correct(message, office, text=RIGHT, **given):
    given = {"reason": "Не тот день", "actor": office.anna, "now": LATER - ordering.UNDO, **given}
    return corrections.correct_answer(message.id, fresh(message).version, text=text, **given)


def edits():
    rows = select(OutboxAction).where(OutboxAction.kind == OutboxKind.EDIT).order_by(OutboxAction.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def answers(vk):
    return [one["text"] for one in vk.world.comments.values() if one["from_id"] == vk.world.owner]


def test_the_network_gets_the_new_text_and_the_old_version_is_kept(vk, office, answered):
    message = answered()
    terms = {(one.kind, one.due_at, one.state) for one in message.deadlines}
    correct(message, office)
    assert (send(LATER), answers(vk)) == (1, [RIGHT])
    found = fresh(message)
    reply = found.replies[0]
    assert (found.status, [draft.text for draft in reply.drafts]) == (Status.ANSWERED, [WRONG, RIGHT])
    assert reply.approved_draft.text == RIGHT
    assert {(one.kind, one.due_at, one.state) for one in found.deadlines} == terms
    url = f"{reply.published_url}&thread=1"
    correct_publication(
        message.id, found.version, url=url, published_at=at("17.03 12:01"), reason="Не та", actor=office.anna, now=LATER
    )


def test_the_day_that_it_promises_now_is_controlled_and_no_other(vk, office, answered):
    def controlled():
        rows = db.session.scalars(select(Promise.due_on).where(Promise.state == "open").order_by(Promise.due_on))
        return [f"{day:%d.%m}" for day in rows]

    message = answered()
    correct(message, office)
    assert controlled() == ["19.03"]
    corrections.take_back(message.id, fresh(message).version, actor=office.anna, now=LATER - timedelta(seconds=20))
    assert controlled() == ["18.03"]
    correct(fresh(message), office)
    assert controlled() == ["19.03"]
    correct(fresh(message), office, "Здравствуйте! Вывезут 25 марта.", now=at("20.03 12:00"))
    assert controlled() == ["19.03", "25.03"], "a correction does not hide what is late"


def test_it_can_be_taken_back_with_its_text_for_a_minute_only(vk, office, answered, anna):
    message = answered()
    correct(message, office, "Здравствуйте! Вывезут завтра.")
    correct(message, office)
    assert (send(LATER - timedelta(seconds=1)), answers(vk)) == (0, [WRONG])
    assert "Отменить исправление" in anna.get(f"/messages/{message.id}").text
    form = {"version": fresh(message).version}
    assert anna.submit(f"/messages/{message.id}/correction/stop", form).status_code == 303
    assert (send(LATER), fresh(message).replies[0].approved_draft.text) == (0, WRONG)
    assert "Отменить исправление" not in anna.get(f"/messages/{message.id}").text
    correct(message, office)
    vk.serving.trouble("wall.editComment", Trouble.CUT_AFTER)
    send(LATER)
    with pytest.raises(SendingBegun):
        corrections.take_back(message.id, fresh(message).version, actor=office.anna, now=LATER)


def test_the_programs_own_correction_waits_for_no_person(vk, office, answered):
    """This also works if only the act names the page: an answer by link has no comment."""
    correct(answered(), office)
    with transaction():
        edits()[0].comment_id = None
    assert count_pending() == 0


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_after_an_unclear_end_it_says_so_all_the_same(vk, office, answered, trouble):
    correct(answered(), office)
    vk.serving.trouble("wall.editComment", trouble)
    assert (send(LATER), send(LATER + timedelta(minutes=1))) == (0, 1)
    assert answers(vk) == [RIGHT]


def test_corrected_twice_only_the_last_text_goes_and_a_stop_holds_it(vk, office, answered):
    message = answered()
    held = orders.stop(None, reason="Траур", actor=office.anna, now=LATER)
    correct(message, office, "Здравствуйте! Вывезут завтра.")
    correct(message, office)
    assert send(LATER) == 0
    orders.release([held.id], actor=office.anna, now=LATER)
    assert (send(LATER), answers(vk)) == (1, [RIGHT])
    assert [row.state for row in edits()] == [OutboxState.CANCELLED, OutboxState.DONE]


def test_what_cannot_be_corrected_so_is_refused(vk, office, answered):
    message = answered()
    for text, reason, field in ((RIGHT, " ", "reason"), (WRONG, "Так", "text"), (" ", "Так", "text")):
        with pytest.raises(MissingInput) as refused:
            correct(message, office, text, reason=reason)
        assert refused.value.field == field
    with pytest.raises(StaleVersion):
        corrections.correct_answer(message.id, 1, text=RIGHT, reason="Так", actor=office.anna, now=LATER)
    assert edits() == []


def test_where_the_page_cannot_a_person_does_it_with_the_words_ready(vk, office, answered):
    message = answered("user")
    correct(message, office)
    (row,) = edits()
    assert (send(LATER), answers(vk), row.for_person) == (0, [WRONG], True)
    (shown,), _more = pending()
    assert (shown.text, shown.address) == (RIGHT, message.replies[0].published_url)
    assert "исправьте на сайте" in shown.error
    orders.mark_done_by_hand(row.id, row.version, at=None, actor=office.vera, now=LATER)
    assert edits()[0].state is OutboxState.DONE_BY_HAND


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("state", "off", "Страница выключена"), ("publish", "hand", "размещают руками"), ("can", [], "не может")],
)
def test_a_person_reads_why_the_program_does_not_do_it(vk, office, answered, column, value, said):
    message = answered()
    with transaction() as session:
        setattr(session.scalars(select(Connection)).one(), column, value)
    correct(message, office)
    assert said in edits()[0].error


def test_a_lost_right_leaves_it_to_a_person_with_the_networks_words(vk, office, answered):
    correct(answered(), office)
    vk.refuse["wall.editComment"].append(15)
    send(LATER)
    (row,) = edits()
    assert (row.state, "as the test asks" in row.error) == (OutboxState.FAILED, True)
    assert "edit" in db.session.scalars(select(Connection)).one().can
