"""Signs of danger to life (П.9, П.20): noted by the check, shown to the people on duty, decided by one press."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.check.acts import due, verdicts
from osm.messages.acts import closing
from osm.models import Danger, Message, ReadingKind, Reminder, UrgentReport
from osm.people.acts.absences import Given as Away
from osm.people.acts.absences import enter_absence
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Importance, Status
from osm.reminders.acts.due import read_log
from osm.urgent.acts import shifts, urgent
from osm.urgent.acts.instructions import ReportForm
from osm.urgent.acts.shifts import Given
from tests.office import at
from tests.page_reading import words

NOW = at("25.11 11:00")
NIGHT = at("25.11 23:00")
LATER = timedelta(minutes=15)
WIRE = "На Лесной провод лежит на тротуаре, дети идут мимо"


def noted(desk, text=WIRE, now=NOW, status=Status.NEW) -> Message:
    message = desk.in_status(status, text=text)
    with transaction():
        message.stored_at = now
    verdicts.read_due(now)
    return message


def sign(message) -> Danger | None:
    db.session.rollback()
    return db.session.get(Danger, message.id)


def read_again(message, text, now=NOW):
    with transaction():
        db.session.get_one(Message, message.id).text = text
        due.enqueue([message.id], [ReadingKind.VERDICT])
    verdicts.read_due(now)


def nights(desk, *logins, day=25):
    """One after the other, each from 18:00 to 09:00."""
    for number, login in enumerate(logins):
        given = Given(desk.ids[login], date(2026, 11, day + number), None, "18:00", "09:00", "8 900")
        shifts.enter_turns(given, actor=desk.anna, now=NOW)


def called(now) -> list[str]:
    """Who has been reminded so far, in order."""
    urgent.notify_of_danger(now)
    read_log(now)
    rows = db.session.scalars(db.select(Reminder).where(Reminder.kind == "danger").order_by(Reminder.id))
    return [row.recipient.login for row in rows]


def test_the_words_that_decided_are_kept_and_logged(desk):
    message = noted(desk)
    row = sign(message)
    assert row.found == [{"sign": "wire", "words": ["провод", "лежит", "дети"]}]
    assert [event.action for event in desk.log(message)][-1] == "danger_noted"
    assert sign(noted(desk, text="На Лесной упал провод, света нет")) is None


def test_what_is_closed_or_answered_is_no_danger_any_more(desk):
    assert sign(noted(desk, status=Status.DISMISSED)) is None
    assert sign(noted(desk, status=Status.ANSWERED)) is None


def test_other_words_ask_again_and_removed_ones_take_the_question_back(desk):
    message = noted(desk)
    urgent.dismiss(message.id, 1, actor=desk.vera, now=NOW)
    read_again(message, WIRE + "!")  # the same sign
    assert sign(message).reply == "none"
    read_again(message, WIRE + ". Пахнет газом.")
    assert (sign(message).reply, sign(message).version) == (None, 3)
    read_again(message, "Спасибо, всё убрали")
    assert sign(message) is None


def test_one_press_raises_the_importance_and_informs_the_head(desk):
    message = noted(desk, status=Status.IN_WORK)
    row = urgent.report(message.id, 1, form=ReportForm("Провод"), actor=desk.vera, now=NOW)
    message = desk.again(message)
    assert (message.importance, message.detected_at) == (Importance.HIGH, NOW)
    assert (row.message_id, sign(message).reply) == (message.id, "reported")
    acts = [event.action for event in desk.log(message)]
    assert acts[-2:] == ["raise_importance", "urgent_sent"]
    with pytest.raises(ServiceError, match="уже решено"):
        urgent.dismiss(message.id, 2, actor=desk.anna, now=NOW)


def test_a_report_by_the_usual_form_decides_it_too(desk):
    message = noted(desk)
    urgent.send(ReportForm("Провод"), message_id=message.id, actor=desk.vera, now=NOW)
    assert sign(message).reply == "reported"


def test_a_refused_report_raises_nothing(desk):
    message = noted(desk)
    with pytest.raises(MissingInput):
        urgent.report(message.id, 1, form=ReportForm(""), actor=desk.vera, now=NOW)
    assert desk.again(message).importance is Importance.NORMAL
    assert sign(message).reply is None


def test_who_may_decide_and_a_stale_page(desk):
    message = noted(desk)
    for act in (urgent.see, urgent.dismiss):
        with pytest.raises(NotYours):
            act(message.id, 1, actor=desk.boris, now=NOW)
    urgent.see(message.id, 1, actor=desk.vera, now=NOW)
    with pytest.raises(StaleVersion):
        urgent.dismiss(message.id, 1, actor=desk.anna, now=NOW)
    with pytest.raises(ServiceError, match="Уже принято: Вера Носова"):
        urgent.see(message.id, 2, actor=desk.anna, now=NOW)


def test_in_working_time_the_press_centre_is_reminded_once(desk):
    noted(desk)
    assert sorted(called(NOW)) == ["anna", "vera"]
    assert len(called(NOW + 3 * LATER)) == 2


def test_other_words_call_again_those_who_were_called(desk):
    message = noted(desk)
    assert len(called(NOW)) == 2
    read_again(message, "На Мира пахнет газом в подъезде", NOW + LATER)
    assert len(called(NOW + LATER)) == 4


def test_at_night_duty_officers_are_called_in_turn_then_all(desk):
    nights(desk, "vera", "anna")
    noted(desk, now=NIGHT)
    assert called(NIGHT) == ["vera"]
    assert called(NIGHT + LATER - timedelta(seconds=1)) == ["vera"]
    assert called(NIGHT + LATER) == ["vera", "anna"]
    assert sorted(called(NIGHT + 2 * LATER)) == ["anna", "anna", "vera", "vera"]
    assert len(called(NIGHT + 9 * LATER)) == 4


def test_who_has_seen_it_ends_the_telling(desk):
    nights(desk, "vera", "anna")
    message = noted(desk, now=NIGHT)
    assert called(NIGHT) == ["vera"]
    urgent.see(message.id, 1, actor=desk.vera, now=NIGHT)
    assert called(NIGHT + 2 * LATER) == ["vera"]


def test_an_absent_officer_is_passed_over(desk):
    nights(desk, "vera", "anna")
    away = Away("leave", date(2026, 11, 25), date(2026, 11, 27), None)
    enter_absence(desk.ids["vera"], away, actor=desk.anna, now=NOW)
    noted(desk, now=NIGHT)
    assert called(NIGHT) == ["anna"]


def test_an_empty_roster_calls_the_whole_press_centre(desk):
    noted(desk, now=NIGHT)
    assert sorted(called(NIGHT)) == ["anna", "vera"]


def test_what_was_not_seen_by_day_goes_to_the_duty_officer(desk):
    nights(desk, "vera")
    noted(desk)
    assert len(called(NOW)) == 2
    urgent.notify_of_danger(at("25.11 17:55"))
    assert len(called(at("25.11 18:20"))) == 3


def test_closed_or_old_messages_cause_no_call(desk):
    message = noted(desk)
    closing.dismiss_message(message.id, message.version, reason="Не о нас", actor=desk.anna, now=NOW)
    assert called(NOW) == []
    old = desk.in_status(Status.NEW, text=WIRE)
    with transaction():
        old.stored_at = NOW - timedelta(days=3)
    verdicts.read_due(NOW)
    assert sign(old) is not None
    assert called(NOW) == []


def test_danger_in_what_was_excluded_by_mistake_is_told_once_it_is_back(desk):
    nights(desk, "vera", "anna")
    message = noted(desk, now=NIGHT)
    closed_and_back(desk, message, called)
    assert called(NIGHT) == ["vera"]
    closed_and_back(desk, message, called)
    verdicts.read_due(NIGHT)
    assert called(NIGHT) == ["vera"], "who has been called is not called again"
    assert called(NIGHT + LATER) == ["vera", "anna"]
    urgent.dismiss(message.id, 1, actor=desk.vera, now=NIGHT)
    closed_and_back(desk, message, called)
    verdicts.read_due(NIGHT)
    assert called(NIGHT + 9 * LATER) == ["vera", "anna"]


def closed_and_back(desk, message, meanwhile):
    message = desk.again(message)
    closing.exclude_message(message.id, message.version, ground="spam", note="", actor=desk.anna, now=NIGHT)
    meanwhile(NIGHT)
    message = desk.again(message)
    closing.restore_message(message.id, message.version, reason="Ошибка", actor=desk.anna, now=NIGHT)


def test_only_the_press_centre_has_it_above_the_list(desk, anna, vera, boris):
    message = noted(desk, status=Status.IN_WORK)
    page = words(anna.get("/").text)
    assert "угроза жизни?" in page
    assert "«провод», «лежит», «дети»" in page
    assert "угроза жизни?" in words(vera.get("/").text)
    assert "угроза жизни?" not in words(boris.get("/").text)
    assert "Похоже на угрозу жизни" not in words(boris.get(f"/messages/{message.id}").text)


def test_the_duty_officer_reports_from_the_card_by_one_press(desk, vera):
    message = noted(desk)
    page = vera.get(f"/messages/{message.id}")
    assert "Похоже на угрозу жизни: «провод», «лежит», «дети»" in words(page.text)
    done = vera.submit(f"/messages/{message.id}/danger", {"version": 1, "reply": "report"}, follow_redirects=True)
    assert "главе отправлен доклад" in words(done.text)
    assert "Доложено главе" in words(done.text)
    db.session.rollback()
    assert db.session.scalar(db.select(UrgentReport.what)) == WIRE


@pytest.mark.parametrize(("reply", "said"), [("seen", "Принято"), ("none", "угрозы нет")])
def test_the_other_presses_lead_back_to_the_list(desk, anna, reply, said):
    message = noted(desk)
    form = {"version": 1, "reply": reply, "back": "inbox"}
    assert said in words(anna.submit(f"/messages/{message.id}/danger", form, follow_redirects=True).text)
    stale = anna.submit(f"/messages/{message.id}/danger", form, follow_redirects=True)
    assert "Не выполнено" in words(stale.text)
    assert anna.submit(f"/messages/{message.id}/danger", {"version": 1, "reply": "?"}).status_code == 422
