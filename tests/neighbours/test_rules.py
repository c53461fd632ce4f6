"""What is masked before it leaves, and the answer in a letter that came back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.neighbours import rules

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Звоните +7 924 000-11-22", "Звоните [скрыто]"),
        ("Звоните 8.924.000.11.22, wa.me/79240001122", "Звоните [скрыто], [скрыто]"),
        ("С 01.12.2026 10:00 до 12.12.2026", "С 01.12.2026 10:00 до 12.12.2026"),
        ("тел. 2-11-80, 8(42355)21180", "тел. [скрыто], [скрыто]"),
        ("пишите на a.b@mail.ru или vk.com/maria", "пишите на [скрыто] или [скрыто]"),
        ("Калининская 12, кв. 45: холодно", "Калининская 12, [скрыто]: холодно"),
        ("Это сказал Иванов Пётр Сергеевич вчера", "Это сказал [скрыто] вчера"),
        ("мастер Петров И. И. не пришёл", "мастер [скрыто] не пришёл"),
        ("Дом на ул. Пушкина, 4 и Гагарина, 5", "Дом на ул. Пушкина, 4 и Гагарина, 5"),
        ("Срок 25.11.2026, акт № 114", "Срок 25.11.2026, акт № 114"),
        ("СНИЛС 112-233-445 95", "СНИЛС [скрыто]"),
        ("Нет воды с утра. Когда дадут?", "Нет воды с утра. Когда дадут?"),
        (
            "8\u00a0924\u00a0123\u00a045\u00a067, 8\u2011924\u2011123\u201145\u201167, 8 924\u2013123\u201345\u201367",
            "[скрыто], [скрыто], [скрыто]",
        ),
        ("Калининская 12 кв12", "Калининская 12 [скрыто]"),
        (
            "ЗДРАВСТВУЙТЕ, Я ИВАНОВА МАРИЯ, НЕТ ВОДЫ НА УЛ. ПУШКИНА, 5",
            "ЗДРАВСТВУЙТЕ, Я [скрыто], НЕТ ВОДЫ НА УЛ. ПУШКИНА, 5",
        ),
        ("ЖКХ, ЕДДС, УК и МЧС молчат", "ЖКХ, ЕДДС, УК и МЧС молчат"),
    ],
)
def test_what_tells_a_person_is_masked_and_the_house_stays(text, left):
    assert rules.masked(text) == left


def test_a_known_name_is_masked_in_any_form():
    assert rules.masked("Спросите у Марии", "Мария П.") == "Спросите у [скрыто]"
    assert (
        rules.masked("Жители просят: «Дозвонитесь Шпыняеву»", "Жители Шпыняева")
        == "Жители просят: «Дозвонитесь [скрыто]»"
    )
    assert rules.masked("пишет шпыняев, ШПЫНЯЕВ", "Иван Шпыняев") == "пишет [скрыто], [скрыто]"


def test_the_place_of_the_message_is_no_name():
    told = "Нет света по Будника с утра, Жители Будника"
    assert rules.masked(told, "Жители Будника", "ул. Будника, 3–9") == told


@given(st.text(max_size=200))
def test_masking_never_fails_and_finds_nothing_twice(text):
    spans = rules.personal(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    ("due", "ends"),
    [(None, 72), (NOW + timedelta(hours=2), 2), (NOW + timedelta(hours=100), 72), (NOW - timedelta(hours=1), 72)],
)
def test_it_ends_with_the_draft_or_after_72_hours(due, ends):
    assert rules.ends_at(NOW, due) == NOW + timedelta(hours=ends)


MARK = "0123456789abcdef0123"
LETTER = rules.letter_text(rules.QuestionWay.LETTER, "Просим ответить:\n\nКогда дадут воду?", "25.11 16:00")
QUOTED = "\n".join(f"> {line}" for line in LETTER.splitlines())


@pytest.mark.parametrize(
    "came",
    [
        f"Воду дадут в 18:00.\n\nср, 25 нояб. 2026 г. в 10:00, ОСМ <osm@example.ru> пишет:\n{QUOTED}",
        f"Ответ: Воду дадут в 18:00.\n\n{QUOTED}",
        f"Воду дадут в 18:00.\n\nср, 25 нояб. 2026 г. в 10:00, ОСМ <osm@example.ru>:\n{QUOTED}",
        f'Воду дадут в 18:00.\n\n25.11.2026, 10:00, "ОСМ" <osm@example.ru>:\n{LETTER}',
        f"{QUOTED} Воду дадут в 18:00.\n",
        f"{QUOTED}\n> Воду дадут в 18:00.",
        f"{LETTER}Воду дадут в 18:00.",
        f"Воду дадут в 18:00.\r\n\r\n-----Original Message-----\r\nFrom: osm\r\n\r\n{LETTER}",
        f"Воду дадут в 18:00.\n\nОт: ОСМ\nТема: Запрос\n\n{LETTER}",
    ],
)
def test_our_own_text_is_cut_off(came):
    assert rules.answer_of(came, LETTER) == "Воду дадут в 18:00."


def test_a_greeting_and_lines_like_headers_are_no_quotation():
    link = rules.letter_text(rules.QuestionWay.LINK, "", "25.11 16:00")
    quoted = "\n".join(f"> {line}" for line in link.splitlines())
    said = "Здравствуйте! Труба лопнула.\nДата: 26.11 в 18:00\nБудет вода."
    assert rules.answer_of(f"{said}\n\n25.11 ОСМ пишет:\n{quoted}", link) == said
    assert rules.answer_of(f"{said}\n\n{link}", link) == said


def test_a_letter_of_nothing_but_blank_lines_is_read_at_once():
    many = "\n \n" * 60_000 + "<a@" * 9_000
    began = time.monotonic()
    assert rules.answer_of(f"Да.{many}Нет.", LETTER)
    assert rules.plain("да" + "<script " * 25_000) == "да"
    assert time.monotonic() - began < 5


def test_the_mark_comes_back_in_the_subject():
    subject = rules.subject_of(7, MARK)
    assert rules.mark_in(f"Re: {subject}") == MARK
    assert rules.mark_in("RE: Запрос № 7 [ОСМ-0123456789\r\n abcdef0123]") == MARK
    assert rules.mark_in("Re: Запрос № 7") == ""
