"""The weight of words together: what is passed over as light is light, and it takes back what rules find in vain."""

from pathlib import Path

import pytest

from moderation import Moderator
from moderation.rules import RULES, weighed
from moderation.tokens import read
from moderation.vocabulary import load_vocabulary
from moderation.weigh import FOLLOWED, PART, PLUS, learned_weights
from moderation.words import WordReader

ROWS = [line.split("\t") for line in (Path(__file__).parent / "written.tsv").read_text("utf-8").splitlines()]
moderator = Moderator()
reader = WordReader(load_vocabulary())


def pieces(text):
    doc = read(text, reader)
    return [doc.words[piece.start : piece.stop] for piece in weighed.pieces(doc)]


def test_a_text_passed_over_as_light_is_light():
    """What saves the full weighing hides hardly a heavy text, and shows none that is not heavy."""
    found = hidden = 0
    for _, _, text in ROWS[::2]:
        for words in pieces(text):
            dear = weighed.A_WORD * max(0, len(words) - weighed.FEW)
            heavy = weighed.total_weight(words) > weighed.THRESHOLD + dear
            found += weighed.is_heavy(words)
            hidden += heavy > weighed.is_heavy(words)
            assert heavy >= weighed.is_heavy(words), text
    assert found > 2500
    assert hidden < found / 500


def test_the_order_of_words_weighs():
    (one,), (other,) = pieces("Ходи и оглядывайся теперь"), pieces("Теперь оглядывайся и ходи")
    assert sorted(word.weight for word in one) == sorted(word.weight for word in other)
    assert weighed.total_weight(one) != weighed.total_weight(other)


@pytest.mark.parametrize(
    "text",
    [
        "Дед на сенокосе напоролся на вилы, фельдшер приехал быстро, спасибо ему",
        "Если балкон рухнет на коляску, отвечать перед судом будет подрядчик",
    ],
)
def test_a_find_that_the_other_words_speak_against_is_dropped(text, monkeypatch):
    assert moderator.judge(text).decision == "pass"
    monkeypatch.setattr(weighed, "AGAINST", -99)
    assert moderator.judge(text).categories == ("threat",)


def test_exclusion_is_not_proposed_against_the_other_words_but_a_person_looks(monkeypatch):
    text = "Сахар насыпали в бак школьного автобуса, рейс отменили, написали заявление"
    assert moderator.judge(text).decision == "review"
    monkeypatch.setattr(weighed, "AGAINST", -99)
    assert moderator.judge(text).decision == "exclude"


CALM = "Спасибо за новые лавки на площади, соседи очень довольны, дети тоже."


@pytest.mark.parametrize(
    "threat",
    [
        "А к директору я приду с топором.",
        "Расстрелять бы этих депутатов.",
        "Ноги вам переломаю, если завтра не почините.",
        "Сожгу вашу контору.",
    ],
)
def test_calm_sentences_around_a_threat_excuse_nothing(threat):
    decision = moderator.judge(threat).decision
    assert decision != "pass"
    assert moderator.judge(f"{CALM} {threat}").decision == decision
    assert moderator.judge(f"{CALM} {threat} {CALM} {CALM}").decision == decision


@pytest.mark.parametrize("calm", ["", f"{CALM} {CALM} {CALM} "])
def test_line_ends_at_the_very_end_change_no_weight(calm):
    text = calm + "Дед на сенокосе напоролся на вилы, фельдшер приехал быстро, спасибо ему"
    assert moderator.judge(text).decision == moderator.judge(text + "\n" * 40).decision == "pass"


def test_a_condition_is_no_suffering():
    assert moderator.judge("Вы нас в могилу сведёте своими тарифами").decision == "pass"
    assert moderator.judge("Ещё раз меня тронешь, в овраге найдут").categories == ("threat",)


def test_every_rule_of_threats_but_the_weighing_itself_is_weighed():
    threats = [rule for rule in RULES if rule.category == "threat" and rule not in weighed.RULES]
    assert len(threats) > 100
    assert {rule.find.__qualname__ for rule in threats} == {"outweighed.<locals>.tempered"}


def test_the_table_of_weights_has_every_kind_of_sign_once():
    signs = [sign for sign, _ in learned_weights()]
    assert len(set(signs)) == len(signs)
    assert "порог" in signs
    for mark in (FOLLOWED, PLUS):
        assert all(len(sign.split(mark)) == 2 for sign in signs if mark in sign and sign[0] != PART)
