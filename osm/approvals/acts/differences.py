"""The changes between two versions of a text: by words, and of figures, dates and names."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from osm.approvals.acts.approval import Fact, FactKind, facts_of


class ChunkKind(StrEnum):
    """`same`: in both texts, `added`: only in the new one, `removed`: only in the old one."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text. Of replaced words the removed ones come first."""

    kind: ChunkKind
    text: str


@dataclass(frozen=True, slots=True)
class FactChange:
    """A figure, date or name: `old` became `new`; one of them is empty if it appeared or disappeared."""

    kind: FactKind
    old: str
    new: str


Run = tuple[slice, slice]

_TOKEN = re.compile(r"\w+(?:[-.,:/]\w+)*|\n|[^\S\n]+|.", re.DOTALL)
_LETTERS = re.compile(r"\w")
_SHORTEST_SAME = 4
"""Letters. A shorter word common to both texts between two changes, like a preposition, makes them hard to read."""


def compare(old: str, new: str) -> tuple[Chunk, ...]:
    """The two texts as one sequence of chunks: same + removed give the old text, same + added the new one. Uses the
    longest common subsequence of words; about 20 ms for two texts of 20,000 characters with no common word."""
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
    """Whether a word changed; spaces and empty lines do not count."""
    return old.split() != new.split()


def changed_facts(old: str, new: str) -> tuple[FactChange, ...]:
    """Figures, dates and names that differ in the new text, in its order. Order counts: «с 10 до 12» and «с 12 до 10»
    differ. Inflection does not: «на Калининской» and «по Калининской» are the same street, «26.11» and «26 ноября» the
    same day."""
    before, after = facts_of(old), facts_of(new)
    found: list[FactChange] = []
    for gone, come in _replaced([fact.key for fact in before], [fact.key for fact in after]):
        found += _paired(before[gone], after[come])
    return tuple(found)


def _paired(gone: Sequence[Fact], come: Sequence[Fact]) -> Iterator[FactChange]:
    """Pair facts of one kind at one place in their order; the rest appeared or disappeared."""
    for kind in FactKind:
        old = [fact.text for fact in gone if fact.kind is kind]
        new = [fact.text for fact in come if fact.kind is kind]
        for place in range(max(len(old), len(new))):
            yield FactChange(kind, "".join(old[place : place + 1]), "".join(new[place : place + 1]))


def _kept(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Runs of common tokens that are long enough to show as unchanged."""
    found = []
    for gone, come in _common(before, after):
        at_edge = (gone.start, come.start) == (0, 0) or (gone.stop, come.stop) == (len(before), len(after))
        text = "".join(before[gone])
        if at_edge or "\n" in text or len(_LETTERS.findall(text)) >= _SHORTEST_SAME:
            found.append((gone, come))
    return found


def _common(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    for code in Indel.opcodes(*_numbered(before, after)):
        if code.tag == "equal":
            yield slice(code.src_start, code.src_end), slice(code.dest_start, code.dest_end)


def _replaced(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    done_before = done_after = 0
    for gone, come in [*_common(before, after), (slice(len(before), None), slice(len(after), None))]:
        if done_before < gone.start or done_after < come.start:
            yield slice(done_before, gone.start), slice(done_after, come.start)
        done_before, done_after = gone.stop, come.stop


def _numbered(*sequences: Sequence[Hashable]) -> list[list[int]]:
    """Equal items get equal numbers: the library compares hashes, and those of texts may collide."""
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(item, len(numbers)) for item in sequence] for sequence in sequences]
