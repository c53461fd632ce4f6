"""An approved answer is posted under the comment, by a press or at once, once per version; the message is answered."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from osm.answers.acts import ordering, publication
from osm.answers.acts.ordering import NotByItself
from osm.answers.queries.drafting import going_out
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.flow.acts.act import load_message
from osm.listening.acts import hearing
from osm.messages.acts import closing
from osm.models import Comment, Event, Message, OutboxAction
from osm.outbox.acts import orders, rounds
from osm.outbox.acts.orders import SendingBegun, publication_of
from osm.outbox.acts.rounds import Ongoing
from osm.outbox.queries import count_pending, pending
from osm.regulation.blacklist import CommentState, OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import ClockKind, Status
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.office import OVERRIDE, at
from tests.waiting import PATIENCE_S

APPROVED, SENT = at("17.03 12:00"), at("17.03 12:02")
TEXT = "Здравствуйте! Мусор вывезет управляющая компания «Уют» 18 марта."


@pytest.fixture
def asked(vk, connect, office):
    """A message made from a comment on a connected page; its draft waits for approval."""

    def asked(*without, publish="ask"):
        connect(*without, publish=publish, when=at("17.03 08:00"))
        hearing.run(at("17.03 09:00"), WHOLE)
        vk.world.write(vk.world.post("Пост"), CITIZEN, "Когда вывезут мусор?")
        hearing.run(at("17.03 09:00"), WHOLE)
        message = office.routed("17.03 09:00", "17.03 09:10")
        with transaction():
            db.session.scalars(select(Comment)).one().message_id = message.id
        office.submitted(message, "17.03 11:00", TEXT)
        return message

    return asked


def approve(office, message, when=APPROVED):
    draft = message.replies[-1].drafts[-1]

    def act():
        return approval.approve_draft(
            message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=office.anna, now=when
        )

    ordering.approve_and_order(act, message.id, actor=office.anna, now=when)


def send(now):
    return rounds.run("this process", now, WHOLE)


def fresh(message):
    return db.session.get_one(Message, message.id, populate_existing=True)


def action():
    return db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).one()


def answers(vk):
    return [one["text"] for one in vk.world.comments.values() if one["from_id"] == vk.world.owner]


def test_one_press_sends_it_once_after_a_minute_and_answers_the_message(vk, office, asked):
    message = asked()
    approve(office, message)
    assert (send(SENT), answers(vk)) == (0, [])
    ordering.order(message.id, fresh(message).version, actor=office.anna, now=APPROVED)
    ordering.order(message.id, fresh(message).version, actor=office.anna, now=APPROVED)
    assert (send(APPROVED + timedelta(seconds=59)), answers(vk)) == (0, [])
    assert (send(SENT), answers(vk)) == (1, [TEXT])
    found = fresh(message)
    reply = found.replies[0]
    assert (found.status, reply.published_by_id) == (Status.ANSWERED, office.ids["anna"])
    assert reply.published_url.startswith(f"https://vk.com/wall{vk.world.owner}_")
    assert APPROVED <= reply.published_at <= SENT
    assert (send(SENT + timedelta(hours=1)), answers(vk)) == (0, [TEXT])


def test_where_the_page_says_at_once_the_approval_orders_it(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    assert send(SENT) == 1
    assert fresh(message).status is Status.ANSWERED


def test_it_is_stopped_within_the_minute_and_not_afterwards(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    assert ordering.stop(message.id, fresh(message).version, actor=office.anna, now=APPROVED)
    assert (send(SENT), answers(vk)) == (0, [])
    ordering.order(message.id, fresh(message).version, actor=office.anna, now=SENT)
    vk.serving.trouble("wall.createComment", Trouble.CUT_AFTER)
    assert send(SENT + timedelta(minutes=2)) == 0
    with pytest.raises(SendingBegun):
        ordering.stop(message.id, fresh(message).version, actor=office.anna, now=SENT)
    with pytest.raises(SendingBegun):
        approval.revoke_approval(
            message.id, fresh(message).version, reason="Подождём", actor=office.anna, now=SENT + timedelta(minutes=2)
        )


def test_a_revoked_approval_takes_the_order_with_it(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    approval.revoke_approval(message.id, fresh(message).version, reason="Подождём", actor=office.anna, now=APPROVED)
    assert (send(SENT), answers(vk), action().state) == (0, [], OutboxState.CANCELLED)


def test_a_message_excluded_in_between_is_not_answered(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    closing.dismiss_message(message.id, fresh(message).version, reason="Вопрос снят", actor=office.anna, now=APPROVED)
    assert (send(SENT), answers(vk), action().state) == (0, [], OutboxState.CANCELLED)


def test_where_the_term_is_near_it_goes_out_at_once(vk, office, asked):
    message = asked(publish="auto")
    due = next(one.due_at for one in fresh(message).deadlines if one.kind is ClockKind.ANSWER)
    approve(office, message, due - timedelta(seconds=70))
    assert action().not_before == due - timedelta(seconds=60)


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_after_an_unclear_end_it_is_published_once(vk, office, asked, trouble):
    message = asked(publish="auto")
    approve(office, message)
    vk.serving.trouble("wall.createComment", trouble)
    assert send(SENT) == 0
    vk.world.guids.clear()  # VK promises nothing of a repeated guid: the look decides
    assert (send(SENT + timedelta(minutes=1)), answers(vk)) == (1, [TEXT])
    assert fresh(message).status is Status.ANSWERED


def test_an_edit_heard_after_the_approval_asks_but_allows_to_send_it(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    vk.world.change(next(iter(vk.world.comments)), "Спасибо, вывезли")
    hearing.run(APPROVED + timedelta(seconds=5), WHOLE)
    assert (send(SENT), answers(vk)) == (0, [])
    row, shown = action(), going_out(message.id)
    assert (shown.is_changed, shown.stands_text) == (True, "Спасибо, вывезли")
    orders.try_again(row.id, row.version, message_id=message.id, in_spite=True, actor=office.anna, now=SENT)
    assert (send(SENT), answers(vk)) == (1, [TEXT])
    again = db.session.scalars(select(Event).where(Event.action == "outbox_again")).one()
    assert again.changes["under_changed"] == [None, True]


def test_what_is_changed_once_more_after_the_press_is_asked_again(vk, office, asked):
    """«Отправить всё равно» applies only to the words that were shown."""
    message = asked(publish="auto")
    approve(office, message)
    number = next(iter(vk.world.comments))
    vk.world.change(number, "Спасибо, вывезли")
    assert (send(SENT), answers(vk)) == (0, [])
    row = action()
    orders.try_again(row.id, row.version, message_id=message.id, in_spite=True, actor=office.anna, now=SENT)
    vk.world.change(number, "Вы все воры")
    assert (send(SENT), answers(vk)) == (0, [])
    shown = going_out(message.id)
    assert (shown.is_changed, shown.stands_text) == (True, "Вы все воры")
    with pytest.raises(StaleVersion):
        orders.try_again(row.id, row.version - 1, message_id=message.id, in_spite=True, actor=office.anna, now=SENT)
    row = action()
    orders.try_again(row.id, row.version, message_id=message.id, in_spite=True, actor=office.anna, now=SENT)
    assert (send(SENT), answers(vk)) == (1, [TEXT])


def test_a_later_try_remembers_what_was_said_in_spite_of(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    vk.world.change(next(iter(vk.world.comments)), "Спасибо, вывезли")
    send(SENT)
    row = action()
    orders.try_again(row.id, row.version, message_id=message.id, in_spite=True, actor=office.anna, now=SENT)
    vk.serving.trouble("wall.createComment", Trouble.CUT_BEFORE)
    assert (send(SENT), answers(vk)) == (0, [])
    assert not going_out(message.id).is_changed
    assert (send(SENT + timedelta(minutes=1)), answers(vk)) == (1, [TEXT])


def test_what_is_shown_as_published_is_what_was_read_there(vk, office, asked, anna):
    """A comment that was taken into work keeps in its row the words that were answered."""
    message = asked(publish="auto")
    with transaction():
        comment = db.session.scalars(select(Comment)).one()
        comment.state, comment.decided_at, comment.decided_by_id = CommentState.TAKEN, APPROVED, office.ids["anna"]
    approve(office, message)
    vk.world.change(next(iter(vk.world.comments)), "А ещё у вас воруют")
    hearing.run(APPROVED + timedelta(seconds=5), WHOLE)
    send(SENT)
    with transaction():
        action().error = "Другими словами."  # the words of the error decide nothing
    shown = anna.get(f"/messages/{message.id}/publish").text
    assert "А ещё у вас воруют" in shown
    assert "Отправить всё равно" in shown
    row = action()
    orders.try_again(row.id, row.version, message_id=message.id, actor=office.anna, now=SENT)
    assert not going_out(message.id).is_changed


def wait_for_a_lock():
    """Wait until another session waits for what is locked here."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + PATIENCE_S
    while not db.session.scalar(waits) and time.monotonic() < until:
        time.sleep(0.05)
    assert db.session.scalar(waits)


@pytest.mark.postgresql
def test_a_press_during_the_networks_answer_does_not_wait_for_it(app, vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    ongoing = Ongoing()
    rounds._begin(ongoing, "a process", SENT)
    rounds.wait([answer for _errand, answer in ongoing.busy.values()])

    def note():
        with app.app_context():
            return rounds._collect(ongoing, SENT)

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            load_message(message.id)  # a person places it by hand at this moment
            worker = pool.submit(note)
            wait_for_a_lock()
            assert publication_of(message.id) is not None
        assert worker.result() == 1
    assert fresh(message).status is Status.ANSWERED


@pytest.mark.parametrize("what", ["changed", "gone"])
def test_a_comment_that_was_changed_or_is_gone_asks_a_person_first(vk, office, asked, what):
    message = asked(publish="auto")
    approve(office, message)
    number = next(iter(vk.world.comments))
    vk.world.change(number, "Спасибо, вывезли") if what == "changed" else vk.world.delete(number, CITIZEN)
    assert (send(SENT), answers(vk)) == (0, [])
    row = action()
    assert row.for_person
    assert "Комментари" in row.error
    if what == "gone":
        assert ordering.stop(message.id, fresh(message).version, actor=office.anna, now=SENT)
    else:
        orders.try_again(row.id, row.version, message_id=message.id, actor=office.anna, now=SENT)


def test_without_a_looking_key_an_unclear_answer_is_left_to_a_person(vk, office, asked):
    message = asked("user", "service", publish="auto")
    approve(office, message)
    vk.serving.trouble("wall.createComment", Trouble.CUT_AFTER)
    send(SENT)
    assert send(SENT + timedelta(minutes=1)) == 0
    assert (action().for_person, answers(vk)) == (True, [TEXT])


def test_placed_by_hand_in_between_no_answer_is_sent(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    publication.publish_by_hand(
        message.id, fresh(message).version, url="https://vk.com/wall-1_2?reply=3", published_at=None,
        actor=office.anna, now=APPROVED,
    )  # fmt: skip
    assert (send(SENT), answers(vk), action().state) == (0, [], OutboxState.CANCELLED)


def test_a_tried_answer_can_be_placed_by_hand_without_the_outbox_knowing(vk, office, asked):
    message = asked(publish="auto")
    approve(office, message)
    vk.serving.trouble("wall.createComment", Trouble.CUT_BEFORE)
    send(SENT)
    row = action()
    assert (pending()[0], count_pending()) == ([], 0)
    for act in (orders.mark_done_by_hand, orders.try_again):
        more = {"at": None} if act is orders.mark_done_by_hand else {}
        with pytest.raises(StaleVersion):
            act(row.id, row.version, actor=office.anna, now=SENT, **more)
    publication.publish_by_hand(
        message.id, fresh(message).version, url="https://vk.com/wall-1_2?reply=3", published_at=None,
        actor=office.anna, now=SENT,
    )  # fmt: skip
    assert (send(SENT + timedelta(hours=1)), answers(vk)) == (0, [])


def test_what_the_program_cannot_place_is_refused_in_words(vk, office, asked):
    message = asked(publish="hand")
    with pytest.raises(NotByItself, match="согласованного ответа нет"):
        ordering.order(message.id, fresh(message).version, actor=office.anna, now=APPROVED)
    approve(office, message)
    assert ordering.way_of(message.id) is None
    with pytest.raises(NotByItself, match="вставьте ссылку"):
        ordering.order(message.id, fresh(message).version, actor=office.anna, now=APPROVED)
    with pytest.raises(StaleVersion):
        ordering.order(message.id, 1, actor=office.anna, now=APPROVED)
