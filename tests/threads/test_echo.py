"""After the answer: what the author says is proposed from the words, confirmed by one press, and counted."""

from __future__ import annotations

from datetime import date

import pytest

from osm.answers.acts import publication
from osm.base.database import db
from osm.base.transaction import transaction
from osm.base.types import Span
from osm.models import Echo, Event, ThreadOffer
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from osm.reports.queries.counting import EVERYTHING, SOURCES
from osm.threads.queries import echoes_of, offers_of
from tests.connections.conftest import CITIZEN
from tests.office import VLADIVOSTOK, at
from tests.page_reading import words
from tests.threads.conftest import fresh, hear
from tests.threads.test_offers import ANSWER

MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), VLADIVOSTOK)


@pytest.fixture
def answered(thread, office):
    """Answered at 11:30 by the office itself."""
    message = thread.take()
    thread.approve(ANSWER)
    thread.write("17.03 11:30", thread.world.owner, ANSWER)
    (offer,) = offers_of(message.id)
    publication.take(message.id, fresh(message).version, offer.id, actor=office.anna, now=at("17.03 12:00"))
    return message


def note(message, office, echo, when="18.03 10:00"):
    (offer,) = offers_of(message.id)
    publication.note_echo(message.id, fresh(message).version, offer.id, echo=echo, actor=office.anna, now=at(when))


def counted(message) -> dict[str, int]:
    codes = ("echoed", *(f"echoed-{one}" for one in Echo))
    return {code: len(db.session.scalars(SOURCES[code](MARCH, EVERYTHING)).all()) for code in codes}


def test_not_solved_is_proposed_confirmed_and_proposes_to_reopen(thread, office, answered, anna):
    thread.write("18.03 09:00", CITIZEN, "Так ничего и не вывезли")
    (offer,) = offers_of(answered.id)
    assert (offer.may_echo, offer.proposed, offer.echo) == (True, Echo.UNSOLVED, None)
    place = f"/messages/{answered.id}"
    assert "Похоже на «не решено»" in words(anna.get(place).text)
    anna.submit(f"{place}/offers/{offer.id}/echo", {"version": str(offer.version), "echo": "unsolved"})
    fresh(answered)
    (offer,) = offers_of(answered.id)
    page = words(anna.get(place).text)
    assert (offer.echo, "Возобновить работу" in page, "После ответа: не решено" in page) == (Echo.UNSOLVED, True, True)
    assert counted(answered) == {"echoed": 1, "echoed-unsolved": 1, "echoed-solved": 0, "echoed-thanks": 0}
    publication.take(answered.id, fresh(answered).version, offer.id, actor=office.anna, now=at("18.03 10:00"))
    assert (fresh(answered).status, [one.echo for one in echoes_of(answered.id)]) == (Status.IN_WORK, [Echo.UNSOLVED])


def test_thanks_ends_the_offer_and_the_message_stays_answered(thread, office, answered):
    thread.write("18.03 09:00", CITIZEN, "Спасибо!")
    note(answered, office, "thanks")
    assert (offers_of(answered.id), fresh(answered).status) == ([], Status.ANSWERED)
    event = db.session.scalars(db.select(Event).where(Event.action == "echo_noted")).one()
    assert event.changes["echo"] == [None, "thanks"]


@pytest.mark.parametrize("pressed", ["unsolved", "thanks"])
def test_what_was_pressed_by_mistake_is_corrected_on_the_card(office, thread, answered, anna, pressed):
    thread.write("18.03 09:00", CITIZEN, "Спасибо, но не вывезли")
    (offer,) = offers_of(answered.id)
    note(answered, office, pressed)
    place = f"/messages/{answered.id}"
    assert "Исправить" in words(anna.get(place).text)
    anna.submit(f"{place}/offers/{offer.id}/echo", {"version": str(offer.version)})
    fresh(answered)
    assert ([one.echo for one in offers_of(answered.id)], list(echoes_of(answered.id))) == ([None], [])
    note(answered, office, "solved")
    noted = db.select(Event).where(Event.action == "echo_noted").order_by(Event.id)
    said = [one.changes["echo"] for one in db.session.scalars(noted)]
    assert said == [[None, pressed], [pressed, None], [None, "solved"]]
    assert "отметка снята" in words(anna.get(place).text)


def test_to_reopen_at_once_says_that_it_is_not_solved(thread, office, answered):
    thread.write("18.03 09:00", CITIZEN, "А у соседей?")
    (offer,) = offers_of(answered.id)
    publication.take(answered.id, fresh(answered).version, offer.id, actor=office.anna, now=at("18.03 10:00"))
    assert [one.echo for one in echoes_of(answered.id)] == [Echo.UNSOLVED]


def test_after_fourteen_days_it_is_no_word_on_the_answer(thread, office, answered):
    thread.write("01.04 09:00", CITIZEN, "Опять не вывезли")
    assert [one.may_echo for one in offers_of(answered.id)] == [False]
    with pytest.raises(MissingInput):
        note(answered, office, "unsolved", "01.04 10:00")
    with pytest.raises(MissingInput):
        note(answered, office, "merci", "01.04 10:00")


def test_what_he_said_before_the_final_answer_is_no_echo(thread, office):
    message = thread.take()

    def publish(text, ours, at_, kind):
        thread.approve(text, kind, f"{at_}:05", f"{at_}:10")
        thread.write(f"{at_}:30", thread.world.owner, text, under=ours)
        (offer,) = [one for one in offers_of(message.id) if one.step is None]
        publication.take(message.id, fresh(message).version, offer.id, actor=office.anna, now=at(f"{at_}:40"))

    publish("Здравствуйте! Выясняем.", None, "17.03 11", "interim")
    thread.write("17.03 11:50", CITIZEN, "Спасибо, жду", under=max(thread.world.comments))
    publication.prepare_final(message.id, fresh(message).version, actor=office.boris, now=at("17.03 11:55"))
    publish(ANSWER, None, "17.03 12", "final")
    assert [(one.text, one.may_echo) for one in offers_of(message.id)] == [("Спасибо, жду", False)]


def test_the_rating_of_the_source_is_on_the_card(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    with transaction():
        desk.again(message).source_raw = {"rating": "2"}
    assert "Оценка автора в источнике: 2" in words(anna.get(f"/messages/{message.id}").text)
    assert db.session.scalars(db.select(ThreadOffer)).all() == []


def test_that_he_likes_the_answer_stands_on_the_card(thread, answered, anna):
    (ours,) = [number for number, one in thread.world.comments.items() if one["from_id"] == thread.world.owner]
    place = f"/messages/{answered.id}"

    def liked(by, when="18.03 10:00", number=ours, kind="like_add"):
        thread.world.like(number, by, kind)
        hear(at(when))
        return "Автору понравился ответ" in words(anna.get(place).text)

    assert not liked(777)  # somebody else: nothing of him is kept
    assert not liked(CITIZEN, number=thread.number)
    assert liked(CITIZEN)
    assert not liked(CITIZEN, kind="like_remove")
    assert not liked(CITIZEN, when="01.04 09:00")  # it is long ago
    heard = db.session.scalars(
        db.select(Event.action).where(Event.action.like("author_%liked%")).order_by(Event.id)
    ).all()
    assert heard == ["author_liked", "author_unliked"]
