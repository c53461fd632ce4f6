"""The effect of learning from an office's decisions, on independently written simulated offices (`benchmarks/offices`).

Each office decides on 2,000 texts, twenty a day, and learns every night as the worker does. Then two mistakes are
counted in the next 1,000 decisions, with and without learning: kept texts with a mark, and deleted texts without a mark
of their ground. The learner was not tuned to these offices, and there is no bound.

    python benchmarks/bench_learning.py [first seed] [number of seeds]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.offices.decisions import A_DAY, Decision, decisions
from moderation import Moderator
from moderation.office import NOTHING, Count, Decided, Learned, count, learn, mark_of
from osm.check.acts.index import words_of

TAUGHT, COUNTED = 2_000, 1_000


@dataclass(frozen=True)
class Outcome:
    """Result of one office. `nights`: number of lessons used, `first`: number of decisions before the first."""

    nights: int
    first: int
    before: Count
    after: Count
    seconds: float
    """Of the longest night, without reading the texts."""


def live(decided: Sequence[Decided]) -> Outcome:
    """Learn night by night, then count on the later decisions."""
    in_force, nights, first, longest = NOTHING, 0, 0, 0.0
    for known in range(A_DAY, TAUGHT + 1, A_DAY):
        began = time.perf_counter()
        trial = learn(decided[:known], in_force)
        longest = max(longest, time.perf_counter() - began)
        if trial and trial.is_better:
            in_force, nights, first = trial.learned, nights + 1, first or known
    return Outcome(nights, first, *_counts(decided[TAUGHT:], in_force), longest)


def _counts(decided: Sequence[Decided], in_force: Learned) -> tuple[Count, Count]:
    return count(decided), count(decided, in_force)


def as_learned(library: Moderator, one: Decision) -> Decided:
    """In the form that the worker gives to the learner."""
    marks = frozenset(mark_of(finding) for finding in library.judge(one.text).findings)
    return Decided(marks, frozenset(words_of(one.text)), one.ground or None)


def main(first: int, number: int) -> None:
    library = Moderator()
    whole, without = Count(0, 0), Count(0, 0)
    print("office  lessons  first after   wrong: without → with   missed: without → with   longest night")
    for seed in range(first, first + number):
        done = live([as_learned(library, one) for one in decisions(seed, TAUGHT + COUNTED)])
        without, whole = without + done.before, whole + done.after
        print(
            f"{seed:6} {done.nights:8} {done.first or '–':>12} {done.before.wrong:14} → {done.after.wrong:<9}"
            f"{done.before.missed:16} → {done.after.missed:<9}{done.seconds:8.2f} s"
        )
    print(
        f"all: of {number * COUNTED} decisions {without.wrong} were marked for nothing and are {whole.wrong}, "
        f"{without.missed} were missed and are {whole.missed}"
    )


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:3]]
    main(*(asked or [101]), *([] if len(asked) > 1 else [8]))
