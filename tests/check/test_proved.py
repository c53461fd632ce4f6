"""Marks that have proved right in this office come first; wrong ones come last, except threats and sure marks."""

from __future__ import annotations

import pytest

from osm.check.acts.verdicts import worst
from osm.check.queries import Proved, Records
from osm.models import UNMARKED, WEAK

FEW, MANY = 3, 40


def finding(rule: str = "rude", lemma: str = "баран", category: str = "insult", severity: str = "medium"):
    return {"rule": rule, "lemma": lemma, "category": category, "severity": severity}


def records(right: int, wrong: int, rule: str = "rude", lemma: str = "баран") -> Records:
    return Records({(rule, ""): Proved(right, wrong), (rule, lemma): Proved(right, wrong)})


def rank(one, proved: Records) -> int:
    return worst([one], proved)[0]


NOTHING = Records({})


def test_three_answers_change_the_place_little_and_never_make_a_mark_weak():
    assert not records(0, FEW).is_weak(finding())
    assert rank(finding(), NOTHING) <= rank(finding(), records(0, FEW)) < rank(finding(), records(0, 29)) < WEAK


def test_below_one_in_five_after_thirty_answers_comes_last():
    assert rank(finding(), records(7, 33)) == WEAK < UNMARKED
    assert rank(finding(), records(8, 32)) < WEAK


def test_a_good_word_of_a_bad_rule_is_judged_separately():
    proved = Records({("rude", ""): Proved(40, 200), ("rude", "баран"): Proved(38, 2), ("rude", "осёл"): Proved(0, 4)})
    assert not proved.is_weak(finding())
    assert proved.is_weak(finding(lemma="осёл"))
    assert proved.of(finding()).share > 0.8 > proved.of(finding(lemma="осёл")).share


@pytest.mark.parametrize(
    "one", [finding(category="threat"), finding(severity="high")], ids=["threat", "proposes exclusion"]
)
def test_threats_and_what_proposes_exclusion_keep_their_place(one):
    assert rank(one, records(0, MANY)) // 8 == rank(one, NOTHING) // 8


def test_the_queue_keeps_its_order_threats_then_sure_then_others():
    bad = records(0, MANY)
    order = [
        rank(finding(category="threat", severity="high"), bad),
        rank(finding(category="threat"), NOTHING),
        rank(finding(category="ad", severity="high"), bad),
        rank(finding(category="profanity"), NOTHING),
    ]
    assert order == sorted(set(order))


def test_the_worst_of_several_gives_place_and_category():
    both = [finding(), finding(category="spam", rule="links", lemma="")]
    assert worst(both, records(0, MANY))[1] == "spam"
    assert worst([], NOTHING) == (UNMARKED, None)
