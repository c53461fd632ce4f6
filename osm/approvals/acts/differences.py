"""What changed between two versions of a text: by words, and which figures, dates and names became others."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from osm.approvals.acts.approval import Fact, FactKind, facts_of


class ChunkKind(StrEnum):
    """`same` stands in both texts, `added` in the new one only, `removed` in the old one only."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text. Where words were replaced, the removed ones come before the added ones."""

    kind: ChunkKind
    text: str


@dataclass(frozen=True, slots=True)
class FactChange:
    """A figure, date or name: `old` became `new`; one of them is empty where it only disappeared or appeared."""

    kind: FactKind
    old: str
    new: str


Run = tuple[slice, slice]

_TOKEN = re.compile(r"\w+(?:[-.,:/]\w+)*|\n|[^\S\n]+|.", re.DOTALL)
_LETTERS = re.compile(r"\w")
_SHORTEST_SAME = 4
"""Letters: a preposition that stands in both texts between two changed places only makes them hard to read."""


def compare(old: str, new: str) -> tuple[Chunk, ...]:
    """The two texts as one sequence of chunks: same + removed give the old text, same + added the new one.

    The longest common subsequence of words; some 20 ms for two texts of 20,000 characters without a word in common.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    chunks: list[Chunk] = []
    done_before = done_after = 0
    for gone, come in [*_kept(before, after), (slice(len(before), None), slice(len(after), None))]:
        for kind, words in (
            (ChunkKind.REMOVED, before[done_before : gone.start]),
            (ChunkKind.ADDED, after[done_after : come.start]),
            (ChunkKind.SAME, before[gone]),
        ):
            if words:
                chunks.append(Chunk(kind, "".join(words)))
        done_before, done_after = gone.stop, come.stop
    return tuple(chunks)


def is_changed(old: str, new: str) -> bool:
    """Whether a word changed; more or fewer spaces and empty lines are no change of the text."""
    return old.split() != new.split()


def changed_facts(old: str, new: str) -> tuple[FactChange, ...]:
    """Figures, dates and names that are others in the new text, in its order.

    Their order counts: «с 10 до 12» turned into «с 12 до 10» is a change. Inflection does not: «на Калининской»
    and «по Калининской» name the same street, «26.11» and «26 ноября» the same day.
    """
    before, after = facts_of(old), facts_of(new)
    found: list[FactChange] = []
    for gone, come in _replaced([fact.key for fact in before], [fact.key for fact in after]):
        found += _paired(before[gone], after[come])
    return tuple(found)


def _paired(gone: Sequence[Fact], come: Sequence[Fact]) -> Iterator[FactChange]:
    """Those of one kind that stood in one place, in their order; what is left over appeared or disappeared."""
    for kind in FactKind:
        old = [fact.text for fact in gone if fact.kind is kind]
        new = [fact.text for fact in come if fact.kind is kind]
        for place in range(max(len(old), len(new))):
            yield FactChange(kind, "".join(old[place : place + 1]), "".join(new[place : place + 1]))


def _kept(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Runs of tokens that stand in both texts and are long enough to be read as unchanged."""
    runs = list(_common(before, after))
    return [
        (gone, come)
        for gone, come in runs
        if _at_edge(gone, come, len(before), len(after)) or _stands_alone("".join(before[gone]))
    ]


def _at_edge(gone: slice, come: slice, before: int, after: int) -> bool:
    return (gone.start, come.start) == (0, 0) or (gone.stop, come.stop) == (before, after)


def _stands_alone(text: str) -> bool:
    return "\n" in text or len(_LETTERS.findall(text)) >= _SHORTEST_SAME


def _common(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    for code in Indel.opcodes(*_numbered(before, after)):
        if code.tag == "equal":
            yield slice(code.src_start, code.src_end), slice(code.dest_start, code.dest_end)


def _replaced(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    """What lies between the common runs."""
    done_before = done_after = 0
    for gone, come in [*_common(before, after), (slice(len(before), None), slice(len(after), None))]:
        if done_before < gone.start or done_after < come.start:
            yield slice(done_before, gone.start), slice(done_after, come.start)
        done_before, done_after = gone.stop, come.stop


def _numbered(*sequences: Sequence[Hashable]) -> list[list[int]]:
    """Equal items get equal numbers: the library compares hashes, and those of texts could meet by chance."""
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(item, len(numbers)) for item in sequence] for sequence in sequences]
