"""The decisions of a simulated office over some months: ``decisions(seed, count)``. The same seed gives the same rows.

Model: the sorts of texts come independently by the shares of the office; each is written from shapes and banks of words
(texts.toml) and typed more or less carefully. The office decides by clause 17 and by its habits, sometimes against
them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.offices.facts import Decision, Ground, Kind, Office, Outcome
from benchmarks.offices.habits import ALWAYS, STAYS, office
from benchmarks.offices.writing import Writer

__all__ = ["Decision", "Office", "decisions", "office"]

FIRST_DAY = datetime(2026, 1, 12, tzinfo=UTC)
OPENS, HOURS = timedelta(hours=-2), 9.0
"""The office opens at eight local time, which is ten hours ahead, and reads texts for nine hours."""
A_DAY = 20
"""Decisions on a day, also on days off."""
COMMENTS = 0.6
MOST_LIKELY: dict[str, Ground] = {
    "civil": "",
    "heated": "",
    "coarse": "profanity",
    "craft_ad": "ad",
    "charity": "spam",
    "shared_link": "spam",
}
"""The ground given by mistake to a text that should stay; insult by default, empty: this mistake never happens."""


def decisions(seed: int, count: int = 2000) -> tuple[Decision, ...]:
    """The decisions of the office of this seed, oldest first."""
    random, one = Random(f"decisions {seed}"), office(seed)
    writer = Writer(random, one)
    sorts, shares = tuple(one.shares), tuple(one.shares.values())
    rows = []
    for number, at in enumerate(_instants(random, count)):
        sort = random.choices(sorts, shares)[0]
        kind: Kind = "comment" if random.random() < COMMENTS else "message"
        ground = _ground(one, sort, number / count)
        slip = random.random() < one.slips and bool(ground or MOST_LIKELY.get(sort, "insult"))
        if slip:
            ground = "" if ground else MOST_LIKELY.get(sort, "insult")
        outcome = _outcome(kind, ground, stays=sort in STAYS or slip)
        rows.append(Decision(number + 1, at, kind, writer.text(sort), outcome, ground, sort, slip))
    return tuple(rows)


def _outcome(kind: Kind, ground: Ground, stays: bool) -> Outcome:
    if ground:
        return "deleted" if kind == "comment" else "excluded"
    return "kept" if stays else "wrong"


def _ground(one: Office, sort: str, part: float) -> Ground:
    """Why the office deletes this sort of texts after this part of its decisions; empty if it does not."""
    habits = {habit.sort: habit for habit in one.habits}
    if one.turn and part >= one.turns_at:
        habits[one.turn.sort] = one.turn
    return habits[sort].ground if sort in habits else ALWAYS.get(sort, "")


def _instants(random: Random, count: int) -> list[datetime]:
    """In office hours, A_DAY on a day, in order."""
    found = []
    for first in range(0, count, A_DAY):
        opens = FIRST_DAY + timedelta(days=first // A_DAY) + OPENS
        seconds = random.sample(range(int(HOURS * 3600)), min(A_DAY, count - first))
        found += [opens + timedelta(seconds=second) for second in sorted(seconds)]
    return found
