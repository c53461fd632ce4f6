"""Letters through a real SMTP server, never twice; their answers through a real IMAP server, from the body alone."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from osm.answers.acts import drafting
from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE, Pace, transaction
from osm.imports.acts import mailbox as box_acts
from osm.jobs import lanes
from osm.messages.acts import closing
from osm.models import MailState, Message, NeighbourBody, NeighbourQuestion
from osm.neighbours import rules
from osm.neighbours.acts import answering, asking
from osm.neighbours.rules import QuestionState
from osm.regulation.words import Status
from osm.reminders.acts import mailing
from osm.settings.environment import InboxSettings
from tests.desk import NOW
from tests.forks import FORKS
from tests.imports.dovecot import DOVECOT, PASSWORD, USER, running
from tests.pictures import picture
from tests.reminders.mailbox import text_of

from .conftest import ASKED, MAIL, PUBLIC, again

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="no dovecot")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _no_pause(desk):
    mailing.PAUSED.forget()
    mailing.TROUBLES.forget()


@pytest.fixture
def asked(desk, ask, send) -> NeighbourQuestion:
    return send(ask(desk.in_status(Status.IN_WORK)))


def post(now=NOW) -> int:
    return asking.send_due(now, WHOLE, current_settings())


def test_a_letter_leaves_once_exactly_as_the_curator_saw_it(asked, mailbox):
    assert (post(), post()) == (1, 0)
    (letter,) = mailbox.letters
    assert (letter["To"], letter["Subject"]) == (MAIL, rules.subject_of(asked.id, asked.mark))
    assert text_of(letter).replace("\r\n", "\n").strip() == asked.letter.strip()
    assert ASKED in text_of(letter)
    assert (again(asked).mail, asked.mail_at) == (MailState.SENT, NOW)


def test_a_letter_with_a_link_brings_the_link(desk, ask, send, mailbox, links):
    row = send(ask(desk.in_status(Status.IN_WORK), way="link"))
    post()
    told = text_of(mailbox.letters[0])
    assert f"{PUBLIC}/public/ask?key={asking.token_of(row.mark)}" in told
    assert asking.code_for(row.mark) not in told
    assert ASKED not in told


def test_a_link_without_the_address_of_the_office_does_not_leave(desk, ask, send, mailbox):
    row = send(ask(desk.in_status(Status.IN_WORK), way="link"))
    assert (post(), again(row).mail, mailbox.letters) == (0, MailState.FAILED, [])


def test_what_was_withdrawn_does_not_leave(desk, asked, mailbox):
    asking.withdraw(asked.id, asked.version, actor=desk.anna, now=NOW)
    assert post() == 0
    assert mailbox.letters == []


def test_about_a_message_that_was_closed_a_moment_ago_nothing_leaves(desk, ask, send, mailbox):
    message = desk.in_status(Status.IN_WORK)
    row = send(ask(message))
    message = desk.again(message)
    closing.mark_withdrawn(message.id, message.version, note="", actor=desk.anna, now=NOW)
    assert post() == 0
    assert mailbox.letters == []
    asking.end_due(NOW)
    assert (again(row).state, row.mail) == (QuestionState.CLOSED, MailState.NONE)


def test_refused_for_good_unclear_and_not_reached(asked, mailbox, set_settings):
    mailbox.answers = ["451 later"]
    assert post() == 0
    assert again(asked).mail is MailState.WAITING
    assert post(NOW + MINUTE) == 0  # it waits
    mailbox.answers = ["550 no"]
    assert post(NOW + 5 * MINUTE) == 0
    assert again(asked).mail is MailState.FAILED


def test_a_letter_that_cannot_be_made_is_not_in_the_way(desk, asked, ask, send, mailbox, caplog):
    second = send(ask(desk.in_status(Status.IN_WORK), text="Второй вопрос"))
    with transaction() as session:
        wrong = NeighbourBody(name="Ошибка", email=f"a@{'б' * 70}.рф")
        session.add(wrong)
        session.flush()
        session.get_one(NeighbourQuestion, asked.id).body_id = wrong.id
    assert post() == 1
    assert (again(asked).mail, again(second).mail) == (MailState.FAILED, MailState.SENT)
    (said,) = (record for record in caplog.records if record.message == "letter not sent")
    assert (said.question, said.exc_info is not None) == (asked.id, True)


def test_after_an_unclear_end_it_is_not_sent_again(asked, mailbox):
    mailbox.hangs_up = 1
    assert post() == 0
    assert again(asked).mail is MailState.UNCLEAR
    assert post(NOW + 60 * MINUTE) == 0
    assert len(mailbox.letters) == 1


def _killed(environ, mail):
    os.environ.update(environ)
    from osm import create_app

    with create_app(with_web=False).app_context():
        mailing.Post._expect = lambda *_: os.kill(os.getpid(), 9) if mailing.Post.taken else None
        mailing.Post.taken = False
        claim = asking._claim

        def claimed(*given):
            claim(*given)
            mailing.Post.taken = True

        asking._claim = claimed
        asking.send_due(NOW, WHOLE, replace(current_settings(), mail=mail))


def test_a_killed_worker_sends_no_second_letter(app, asked, mailbox):
    settings = app.extensions["osm"].settings
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }
    question_id = asked.id
    db.session.remove()
    process = FORKS.Process(target=_killed, args=(environ, settings.mail), daemon=True)
    process.start()
    process.join(120)
    assert process.exitcode == -9
    assert len(mailbox.letters) == 1
    state = db.select(NeighbourQuestion.mail).where(NeighbourQuestion.id == question_id)
    assert db.session.scalar(state) is MailState.SENDING
    asking.settle_interrupted(NOW)  # as the lane of mail begins
    assert post() == 0
    assert db.session.scalar(state) is MailState.UNCLEAR
    assert len(mailbox.letters) == 1


def test_a_letter_whose_answer_has_come_meanwhile_is_not_tried_for_ever(desk, asked, mailbox):
    mailbox.answers = ["451 later"]
    assert post() == 0
    answering.enter(again(asked).id, asked.version, text="По телефону: в 18:00", photos=[], actor=desk.boris, now=NOW)
    assert again(asked).mail is MailState.NONE
    later = NOW + 5 * MINUTE
    assert post(later) == 0


# --- Back
@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture
def inbox(desk, server, set_settings):
    of = InboxSettings("localhost", server.port, USER, PASSWORD, frozenset({"pressa@les.example.ru"}), str(server.ca))
    set_settings(inbox_mail=of)
    with box_acts.opened(of) as opened:
        for name in ("INBOX", box_acts.LOADED, box_acts.REFUSED):
            opened.folder.set(name)
            opened.delete(opened.uids())
    return of


def reply(of, row, text="Воду дадут в 18:00.", sender=MAIL, subject="", html="", headers=(), **attached) -> None:
    letter = EmailMessage()
    for name, value in headers:
        letter[name] = value
    letter["From"], letter["To"] = f"Водоканал <{sender}>", "osm@example.ru"
    letter["Subject"] = subject or f"Re: {rules.subject_of(row.id, row.mark)}"
    if html:
        letter.set_content(html, subtype="html")
    else:
        letter.set_content(f"{text}\n\n25.11 osm пишет:\n" + "\n".join(f"> {one}" for one in row.letter.splitlines()))
    for name, content in attached.items():
        letter.add_attachment(content, maintype="image", subtype="png", filename=name.replace("_", "."))
    with box_acts.opened(of) as box:
        box.append(letter.as_bytes(), "INBOX")


def counts(of) -> tuple[int, int, int]:
    with box_acts.opened(of) as box:
        return tuple(box.folder.status(name)["MESSAGES"] for name in ("INBOX", box_acts.LOADED, box_acts.REFUSED))


def test_an_answer_comes_by_mail_with_its_photos_and_is_moved(asked, inbox):
    reply(inbox, asked, авария_png=picture(), акт_pdf=b"%PDF-1.4")
    assert lanes.read_mail(NOW, Pace()) == 1
    row = again(asked)
    assert row.state is QuestionState.ANSWERED
    assert row.answer == "Воду дадут в 18:00.\n\nНе принято, осталось в письме: акт.pdf."
    assert len(row.photos) == 1
    assert counts(inbox) == (0, 1, 0)


@pytest.mark.parametrize("how", ["stranger", "no mark", "other mark", "withdrawn"])
def test_all_other_letters_stay_untouched(desk, asked, inbox, how):
    if how == "withdrawn":
        asking.withdraw(asked.id, asked.version, actor=desk.anna, now=NOW)
    given = {
        "stranger": {"sender": "evil@example.ru"},
        "no mark": {"subject": "Re: Запрос"},
        "other mark": {"subject": f"Re: {rules.subject_of(asked.id, '0' * 20)}"},
        "withdrawn": {},
    }
    reply(inbox, asked, **given[how])
    assert lanes.read_mail(NOW, Pace()) == 0
    assert again(asked).answer == ""
    assert counts(inbox) == (1, 0, 0)
    with box_acts.opened(inbox) as opened:
        assert [letter.flags for letter in opened.fetch(mark_seen=False)] in ([()], [("\\Recent",)])


AUTOMATIC = ("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes"), ("Precedence", "auto_reply")


@pytest.mark.parametrize("header", AUTOMATIC, ids=[name for name, _ in AUTOMATIC])
def test_out_of_office_is_no_answer(asked, inbox, header):
    reply(inbox, asked, "Я в отпуске до понедельника.", headers=[header])
    assert lanes.read_mail(NOW, Pace()) == 0
    assert again(asked).state is QuestionState.SENT
    reply(inbox, asked, headers=[("Auto-Submitted", "no")])
    lanes.read_mail(NOW, Pace())
    assert again(asked).answer == "Воду дадут в 18:00."


def test_a_stranger_with_broken_headers_holds_up_no_letter(asked, inbox):
    with box_acts.opened(inbox) as box:
        for header in ("Subject: =?utf-8?B?A?=", "From: =?utf-8?B?A?= \u0416 <a@b.ru>"):
            box.append(f"{header}\r\n\r\n".encode(), "INBOX")
    reply(inbox, asked)
    assert lanes.read_mail(NOW, Pace()) == 1
    assert again(asked).state is QuestionState.ANSWERED
    assert counts(inbox) == (2, 1, 0)


@pytest.mark.parametrize("sender", ["info@водоканал.рф", "info@xn--80aaei4aimeb.xn--p1ai"])
def test_a_body_with_a_russian_domain_is_known(asked, inbox, sender):
    asked.body.email = "info@водоканал.рф"
    db.session.commit()
    with box_acts.opened(inbox) as box:
        head = f"From: {sender}\r\nSubject: Re: {rules.subject_of(asked.id, asked.mark)}\r\n"
        box.append(f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\nВ 18:00".encode(), "INBOX")
    assert lanes.read_mail(NOW, Pace()) == 1
    assert again(asked).answer == "В 18:00"


def test_a_late_letter_is_taken_and_says_so(asked, inbox):
    late = asked.ends_at + MINUTE
    asking.end_due(late)
    assert again(asked).state is QuestionState.LATE
    reply(inbox, asked)
    lanes.read_mail(late, Pace())
    assert again(asked).state is QuestionState.ANSWERED
    assert asked.answered_at > asked.ends_at


def test_a_letter_of_html_alone_is_read(asked, inbox):
    reply(inbox, asked, html="<p>Воду дадут <b>в 18:00</b>.</p><script>x()</script><blockquote>Просим</blockquote>")
    lanes.read_mail(NOW, Pace())
    assert "Воду дадут в 18:00." in again(asked).answer
    assert "x()" not in asked.answer


def test_a_blank_text_beside_html_is_no_answer(asked, inbox):
    letter = EmailMessage()
    letter["From"], letter["Subject"] = MAIL, f"Re: {rules.subject_of(asked.id, asked.mark)}"
    letter.set_content(" \n")
    letter.add_alternative("<p>В 18:00</p>", subtype="html")
    with box_acts.opened(inbox) as box:
        box.append(letter.as_bytes(), "INBOX")
    lanes.read_mail(NOW, Pace())
    assert again(asked).answer == "В 18:00"


def test_a_second_letter_is_added_and_the_same_one_is_not(asked, inbox):
    for text in ("Первый", "Второй", "Второй"):
        reply(inbox, asked, text)
        lanes.read_mail(NOW, Pace())
    assert again(asked).answer == "Первый\n\nЕщё письмо:\nВторой"
    assert counts(inbox) == (0, 3, 0)


def test_a_second_letter_is_appended_alone_to_the_changed_text(desk, asked, inbox):
    reply_id = db.session.get_one(Message, asked.message_id).replies[0].id
    for letter, shown in (
        ("Первый", "Первый"),
        ("Второй", "Переписал.\n\nВторой"),
        ("", "Ещё раз\n\nПервый\n\nВторой"),
    ):
        if letter:
            reply(inbox, asked, letter)
            lanes.read_mail(NOW, Pace())
        answering.take(asked.id, again(asked).version, actor=desk.boris, now=NOW)
        typed = drafting.draft_text(reply_id, desk.boris)
        assert typed.text == shown
        rewritten = "Переписал." if letter == "Первый" else "Ещё раз"
        drafting.save_text(reply_id, text=rewritten, seen_at=typed.saved_at, actor=desk.boris, now=NOW)
