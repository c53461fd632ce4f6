"""The made-up offices that learning is measured on: reproducible, possible, with habits that their decisions show."""

from functools import cache

import pytest

from benchmarks.offices.decisions import decisions, office
from benchmarks.offices.habits import ALWAYS, HABITS, MARKED_WRONG, SHARES, STAYS

SEEDS = range(1, 7)
made_once = cache(decisions)


def test_a_seed_gives_the_same_decisions():
    assert decisions(1) == made_once(1) != made_once(2)
    assert office(1) == office(1) != office(2)


def test_every_sort_is_decided_in_one_way():
    differ = [pair[0].sort for pair in HABITS]
    assert sorted([*STAYS, *MARKED_WRONG, *ALWAYS, *differ]) == sorted(SHARES)
    assert [pair[1].sort for pair in HABITS] == differ


def test_offices_have_different_habits():
    assert len({office(seed).habits for seed in SEEDS}) > 3
    assert {bool(office(seed).turn) for seed in SEEDS} == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_most_is_kept_and_hardly_a_text_comes_twice(seed):
    made = made_once(seed)
    share = {
        name: sum(row.outcome == name for row in made) / len(made) for name in ("kept", "wrong", "deleted", "excluded")
    }
    assert 0.6 < share["kept"] < 0.8
    assert 0.06 < share["wrong"] < 0.25
    assert 0.08 < share["deleted"] + share["excluded"] < 0.28
    assert len({row.text for row in made}) > 0.9 * len(made)
    assert [row for row in made if "{" in row.text or not row.text.strip()] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_deleted_has_a_ground_and_comes_one_after_another(seed):
    made = made_once(seed)
    assert [row for row in made if bool(row.ground) != (row.outcome in ("deleted", "excluded"))] == []
    assert {row.kind for row in made if row.outcome == "deleted"} == {"comment"}
    assert {row.kind for row in made if row.outcome == "excluded"} == {"message"}
    instants = [row.at for row in made]
    assert instants == sorted(set(instants))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_decisions_show_the_habits_but_for_a_few_slips(seed):
    made, one = made_once(seed), office(seed)
    assert 0 < sum(row.slip for row in made) < 0.03 * len(made)
    first = {habit.sort: habit.ground for habit in one.habits}
    later = first | ({one.turn.sort: one.turn.ground} if one.turn else {})
    turn = int(len(made) * one.turns_at)
    for habits, rows in ((first, made[:turn]), (later, made[turn + 1 :])):
        decided = [row for row in rows if row.sort in habits and not row.slip]
        assert {row.sort for row in decided} == set(habits)
        assert [row for row in decided if row.ground != habits[row.sort]] == []
