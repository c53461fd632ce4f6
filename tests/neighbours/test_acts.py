"""A question goes through the curator, leaves masked, ends in time; the answer comes once, and goes into the draft."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.files.acts.files import Upload, stored_path
from osm.messages.acts import closing, routing
from osm.models import (
    Attachment,
    DraftText,
    Event,
    MailState,
    Message,
    NeighbourPhoto,
    NeighbourQuestion,
    PartText,
    Reminder,
    User,
)
from osm.neighbours import rules
from osm.neighbours.acts import answering, asking
from osm.neighbours.rules import QuestionState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Status
from osm.reminders.acts.due import read_log
from osm.retention.acts.destroying import destroy
from osm.retention.acts.purge import sweep
from osm.retention.queries import outlived
from osm.retention.rules import Kept
from tests.desk import NOW
from tests.parts.conftest import shared
from tests.pictures import picture

from .conftest import ASKED, again

__all__ = ["shared"]

HOUR = timedelta(hours=1)


@pytest.fixture
def message(desk) -> Message:
    return desk.in_status(Status.IN_WORK, text="Нет воды, Калининская 12, кв. 45. Звоните +7 924 000-11-22")


@pytest.fixture
def out(message, ask, send) -> NeighbourQuestion:
    """A question that left by a link."""
    return send(ask(message, way="link"))


def token(row) -> str:
    return asking.token_of(row.mark)


def opened(row) -> NeighbourQuestion:
    answering.enter_code(token(row), asking.code_for(row.mark), NOW)
    return again(row)


def answered(row, text="Воду дадут в 18:00", photos=(), now=NOW) -> NeighbourQuestion:
    return answering.receive(row.id, row.mark, text=text, photos=photos, now=now)


def with_place() -> bytes:
    kept = Image.Exif()
    kept[0x010F] = "CAMERA"
    kept.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(made, "JPEG", exif=kept, comment=b"CAMERA", xmp=b"CAMERA")
    return made.getvalue()


# --- Asked and checked
def test_nothing_leaves_before_the_curator_and_the_citizen_only_where_ticked(message, ask):
    row = ask(message)
    assert (row.state, row.mail, row.letter, row.token_digest) == (QuestionState.WAITS, MailState.NONE, "", None)
    assert "Нет воды" not in row.text
    told = ask(message, with_citizen=True).text
    assert "Нет воды, Калининская 12, [скрыто]. Звоните [скрыто]" in told


def test_the_same_question_sent_again_with_back_is_written_once(message, ask, send):
    first = ask(message)
    with pytest.raises(MissingInput, match=f"№ {first.id}"):
        ask(message)
    ask(message, text="А когда дадут горячую?")
    send(again(first))
    assert ask(message).id != first.id, "asked anew after it was sent"


def test_only_who_prepares_the_answer_asks(desk, message, ask):
    with pytest.raises(NotYours):
        ask(message, by=desk.vera)
    with pytest.raises(ServiceError):
        ask(desk.in_status(Status.ANSWERED))


def test_what_looks_like_a_person_leaves_only_if_the_curator_says_so(message, ask, send):
    row = ask(message)
    with pytest.raises(MissingInput) as refused:
        send(row, text=f"{row.text}\nТел. +7 924 000-11-22")
    assert refused.value.field == "seen"
    assert again(row).state is QuestionState.WAITS
    sent = send(row, text=f"{row.text}\nТел. +7 924 000-11-22", seen=True)
    assert sent.letter.startswith(sent.text)
    assert "+7 924 000-11-22" in sent.letter


def test_a_letter_with_a_link_says_nothing_of_the_case_and_no_table_has_its_key(out):
    assert ASKED not in out.letter
    assert rules.LINK in out.letter
    db.session.rollback()
    key, code = token(out), asking.code_for(out.mark)
    with db.engine.connect() as connection:
        for table in db.metadata.tables.values():
            for found in connection.execute(table.select()):
                assert key not in str(found), table.name
    assert len(code) == 6


def test_without_public_url_no_link_is_made(message, ask, send):
    row = ask(message, way="link")
    with pytest.raises(ServiceError):
        send(row, public_url="")


def test_it_ends_with_the_draft(message, out):
    assert NOW < out.ends_at <= NOW + 72 * HOUR
    due = db.session.scalar(db.text("SELECT count(*) FROM deadline WHERE kind = 'draft' AND state = 'open'"))
    assert due == 1
    assert out.ends_at < NOW + 8 * HOUR


def test_returned_with_a_reason_it_is_over(desk, message, ask, send):
    row = ask(message)
    with pytest.raises(MissingInput):
        asking.give_back(row.id, row.version, reason=" ", actor=desk.anna, now=NOW)
    asking.give_back(row.id, row.version, reason="Спросите сами", actor=desk.anna, now=NOW)
    assert (again(row).state, row.reason) == (QuestionState.CLOSED, "Спросите сами")
    read_log(NOW)
    assert "neighbour_ended" in set(db.session.scalars(db.select(Reminder.kind)))
    with pytest.raises(ServiceError):
        send(row)


def test_a_stale_press_is_refused(desk, message, ask, send):
    row = ask(message)
    seen = row.version
    send(row)
    with pytest.raises(StaleVersion):
        asking.give_back(row.id, seen, reason="поздно", actor=desk.anna, now=NOW)


# --- The link
def test_opening_changes_nothing(out):
    before = (out.version, out.state, out.wrong_codes)
    for _ in range(3):
        answering.must_be_open(token(out), NOW)
    assert (again(out).version, out.state, out.wrong_codes) == before


def test_five_wrong_codes_close_it(out):
    wrong = f"{(int(asking.code_for(out.mark)) + 1) % 10**6:06}"
    for left in (4, 3, 2, 1):
        assert answering.enter_code(token(out), wrong, NOW)[1] == left
    with pytest.raises(answering.Shut):
        answering.enter_code(token(out), wrong, NOW)
    assert (again(out).state, out.wrong_codes) == (QuestionState.CLOSED, 5)
    with pytest.raises(answering.Shut):
        answering.enter_code(token(out), asking.code_for(out.mark), NOW)
    read_log(NOW)
    assert "neighbour_ended" in set(db.session.scalars(db.select(Reminder.kind)))


def test_no_answer_without_the_code(out):
    with pytest.raises(answering.Shut):
        answered(out)
    opened(out)
    assert answered(out).state is QuestionState.ANSWERED


def test_an_answer_comes_once_and_the_executor_is_told(desk, out):
    opened(out)
    answered(out)
    with pytest.raises(answering.Shut):
        answered(out, "ещё")
    assert again(out).answer == "Воду дадут в 18:00"
    read_log(NOW)
    told = db.session.execute(db.select(Reminder.kind, Reminder.recipient_id)).all()
    assert ("neighbour_answered", desk.boris.id) in told


def test_photos_are_drawn_again_without_place_and_camera(out):
    opened(out)
    answered(out, "", [Upload("дача Ивановых.jpg", with_place())])
    (photo,) = again(out).photos
    made = Image.open(stored_path(photo.sha256))
    assert (made.format, dict(made.getexif()), made.size) == ("JPEG", {}, (60, 40))
    assert b"CAMERA" not in stored_path(photo.sha256).read_bytes()


@pytest.mark.parametrize(
    ("text", "photos"),
    [("", []), ("x" * 4001, []), ("", [("a.exe", b"MZ")]), ("", [(f"{n}.png", picture()) for n in range(6)])],
)
def test_nothing_too_much_and_what_is_no_picture_is_refused_and_the_link_works_on(out, text, photos):
    opened(out)
    with pytest.raises(MissingInput):
        answered(out, text, [Upload(*one) for one in photos])
    assert again(out).state is QuestionState.OPENED


def test_the_scanner_looks_at_what_strangers_send(out, set_settings):
    opened(out)
    set_settings(scan_command=("false",))
    with pytest.raises(MissingInput):
        answered(out, "", [Upload("a.png", picture())])
    assert db.session.query(NeighbourPhoto).count() == 0


# --- The end
def _withdraw(desk, message, row):
    asking.withdraw(row.id, row.version, actor=desk.boris, now=NOW)


def _exclude(desk, message, row):
    closing.exclude_message(
        message.id, desk.again(message).version, ground="ad", note="реклама", actor=desk.anna, now=NOW
    )


ENDS = {
    "term": (lambda *_: None, NOW + 73 * HOUR, QuestionState.LATE),
    "withdrawn": (_withdraw, NOW, QuestionState.WITHDRAWN),
    "excluded": (_exclude, NOW, QuestionState.CLOSED),
}


@pytest.mark.parametrize("how", ENDS)
def test_an_ended_link_is_closed_at_once_and_noted(desk, message, out, how):
    opened(out)
    act, now, state = ENDS[how]
    act(desk, message, again(out))
    for attempt in (
        lambda: answering.must_be_open(token(out), now),
        lambda: answering.enter_code(token(out), asking.code_for(out.mark), now),
        lambda: answered(out, now=now),
    ):
        with pytest.raises(answering.Shut):
            attempt()
    db.session.rollback()
    asking.end_due(now)
    assert again(out).state is state
    assert asking.end_due(now) == 0


def test_a_question_that_still_waits_is_closed_with_its_message(desk, message, ask):
    row = ask(message)
    _exclude(desk, message, row)
    asking.end_due(NOW)
    assert again(row).state is QuestionState.CLOSED


def test_another_executor_works_on_with_it(desk, message, out):
    opened(out)
    lidia = desk.ids["lidia"]
    routing.reroute_message(
        message.id, desk.again(message).version, executor_id=lidia, task="", actor=desk.anna, now=NOW
    )
    answered(out)
    row = again(out)
    with pytest.raises(NotYours):
        answering.take(row.id, row.version, actor=desk.boris, now=NOW)
    answering.take(row.id, row.version, actor=db.session.get_one(User, lidia), now=NOW)
    assert again(out).taken_at == NOW


# --- Into the draft
def test_it_is_appended_to_what_was_typed_and_its_photos_to_the_reply(desk, message, out):
    reply = desk.again(message).replies[0]
    drafting.save_text(reply.id, text="Здравствуйте!", seen_at=None, actor=desk.boris, now=NOW)
    opened(out)
    answered(out, photos=[Upload("a.png", picture())])
    row = again(out)
    answering.take(row.id, row.version, actor=desk.boris, now=NOW)
    kept = db.session.scalars(db.select(DraftText)).one()
    assert kept.text == "Здравствуйте!\n\nВоду дадут в 18:00"
    (photo,) = db.session.scalars(db.select(Attachment))
    assert (photo.reply_id, photo.sha256) == (reply.id, again(out).photos[0].sha256)
    again(out)
    answering.take(row.id, row.version, actor=desk.boris, now=NOW)  # once more: no second photo
    assert db.session.query(Attachment).count() == 1


def test_a_window_that_is_still_open_keeps_its_text(desk, message, out):
    reply = desk.again(message).replies[0]
    first = drafting.save_text(reply.id, text="Здравствуйте!", seen_at=None, actor=desk.boris, now=NOW).saved_at
    opened(out)
    answered(out)
    row = again(out)
    answering.take(row.id, row.version, actor=desk.boris, now=NOW)
    with pytest.raises(drafting.TextChangedElsewhere):
        drafting.save_text(reply.id, text="Здравствуйте! Пишу дальше", seen_at=first, actor=desk.boris, now=NOW + HOUR)


def test_of_several_executors_it_goes_into_the_part_of_who_takes_it(desk, shared, ask, send):
    row = send(ask(shared(), way="link"))
    opened(row)
    answered(row)
    row = again(row)
    answering.take(row.id, row.version, actor=desk.boris, now=NOW)
    assert db.session.scalars(db.select(PartText.text)).one() == "Воду дадут в 18:00"
    assert db.session.query(DraftText).count() == 0


def test_a_submitted_draft_is_not_touched(desk, message, out):
    opened(out)
    answered(out)
    drafting.submit_draft(
        message.id, desk.again(message).version, text="Здравствуйте! Починим.", kind="final", confirmed=True,
        actor=desk.boris, now=NOW,
    )  # fmt: skip
    row = again(out)
    with pytest.raises(ServiceError):
        answering.take(row.id, row.version, actor=desk.boris, now=NOW)


def test_entered_by_hand_without_our_own_text(desk, message, ask, send):
    row = send(ask(message), has_mail=False)
    answering.enter(
        row.id,
        row.version,
        text=f"В 18:00.\n\nОт: osm\n\n{row.letter}",
        photos=[],
        actor=desk.boris,
        now=NOW + 80 * HOUR,
    )
    kept = again(row)
    assert (kept.answer, kept.entered_by_id, kept.state) == ("В 18:00.", desk.boris.id, QuestionState.ANSWERED)


# --- The register
def test_the_log_has_each_step_and_none_of_the_words(desk, message, out):
    opened(out)
    answered(out)
    acts = [one.action for one in desk.log(message)]
    assert acts[-4:] == ["neighbour_asked", "neighbour_sent", "neighbour_opened", "neighbour_answered"]
    rows = db.session.scalars(db.select(Event).where(Event.object_kind == "neighbour_question")).all()
    assert not any(ASKED in str(one.changes) or "18:00" in str(one.changes) for one in rows)


def test_a_purge_takes_words_and_photos(desk, message, out):
    opened(out)
    answered(out, photos=[Upload("a.png", picture())])
    sha = again(out).photos[0].sha256
    _exclude(desk, message, out)
    later = NOW + timedelta(days=4000)
    for kept in (Kept.FILES, Kept.MESSAGES):
        assert message.id in db.session.scalars(outlived(kept, "message", later)).all()
        db.session.rollback()
        destroy(kept, "message", message.id, condition=db.true(), run_id=None, now=later)
    row = again(out)
    assert (row.text, row.letter, row.answer, row.photos) == ("", "", "", [])
    sweep(later, timedelta(days=-1))
    assert not stored_path(sha).exists()


def test_a_body_is_kept_once_and_put_away(desk, body, message, ask):
    with pytest.raises(MissingInput):
        asking.create_body(name="Водоканал", email="", phone="", actor=desk.anna, now=NOW)
    for email in ("не почта", f"info@{'a' * 64}.ru"):
        with pytest.raises(MissingInput):
            asking.create_body(name="ЕДДС", email=email, phone="", actor=desk.anna, now=NOW)
    asking.archive_body(body.id, body.version, actor=desk.anna, now=NOW)
    with pytest.raises(MissingInput):
        ask(message)
