"""Search by word forms: the same messages are found on both databases, by text, author, answer, number and place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osm.base.database import db
from osm.base.transaction import Pace, transaction
from osm.check.acts import due, index
from osm.check.acts.index import from_first_hit, marked, question_of, words_of
from osm.messages.acts import routing
from osm.models import Author, Message, MessageSearch, ReadingKind
from osm.register.queries.filter import matching
from osm.topics import acts
from tests.office import at

NOW = at("17.03 12:00")


def read_all() -> int:
    return index.read_due(NOW)


def found(question: str, *numbers: str) -> list[int]:
    return sorted(db.session.scalars(matching(question_of(question), numbers)))


def change(message: Message, **values) -> Message:
    with transaction():
        for name, value in values.items():
            setattr(message, name, value)
        due.enqueue([message.id], [ReadingKind.SEARCH])
    return message


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Огромная яма, улица Калининская, 12", "ямы на Калининской"),
        ("Нет отопления третий день", "отопление дней"),
        ("Дети идут в школу по темноте", "ребёнок"),
        ("Ёлка на площади упала", "елки"),
        ("Елка на площади упала", "ЁЛКОЙ"),
        ("Замо\u0301к на подъезде сломан", "замка"),
        ("Вода льётся из-под крыши", "литься крыша"),
        ("дом 12а, кв.7", "12А 7"),
        ("Перекрёсток у ТЦ\u00ad«Лотос»", "лотоса"),
    ],
)
def test_a_question_finds_every_form_of_its_words(office, text, question):
    message = office.incident("17.03 09:00", text=text)
    office.incident("17.03 09:00", text="Не вывозят мусор со двора")
    read_all()
    assert found(question) == [message.id]


@pytest.mark.parametrize("question", ["яма мусор", "ямал", "калинин"])
def test_all_words_must_be_there_and_be_those_words(office, question):
    office.incident("17.03 09:00", text="Яма на Калининской")
    read_all()
    assert found(question) == []


def test_found_by_author_place_number_answer_and_what_the_author_wrote_later(office):
    message = office.answered()
    other = office.incident("17.03 10:00", text="Мусор")
    change(message, author=Author(network="vk", name="Мария Прохорова"), place="ул. Пушкинская, 3")
    read_all()
    for question in ("прохоровой", "на пушкинской", message.number, "засыпать"):
        assert found(question) == [message.id], question
    assert found("мусор") == [other.id]


def test_a_topic_finds_messages_by_todays_and_the_sources_name(office):
    roads = acts.create_topic(name="Дорожный ремонт", department_id=None, words="", actor=None, now=NOW)
    message = office.incident("17.03 09:00", text="Яма")
    other = office.incident("17.03 10:00", text="Колея")
    change(other, source_topic="Благоустройство: тротуары")
    read_all()
    assert found("дорожных ремонтов") == []
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", topic_id=roads.id, actor=office.anna, now=NOW
    )
    read_all()
    assert (found("дорожных ремонтов"), found("тротуар")) == ([message.id], [other.id])
    acts.edit_topic(roads.id, 1, name="Проезжая часть", department_id=None, words="", actor=None, now=NOW)
    assert due.count_queued(ReadingKind.SEARCH) == 1
    read_all()
    assert (found("дорожный"), found("проезжей части")) == ([], [message.id])
    acts.edit_topic(roads.id, 2, name="Проезжая часть", department_id=None, words="яма", actor=None, now=NOW)
    assert due.count_queued(ReadingKind.SEARCH) == 0


def test_a_changed_text_is_found_by_its_new_words_only(office):
    message = office.incident("17.03 09:00", text="Яма")
    read_all()
    change(message, text="Фонарь")
    read_all()
    assert (found("яма"), found("фонари")) == ([], [message.id])


def test_a_number_is_found_before_anything_was_read(office):
    message = office.incident("17.03 09:00")
    assert found(message.number, message.number) == [message.id]
    assert found("яма") == []


def test_a_message_that_is_gone_is_found_no_longer(office):
    message = office.incident("17.03 09:00", text="Яма")
    read_all()
    with transaction() as session:
        session.execute(db.delete(MessageSearch).where(MessageSearch.message_id == message.id))
    assert found("яма") == []


def test_late_ones_are_read_first_and_a_round_ends_in_time(office):
    ids = [office.incident("17.03 09:00").id for _ in range(3)]
    taken = []
    reading = index.index
    try:
        due.TOGETHER, together = 1, due.TOGETHER
        index.index = lambda message_ids: taken.extend(message_ids) or reading(message_ids)
        assert index.read_due(NOW, Pace(seconds=0)) == 1
        assert index.read_due(NOW, Pace(may_continue=lambda: False)) == 0
        assert read_all() == 2
    finally:
        due.TOGETHER, index.index = together, reading
    assert taken == ids[::-1]


@pytest.mark.parametrize("question", ["", "  ", "!!! — ?", "на и в", "'\" OR * ( ) : & | ! \\ \x00"])
def test_a_question_without_words_asks_for_nothing(office, question):
    office.incident("17.03 09:00")
    read_all()
    if not question_of(question):
        assert found(question) == []
    else:
        found(question)  # the signs of the query languages of FTS5 and tsquery are no part of a word


@pytest.mark.parametrize(
    ("text", "question", "hits"),
    [
        ("Ямы, ямы… На Калининской!", "яма калининская", ["Ямы", "ямы", "Калининской"]),
        ("Замо\u0301к сломан", "замки", ["Замо\u0301к"]),
        ("Пере\u00adкрёсток", "перекресток", ["Пере\u00adкрёсток"]),
        ("дом 12а", "12А", ["12а"]),
        ("Мусор", "яма", []),
        ("Мусор", "", []),
    ],
)
def test_the_words_that_were_asked_for_are_marked_in_any_form(text, question, hits):
    pieces = marked(text, question_of(question))
    assert [piece for piece, is_hit in pieces if is_hit] == hits
    assert "".join(piece for piece, _ in pieces) == text


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_loses_no_letter(text, question):
    pieces = marked(text, question_of(question))
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)


def test_a_long_text_is_shown_from_a_little_before_the_first_hit():
    text = "Здравствуйте, пишу второй раз за месяц.\n" * 3 + "У подъезда  яма"
    shown = from_first_hit(text, question_of("яму"))
    assert shown == "пишу второй раз за месяц. У подъезда яма"
    assert from_first_hit("Яма у подъезда", question_of("яму")) == "Яма у подъезда"
    assert from_first_hit("я" * 100 + "-яма", question_of("яму")).endswith("-яма")
    assert from_first_hit("Мусор", question_of("яму")) == ""


@settings(deadline=None)  # the dictionary is read with the first word
@given(st.text(max_size=60))
def test_every_text_finds_itself(text):
    assert all(words_of(text) & set(forms) for forms in question_of(text))


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), max_size=4))
def test_words_are_what_both_databases_split_at_spaces(texts):
    for form in words_of(" ".join(texts)):
        assert form
        assert not set(form) & set(" \t\n\r'\"\\_")
        assert form == form.strip()


def test_numbers_take_no_room_among_the_words_that_are_kept():
    index.words_of("Яма у дома")
    kept = index.lemmas_of.cache_info().currsize
    assert index.words_of(" ".join(map(str, range(6_000_000, 6_000_500)))) >= {"6000000", "6000499"}
    assert index.lemmas_of.cache_info().currsize == kept
