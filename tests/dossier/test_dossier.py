"""«Дело сообщения»: what is in the file, who gets it, and that a changed file or log is noticed."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts.files import stored_path
from osm.log.acts.audit import seal_events
from osm.log.acts.record import record
from osm.models import Attachment, Author, Draft, DraftState, Event, Message, Note, Purged, Purpose, Reply
from osm.neighbours.acts import asking
from osm.regulation.words import Status
from osm.retention.rules import Kept
from tests.databases import changes_allowed
from tests.desk import NOW, Desk
from tests.pictures import picture


def read(content: bytes) -> str:
    """The words of a PDF; a line that was broken is one again."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return " ".join("\n".join(pages).split())


def file_of(person, message_id: int):
    return person.get(f"/messages/{message_id}/dossier.pdf")


@pytest.fixture
def answered(desk: Desk) -> Message:
    """An answered message with an author, a note, a picture, sealed."""
    message = desk.in_status(Status.ANSWERED)
    with transaction() as session:
        message.author = Author(network="vk", name="Пётр & <b>Первый</b>", profile_url="https://vk.com/id77")
        session.add(
            Note(message_id=message.id, kind="note", author_id=desk.ids["anna"], written_at=NOW, text="Звонили")
        )
    attach(message, desk, 1)
    seal_events(NOW)
    return message


def attach(message: Message, desk: Desk, count: int, side: int = 300) -> None:
    for number in range(count):
        content = picture("PNG", size=(side, side + number))
        sha256 = f"{message.id:032}{number:032}"
        path = stored_path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        with transaction() as session:
            session.add(
                Attachment(
                    message_id=message.id, purpose=Purpose.MESSAGE, filename=f"фото {number}.png", sha256=sha256,
                    content_type="image/png", size=len(content), uploaded_by_id=desk.ids["anna"], uploaded_at=NOW,
                )
            )  # fmt: skip


def test_the_file_tells_the_whole_way_of_a_message(anna, answered):
    answer = file_of(anna, answered.id)
    assert answer.mimetype == "application/pdf"
    words = read(answer.data)
    for told in (
        f"Дело сообщения № {answered.number}", "Пётр & <b>Первый</b>", "https://vk.com/id77", "Яма на Калининской, 12",
        "Борис Ежов (ЖКХ)", "Узнать сроки", "Версия 1: согласована", "Здравствуйте! Яму засыпали.",
        "https://vk.com/wall-1_1?reply=2", "Звонили", "Выписка из журнала", "Печать № 1", "фото 0.png",
        "Как проверить", "Это последняя страница", "(п. 8)",
    ):  # fmt: skip
        assert told in words, told
    assert len(PdfReader(io.BytesIO(answer.data)).pages[-3:]) == 3
    assert any(page.images for page in PdfReader(io.BytesIO(answer.data)).pages)


def test_the_file_is_for_those_who_control_and_is_logged(anna, boris, vera, gleb, dina, answered):
    assert [file_of(person, answered.id).status_code for person in (anna, boris, vera, gleb, dina)] == [
        200, 403, 403, 200, 200,
    ]  # fmt: skip
    db.session.rollback()
    made = db.session.scalars(select(Event).where(Event.object_kind == "dossier")).all()
    assert [event.message_id for event in made] == [answered.id] * 3
    assert "Звонили" not in read(file_of(dina, answered.id).data)  # an administrator does not read the talk
    assert file_of(anna, 999).status_code == 404


def test_an_auditor_gets_the_file_without_names_and_pictures(zoya, answered):
    content = file_of(zoya, answered.id).data
    words = read(content)
    assert "Первый" not in words
    assert "id77" not in words
    assert "фото 0" not in words, "screenshots are often named after the author"
    assert "Изображения не показаны" in words
    assert not any(page.images for page in PdfReader(io.BytesIO(content)).pages)


def test_of_a_destroyed_message_the_file_says_what_went(anna, answered, desk):
    with transaction() as session:
        event = record("purge", at=NOW, actor=None, message=answered)
        session.flush()
        session.add(Purged(kept=Kept.MESSAGES, subject="message", object_id=answered.id, event_id=event.id, at=NOW))
        session.execute(update(Message).values(text="", author_id=None, purged_at=NOW))
        session.execute(update(Draft).values(text=""))
    words = read(file_of(anna, answered.id).data)
    assert "Что уничтожено" in words
    assert "имя и адрес профиля автора" in words
    assert "Яма на Калининской" not in words


def check(app, path) -> tuple[int, str]:
    db.session.rollback()
    told = app.test_cli_runner().invoke(args=["osm", "dossier-check", str(path)])
    return told.exit_code, told.output


def test_a_changed_file_and_a_changed_log_are_noticed(app, anna, answered, tmp_path):
    path = tmp_path / "дело.pdf"
    path.write_bytes(file_of(anna, answered.id).data)
    status, told = check(app, path)
    assert status == 0, told
    assert f"Дело сообщения № {answered.number}" in told
    with transaction():
        record("open", at=NOW, actor=None, message=answered)
    assert check(app, path)[0] == 0  # what came later is no fault
    with transaction() as session, changes_allowed(session.connection()):
        session.execute(update(Event).where(Event.action == "route").values(clause="П.9"))
    status, told = check(app, path)
    assert (status, "записи журнала о сообщении изменены" in told) == (1, True)
    path.write_bytes(path.read_bytes() + b" ")
    status, told = check(app, path)
    assert (status, "изменён или собран не здесь" in told) == (1, True)


def test_a_long_message_fits_into_one_file(anna, answered, desk):
    """200 events, 30 drafts, 10 pictures of a telephone."""
    with transaction() as session:
        reply = session.scalars(select(Reply).where(Reply.message_id == answered.id)).first()
        whose = {"author_id": desk.ids["boris"], "submitted_by_id": desk.ids["boris"]}
        for number in range(2, 31):
            session.add(
                Draft(
                    reply=reply, number=number, text="Здравствуйте! Яму засыпали вчера. " * 80,
                    state=DraftState.REVOKED, came_from=Status.IN_WORK, submitted_at=NOW, **whose,
                )
            )  # fmt: skip
        for _ in range(200):
            record("open", at=NOW, actor=desk.anna, message=answered, note="Примечание человека")
    attach(answered, desk, 10, side=3000)
    answer = file_of(anna, answered.id)
    assert answer.status_code == 200
    assert len(answer.data) < 12_000_000
    assert "Версия 30" in read(answer.data)


def test_a_question_to_a_body_outside_is_in_the_file(anna, desk):
    message = desk.in_status(Status.IN_WORK)
    body = asking.create_body(name="Водоканал", email="", phone="", actor=desk.anna, now=NOW)
    given = {"way": "letter", "text": "Когда дадут воду?", "with_citizen": False, "public_url": ""}
    asking.ask(message.id, body_id=body.id, actor=desk.anna, now=NOW, **given)
    words = read(file_of(anna, message.id).data)
    assert "Вопрос организации № 1: ждёт куратора" in words
    assert "Когда дадут воду?" in words
