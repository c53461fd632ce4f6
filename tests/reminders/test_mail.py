"""Letters through a real SMTP server: at once, by digest, repeated or not after an unclear end; a server that hangs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.messages.acts import routing
from osm.models import MailState, Message, Note, Reminder
from osm.regulation.control import MailMode
from osm.regulation.reminding import Kind
from osm.regulation.words import Status
from osm.reminders.acts import mailing
from osm.reminders.acts.due import read_log, remind_of_terms
from osm.reminders.acts.letters import open_list, remind
from osm.reminders.acts.mailing import PAUSED, TAKEN, send_due, settle_interrupted
from tests.desk import NOW
from tests.office import at

from .mailbox import text_of

MINUTE = timedelta(minutes=1)
NIGHT, DIGEST = at("25.11 21:00"), at("25.11 16:02")


def states(kind: str | None = None) -> list[str]:
    db.session.rollback()
    found = db.select(Reminder.mail).order_by(Reminder.id)
    return [str(one) for one in db.session.scalars(found.where(Reminder.kind == kind) if kind else found)]


@pytest.fixture
def assigned(desk, mailbox) -> Message:
    """A message directed to Boris; the worker has read it."""
    message = desk.in_status(Status.IN_WORK, text="Петров И. И., Калининская 12: яма во дворе")
    read_log(NOW)
    return message


def test_an_assignment_is_mailed_at_once(desk, mailbox, assigned):
    desk.give_topic(assigned, "Ремонт дорог")
    assert send_due(NOW, WHOLE, current_settings()) == 1
    (letter,) = mailbox.letters
    assert letter["To"] == "boris@example.ru"
    assert letter["Subject"] == f"Направлено вам: № {assigned.number}"
    assert letter["From"] == "ОСМ <osm@example.ru>"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = text_of(letter)
    assert f"№ {assigned.number}, Ремонт дорог\nhttps://osm.example.ru/messages/{assigned.id}\n" in text
    assert "Петров" not in text
    assert "яма" not in text
    assert send_due(NOW, WHOLE, current_settings()) == 0
    assert len(mailbox.letters) == 1


def test_what_comes_at_once_for_one_person_is_one_letter(desk, mailbox):
    for _ in range(3):
        desk.in_status(Status.IN_WORK)
    read_log(NOW)
    assert send_due(NOW, WHOLE, current_settings()) == 1
    assert mailbox.letters[0]["Subject"] == "ОСМ: 3 напоминания"


def test_the_rest_waits_for_the_digest(desk, mailbox):
    desk.in_status(Status.ON_APPROVAL)
    desk.in_status(Status.APPROVED)
    read_log(NOW)
    send_due(NOW, WHOLE, current_settings())
    assert [letter["To"] for letter in mailbox.letters] == ["boris@example.ru"]  # the assignment
    assert send_due(DIGEST - MINUTE, WHOLE, current_settings()) == 0
    assert send_due(DIGEST, WHOLE, current_settings()) == 2
    (to_anna,) = mailbox.to("anna")
    assert to_anna["Subject"] == "ОСМ: 1 напоминание, сводка на 25.11 16:02"
    assert "Проект ждёт согласования" in text_of(to_anna)
    assert "Ответ согласован" in text_of(mailbox.to("boris")[1])
    assert send_due(DIGEST + MINUTE, WHOLE, current_settings()) == 0


def test_seen_or_finished_things_are_in_no_digest(desk, mailbox):
    message = desk.in_status(Status.IN_WORK)
    remind_of_terms(at("25.11 14:57"), dict.fromkeys(_kinds(message), 60))
    desk.submitted(message, "25.11 14:57")  # before the term
    read_log(at("25.11 14:58"))
    open_list(actor=_with_unread(desk.anna), now=at("25.11 15:00"))
    send_due(at("25.11 14:58"), WHOLE, current_settings())
    assert send_due(DIGEST, WHOLE, current_settings()) == 0
    assert mailbox.to("anna") == []
    assert not {"waiting", "sending"} & set(states())


def _kinds(message: Message) -> list:
    return [deadline.kind for deadline in message.deadlines]


def _with_unread(person):
    person.has_unseen(1)
    return person


@pytest.mark.parametrize(("mode", "at_once"), [(MailMode.DIGEST, 0), (MailMode.NONE, 0)])
def test_each_person_says_how_he_wants_them(desk, mailbox, wants, mode, at_once):
    wants("boris", mode)
    desk.in_status(Status.IN_WORK)
    read_log(NOW)
    assert send_due(NOW, WHOLE, current_settings()) == at_once
    assert send_due(DIGEST, WHOLE, current_settings()) == (mode is MailMode.DIGEST)


def test_who_wants_no_letters_any_more_gets_none(desk, mailbox, assigned, wants):
    wants("boris", MailMode.NONE)
    assert send_due(NOW, WHOLE, current_settings()) == 0
    assert states() == ["none"]


def test_in_working_time_only_urgent_ones_excepted(desk, mailbox, wants):
    wants("dina", MailMode.DIGEST)
    remind(Kind.LOG_FAULT, "night", [desk.ids["dina"]], at=NIGHT)
    remind(Kind.HURRIED, "night", [desk.ids["boris"]], at=NIGHT)
    assert send_due(NIGHT, WHOLE, current_settings()) == 1
    assert [letter["To"] for letter in mailbox.letters] == ["dina@example.ru"]
    assert send_due(at("26.11 09:00"), WHOLE, current_settings()) == 1


def test_a_digest_with_an_unclear_end_is_not_repeated(desk, mailbox, wants):
    """The server has accepted it, and the connection broke before the answer."""
    wants("boris", MailMode.DIGEST)
    desk.in_status(Status.IN_WORK)
    read_log(NOW)
    mailbox.hangs_up = 1
    assert send_due(DIGEST, WHOLE, current_settings()) == 0
    assert states() == ["unclear"]
    for hours in range(1, 30):
        send_due(DIGEST + timedelta(hours=hours), WHOLE, current_settings())
    assert len(mailbox.letters) == 1


def test_an_urgent_one_is_repeated_and_is_the_same_letter(desk, mailbox, assigned):
    mailbox.hangs_up = 2
    for minutes in (0, 0.5, 1, 3, 10):
        send_due(NOW + minutes * MINUTE, WHOLE, current_settings())
    assert states() == ["sent"]
    assert len(mailbox.letters) == 3
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1
    assert mailbox.letters[0]["Message-ID"].endswith("@example.ru>")


@pytest.mark.parametrize(("mode", "letters"), [(MailMode.AT_ONCE, 2), (MailMode.DIGEST, 1)])
def test_killed_between_the_letter_and_its_note(desk, mailbox, wants, monkeypatch, mode, letters):
    """The next holder of the lease decides: an urgent letter is sent again, a digest is not."""
    wants("boris", mode)
    desk.in_status(Status.IN_WORK)
    read_log(NOW)

    def die(*_ids: object, **_values: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            send_due(DIGEST, WHOLE, current_settings())
    TAKEN.forget()  # the memory of its process is gone
    assert states() == ["sending"]
    assert send_due(DIGEST + MINUTE, WHOLE, current_settings()) == 0  # another process may still be sending
    settle_interrupted(DIGEST + MINUTE)
    send_due(DIGEST + 5 * MINUTE, WHOLE, current_settings())
    assert len(mailbox.letters) == letters
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1
    assert states() == ["sent" if letters == 2 else "unclear"]


def test_killed_before_the_letter_nothing_has_gone_and_it_goes_once(desk, mailbox, assigned, monkeypatch):
    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "_claim", die)
        with pytest.raises(KeyboardInterrupt):
            send_due(NOW, WHOLE, current_settings())
    assert (mailbox.letters, states()) == ([], ["waiting"])
    settle_interrupted(NOW)
    assert send_due(NOW, WHOLE, current_settings()) == 1
    assert len(mailbox.letters) == 1


def test_an_unknown_address_is_given_up_without_delaying_others(desk, mailbox):
    mailbox.refused["boris@example.ru"] = "550 no such user"
    desk.in_status(Status.ON_APPROVAL)
    read_log(NOW)
    send_due(NOW, WHOLE, current_settings())
    assert states("assigned") == ["failed"]
    assert send_due(DIGEST, WHOLE, current_settings()) == 1
    assert len(mailbox.to("anna")) == 1


def test_a_server_that_says_later_is_asked_later(desk, mailbox, assigned):
    mailbox.answers = ["451 later"]
    assert send_due(NOW, WHOLE, current_settings()) == 0
    assert send_due(NOW + timedelta(seconds=30), WHOLE, current_settings()) == 0
    assert send_due(NOW + MINUTE, WHOLE, current_settings()) == 1
    assert len(mailbox.letters) == 1


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that accepts the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_hanging_server_is_left_after_a_while_without_losses(app, desk, mailbox, assigned, deaf, monkeypatch):
    monkeypatch.setattr(mailing, "TIMEOUT_SECONDS", 0.2)
    settings = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(settings, mail=replace(settings.mail, port=deaf))
    desk.in_status(Status.REWORK)
    read_log(NOW)
    assert send_due(NOW, WHOLE, current_settings()) == 0
    assert set(states()) == {"waiting"}
    assert [(one.name, one.reason) for one in mailing.troubles()] == [(mailing.SERVER, "сервер не отвечает")]
    app.extensions["osm"].settings = settings
    assert send_due(NOW, WHOLE, current_settings()) == 0  # no new try for a minute
    PAUSED.forget(app)
    assert (
        send_due(NOW + MINUTE, WHOLE, current_settings()) == 0
    )  # if this letter were the reason, others would be sent first
    assert send_due(NOW + 2 * MINUTE, WHOLE, current_settings()) == 1
    assert mailing.troubles() == []


def test_a_letter_where_the_server_hangs_up_delays_no_other(app, desk, mailbox):
    mailbox.refused["boris@example.ru"] = ""
    for executor in ("boris", "lidia"):
        message = desk.incident("25.11 10:05")
        routing.route_message(
            message.id, message.version, executor_id=desk.ids[executor], task="", actor=desk.anna, now=NOW
        )
    read_log(NOW)
    for minutes in (1, 2):
        send_due(NOW + minutes * MINUTE, WHOLE, current_settings())
        PAUSED.forget(app)
    assert len(mailbox.to("lidia")) == 1


def test_a_fault_in_one_letter_is_logged_by_its_name_alone(desk, mailbox, assigned, monkeypatch, caplog):
    """The log gets no other fields of it: a digest has hundreds of reminders."""
    monkeypatch.setattr(mailing, "compose", lambda *_, **__: 1 / 0)
    assert send_due(NOW, WHOLE, current_settings()) == 0
    (said,) = (record for record in caplog.records if record.message == "letter not sent")
    assert (said.letter, said.exc_info is not None) == (db.session.scalar(db.select(Reminder.letter)), True)
    assert states() == [MailState.WAITING]


def test_what_could_not_go_in_working_time_waits_for_the_morning(desk, mailbox, assigned):
    mailbox.answers = ["451 later"]
    send_due(at("25.11 17:59"), WHOLE, current_settings())
    assert send_due(NIGHT, WHOLE, current_settings()) == 0
    assert send_due(at("26.11 09:00"), WHOLE, current_settings()) == 1


def test_while_the_server_hangs_no_lock_is_held(app, desk, mailbox, assigned, monkeypatch):
    """Another person writes while the letter is being sent."""
    given, vera = mailing.Post.send, desk.ids["vera"]

    def send(self, message, to, about_to):
        with app.app_context(), transaction() as session:
            session.add(Note(message_id=assigned.id, kind="note", author_id=vera, written_at=NOW, text="Рядом"))
        given(self, message, to, about_to)

    monkeypatch.setattr(mailing.Post, "send", send)
    assert send_due(NOW, WHOLE, current_settings()) == 1


def test_without_a_server_nothing_waits(app, desk):
    desk.in_status(Status.IN_WORK)
    read_log(NOW)
    assert states() == [MailState.NONE]
    assert send_due(NOW, WHOLE, current_settings()) == 0


def test_a_russian_domain_is_written_as_servers_know_it(desk, mailbox):
    with transaction():
        desk.boris.email = "boris@почта.рф"
    desk.in_status(Status.IN_WORK)
    read_log(NOW)
    assert send_due(NOW, WHOLE, current_settings()) == 1
    assert mailbox.letters[0]["To"] == "boris@xn--80a1acny.xn--p1ai"
