"""The table of cases: each text is found in its category, or passes."""

import pytest

from moderation import Moderator

from .cases import CASES, MISSED

moderator = Moderator()


@pytest.mark.parametrize(("label", "text"), CASES)
def test_case(label, text):
    verdict = moderator.judge(text)
    if label == "normal":
        assert verdict.decision == "pass", verdict.findings
    else:
        assert label in verdict.categories


@pytest.mark.xfail(strict=True, reason="known limit, written in the README")
@pytest.mark.parametrize(("label", "text"), MISSED)
def test_known_limit(label, text):
    assert label in moderator.judge(text).categories


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Убью тебя, начальник", "exclude"),
        ("Хуйня ваш ремонт", "exclude"),
        ("Вы идиоты", "exclude"),
        ("Ходи теперь с охраной", "review"),
        ("Обезьяна с печатью и то быстрее справку выдаст", "review"),
        ("Почините фонарь", "pass"),
    ],
)
def test_veiled_and_sarcastic_words_go_to_a_person(text, decision):
    assert moderator.judge(text).decision == decision


@pytest.mark.parametrize(
    "text",
    [
        "страховать", "употреблять", "хулиган", "рубль", "подстраховать", "потреблять", "требование", "колебания", "мебель", "щебень",  # noqa: E501
        "лебедь", "скипетр", "мандарин", "команда", "дебаты", "учёба", "хлеб", "педагог", "барсук", "небо", "погреб", "Херсон", "Ипатьев",  # noqa: E501
        "Екатеринбург, он же Ебург", "сухую", "кипеть", "вебинар", "психуй не психуй",
    ],
)  # fmt: skip
def test_innocent_words_pass(text):
    assert moderator.judge(text).decision == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "хyйня", "xyй", "х*й", "х@йня", "хуууууй", "х у й", "х.у.й", "х-у-й", "ху\u200bй", "huynya", "пи3дец", "п1зда", "pizdec", "бл*дь",  # noqa: E501
        "бляяять", "6лядь", "ё6аный", "заипали", "ахуеть", "на*уй", "п****ц", "е.б.а.т.ь", "долбо@б", "3,14здец", "ΠИЗДЕЦ",  # noqa: E501
    ],
)  # fmt: skip
def test_disguised_profanity_is_read(text):
    assert "profanity" in moderator.judge(text).categories
