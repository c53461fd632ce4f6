"""The simulated months that a notice of bursts is measured on: reproducible, complete and possible."""

from functools import cache

import pytest

from benchmarks.bursts.months import month, months

SEEDS = (1, 2)
made_once = cache(month)


def test_a_seed_gives_the_same_month():
    assert month(1) == made_once(1) != made_once(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_was_known_before_it_was_published(seed):
    made = made_once(seed)
    assert all(item.published_at.utcoffset() is not None for item in made.items)
    assert [item for item in made.items if item.known_at < item.published_at] == []
    order = [item.known_at for item in made.items]
    assert order == sorted(order)
    assert made.since <= order[0]
    assert order[-1] < made.until


@pytest.mark.parametrize("seed", SEEDS)
def test_the_truth_lies_inside_the_month_and_names_its_items(seed):
    made = made_once(seed)
    by_id = {item.id: item for item in made.items}
    for truth in (*made.bursts, *made.decoys):
        assert made.judged_from <= truth.since <= truth.until <= made.until
    for burst in made.bursts:
        items = [by_id[number] for number in burst.ids]
        assert len(items) == burst.extra > 0
        assert all(burst.since <= item.published_at <= burst.until for item in items)
        named = [item for item in items if getattr(item, burst.kind) == burst.name]
        assert named == items
        assert len({item.author for item in items}) == len(items)


def test_every_fourth_month_has_decoys_only():
    made = list(months(1, 4))
    assert [len(one.bursts) for one in made] == [9, 9, 9, 0]
    assert {len({decoy.kind for decoy in one.decoys}) for one in made} == {10}
