"""The figures of the week by letter: who wants it gets it once, on Monday at 9:00 or the next working day."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE, give_up, transaction
from osm.models import Event, Reminder, User
from osm.regulation.words import Status
from osm.reminders.acts.mailing import send_due, settle_interrupted
from osm.reports.acts.sending import write_due
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words

from .mailbox import text_of
from .test_killed import Killed, dying_before

MONDAY = at("30.11 09:00")
WISHES = {"email": "gleb@example.ru", "mail_mode": "digest", "week": "1"}


@pytest.fixture
def wanted(desk, mailbox):
    """Gleb wants it, since Wednesday."""
    set_since(desk, NOW)
    return mailbox


def set_since(desk, since: datetime) -> None:
    with transaction() as session:
        session.execute(update(User).where(User.id == desk.ids["gleb"]).values(week_letter_since=since))


def work(now: datetime) -> None:
    write_due(now)
    send_due(now, WHOLE, current_settings())


def test_the_head_gets_the_figures_of_the_page(desk, wanted, gleb, clock):
    desk.give_topic(desk.in_status(Status.ANSWERED), "Ремонт дорог")
    desk.in_status(Status.IN_WORK)
    for now in (at("29.11 12:00"), at("30.11 08:59"), MONDAY, at("30.11 09:01"), at("01.12 12:00")):
        work(now)
    (letter,) = wanted.to("gleb")
    assert len(wanted.letters) == 1
    assert letter["Subject"] == "Итоги: неделя 23–29 ноября"
    said = text_of(letter)
    clock.set(MONDAY)
    gleb.log_in("gleb", "пароль-gleb")
    page = words(gleb.get("/reports?from=2026-11-23&to=2026-11-29").text)
    for line in ("поступило 2 (было 0), отвечено 1", "открыто 1 (было 0)", "в срок (п. 8) 50 %: 1 из 2, цель 95"):
        assert line in said
        assert line.partition(",")[0].lower() in page.lower()
    assert "чаще всего: Ремонт дорог 1 (было 0)" in said
    assert "https://osm.example.ru/reports?from=2026-11-23&to=2026-11-29" in said


def test_after_days_off_it_goes_on_the_next_working_day(desk, wanted):
    """The holidays of January end on Sunday the 10th: two weeks are due on the 11th."""
    set_since(desk, at("28.12 10:00"))
    for now in (datetime.fromisoformat("2027-01-04T09:00+10:00"), datetime.fromisoformat("2027-01-09T12:00+10:00")):
        work(now)
    before = [letter["Subject"] for letter in wanted.to("gleb")]
    work(datetime.fromisoformat("2027-01-11T08:59+10:00"))
    assert [letter["Subject"] for letter in wanted.to("gleb")] == before
    work(datetime.fromisoformat("2027-01-11T09:00+10:00"))
    assert [letter["Subject"] for letter in wanted.to("gleb")][len(before) :] == [
        "Итоги: неделя 28 декабря\N{NO-BREAK SPACE}– 3 января",
        "Итоги: неделя 4–10 января",
    ]


def test_who_chooses_it_on_wednesday_waits_for_monday(desk, wanted):
    work(at("25.11 12:00"))
    assert wanted.letters == []
    with transaction() as session:
        session.execute(update(User).values(week_letter_since=None))
    work(MONDAY)
    assert wanted.letters == []


def test_it_goes_though_the_reminder_was_seen_and_others_wait_for_their_digest(desk, wanted):
    write_due(MONDAY)
    with transaction() as session:
        session.execute(update(Reminder).values(seen_at=MONDAY))
    send_due(MONDAY, WHOLE, current_settings())
    assert len(wanted.to("gleb")) == 1


def test_killed_anywhere_it_is_sent_once(desk, wanted):
    deaths = 0
    while True:
        with dying_before(deaths + 1):
            try:
                work(MONDAY)
            except Killed:
                give_up()
                deaths += 1
                db.session.rollback()
                settle_interrupted(MONDAY)  # as the lane of mail begins
                continue
        break
    work(at("30.11 12:00"))
    assert deaths > 15
    assert len(wanted.to("gleb")) == 1
    assert db.session.query(Reminder).filter_by(kind="week").count() == 1


def test_the_choice_is_the_head_s_and_off_by_default(desk, gleb, boris):
    assert 'name="week"' not in boris.get("/reminders/wishes").text
    page = gleb.get("/reminders/wishes").text
    assert 'name="week" value="1">' in page
    gleb.submit("/reminders/wishes", WISHES)
    boris.submit("/reminders/wishes", WISHES)
    db.session.rollback()
    assert db.session.get_one(User, desk.ids["gleb"]).week_letter_since == NOW
    assert desk.boris.week_letter_since is None
    assert 'name="week" value="1" checked>' in gleb.get("/reminders/wishes").text
    event = db.session.scalars(db.select(Event).where(Event.actor_id == desk.ids["gleb"])).one()
    assert event.changes["week_letter"] == [False, True]
    gleb.submit("/reminders/wishes", WISHES | {"week": ""})
    db.session.rollback()
    assert db.session.get_one(User, desk.ids["gleb"]).week_letter_since is None


@pytest.mark.parametrize("lacking", [{"email": ""}, {"mail_mode": "none"}])
def test_without_letters_there_is_no_letter(desk, gleb, lacking):
    answer = gleb.submit("/reminders/wishes", WISHES | lacking)
    assert answer.status_code == 422
    assert "Итоги недели приходят письмом" in answer.text
