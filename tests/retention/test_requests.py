"""A person's request: identity first, then the answer, the destruction or a refusal with its ground."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import docx
import pytest

from osm.base.database import db
from osm.base.transaction import Pace, transaction
from osm.log.models import READ
from osm.models import Author, Event, Message, Note, Purged, PurgeRun, SavedFilter, SubjectRequest
from osm.regulation.words import Status
from osm.retention.acts import purge
from osm.talk.models import NoteKind
from tests.page_reading import words

PAGE = "/admin/keeping/requests"
PROFILE = "https://vk.com/id77"


@pytest.fixture
def his(desk) -> dict[str, int]:
    """A closed and an open message of one author."""
    closed, at_work = desk.in_status(Status.ANSWERED, text="Яма у дома"), desk.in_status(Status.IN_WORK, text="Темно")
    with transaction() as session:
        author = Author(network="vk", profile_url=PROFILE, name="Пётр Ким")
        session.add(author)
        closed.author = at_work.author = author
        closed.replies[0].entered_in_source_at = closed.replies[0].published_at
    return {"closed": closed.id, "open": at_work.id, "author": author.id}


def entered(dina, asks: str, profile: str = PROFILE) -> str:
    answer = dina.submit(PAGE, {"asks": asks, "name": "Пётр Ким", "profile": profile})
    assert answer.status_code == 303
    db.session.rollback()
    return answer.location


def document(dina, here: str) -> str:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(dina.get(f"{here}/answer.docx").data)).paragraphs)


def test_what_do_you_have_about_me(dina, his, app):
    here = entered(dina, "access")
    again = dina.submit(PAGE, {"asks": "access", "name": "Пётр Ким", "profile": PROFILE})
    assert (again.status_code, "уже записан" in again.text) == (422, True)
    row = db.session.scalar(db.select(SubjectRequest))
    assert (row.due_at.astimezone(row.due_at.tzinfo) - row.entered_at).days == 14, "ten working days"
    assert "Комментариев: 0" in words(dina.get(here).text)
    assert dina.get(f"{here}/answer.docx").status_code == 404, "not before the identity was checked"
    refused = dina.submit(f"{here}/answer", {"identity": " "})
    assert refused.status_code == 422
    assert "как проверили" in refused.text
    assert "Ответ готов" in words(
        dina.submit(f"{here}/answer", {"identity": "с его профиля"}, follow_redirects=True).text
    )
    said = document(dina, here)
    assert "Яма у дома" in said
    assert PROFILE in said
    db.session.rollback()
    readings = db.session.scalars(db.select(Event).where(Event.object_kind == "subject_request", Event.action == READ))
    assert len(list(readings)) == 4, "two pages, and the document asked for twice"
    assert "уже ответили" in dina.submit(f"{here}/refuse", {"reason": "ст. 14"}).text


def test_destroy_what_is_closed_and_say_what_stays(dina, his, app, clock):
    here = entered(dina, "delete")
    dina.submit(f"{here}/answer", {"identity": "с его профиля"})
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Message, his["closed"]).purged_at
    assert db.session.get_one(Message, his["open"]).text == "Темно"
    assert db.session.get(Author, his["author"]).name == "Пётр Ким", "the open message is still his"
    db.session.rollback()
    purge.run(clock.now(), Pace())
    run = db.session.scalar(db.select(PurgeRun))
    assert run.ended_at
    assert run.counts["messages"] == 1
    said = document(dina, here)
    assert "уничтожены" in said
    assert "ещё в работе" in said
    assert "Яма у дома" not in said


def test_what_was_destroyed_is_listed_at_once(dina, his, app):
    """A backup of the night before may be restored before the worker ends the run."""
    before = len(list(purge.listed(purge.list_file())))
    dina.submit(f"{entered(dina, 'delete')}/answer", {"identity": "с его профиля"})
    (line,) = list(purge.listed(purge.list_file()))[before:]
    assert (line["kept"], line["subject"], line["id"]) == ("messages", "message", his["closed"])


@pytest.mark.parametrize("typed", ["vk.com/id77", "https://m.vk.com/id77/", " http://www.vk.com/id77?from=feed "])
def test_the_address_may_be_written_in_any_way(dina, his, typed):
    dina.submit(f"{entered(dina, 'delete', typed)}/answer", {"identity": "с его профиля"})
    db.session.rollback()
    assert db.session.get_one(Message, his["closed"], populate_existing=True).purged_at


def test_no_letter_says_destroyed_where_nothing_was(dina, his):
    listed = list(purge.listed(purge.list_file()))
    here = entered(dina, "delete", "https://ok.ru/profile/5")
    answer = dina.submit(f"{here}/answer", {"identity": "с его профиля"})
    assert answer.status_code == 409
    assert "ничего нет" in answer.text
    with transaction() as session:
        session.get_one(Message, his["closed"]).author_id = None
    at_work = dina.submit(f"{entered(dina, 'delete')}/answer", {"identity": "с его профиля"})
    assert at_work.status_code == 409
    assert "ещё в работе" in at_work.text
    db.session.rollback()
    assert db.session.scalars(db.select(SubjectRequest.outcome)).all() == [None, None]
    assert db.session.scalars(db.select(PurgeRun)).all() == []
    assert list(purge.listed(purge.list_file())) == listed


def test_the_act_lists_only_what_the_message_had(dina, his, clock):
    with transaction() as session:
        note = Note(
            message_id=his["closed"], text="Звонил сам", kind=NoteKind.NOTE, author_id=1, written_at=clock.now()
        )
        session.add(note)
    dina.submit(f"{entered(dina, 'delete')}/answer", {"identity": "с его профиля"})
    db.session.rollback()
    assert [row.kept for row in db.session.scalars(db.select(Purged).order_by(Purged.id))] == ["notes", "messages"]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Пётр Ким", {"Мои в работе", "Кимры"}),
        ("Work", {"Мои в работе", "Кимры", "Ким"}),
        ("Ким", {"Мои в работе", "Кимры", "Ким"}),
    ],
)
def test_saved_filters_with_his_name_go_and_no_others(dina, his, desk, clock, name, left):
    """Whole words of what was typed; a short name is a part of too much."""
    queries = {
        "Мои в работе": "status=in_work&topic=4",
        "Кимры": urlencode({"q": "пётр кимры"}),
        "Ким": urlencode({"q": "яма, ПЁТР КИМ"}),
    }
    with transaction() as session:
        session.get_one(Message, his["open"]).author_id = None
        session.get_one(Author, his["author"]).name = name
        for title, query in queries.items():
            session.add(SavedFilter(user_id=desk.anna.id, name=title, query=query, saved_at=clock.now()))
    dina.submit(f"{entered(dina, 'delete')}/answer", {"identity": "с его профиля"})
    db.session.rollback()
    assert db.session.get(Author, his["author"]) is None
    assert set(db.session.scalars(db.select(SavedFilter.name))) == left


def test_refused_with_its_ground(dina, his, anna):
    here = entered(dina, "delete")
    assert dina.submit(f"{here}/refuse", {"reason": ""}).status_code == 422
    dina.submit(f"{here}/refuse", {"reason": "ст. 21 ч. 4: срок хранения не истёк"})
    assert "ст. 21 ч. 4" in document(dina, here)
    assert anna.get(PAGE).status_code == 403
    assert dina.submit(PAGE, {"asks": "access", "name": ""}).status_code == 422


def test_people_of_one_name_are_not_taken_for_one(dina, his):
    with transaction() as session:
        session.add(Author(network="ok", profile_url="https://ok.ru/profile/5", name="Пётр Ким"))
    dina.submit(PAGE, {"asks": "delete", "name": "Пётр Ким"})
    db.session.rollback()
    request_id = db.session.scalar(db.select(SubjectRequest.id))
    answer = dina.submit(f"{PAGE}/{request_id}/answer", {"identity": "по телефону"})
    assert answer.status_code == 409
    assert "тёзки" in answer.text
    db.session.rollback()
    assert db.session.get_one(Message, his["closed"]).text == "Яма у дома"
