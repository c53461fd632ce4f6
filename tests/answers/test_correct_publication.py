"""Link and time of a published answer are put right with a reason; clocks, log and queues follow (П.8, П.13)."""

from __future__ import annotations

from html import unescape

import pytest

from osm.answers.acts import publication
from osm.base.database import db
from osm.imports.acts import mending
from osm.imports.queries.editions import entry_row
from osm.models import Event
from osm.regulation.errors import MissingInput, TransitionNotAllowed
from osm.regulation.words import ClockKind, Status
from tests.desk import NOW
from tests.office import at, last_deadline

WRONG, RIGHT = "https://vk.com/wall-1_1?reply=2", "https://vk.com/wall-1_1?reply=88"


def correct(office, message, url=RIGHT, when=None, now="17.03 17:40", **more):
    given = {"reason": "Вставили не ту", "actor": office.anna, "now": at(now)} | more
    return publication.correct_publication(
        message.id, message.version, url=url, published_at=at(when) if when else None, **given
    )


def placed(office, when, kind="final", noted="17.03 17:30"):
    """Published at `when`, approved at 10:00; the answer was due at 17:18."""
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 09:50", kind=kind)
    office.approved(message, "17.03 10:00")
    publication.publish_by_hand(
        message.id, message.version, url=WRONG, published_at=at(when), actor=office.anna, now=at(noted)
    )
    return message


def test_the_answer_is_met_at_the_right_time_and_late_breached(three):
    message = placed(three, "17.03 17:00")
    correct(three, message, when="17.03 17:25")
    answer = last_deadline(message, ClockKind.ANSWER)
    assert (answer.ended_at, answer.breached_at) == (at("17.03 17:25"), at("17.03 17:18"))
    assert message.replies[0].published_at == message.closed_at == at("17.03 17:25")
    assert [event.action for event in message_log(message)[-2:]] == ["breach", "correct_publication"]


def test_a_breach_that_was_recorded_stays(three):
    """Only a person waives it (П.19): a later correction does not remove it either."""
    message = placed(three, "17.03 17:25")
    correct(three, message, when="17.03 17:00")
    answer = last_deadline(message, ClockKind.ANSWER)
    assert (answer.ended_at, answer.breached_at) == (at("17.03 17:00"), at("17.03 17:18"))
    correct(three, message, url="https://vk.com/wall-1_1?reply=89", now="17.03 17:50")
    assert last_deadline(message, ClockKind.ANSWER).breached_at == at("17.03 17:18")


def test_the_final_term_counts_from_the_right_day(three):
    message = placed(three, "17.03 17:00", kind="interim", noted="18.03 10:00")
    assert last_deadline(message, ClockKind.FINAL).due_at == at("20.03 17:00")
    correct(three, message, when="18.03 09:30", now="18.03 11:00")
    final = last_deadline(message, ClockKind.FINAL)
    assert (final.started_at, final.due_at) == (at("18.03 09:30"), at("23.03 18:00"))
    assert last_deadline(message, ClockKind.ANSWER).breached_at == at("17.03 17:18")


def test_a_term_put_into_the_past_by_this_alone_is_blameless(three):
    message = placed(three, "18.03 09:30", kind="interim", noted="18.03 10:00")
    correct(three, message, when="17.03 17:00", now="23.03 10:00")
    final = last_deadline(message, ClockKind.FINAL)
    assert final.due_at == at("20.03 17:00")
    assert final.blameless
    assert final.breached_at is None


def test_only_the_link(three):
    message = placed(three, "17.03 17:00")
    before = message.replies[0].published_at
    correct(three, message)
    assert (message.replies[0].published_url, message.replies[0].published_at) == (RIGHT, before)
    event = message_log(message)[-1]
    assert event.note.text == "Вставили не ту (прежняя ссылка: https://vk.com/wall-1_1?reply=2)"
    assert set(event.changes) == {"version"}


@pytest.mark.parametrize("when", ["17.03 09:59", "17.03 17:41"])
def test_a_time_before_the_approval_or_to_come_is_refused(three, when):
    message = placed(three, "17.03 17:00")
    with pytest.raises(MissingInput, match="не раньше согласования"):
        correct(three, message, when=when)
    assert message.replies[0].published_url != RIGHT


def test_an_unchanged_value_is_said_to_be_the_same(three):
    message = placed(three, "17.03 17:00")
    with pytest.raises(MissingInput, match="те же"):
        correct(three, message, url=message.replies[0].published_url, when="17.03 17:00")


def test_the_executor_does_not_correct_it(three):
    message = placed(three, "17.03 17:00")
    with pytest.raises(TransitionNotAllowed):
        correct(three, message, actor=three.boris)


def test_what_was_in_im_already_waits_there_again(three):
    message = placed(three, "17.03 17:00")
    [reply] = message.replies
    mending.mark_entered(reply.id, actor=three.anna, now=at("17.03 17:35"))
    correct(three, message, when="17.03 17:05")
    row = entry_row(reply.id)
    assert (row.published_url, row.published_at, row.entered_at) == (RIGHT, at("17.03 17:05"), None)


def message_log(message):
    db.session.refresh(message)
    return list(db.session.scalars(db.select(Event).where(Event.message_id == message.id).order_by(Event.id)))


# --- The screens


def test_the_card_offers_it_with_the_present_values(desk, anna, boris):
    message = desk.in_status(Status.ANSWERED)
    page = unescape(anna.get(f"/messages/{message.id}").text)
    form = page[page.index('id="step-correct_publication"') :]
    assert 'value="https://vk.com/wall-1_1?reply=2"' in form
    assert 'value="2026-11-25T10:40"' in form
    assert "correct_publication" not in boris.get(f"/messages/{message.id}").text
    assert "Исправить ссылку или время" in anna.get(f"/messages/{message.id}/publish").text


def test_the_right_one_is_shown_everywhere_and_the_history_has_it(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    form = {"version": message.version, "url": RIGHT, "published_at": "2026-11-25T10:35", "reason": "Не та ссылка"}
    assert anna.submit(f"/messages/{message.id}/correct-publication", form).status_code == 303
    card = unescape(anna.get(f"/messages/{message.id}").text)
    assert "исправлены ссылка или время публикации — сегодня в 10:40 → сегодня в 10:35" in card
    assert "Не та ссылка (прежняя ссылка: https://vk.com/wall-1_1?reply=2)" in card
    journal = "/journal?from=2026-11-25&to=2026-11-25"
    for address in (f"/messages/{message.id}/print", "/im", f"/messages/{message.id}/publish", journal):
        page = unescape(anna.get(address).text)
        assert RIGHT in page, address
        assert "10:35" in page, address


def test_another_network_is_asked_about_here_too(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    wrong = "https://ok.ru/group/5/topic/6"
    form = {"version": message.version, "url": wrong, "published_at": "", "reason": "Не та ссылка"}
    address = f"/messages/{message.id}/correct-publication"
    for answer in (anna.submit(address, form), anna.htmx(address, form)):
        page = unescape(answer.text)
        assert answer.status_code == 422
        assert "ссылка ведёт в сеть «Одноклассники»" in page
        assert f'name="elsewhere" value="{wrong}"' in page
        assert "Не та ссылка</textarea>" in page
    assert anna.submit(address, form | {"elsewhere": wrong}).status_code == 303
    assert desk.again(message).replies[0].published_at < NOW


def test_an_answer_of_the_source_has_nothing_to_correct(desk, anna, boris):
    message = desk.in_status(Status.APPROVED)
    assert "correct_publication" not in anna.get(f"/messages/{message.id}").text
