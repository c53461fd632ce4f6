"""The table of cases: each text is found in its category, or passes."""

import pytest

from .cases import CASES, MISSED, moderator


def unlike(cases):
    """The cases with another result than their label, with what was found."""
    judged = [(label, text, moderator.judge(text)) for label, text in cases]
    return [
        (label, text, verdict.findings)
        for label, text, verdict in judged
        if (verdict.decision != "pass" if label == "normal" else label not in verdict.categories)
    ]


def test_each_text_is_found_in_its_category_or_passes():
    assert unlike(CASES) == []


def test_known_limits_are_those_written_in_the_readme():
    """A limit that is found one day moves to the table of cases."""
    found = set(MISSED) - {(label, text) for label, text, _ in unlike(MISSED)}
    assert found == set()


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Убью тебя, начальник", "exclude"),
        ("Хуйня ваш ремонт", "exclude"),
        ("Вы идиоты", "exclude"),
        ("Ходи и оглядывайся, начальник", "review"),
        ("Ваш паспортный стол — обезьяны с печатью", "review"),
        ("Почините фонарь", "pass"),
        ("Вы просто бездарные", "review"),
        ("Сволочи ночью опять перевернули урны во дворе", "review"),
        ("В чат прислали «подожгу твой дом», пришлось идти в отдел", "pass"),
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


@pytest.mark.parametrize(
    "text",
    [
        "На набережной посадили лох серебристый", "Гиена в вольере чувствует себя хорошо",
        "Дуболомы из сказки про Урфина Джюса",
        "В зоопарке умер старый стервятник, глава района обещал нового", "Роман «Идиот» спрашивали в библиотеке",
        "Республика Нигер объявила выходной", "Синдром Дауна не приговор, врач рассказал",
        "Этот козёл на ферме даёт шерсть",
        "Пишут, что слово «дармоеды» теперь запрещено", "Моя дурочка опять без шапки убежала, догоняю",
        "Вы бестолковый график повесили",
    ],
)  # fmt: skip
def test_a_word_of_contempt_in_its_plain_sense_passes(text):
    assert moderator.judge(text).decision == "pass"


@pytest.mark.parametrize(
    "text", ["Депутатишки опять спят", "Врачишка этот бумагу потерял", "Наш инженеришка спит на работе"]
)
def test_scorn_is_found_by_the_ending(text):
    assert "insult" in moderator.judge(text).categories


@pytest.mark.parametrize(
    "text",
    ["Отп*зжу вашего начальника", "Чтоб тебя самого так переехало, мразь", "Гроб себе присматривай, недолго осталось"],
)
def test_a_threat_is_called_a_threat(text):
    assert "threat" in moderator.judge(text).categories
