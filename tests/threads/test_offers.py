"""A post of the office or the author in a message's thread becomes its next step by one press, or is no step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal

import pytest
from sqlalchemy import select

from osm.answers.acts import publication
from osm.answers.acts.publication import OfferedNoLonger
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.listening.acts import received
from osm.models import Account, Comment, Connection, Event, OfferOutcome, OutboxAction, OwnComment, ThreadOffer, User
from osm.outbox.acts import rounds
from osm.pages.acts import connecting
from osm.regulation.blacklist import CommentState, OutboxKind, OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, Status
from osm.threads.queries import offers_of, offers_waiting
from tests.connections.conftest import CITIZEN
from tests.emulators.vk_world import ADMIN
from tests.office import at
from tests.page_reading import sections
from tests.statements import counted
from tests.threads.conftest import fresh, hear

ANSWER = "Здравствуйте! Мусор вывезет управляющая компания «Уют» 18 марта."
ASKED = "Здравствуйте! Уточните, пожалуйста, адрес дома."
STRANGER = 100501


def offered(message):
    return [(one.step, one.text, one.differs) for one in offers_of(message.id)]


def press(service_, message, office, when):
    (offer,) = offers_of(message.id)
    return service_(message.id, fresh(message).version, offer.id, actor=office.anna, now=at(when))


def queue():
    waiting = select(Comment).where(Comment.state == CommentState.WAITING).execution_options(populate_existing=True)
    return [one.text for one in db.session.scalars(waiting)]


def test_their_answers_are_read_at_once(app, thread, anna):
    message = thread.take()
    thread.approve(ANSWER)
    for minute in (30, 31, 32):
        thread.write(f"17.03 11:{minute}", thread.world.owner, ANSWER)
    number = message.id
    db.session.expunge_all()
    with counted(app) as statements:
        assert len(offers_of(number)) == 3
    assert len([one for one in statements if "FROM reply JOIN draft" in one]) == 1
    assert ("network", 3) in sections(anna.get("/").text)


def test_an_answer_that_the_office_placed_itself_is_offered_as_the_publication(thread, office):
    message = thread.take()
    thread.approve(ANSWER)
    assert offered(message) == []
    thread.write("17.03 11:30", thread.world.owner, ANSWER)
    assert (offered(message), queue()) == ([(None, ANSWER, False)], [])
    assert [one.id for one in offers_waiting(office.anna.roles)] == [one.id for one in offers_of(message.id)]
    assert offers_waiting(office.boris.roles) == []
    press(publication.take, message, office, "17.03 12:00")
    reply = fresh(message).replies[0]
    assert (fresh(message).status, reply.published_at) == (Status.ANSWERED, at("17.03 11:30"))
    assert reply.published_url == db.session.scalars(select(OwnComment.url)).one()
    assert reply.published_url.startswith("https://vk.com/wall-200000001_")
    assert offered(message) == []


def test_an_early_placed_answer_counts_from_approval_and_texts_are_compared(thread, office):
    message = thread.take()
    thread.write("17.03 09:30", thread.world.owner, "Вывезут завтра")
    assert offered(message) == []  # nothing waits to be published yet
    thread.approve(ANSWER)
    assert offered(message) == [(None, "Вывезут завтра", True)]
    press(publication.take, message, office, "17.03 12:00")
    assert fresh(message).replies[0].published_at == at("17.03 11:00")


def test_an_answer_from_before_taking_into_work_is_offered_too(thread, office):
    thread.write("17.03 09:02", thread.world.owner, "Вывезут завтра")
    message = thread.take("17.03 09:05")
    thread.approve(ANSWER)
    assert offered(message) == [(None, "Вывезут завтра", True)]


def test_answers_to_others_and_gone_or_declined_ones_are_not_offered(thread, office):
    message = thread.take()
    thread.approve(ANSWER)
    thread.world.person(STRANGER, "Пётр", "Прохожий")
    other = thread.write("17.03 11:05", STRANGER, "А у нас?")
    thread.write("17.03 11:10", thread.world.owner, "И у вас вывезут", under=other)
    assert offered(message) == []
    gone = thread.write("17.03 11:20", thread.world.owner, ANSWER)
    assert len(offered(message)) == 1
    thread.world.delete(gone, ADMIN)
    hear(at("17.03 11:21"))
    assert offered(message) == []
    thread.write("17.03 11:30", thread.world.owner, "Ещё раз")
    press(publication.decline, message, office, "17.03 11:40")
    assert (offered(message), fresh(message).status) == ([], Status.APPROVED)


def test_a_known_administrator_speaks_for_the_page_where_he_answers(thread, office):
    message = thread.take()
    thread.approve(ANSWER)
    spam = thread.write("17.03 11:01", STRANGER, "Спам")
    thread.world.delete(spam, ADMIN)
    hear(at("17.03 11:02"))
    thread.write("17.03 11:10", ADMIN, ANSWER)
    assert [one.writer for one in offers_of(message.id)] == ["Ирина Сотова"]
    assert ANSWER not in queue()
    thread.world.write(thread.post, ADMIN, "А я тут просто живу")
    hear(at("17.03 11:20"))
    assert "А я тут просто живу" in queue()


def test_the_programs_posts_are_not_offered_and_end_other_offers(thread, office):
    message = thread.take()
    thread.write("17.03 09:30", thread.world.owner, "Занимаемся")
    account = db.session.scalars(select(Account)).one()
    connecting.arrange(
        account.id,
        account.connection.version,
        publish="auto",
        moderate="auto",
        actor=office.anna,
        now=at("17.03 10:00"),
    )
    thread.approve(ANSWER)
    assert rounds.run("this process", at("17.03 11:05"), WHOLE) == 1
    hear(at("17.03 11:06"))
    assert fresh(message).status is Status.ANSWERED
    offers = db.session.scalars(select(ThreadOffer).execution_options(populate_existing=True)).all()
    assert [(one.own.text, one.outcome) for one in offers] == [("Занимаемся", OfferOutcome.DECLINED)]


@pytest.mark.parametrize(("text", "offers"), [(ANSWER, 0), ("Другой ответ", 1)])
def test_what_the_program_is_placing_now_is_not_offered(thread, office, text, offers):
    message = thread.take()
    thread.approve(ANSWER)
    with transaction() as session:
        draft_id = fresh(message).replies[-1].approved_draft_id
        sent = {"state": OutboxState.PENDING, "sent_at": at("17.03 11:29"), "draft_id": draft_id}
        about = {"kind": OutboxKind.PUBLISH, "network": "vk", "message_id": message.id, "idempotency_key": "1"}
        when = {"created_at": at("17.03 11:00"), "not_before": at("17.03 11:01")}
        session.add(OutboxAction(comment_id=thread.comment_id, **sent, **about, **when))
    thread.write("17.03 11:30", thread.world.owner, text)
    assert len(db.session.scalars(select(ThreadOffer)).all()) == offers


def clarified(thread):
    message = thread.take()
    thread.approve(ASKED, kind="clarification")
    asked = thread.write("17.03 11:30", thread.world.owner, ASKED)
    press(publication.take, message, thread.office, "17.03 12:00")
    assert fresh(message).status is Status.AWAITING_AUTHOR
    return message, asked


def test_one_press_makes_the_comment_under_our_clarification_his_answer(thread, office):
    message, asked = clarified(thread)
    thread.world.person(STRANGER, "Пётр", "Прохожий")
    thread.write("17.03 13:00", STRANGER, "Присоединяюсь", under=asked)
    assert offered(message) == []
    thread.write("17.03 14:00", CITIZEN, "Калининская, 12", under=asked)
    assert offered(message) == [(Action.AUTHOR_ANSWERED, "Калининская, 12", False)]
    press(publication.take, message, office, "17.03 15:00")
    found = fresh(message)
    assert (found.status, found.restarted_at) == (Status.IN_WORK, at("17.03 14:00"))
    assert [(one.text, one.entered_by_id) for one in found.followups] == [("Калининская, 12", office.ids["anna"])]
    assert (queue(), offered(message)) == (["Присоединяюсь"], [])


def accept_automatically(office):
    account = db.session.scalars(select(Account)).one()
    connecting.arrange(
        account.id, account.connection.version, publish="ask", moderate="auto", answers="auto", actor=office.anna,
        now=at("17.03 12:00"),
    )  # fmt: skip


def test_by_the_pages_setting_only_answers_to_us_are_accepted_automatically(thread, office):
    message, asked = clarified(thread)
    accept_automatically(office)
    thread.write("17.03 13:00", CITIZEN, "Ну сколько можно")
    assert fresh(message).status is Status.AWAITING_AUTHOR
    assert offered(message) == [(Action.AUTHOR_ANSWERED, "Ну сколько можно", False)]
    thread.write("17.03 14:00", CITIZEN, "Калининская, 12", under=asked)
    found = fresh(message)
    assert (found.status, found.restarted_at) == (Status.IN_WORK, at("17.03 14:00"))
    answered = db.session.scalars(select(Event).where(Event.action == Action.AUTHOR_ANSWERED)).one()
    assert answered.actor_id is None


def test_what_needs_a_moderator_or_answers_elsewhere_is_not_automatic(thread, office):
    message, asked = clarified(thread)
    accept_automatically(office)
    other = thread.write("17.03 12:30", thread.world.owner, "Ждём вас на приёме")
    thread.write("17.03 13:00", CITIZEN, "Сами вы идиоты и дебилы", under=asked)
    thread.write("17.03 13:10", CITIZEN, "Приду в среду", under=other)
    assert fresh(message).status is Status.AWAITING_AUTHOR
    assert sorted(queue()) == ["Приду в среду", "Сами вы идиоты и дебилы"]


def test_an_invisible_answer_or_unstorable_event_does_not_stop_the_page(thread, office, monkeypatch, caplog):
    message, asked = clarified(thread)
    accept_automatically(office)
    thread.write("17.03 13:00", CITIZEN, "\u200b\u2060", under=asked)
    assert (fresh(message).status, len(queue())) == (Status.AWAITING_AUTHOR, 1)
    written = received._written

    def fails(account, event, now):
        if event.text == "Такого не бывает":
            raise ValueError(event.text)
        return written(account, event, now)

    monkeypatch.setattr(received, "_written", fails)
    thread.write("17.03 13:10", CITIZEN, "Такого не бывает", under=asked)
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == ["event not stored"]
    thread.write("17.03 13:20", CITIZEN, "Калининская, 12", under=asked)
    assert fresh(message).status is Status.IN_WORK


def test_an_accepted_answer_does_not_return_and_no_button_offers_it(thread, clock, vera, office):
    message, asked = clarified(thread)
    thread.write("17.03 14:00", CITIZEN, "Калининская, 12", under=asked)
    press(publication.take, message, office, "17.03 15:00")
    row = db.session.scalars(select(Comment).order_by(Comment.id.desc())).first()
    with pytest.raises(CommentsRefused, match=f"это ответ автора на № {message.number}"):
        comments.undo(row.id, row.version, actor=office.vera, now=at("17.03 15:05"))
    assert queue() == []
    clock.set(at("17.03 15:05"))
    shown = vera.get("/moderation/decided").text
    assert f"Отменить здесь нельзя: это ответ автора на № {message.number}" in shown
    assert "Отменить решение" not in shown


def test_what_a_moderator_deletes_in_the_same_moment_is_not_taken(app, thread, office):
    message, asked = clarified(thread)
    thread.write("17.03 14:00", CITIZEN, "Калининская, 12", under=asked)
    row = db.session.scalars(select(Comment).order_by(Comment.id.desc())).first()
    (offer,) = offers_of(message.id)
    chosen, seen, anna_id = [Chosen(row.id, row.version)], fresh(message).version, office.ids["anna"]
    begun = Signal()

    def take():
        with app.app_context():
            begun.set()
            anna = db.session.get_one(User, anna_id)
            with pytest.raises(OfferedNoLonger):
                publication.take(message_id, seen, offer.id, actor=anna, now=at("17.03 15:00"))
            return True

    message_id = message.id
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            comments.decide(chosen, Choice.DELETE, ground="insult", actor=office.vera, now=at("17.03 15:00"))
            db.session.flush()
            other = pool.submit(take)
            begun.wait(10)
            with pytest.raises(TimeoutError):
                other.result(0.5)  # it waits for the moderator
        assert other.result(30)
    assert db.session.get(Comment, row.id, populate_existing=True).state is CommentState.DELETED


def test_a_person_deleting_his_comment_does_not_speak_for_the_page(thread):
    with transaction():
        db.session.get_one(Comment, thread.comment_id).target = None  # it came by a file
    thread.world.delete(thread.number, CITIZEN)
    hear(at("17.03 09:01"))
    assert db.session.scalars(select(Connection)).one().administrators == []
    assert db.session.get_one(Comment, thread.comment_id).gone_by == ""


def test_under_a_final_answer_it_is_his_writing_on(thread, office):
    message = thread.take()
    thread.approve(ANSWER)
    ours = thread.write("17.03 11:30", thread.world.owner, ANSWER)
    press(publication.take, message, office, "17.03 12:00")
    thread.write("18.03 10:00", CITIZEN, "Не вывезли!", under=ours)
    assert offered(message) == [(Action.REOPEN, "Не вывезли!", False)]
    press(publication.take, message, office, "18.03 10:05")
    assert (fresh(message).status, queue()) == (Status.IN_WORK, [])


def test_of_two_who_press_one_gets_a_conflict(thread, office):
    message, asked = clarified(thread)
    thread.write("17.03 14:00", CITIZEN, "Калининская, 12", under=asked)
    (offer,) = offers_of(message.id)
    seen = fresh(message).version
    publication.take(message.id, seen, offer.id, actor=office.anna, now=at("17.03 15:00"))
    with pytest.raises(StaleVersion):
        publication.take(message.id, seen, offer.id, actor=office.anna, now=at("17.03 15:00"))
    with pytest.raises(OfferedNoLonger):
        publication.decline(message.id, seen + 1, offer.id, actor=office.anna, now=at("17.03 15:00"))


def test_what_the_author_wrote_before_we_asked_is_no_answer(thread, office):
    message = thread.take()
    thread.approve(ASKED, kind="clarification")
    thread.write("17.03 11:10", CITIZEN, "Ау!")
    thread.write("17.03 11:30", thread.world.owner, ASKED)
    press(publication.take, message, office, "17.03 12:00")
    assert (offered(message), queue()) == ([], ["Ау!"])
    assert fresh(message).replies[0].published_at + timedelta(0) == at("17.03 11:30")
