"""The learned models: they only say that a person should look, and name the words that decided."""

import pytest

from moderation.model import FILE, FOLLOWS, KIND_FOLLOWS, NOTHING, TOGETHER, Model, model, pieces
from moderation.rules.weighed import RULES, weight
from moderation.text.tokens import read
from moderation.text.word import LEARNED

from .cases import moderator

LEARNED_RULES = {rule.name for rule in RULES}


@pytest.mark.parametrize(
    "text",
    [
        "Ходи теперь и оглядывайся, начальник",
        "Гореть твоей конторе синим пламенем, попомнишь меня",
        "Вечером встретим прораба у вагончика, уйдёт без зубов",
    ],
)
def test_a_models_find_goes_to_people_with_its_heaviest_words(text):
    verdict = moderator.judge(text)
    found = [finding for finding in verdict.findings if finding.rule in LEARNED_RULES]
    assert found
    assert verdict.decision == "review"
    for finding in found:
        assert finding.why.startswith("Возможно, ")
        assert text[finding.start : finding.end] == finding.fragment


def test_the_heaviest_words_of_a_threat_are_those_that_threaten():
    words = read("Спасибо за лавки, а ноги тебе переломаю", moderator.reader).words
    shares = dict(zip([word.form for word in words], model().shares(words, 0), strict=True))
    assert min(shares["ноги"], shares["тебе"], shares["переломаю"]) > max(shares["спасибо"], shares["за"])


def test_the_order_of_words_weighs():
    one, other = (read(text, moderator.reader) for text in ("Ходи и оглядывайся теперь", "Теперь оглядывайся и ходи"))
    assert weight(one, range(len(one)), "threat") != weight(other, range(len(other)), "threat")


CALM = "Спасибо за новые лавки на площади, соседи очень довольны, дети тоже."


@pytest.mark.parametrize(
    "threat", ["Ноги вам переломаю, если завтра не почините.", "Сожгу вашу контору.", "Убью тебя, начальник."]
)
def test_calm_sentences_around_a_threat_excuse_nothing(threat):
    decision = moderator.judge(threat).decision
    assert decision == "exclude"
    assert moderator.judge(f"{CALM} {threat}").decision == decision
    assert moderator.judge(f"{CALM} {threat} {CALM} {CALM}").decision == decision


@pytest.mark.parametrize(
    "text",
    ["У табуретки ума больше, чем у тебя, грамотей", "Тупые бараны", "Шайка ворюг сидит в кабинетах", "Поганая власть"],
)
def test_an_insult_needs_no_separate_rule(text):
    verdict = moderator.judge(text)
    assert "insult" in verdict.categories
    assert verdict.decision == "review"


@pytest.mark.parametrize(
    "text",
    [
        "Хохлома и береста",
        "употреблять",
        "Баран стоит пятнадцать тысяч",
        "Глупо получилось, перепутала дни",
        "Мусор сваленный",
    ],
)
def test_a_calm_word_is_no_insult_by_its_parts(text):
    assert "insult" not in moderator.judge(text).categories


@pytest.mark.parametrize(
    "text",
    ["Ты чего такой злой сегодня?", "Ты козёл и дурак", "Вы там совсем тупые?", "Сам ты идиот, Петя",
     "Люблю тебя, до вечера", "Ты где? Мы тебя ждём у входа"],
)  # fmt: skip
def test_an_insult_or_calm_words_to_a_friend_are_no_threat(text):
    assert "threat" not in moderator.judge(text).categories


def test_the_table_is_small_and_has_every_kind_of_sign():
    assert FILE.stat().st_size <= 3_000_000
    signs = [line.split("\t")[0] for line in FILE.read_text(encoding="utf-8").splitlines()]
    assert len(set(signs)) == len(signs)
    for mark in (FOLLOWS, KIND_FOLLOWS, TOGETHER):
        assert any(mark in sign for sign in signs)
    assert (FILE.parent / "NOTICE.txt").read_text(encoding="utf-8").count(". MIT License") == 3


def test_without_a_table_the_model_finds_nothing():
    empty = Model(())
    assert empty.bias == NOTHING
    assert not any(empty.marks)
    assert empty.of_word("убью", "убить", 0, 0, ()).weights == NOTHING


@pytest.mark.parametrize("category", LEARNED)
def test_pieces_cover_the_whole_of_a_usual_comment(category):
    words = read("Люди пишут. " * 40 + "И ещё раз пишут\n\n", moderator.reader).words
    covered = {place for piece in pieces(words, category) for place in piece}
    assert covered >= set(range(len(words) - 2))
