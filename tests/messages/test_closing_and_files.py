"""Exclusion with evidence (П.17), other ways to close, and files checked by their content."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.check.acts.due import evidence_digest
from osm.files.acts import files
from osm.files.acts.files import Upload
from osm.messages.acts import closing, entry
from osm.models import Attachment, DraftState, Message
from osm.regulation.errors import MissingInput
from osm.regulation.words import Ground, Status
from tests.office import VLADIVOSTOK, at
from tests.pictures import picture

NOW = at("17.03 10:30")


def test_exclusion_keeps_what_the_message_said(office):
    message = office.incident("17.03 09:00", text="Купите наши окна!")
    evidence = closing.exclude_message(message.id, message.version, ground="ad", note="", actor=office.vera, now=NOW)
    assert message.status is Status.EXCLUDED
    assert evidence.closure.ground is Ground.AD
    assert (evidence.text, evidence.url, evidence.taken_at) == ("Купите наши окна!", message.url, NOW)
    assert evidence.sha256 == evidence_digest(evidence)
    evidence.text += "."
    assert evidence.sha256 != evidence_digest(evidence)
    db.session.rollback()


def test_the_digest_holds_for_an_instant_in_any_zone(office):
    message = office.incident("17.03 09:00")
    local = NOW.astimezone(VLADIVOSTOK)
    message_id, version = message.id, message.version
    closing.exclude_message(message_id, version, ground="ad", note="", actor=office.vera, now=local)
    db.session.expire_all()
    evidence = db.session.get_one(Message, message_id).closures[0].evidence
    assert evidence.taken_at.utcoffset() != local.utcoffset(), "it came back in another zone"
    assert evidence.sha256 == evidence_digest(evidence)


@pytest.mark.parametrize("ground", ["", "criticism", "network_rules"])
def test_there_is_no_exclusion_without_a_ground_of_clause_17(office, ground):
    message = office.incident("17.03 09:00")
    with pytest.raises(MissingInput):
        closing.exclude_message(message.id, message.version, ground=ground, note="", actor=office.anna, now=NOW)
    assert message.status is Status.NEW


def test_closing_discards_an_approved_version_and_keeps_its_text(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    office.submitted(message, "17.03 10:00", "Текст остаётся")
    draft = office.approved(message, "17.03 10:10")
    closing.mark_withdrawn(message.id, message.version, note="", actor=office.anna, now=NOW)
    assert (draft.state, draft.text) == (DraftState.REVOKED, "Текст остаётся")
    assert message.replies[0].approved_draft is None
    assert all(row.ended_at == NOW for row in message.assignments)


def test_a_message_can_be_closed_and_restored_more_than_once(office):
    message = office.incident("17.03 09:00")
    for hour in ("10", "11"):
        closing.dismiss_message(
            message.id, message.version, reason="Не наше", actor=office.anna, now=at(f"17.03 {hour}:00")
        )
        closing.restore_message(
            message.id, message.version, reason="Наше", actor=office.anna, now=at(f"17.03 {hour}:30")
        )
    assert message.status is Status.NEW
    assert [c.status for c in message.closures] == [Status.DISMISSED, Status.DISMISSED]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_photos_are_stored_under_the_hash_of_their_content(office, kind):
    message = office.routed("17.03 09:00", "17.03 09:10")
    content = picture(kind)
    (row,) = files.attach_reply_photos(message.id, [Upload("C:\\Фото\\яма.bin", content)], actor=office.boris, now=NOW)
    suffix = {"JPEG": "jpg"}.get(kind, kind.lower())
    assert (row.filename, row.content_type) == (f"яма.bin.{suffix}", f"image/{kind.lower()}")
    assert files.stored_path(row.sha256).read_bytes() == content


@pytest.mark.words
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("яма.PNG", "яма.PNG"),
        ("../../etc/яма.png", "яма.png"),
        ("яма.html", "яма.html.png"),
        ("яма\u202egnp.exe", "ямаgnp.exe.png"),
        ("яма.png\r\nX: y.html", "яма.pngX: y.html.png"),
        ("\u200b", "фото.png"),
        ("я" * 400 + ".png", "я" * 180 + ".png"),
    ],
)
def test_the_name_of_a_file_ends_with_its_real_kind(office, given, kept):
    message = office.routed("17.03 09:00", "17.03 09:10")
    (row,) = files.attach_reply_photos(message.id, [Upload(given, picture())], actor=office.boris, now=NOW)
    assert row.filename == kept


def test_a_telephones_own_format_is_taken(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    (row,) = files.attach_reply_photos(
        message.id, [Upload("IMG_0001.HEIC", picture("HEIF", (64, 64)))], actor=office.boris, now=NOW
    )
    assert row.content_type == "image/heic"


@pytest.mark.words
@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"%PDF-1.7", b"MZ" + b"\0" * 100, b"GIF89a"],
    ids=["empty", "svg", "pdf", "program", "cut off"],
)
def test_what_is_no_picture_is_refused_under_any_name(office, content):
    message = office.routed("17.03 09:00", "17.03 09:10")
    with pytest.raises(MissingInput) as refused:
        files.attach_reply_photos(
            message.id, [Upload("a.png", picture()), Upload("b.png", content)], actor=office.boris, now=NOW
        )
    assert refused.value.field == "files"
    assert db.session.scalar(db.select(db.func.count(Attachment.id))) == 0


def test_a_picture_that_is_too_heavy_is_refused(office, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 50)
    message = office.routed("17.03 09:00", "17.03 09:10")
    with pytest.raises(MissingInput):
        files.attach_reply_photos(message.id, [Upload("a.png", picture())], actor=office.boris, now=NOW)


def test_photos_of_an_answer_that_was_sent_cannot_be_changed(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    (row,) = files.attach_reply_photos(message.id, [Upload("a.png", picture())], actor=office.boris, now=NOW)
    office.submitted(message, "17.03 10:40")
    with pytest.raises(NotYours):
        files.remove_reply_photo(row.id, actor=office.boris, now=NOW)
    with pytest.raises(NotYours):
        files.attach_reply_photos(message.id, [Upload("b.png", picture())], actor=office.boris, now=NOW)


def test_an_executor_adds_nothing_to_another_ones_message(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    with pytest.raises(NotYours):
        files.attach_reply_photos(message.id, [Upload("a.png", picture())], actor=office.nina, now=NOW)


def test_a_message_is_entered_by_hand_with_a_number_of_the_office(office):
    first = entry.enter_message(text="Нет света", network="ok", actor=office.anna, now=NOW)
    second = entry.enter_message(text="Нет воды", network="ok", author_name="Прохожий", actor=office.anna, now=NOW)
    assert [first.number, second.number] == ["ОСМ-1", "ОСМ-2"]
    assert first.author is None
    assert second.author.name == "Прохожий"
    assert first.deadlines[0].clause == "внутренний срок"
    assert first.deadlines[0].explanation.endswith("(внутренний срок: 1 рабочий час)")


def test_the_same_message_is_not_entered_twice(office):
    entry.enter_message(text="Нет света", network="ok", actor=office.anna, now=NOW)
    with pytest.raises(MissingInput, match="ОСМ-1"):
        entry.enter_message(text="Нет света", network="ok", actor=office.anna, now=NOW)
    assert db.session.scalar(db.select(db.func.count(Message.id))) == 1


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "\u200b\u2060 \u202e"}, "text"),
        ({"text": "а" * 16_001}, "text"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://vk.com@example.org/wall-1_1"}, "url"),
        ({"url": "https://vk.com:99999/wall-1_1"}, "url"),
        ({"author_url": "вконтакте"}, "author_url"),
        ({"published_at": at("17.03 11:00")}, "published_at"),
    ],
)
def test_what_cannot_be_used_is_refused_by_the_name_of_the_field(office, change, field):
    with pytest.raises(MissingInput) as refused:
        entry.enter_message(**{"text": "Нет света", "network": "ok", **change}, actor=office.anna, now=NOW)
    assert refused.value.field == field


def test_one_profile_is_one_author(office):
    for text in ("Раз", "Два"):
        entry.enter_message(
            text=text, network="vk", author_name="Кто-то", author_url="https://vk.com/id0", actor=office.anna, now=NOW
        )
    authors = {m.author_id for m in db.session.scalars(db.select(Message))}
    assert len(authors) == 1
