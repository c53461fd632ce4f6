"""Threats and ordinary comments as citizens write them, written before looking at how the rules decide.

``written.tsv``: part, kind, text. The part ``learn`` was looked at while rules were written and weights learned;
nearly all of it is read correctly. The part ``held`` was written last and never used for corrections: its result is
what to expect of new threats. ``direct`` are everyday threats, ``sly`` are hints written to be hard.

Parts that begin with ``held_`` were not opened either; those with ``opened_`` were, and rules were corrected there.
``life`` are threats written together with the rules, ``calm`` is friendly talk made of the words of the lists,
``taught`` are threats written only to learn from, ``frames`` vary sense and grammar, with calm neighbours.
``residents`` and ``regions`` were written without a look at the rules or at other sets: threats as varied as
possible, ordinary texts as near to them; so were ``deeds`` (harm to people and things), ``hints``, ``threads`` (long
and mixed ones) and ``veiled``; of the first three every eighth text judges as ``held_w``. ``plain`` are everyday
appeals without a word of violence, every eighth is ``held_plain``. ``town`` are threats and calm texts near to them,
by six writers, ``blows`` direct threats by three, ``even`` calm texts of every kind and length. ``held_mixed``,
``held_natural``, ``held_evened`` (where full stops and capital letters were made as frequent in threats as
elsewhere), ``held_yearly`` and ``held_last`` have kinds of threats as often as they occur, each by another writer
than all learned texts. Weights are learned from all parts except ``held`` and ``held_…``, which judge, and from the
rows that the notice names; from no other text outside the project (``moderation/learn.py``).
"""

from pathlib import Path

import pytest

from .cases import moderator

ROWS = [tuple(line.split("\t")) for line in (Path(__file__).parent / "written.tsv").read_text("utf-8").splitlines()]


def share(part: str, kind: str, category: str | None) -> float:
    """Per cent of the texts that are found in the category; without a category, of all flagged ones."""
    verdicts = [moderator.judge(text) for its_part, its_kind, text in ROWS if (its_part, its_kind) == (part, kind)]
    found = [category in v.categories if category else v.decision != "pass" for v in verdicts]
    return 100 * sum(found) / len(found)


def test_new_everyday_threats_are_found():
    assert share("held", "direct", "threat") >= 88


def test_new_contrived_hints_are_found_in_part():
    assert share("held", "sly", "threat") >= 40


def test_new_ordinary_comments_pass():
    assert share("held", "normal", None) <= 3


def test_what_was_learned_is_mostly_known():
    """Not all of it: the limit is set so high that ordinary talk is hardly ever called a threat."""
    assert share("learn", "threat", "threat") >= 77
    assert share("learn", "normal", None) <= 5


@pytest.mark.parametrize(
    ("part", "kind", "least"),
    [("held_h", "threat", 78), ("held_insult", "insult", 78), ("held_offer", "spam", 75), ("held_offer", "ad", 90),
     ("opened_e", "threat", 90), ("opened_f", "threat", 85), ("opened_insult", "insult", 85),
     ("opened_offer", "spam", 80), ("opened_offer", "ad", 90), ("life", "threat", 71), ("taught", "threat", 79),
     ("frames", "threat", 74), ("residents", "threat", 81), ("regions", "threat", 92), ("deeds", "threat", 90),
     ("hints", "threat", 66), ("threads", "threat", 60), ("veiled", "threat", 64), ("town", "threat", 70),
     ("blows", "threat", 84), ("held_w", "threat", 63), ("held_mixed", "threat", 77), ("held_natural", "threat", 78),
     ("held_evened", "threat", 76), ("held_yearly", "threat", 86), ("held_last", "threat", 84)],
)  # fmt: skip
def test_later_sets_are_found(part, kind, least):
    assert share(part, kind, kind) >= least


@pytest.mark.parametrize(
    ("part", "most"),
    [("held_h", 4), ("opened_e", 4), ("opened_f", 4), ("held_insult", 3), ("opened_insult", 3), ("held_offer", 4),
     ("opened_offer", 10), ("calm", 9), ("frames", 8), ("residents", 10), ("regions", 7), ("deeds", 6),
     ("hints", 5), ("threads", 8), ("veiled", 5), ("plain", 2), ("town", 6), ("blows", 9), ("even", 5),
     ("held_plain", 3), ("held_w", 6), ("held_mixed", 3), ("held_natural", 5), ("held_evened", 6), ("held_yearly", 4),
     ("held_last", 6)],
)  # fmt: skip
def test_ordinary_comments_of_the_later_sets_pass(part, most):
    assert share(part, "normal", None) <= most


def test_a_line_end_changes_nothing_in_a_text_without_a_verb():
    text = "Топор у тебя острый? Дай на день"
    assert moderator.judge(text).categories == moderator.judge(text + "\n").categories


def test_no_text_is_in_two_parts():
    assert len({text for _, _, text in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Встречу у подъезда — ноги переломаю", "exclude"),
        ("Мат (спортивный) порвался, дети падают на пол", "pass"),
        ("Купите маты для секции борьбы", "pass"),
        ("Скину вам чек об оплате", "pass"),
        ("Вы нас в могилу сведёте своими тарифами", "pass"),
        ("Убейте таракана в вашей столовой", "pass"),
        ("Порвём всех на областной спартакиаде!", "pass"),
        ("Окно разбито, заткнули матом", "pass"),
        ("Заткнуть бы вам пасть", "review"),
        ("Отверну башку тому, кто закрыл баню", "review"),
        ("Вы мне жизнь сломали, а я вам позвоночник", "review"),
        ("Знаем, где у вас утечка: под мостиком", "pass"),
        ("Натравлю на вас прокуратуру", "pass"),
        ("Устроим вам экскурсию", "pass"),
        ("Не считайте нас за дураков", "pass"),
        ("Дура я, что поверила обещаниям", "pass"),
        ("Муж пошёл на кабана с ружьём, а лес закрыт", "pass"),
    ],
)
def test_decision(text, decision):
    assert moderator.judge(text).decision == decision


@pytest.mark.parametrize(
    ("text", "lemma"),
    [("убъю тебя", "убить"), ("подажгу вашу контору", "поджечь"), ("уб@ю этого диспетчера", "убить"),
     ("зар*жу гада", "зарезать"), ("отметелю вашего мастера", "отметелить"), ("растреляю вас всех", "расстрелять")],
)  # fmt: skip
def test_violent_verbs_are_read_misspelt_masked_and_coined(text, lemma):
    assert lemma in {finding.lemma for finding in moderator.judge(text).findings}
