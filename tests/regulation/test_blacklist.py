"""The terms of the black list: the first offence by its ground, each further one longer, to the end of the ladder."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from osm.regulation.blacklist import BanTerm, CommentGround, ban_ends, list_clause, proposed_term, term_note

DAY, THREE, WEEK, MONTH, FOREVER = BanTerm
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=VLADIVOSTOK)


@pytest.mark.parametrize(
    ("ground", "earlier", "expected"),
    [
        ("profanity", (), DAY),
        ("profanity", (DAY,), THREE),
        ("profanity", (DAY, THREE), WEEK),
        ("profanity", (DAY, THREE, WEEK), MONTH),
        ("profanity", (DAY, THREE, WEEK, MONTH), FOREVER),
        ("insult", (), THREE),
        ("insult", (DAY,), WEEK),
        ("threat", (), MONTH),
        ("threat", (DAY,), FOREVER),
        ("spam", (), WEEK),
        ("spam", (WEEK,), FOREVER),
        ("ad", (), DAY),
        ("network_rules", (), THREE),
        # A curator gave more than the table: the next ban is one step longer than that.
        ("profanity", (MONTH,), FOREVER),
        ("ad", (FOREVER,), FOREVER),
    ],
)
def test_the_table_of_terms(ground, earlier, expected):
    assert proposed_term(CommentGround(ground), earlier) is expected


@pytest.mark.parametrize("ground", CommentGround)
def test_another_offence_never_shortens_the_term(ground):
    ladder = list(BanTerm)
    for count in range(4):
        for earlier in product(BanTerm, repeat=count):
            proposed = ladder.index(proposed_term(ground, earlier))
            assert proposed > max(map(ladder.index, earlier), default=-1) or proposed == len(ladder) - 1
            assert ladder.index(proposed_term(ground, (*earlier, DAY))) >= proposed


@pytest.mark.parametrize(
    ("term", "since", "ends"),
    [
        (DAY, "25.11.2026 10:00", "26.11.2026 10:00"),
        (THREE, "30.12.2026 10:00", "02.01.2027 10:00"),
        (WEEK, "25.11.2026 10:00", "02.12.2026 10:00"),
        (MONTH, "25.11.2026 10:00", "25.12.2026 10:00"),
        (MONTH, "31.01.2027 10:00", "28.02.2027 10:00"),
        (MONTH, "31.01.2028 10:00", "29.02.2028 10:00"),
        (MONTH, "30.11.2026 10:00", "30.12.2026 10:00"),
        (MONTH, "31.12.2026 23:59", "31.01.2027 23:59"),
    ],
)
def test_when_a_ban_ends(term, since, ends):
    assert ban_ends(term, at(since)) == at(ends)


def test_for_ever_never_ends_and_vk_has_a_year_at_most():
    assert ban_ends(FOREVER, at("25.11.2026 10:00")) is None
    assert "не длиннее года" in term_note("vk", FOREVER)
    assert "не длиннее года" in term_note("vk", "forever")
    assert "укажите там этот срок" in term_note("vk", WEEK)
    assert term_note("ok", FOREVER) == ""


@pytest.mark.parametrize("network", ["ok", "telegram", "max"])
def test_banning_by_hand_without_terms_announces_the_later_task(network):
    assert "снять блокировку" in term_note(network, WEEK)


def test_the_clause_of_a_ground():
    """A message is excluded by П.17, a comment deleted by Пр.2.6; a threat by П.17 too, which alone names threats."""
    of = {
        (messages, comments): {
            str(ground): list_clause(ground, of_messages=messages, of_comments=comments) for ground in CommentGround
        }
        for messages, comments in ((True, False), (False, True), (True, True), (False, False))
    }
    assert set(of[True, False].values()) == {"П.17"}
    assert (of[False, True].pop("threat"), set(of[False, True].values())) == ("Пр.2.6, П.17", {"Пр.2.6"})
    assert set(of[True, True].values()) == {"П.17, Пр.2.6"}
    assert of[False, False]["network_rules"] == "Пр.2.6"
