"""What changed between two versions, word by word, and which figures, dates and names are different (design §3)."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from osm.approvals.rules import Chunk, ChunkKind, changed_facts, compare, facts_of, is_changed

SAME, ADDED, REMOVED = ChunkKind.SAME, ChunkKind.ADDED, ChunkKind.REMOVED


def marked(chunks: tuple[Chunk, ...]) -> str:
    """«a [-b-] {+c+}»."""
    marks = {SAME: "{}", ADDED: "{{+{}+}}", REMOVED: "[-{}-]"}
    return "".join(marks[chunk.kind].format(chunk.text) for chunk in chunks)


CHANGES = [
    ("Яму засыпали.", "Яму засыпали.", "Яму засыпали."),
    ("", "Яму засыпали.", "{+Яму засыпали.+}"),
    ("Яму засыпали.", "", "[-Яму засыпали.-]"),
    ("Яму засыплют завтра.", "Яму засыплют 27 ноября.", "Яму засыплют [-завтра-]{+27 ноября+}."),
    ("Яму засыпали.", "Здравствуйте! Яму засыпали.", "{+Здравствуйте! +}Яму засыпали."),
    ("Свет дадут в 21:00.", "Свет дадут в 21:30.", "Свет дадут в [-21:00-]{+21:30+}."),
    # A common preposition does not split a replaced phrase …
    ("Решение на контроле.", "Яма на Лесной засыпана.", "[-Решение на контроле-]{+Яма на Лесной засыпана+}."),
    # … but a common word does, and so does the end of a paragraph.
    ("Первый дом сдан.", "Второй дом строят.", "[-Первый дом сдан-]{+Второй дом строят+}."),
    ("Первый подъезд сдан.", "Второй подъезд строят.", "[-Первый-]{+Второй+} подъезд [-сдан-]{+строят+}."),
    ("Раз.\n\nДва.", "Три.\n\nОко.", "[-Раз-]{+Три+}.\n\n[-Два-]{+Око+}."),
]


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_changes_by_words(old, new, expected):
    assert marked(compare(old, new)) == expected


WORDS = st.lists(st.sampled_from(["яма", "яму", "и", "на", "27", "ноября", ".", ",", " ", "\n", "!", "Лесной"]))
TEXTS = st.one_of(st.text(max_size=200), WORDS.map("".join), WORDS.map(" ".join))


@given(TEXTS, TEXTS)
@example("\r\n", "\n")
@example("a\u0301", "а")
@settings(max_examples=400)
def test_the_chunks_hold_both_texts(old, new):
    chunks = compare(old, new)
    assert "".join(chunk.text for chunk in chunks if chunk.kind is not ADDED) == old
    assert "".join(chunk.text for chunk in chunks if chunk.kind is not REMOVED) == new
    assert all(chunk.text for chunk in chunks)
    assert all(a.kind is not b.kind for a, b in pairwise(chunks))
    assert all((a.kind, b.kind) != (ADDED, REMOVED) for a, b in pairwise(chunks))


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert compare(text, text) == ((Chunk(SAME, text),) if text else ())
    assert not is_changed(text, text)
    assert changed_facts(text, text) == ()


@pytest.mark.parametrize(("new", "changed"), [("Раз  два.\n", False), ("Раз два!", True), ("Раз, два.", True)])
def test_spaces_are_no_change_of_the_text(new, changed):
    assert is_changed("Раз два.", new) is changed


def test_long_texts_without_common_words_are_one_removed_and_one_added():
    chance = random.Random(215)
    old, new = (" ".join(f"{letter}{chance.randrange(10**6)}" for _ in range(2500))[:20_000] for letter in "аб")
    assert {chunk.kind for chunk in compare(old, new)} >= {ADDED, REMOVED}
    assert {chunk.kind for chunk in compare("а " * 10_000, "б " * 10_000)} >= {ADDED, REMOVED}


# --- Figures, dates, names

FACTS = [
    ("Засыплют 27 ноября 2026 года.", ["27 ноября 2026"]),
    ("До 05.12.2026, 05.12.26 и 05.12.", ["05.12.2026", "05.12.26", "05.12"]),
    ("В 5 магазинах и 3 марках.", ["5", "3"]),
    ("К 3-му июня, в мае, в понедельник, завтра.", ["3-му июня", "мае", "понедельник", "завтра"]),
    ("С 9:00 до 18:00, 45%, 1,5 км, 1 500 000 руб.", ["9:00", "18:00", "45", "1,5", "1 500 000"]),
    ("Телефон 8 (42355) 2-11-80.", ["8", "42355", "2-11-80"]),
    ("В течение трёх дней две бригады.", ["трёх", "две"]),
    ("Дом 12а по ул. Калининской.", ["12а", "Калининской"]),
    ("Здравствуйте, Мария! Ответит И. П. Иванов.", ["Мария", "И", "П", "Иванов"]),
    ("УК «Уют» и МКД. Иванова приедет.", ["УК", "Уют", "МКД", "Иванова"]),
    ("Яму засыпали. Котёл работает.\nДвор убран. «Горячая» линия", []),
    ("Сообщаем Вам о Вашем вопросе.", []),
    ("Пункт 2.14 и п. 31.02", ["2.14", "31.02"]),
    ("Через портал Gosuslugi и в MAX.", ["Gosuslugi", "MAX"]),
]


@pytest.mark.parametrize(("text", "expected"), FACTS)
def test_facts_of_a_text(text, expected):
    assert [fact.text for fact in facts_of(text)] == expected


CHANGED_FACTS = [
    ("Засыплют 27 ноября.", "Засыплют 28 ноября.", [("date", "27 ноября", "28 ноября")]),
    ("Засыплют завтра.", "Засыплют 27 ноября.", [("date", "завтра", "27 ноября")]),
    ("Засыплют скоро.", "Засыплют до 27.11.", [("date", "", "27.11")]),
    ("Засыплют 27.11.", "Засыплют.", [("date", "27.11", "")]),
    ("В течение трёх дней.", "В течение двух дней.", [("figure", "трёх", "двух")]),
    ("Дом 12.", "Дом 12а.", [("figure", "12", "12а")]),
    ("С 10 до 12.", "С 12 до 10.", [("figure", "12", ""), ("figure", "", "12")]),
    ("Приедет Иванов.", "Приедет Петров.", [("name", "Иванов", "Петров")]),
    ("Петров приедет.", "Сидоров приедет.", [("name", "Петров", "Сидоров")]),
    ("УК «Уют», 2 дня.", "УК «Дом», 3 дня.", [("name", "Уют", "Дом"), ("figure", "2", "3")]),
    # The same facts in other words
    ("На Калининской, 26 ноября.", "По улице Калининской 26.11.", []),
    ("Ответит Иванов.", "Ответ даст Иванов, Вам напишут.", []),
    ("Стоит 1 500 руб., 1,5 км.", "Стоит 1500 руб., 1.5 км.", []),
    ("Данный вопрос рассмотрен.", "Вопрос рассмотрен. Котёл работает.", []),
]


@pytest.mark.parametrize(("old", "new", "expected"), CHANGED_FACTS)
def test_changed_facts(old, new, expected):
    found = [(change.kind.value, change.old, change.new) for change in changed_facts(old, new)]
    assert sorted(found) == sorted(expected)


@given(TEXTS, TEXTS)
@example("", "\U00017000")  # a letter without a name
@settings(max_examples=200)
def test_every_change_is_in_the_text_it_belongs_to(old, new):
    for change in changed_facts(old, new):
        assert change.old in old
        assert change.new in new
        assert change.old or change.new
