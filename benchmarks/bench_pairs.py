"""Pairs written without knowledge of the rules: how many are proposed (П.15), how many the card shows as the nearest,
and how much of what it shows is right; the same for other thresholds.

`python benchmarks/bench_pairs.py [FILE]`, by default pairs/written.json in this folder. The rival uses words only:
cosine of dictionary forms, rare ones weighing more. Bounds: the first result on these pairs.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osm.check.acts.copies import SHOWN, WINDOW
from osm.check.acts.index import words_of
from osm.likeness import score
from osm.likeness.places import Known
from osm.likeness.score import Content, learned, nearest, read, signs_of
from osm.networks.addresses import AuthorKey
from osm.settings import load_settings

REPEAT_WINDOW = timedelta(days=load_settings({}).repeat_days)
LEAST = {"same_author": (11, 30), "same_matter": (1, 2)}
"""Proposed, among the nearest."""
MOST_DECOYS = 8
LEAST_RIGHT = 0.55
"""Of what the cards show."""
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35)


class Pairs:
    """The messages of the file as the product reads them."""

    def __init__(self, file: Path) -> None:
        self.of = json.loads(file.read_text(encoding="utf-8"))
        messages = {one["id"]: one for one in self.of["messages"]}
        places = [learned(one["place"]) for one in messages.values()]
        known = Known(
            frozenset(key for place in places for key in place.streets),
            frozenset(key for place in places for key in place.settlements),
        )
        authors = {(one["network"], one["author"]) for one in messages.values()}
        numbers = {author: number for number, author in enumerate(sorted(authors), 1)}
        self.author = {key: numbers[one["network"], one["author"]] for key, one in messages.items()}
        self.traits = {key: read(one["text"], one["place"], known) for key, one in messages.items()}
        self.contents = {
            key: Content(AuthorKey(self.author[key], "", "", True), signs_of(traits))
            for key, traits in self.traits.items()
        }
        self.words = {key: words_of(f"{one['text']} {one['place']}") for key, one in messages.items()}
        self.at = {key: datetime.fromisoformat(one["at"]) for key, one in messages.items()}

    def claimed(self, earlier: int, later: int) -> bool:
        apart = self.at[later] - self.at[earlier]
        compare = score.of_same_author if self.author[earlier] == self.author[later] else score.of_others
        likeness = compare(self.traits[earlier], self.traits[later], apart, same_topic=False)
        return apart <= REPEAT_WINDOW and likeness >= score.PROPOSED

    def near(self, one: int) -> list[int]:
        """As on the card."""
        return nearest(self.contents[one], {other: self.contents[other] for other in self._around(one)}, SHOWN)

    def right(self) -> tuple[int, int]:
        """What all cards show, and how much of it is right."""
        meant = {frozenset(pair) for kind in LEAST for pair in self.of[kind]}
        shown = [frozenset((one, other)) for one in self.contents for other in self.near(one)]
        return len(shown), sum(pair in meant for pair in shown)

    def by_words(self, one: int) -> list[int]:
        """The rival: only words."""
        around = self._around(one)
        frequency = Counter(word for other in around for word in self.words[other])
        weight = {word: math.log((len(around) + 1) / (count + 0.5)) for word, count in frequency.items()}

        def cosine(other: int) -> float:
            shared = sum(weight[word] for word in self.words[one] & self.words[other])
            return shared / math.sqrt(sum(weight[word] for word in self.words[other]) or 1)

        return sorted(around, key=cosine, reverse=True)[:SHOWN]

    def _around(self, one: int) -> list[int]:
        return [other for other in self.contents if other != one and self.at[other] >= self.at[one] - WINDOW]


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "benchmarks" / "pairs" / "written.json"
    pairs = Pairs(file)

    def count(kind: str, found: Callable[[int, int], bool]) -> int:
        return sum(found(earlier, later) for earlier, later in pairs.of[kind])

    holds = True
    print(f"{'':14}{'pairs':>6}{'claimed':>9}{'nearest':>9}{'words alone':>13}")
    for kind in ("same_author", "same_matter", "decoys"):
        claimed = count(kind, pairs.claimed)
        near = count(kind, lambda earlier, later: earlier in pairs.near(later))
        words = count(kind, lambda earlier, later: earlier in pairs.by_words(later))
        print(f"{kind:14}{len(pairs.of[kind]):6}{claimed:9}{near:9}{words:13}")
        if kind == "decoys":
            holds &= claimed <= MOST_DECOYS
        else:
            least_claimed, least_near = LEAST[kind]
            holds &= claimed >= least_claimed and near >= least_near
    print(f"{'threshold':14}{'shown':>6}{'right':>9}{'precision':>11}{'same_author':>13}{'same_matter':>13}")
    chosen = score.LEAST
    for least in THRESHOLDS:
        score.LEAST = least
        shown, right = pairs.right()
        author, matter = (count(kind, lambda earlier, later: earlier in pairs.near(later)) for kind in LEAST)
        print(f"{least:<14}{shown:6}{right:9}{right / shown:11.2f}{author:13}{matter:13}")
        holds &= least != chosen or right / shown >= LEAST_RIGHT
    return 0 if holds or len(sys.argv) > 1 else 1


if __name__ == "__main__":
    sys.exit(main())
