"""Exclusion by П.17 on the screen: ground, words, screenshot, evidence."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from osm.base.database import db
from osm.check.acts.due import evidence_digest
from osm.models import Attachment, Evidence
from osm.regulation.words import Ground, Status


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(target, "PNG")
    return target.getvalue()


def exclude(browser, message, ground="insult", files=(), **form):
    data = {"version": message.version, "ground": ground, "note": "слово «бездельники»", "files": list(files), **form}
    return browser.submit(f"/messages/{message.id}/exclude", data, content_type="multipart/form-data")


def test_the_evidence_is_on_the_card_with_its_hash_and_screenshot(desk, vera, anna):
    message = desk.in_status(Status.NEW, text="Бездельники!")
    answer = exclude(vera, message, files=[(io.BytesIO(picture()), "Снимок экрана.png")])
    assert answer.status_code == 303
    desk.again(message)
    evidence = db.session.scalars(db.select(Evidence)).one()
    shot = db.session.scalars(db.select(Attachment)).one()
    assert (shot.evidence_id, shot.sha256) == (evidence.id, hashlib.sha256(picture()).hexdigest())
    page = anna.get(f"/messages/{message.id}").text
    assert "Оскорбительные выражения" in page
    assert evidence_digest(evidence) in page
    assert f'src="/files/{shot.id}/small"' in page
    assert "слово «бездельники»" in page


def test_the_form_offers_the_closed_list_of_clause_17(desk, vera):
    page = vera.get(f"/messages/{desk.in_status(Status.NEW).id}").text
    for ground in Ground:
        assert f'value="{ground}"' in page
        assert ground.label in page


@pytest.mark.words
@pytest.mark.parametrize("ground", ["", "criticism", "network_rules"])
def test_another_ground_is_refused_and_the_words_stay(desk, vera, ground):
    message = desk.in_status(Status.NEW)
    answer = exclude(vera, message, ground=ground)
    assert answer.status_code == 422
    assert "Выберите основание из пункта 17" in answer.text
    assert "слово «бездельники»" in answer.text
    assert desk.again(message).status is Status.NEW


def test_a_file_that_is_no_picture_refuses_the_step_and_choice_stays(desk, anna):
    message = desk.in_status(Status.NEW)
    files = [(io.BytesIO(picture()), "a.png"), (io.BytesIO(b"<svg/>"), "b.png")]
    answer = exclude(anna, message, ground="threat", files=files)
    assert answer.status_code == 422
    assert "b.png" in answer.text
    assert 'value="threat" required checked' in answer.text
    assert desk.again(message).status is Status.NEW
    assert db.session.scalar(db.select(db.func.count(Attachment.id))) == 0


def test_a_moderator_goes_to_the_next_new_one_without_other_steps(desk, vera):
    message, following = desk.in_status(Status.NEW), desk.incident("25.11 10:20")
    page = vera.get(f"/messages/{message.id}").text
    assert page.count('id="step-') == 1
    assert exclude(vera, message).location == f"/messages/{following.id}"
