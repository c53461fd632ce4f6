"""Screenshots as evidence of a comment and an exclusion: kept under their hash, shown, in the file for the police."""

from __future__ import annotations

import hashlib
import io

import docx
import pytest
from PIL import Image

from osm.base.database import db
from osm.base.errors import NotFound, ServiceError
from osm.check.acts import verdicts
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.acts.importing import import_comments
from osm.files.acts import files as acts_files
from osm.files.acts.files import MAX_PER_OWNER, Upload, stored_path
from osm.files.queries import UNNAMED, of_comments
from osm.messages.acts import closing
from osm.models import Attachment, BlacklistEvidence, BlacklistProposal, Comment, Event, User
from osm.regulation.errors import MissingInput
from tests.conftest import MORNING

from .conftest import NOW, RUDE, THREAT, line, the

JSON = {"Accept": "application/json"}


def picture(shade: int = 0) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 40), (shade, 90, 90)).save(made, "PNG")
    return made.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attach(office, row: Comment, *files: Upload) -> int:
    return acts_files.attach_to_comment(row.id, files, actor=office.vera, now=NOW)


def kept(row: Comment) -> list[tuple[str, str]]:
    db.session.rollback()
    return [(shot.filename, shot.sha256) for shot in of_comments([row.id]).get(row.id, ())]


@pytest.mark.parametrize("decided", [False, True])
def test_a_screenshot_is_next_to_the_comment_with_its_hash(office, add, decided):
    (row,) = add(RUDE)
    if decided:
        chosen = [Chosen(row.id, row.version)]
        comments.decide(chosen, Choice.DELETE, ground="insult", actor=office.vera, now=NOW)
    version = the(row.external_id).version
    assert attach(office, row, Upload("снимок.png", picture())) == 1
    assert kept(row) == [("снимок.png", sha256(picture()))]
    assert stored_path(sha256(picture())).read_bytes() == picture()
    assert the(row.external_id).version == version, "whoever decides at this moment is not disturbed"
    event = db.session.scalars(db.select(Event).where(Event.action == "attach_screenshot")).one()
    assert (event.object_kind, event.object_id, event.actor_id) == ("comment", row.id, office.vera.id)
    assert "снимок" not in str(event.changes)


def test_the_same_file_again_is_no_second_one(office, add):
    (row,) = add(RUDE)
    assert attach(office, row, Upload("a.png", picture()), Upload("b.png", picture())) == 1
    assert attach(office, row, Upload("c.png", picture()), Upload("d.png", picture(1))) == 1
    assert [sha for _, sha in kept(row)] == [sha256(picture()), sha256(picture(1))]


@pytest.mark.words
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "Выберите снимок"),
        ([Upload("x.png", b"<html>")], "не изображение"),
        ([Upload("a.png", picture()), Upload("b.exe", b"MZ")], "не изображение"),
        ([Upload(f"{n}.png", picture(n)) for n in range(MAX_PER_OWNER + 1)], "не больше"),
    ],
)
def test_what_is_not_fit_is_refused_whole(office, add, files, words):
    (row,) = add(RUDE)
    with pytest.raises(MissingInput, match=words):
        attach(office, row, *files)
    assert kept(row) == []


def test_there_must_be_such_a_comment(office):
    with pytest.raises(NotFound):
        acts_files.attach_to_comment(99, [Upload("a.png", picture())], actor=office.vera, now=NOW)


def test_the_hash_stays_when_the_name_is_purged(office, add):
    (row,) = add(RUDE)
    attach(office, row, Upload("Пётр угрожает.png", picture()))
    note = db.session.scalars(db.select(Event).where(Event.action == "attach_screenshot")).one().note
    db.session.delete(note)
    db.session.commit()
    assert kept(row) == [(UNNAMED, sha256(picture()))]


def test_an_exclusion_takes_screenshots_later_too(office):
    message = office.incident("25.11 08:00", text=RUDE)
    files = [Upload("потом.png", picture())]
    with pytest.raises(ServiceError, match="не исключено"):
        acts_files.attach_to_message(message.id, files, actor=office.vera, now=NOW)
    closing.exclude_message(message.id, message.version, ground="insult", note="", actor=office.vera, now=NOW)
    assert acts_files.attach_to_message(message.id, files, actor=office.vera, now=NOW) == 1
    assert acts_files.attach_to_message(message.id, files, actor=office.vera, now=NOW) == 0
    db.session.rollback()
    (row,) = db.session.scalars(db.select(Attachment))
    assert (row.sha256, row.evidence.text, row.purpose) == (sha256(picture()), RUDE, "evidence")


# --- Over HTTP
@pytest.fixture
def threat(app, cast) -> int:
    """A threat that Вера has proposed for the black list; the comment's id."""
    with app.app_context():
        import_comments([line(id="-1_1", text=THREAT)], actor=None, now=MORNING)
        verdicts.read_due_comments(MORNING)
        row = the("-1_1")
        vera = db.session.get_one(User, cast["vera"])
        comments.decide([Chosen(row.id, 1)], Choice.BLACKLIST, ground="threat", actor=vera, now=MORNING)
        return row.id


def send(browser, address: str, content: bytes, back: str = "", **kwargs):
    data = {"files": (io.BytesIO(content), "снимок.png"), "back": back}
    return browser.submit(address, data, content_type="multipart/form-data", **kwargs)


def test_from_the_list_of_decisions_to_the_file_for_the_police(app, threat, vera, gleb):
    answer = send(vera, f"/moderation/{threat}/screenshots", picture(), "/moderation/decided?state=deleted")
    assert (answer.status_code, answer.location) == (303, "/moderation/decided?state=deleted")
    page = vera.get(answer.location).text
    assert "Приложено: 1 снимок" in page
    with app.app_context():
        shot = of_comments([threat])[threat][0].id
        evidence = db.session.scalars(db.select(BlacklistEvidence)).one().id
        listed = db.session.scalars(db.select(BlacklistProposal)).one().id
    assert f'/files/of-comment/{shot}"' in page
    assert sha256(picture()) in page
    given = gleb.get(f"/files/of-comment/{shot}")
    assert given.data == picture()
    assert given.headers["Content-Disposition"].startswith("attachment; ")
    assert given.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert gleb.get(f"/files/of-comment/{shot}/small").mimetype == "image/jpeg"

    send(vera, f"/blacklist/proofs/{evidence}/screenshots", picture(7), f"/blacklist/{listed}")
    shown = vera.get(f"/blacklist/{listed}").text
    assert sha256(picture()) in shown
    assert sha256(picture(7)) in shown
    assert "Приложить снимок" not in gleb.get(f"/blacklist/{listed}").text
    document = docx.Document(io.BytesIO(vera.get(f"/blacklist/{listed}/export.docx").data))
    told = "\n".join(one.text for one in document.paragraphs)
    assert sha256(picture()) in told
    assert sha256(picture(7)) in told
    assert len(document.inline_shapes) == 2


def test_the_script_of_the_queue_is_answered_in_json(threat, vera):
    address = f"/moderation/{threat}/screenshots"
    assert send(vera, address, picture(), headers=JSON).json == {"said": "Приложено: 1 снимок.", "added": 1}
    assert send(vera, address, picture(), headers=JSON).json == {"said": "Такой снимок здесь уже есть.", "added": 0}
    refused = send(vera, address, b"no picture", headers=JSON)
    assert refused.status_code == 422
    assert "не изображение" in refused.json["error"]
    assert send(vera, "/moderation/99/screenshots", picture(), headers=JSON).status_code == 404


def test_what_is_no_picture_is_reported_on_the_page_it_came_from(threat, vera):
    answer = send(vera, f"/moderation/{threat}/screenshots", b"no picture", follow_redirects=True)
    assert "не изображение" in answer.text


def test_the_queue_says_how_many_there_are(app, cast, vera):
    with app.app_context():
        import_comments([line(id="-1_1", text=RUDE)], actor=None, now=MORNING)
        number = the("-1_1").id
    assert 'comment-shots" hidden' in vera.get("/moderation").text
    send(vera, f"/moderation/{number}/screenshots", picture())
    assert "<span data-shots-count>1</span>" in vera.get("/moderation").text


@pytest.mark.parametrize("path", ["/files/of-comment/1", "/files/of-comment/1/small"])
def test_no_other_line_of_the_log_is_a_screenshot(threat, vera, boris, path):
    assert vera.get(path).status_code == 404
    assert boris.get(path).status_code == 403


def test_a_threat_in_a_comment_goes_to_the_police_without_a_proposal(app, cast, vera):
    with app.app_context():
        import_comments(
            [line(id=f"-1_{n}", text=text) for n, text in enumerate((THREAT, RUDE))], actor=None, now=MORNING
        )
        threat, rude = the("-1_0").id, the("-1_1").id
        person = db.session.get_one(User, cast["vera"])
        for number, ground in ((threat, "threat"), (rude, "insult")):
            comments.decide([Chosen(number, 1)], Choice.DELETE, ground=ground, actor=person, now=MORNING)
        stated = the("-1_0").evidence_sha256
    send(vera, f"/moderation/{threat}/screenshots", picture())
    page = vera.get("/moderation/decided").text
    assert page.count("Пакет для полиции") == 1
    document = docx.Document(io.BytesIO(vera.get(f"/blacklist/of-comment/{threat}/export.docx").data))
    told = "\n".join(
        [one.text for one in document.paragraphs]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    for wanted in (THREAT, stated, sha256(picture()), "https://vk.com/wall-1_1", "Комментарий удалён"):
        assert wanted in told, wanted
    assert vera.get(f"/blacklist/of-comment/{rude}/export.docx").status_code == 404
    assert vera.get("/blacklist/of-comment/99/export.docx").status_code == 404


def test_before_a_threat_is_deleted_a_screenshot_of_it_is_asked_for(app, cast, vera):
    asked = "Приложите снимок экрана"
    with app.app_context():
        import_comments([line(id=1, text=THREAT), line(id=2, text=RUDE)], actor=None, now=MORNING)
        person = db.session.get_one(User, cast["vera"])
        for number, ground in (("1", "threat"), ("2", "insult")):
            row = the(number)
            chosen = [Chosen(row.id, row.version)]
            comments.decide(chosen, Choice.DELETE, ground=ground, actor=person, now=MORNING)
        threat = the("1").id
    page = vera.get("/moderation/outbox").text
    assert (page.count(asked), f'#comment-{threat}">{asked}' in page) == (1, True)
    with app.app_context():
        person = db.session.get_one(User, cast["vera"])
        acts_files.attach_to_comment(threat, [Upload("a.png", picture())], actor=person, now=MORNING)
    assert asked not in vera.get("/moderation/outbox").text
