"""How what happens in a network comes to us: some networks call, the places of others are read again and again."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from osm.connectors.contract import Batch, Event, Gone, Kind, Placed, Target, Written
from osm.connectors.transport import CannotLook, Fault, NetworkError, PageClient
from osm.networks.pages import At, coded_comment, comment_at, comment_in


# --- Networks that call us: what a call brings, how it is proved, what a connector makes of what was stored
@dataclass(frozen=True, slots=True)
class Delivered:
    """One event that a network has brought to our address, as it is stored until it is read."""

    page: str  # as of Page
    id: str  # by which a second delivery is known, at most 64 characters
    body: str = field(repr=False)  # JSON, for `ReadsCalls.received`; without what proves that it is genuine


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a network to our address, as anybody may send it. `proof`: what it brings to prove itself."""

    raw: bytes = field(repr=False)
    proof: str = field(repr=False)
    events: tuple[Delivered, ...]
    asks_confirmation: bool = False  # it has no event: the network asks whether this address is the page's


@dataclass(frozen=True, slots=True)
class Callback:
    """How a network calls us. `read(body, signature)`: what a call brings, ValueError where it is none.
    `is_genuine(call, secret, keys)`: whether the network itself has sent it. `secret` is of our making, `keys` are the
    page's; compared in constant time."""

    words: str  # what the network calls it
    else_words: str  # what it is called when we ask the network instead
    read: Callable[[bytes, str], Call]
    is_genuine: Callable[[Call, str, Mapping[str, str]], bool]
    look_every: int  # seconds between two looks at what the calls may have left out
    listens: bool  # whether a look is `listen`, for events without a call; else it is `catch_up`
    needs: str = ""  # the key without which no call can be proved
    how: str = ""  # where the address is to be entered, in words
    which: str = ""  # what to choose when, in words
    word_of_ours: str = "Секретный ключ"  # what the network calls the word of our making
    proof: str = ""  # the header that proves a call; empty: the body does
    asks_by: tuple[str, str] | None = None
    """Parameters by which it asks whether the address is ours: our word, and what to answer; None: it does not ask."""


@runtime_checkable
class ReadsCalls(Protocol):
    """A connector for a network that can call us."""

    def received(self, updates: Sequence[Any]) -> Sequence[Event]:
        """What was delivered, in its order. What does not look as documented is left out. NetworkError."""


@runtime_checkable
class GivesConfirmation(Protocol):
    """A connector for a network that says which answer it wants before it calls."""

    def confirmation(self) -> str:
        """NetworkError."""


# --- For networks that do not tell: what differs from the last look has happened
# --- What is known of one place
NEWEST = 30  # comments of a place whose change or disappearance is noticed
LATE = 120_000  # milliseconds by which a comment may turn up later than one that is younger


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest comments of a place by id: when, in milliseconds, and a mark of the text. All that are so young
    that another might still turn up among them are there."""

    since: int = 0  # the instant of the newest that was ever seen there
    seen: Mapping[str, tuple[int, int]] | None = None

    @classmethod
    def stored(cls, found: Any, otherwise: int) -> Remembered:
        """As the cursor has it; of a place that is new to us what is younger than `otherwise` is news."""
        if not isinstance(found, Mapping):
            return cls(otherwise)
        seen = {str(name): (int(at), int(mark)) for name, at, mark in found["seen"]}
        return cls(max(int(found["since"]), otherwise), seen)

    @property
    def to_store(self) -> dict[str, Any]:
        return {"since": self.since, "seen": [[name, *about] for name, about in (self.seen or {}).items()]}

    @property
    def floor(self) -> int:
        """What is older was there at the last look."""
        return self.since - LATE if self.seen else self.since + 1

    def news(self, found: Sequence[Written]) -> list[Event]:
        known = self.seen or {}
        return [
            one
            for one in found
            if (known[one.target.id][1] != _mark(one) if one.target.id in known else _at(one) >= self.floor)
        ]

    def gone(self, found: Sequence[Written], of: Target, *, is_whole: bool) -> list[Event]:
        """What was there and is no more; what is older than all that was looked at may be there still."""
        oldest = 0 if is_whole else min((_at(one) for one in found), default=None)
        there = {one.target.id for one in found}
        if oldest is None:
            return []
        missing = [name for name, (at, _) in (self.seen or {}).items() if at >= oldest and name not in there]
        return [Gone(Target(of.kind, name, of.place, of.owner)) for name in missing]

    def after(self, found: Iterable[Written], gone: Iterable[Event] = ()) -> Remembered:
        """What is known now."""
        lost = {one.target.id for one in gone if isinstance(one, Gone)}
        seen = {name: about for name, about in (self.seen or {}).items() if name not in lost}
        seen |= {one.target.id: (_at(one), _mark(one)) for one in found}
        since = max([self.since, *(at for at, _ in seen.values())])
        by_age = sorted(seen.items(), key=lambda one: (one[1][0], one[0]))
        newest = [one for at, one in enumerate(by_age, -len(by_age)) if at >= -NEWEST or one[1][0] >= since - LATE]
        return Remembered(since, dict(newest))


def milliseconds(at: datetime) -> int:
    """Since 1970, exactly."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _at(one: Written) -> int:
    return milliseconds(one.at)


def _mark(one: Written) -> int:
    return zlib.crc32(one.text.encode())


# --- The name of a post in the queue of comments
_LONGEST = 120


def titled(title: Any) -> str:
    """Its first words on one line."""
    words = " ".join(str(title or "").split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"


# --- An answer of ours is found again by its words; what another act has placed is never it
def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in blanks alone: networks change those."""
    return " ".join(one.split()) == " ".join(other.split())


def name_at(url: str) -> str:
    """What the comment that an address leads to is called in its network (`Comment.external_id`); empty: it names none.
    All spellings of an address lead to the same name."""
    return _name_of(comment_at(url) if url else None)


def name_in(one: str) -> str:
    """The same for an address in its one spelling, which costs a quarter."""
    return _name_of(comment_in(one) if one else None)


def _name_of(at: At | None) -> str:
    return Target(Kind(at.kind), at.id, at.place, at.owner).name if at else ""


def name_of_link(url: str) -> str:
    """By what the comment at this address is known, whichever way people have copied it; empty where it names none."""
    coded = coded_comment(url)
    return "/".join(coded) if coded else name_at(url)


def first_free(found: Iterable[Placed], known: Collection[str]) -> Placed | None:
    """The first that no other act has placed."""
    return next((one for one in found if not {one.target.name, name_of_link(one.url)} & set(known)), None)


# --- Places are read again and again; a difference is an event
@dataclass(frozen=True, slots=True)
class Place:
    """A discussion or a conversation as the list of them shows it. `stir` differs where something has happened."""

    kind: Kind
    id: str
    key: str  # the name of the key that opens it
    stir: list[int]
    title: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def as_target(self) -> Target:
        return Target(self.kind, "", self.id)


def by_time(found: Iterable[Written]) -> list[Written]:
    return sorted(found, key=lambda one: (one.at, one.target.id))


OneClient = TypeVar("OneClient", bound=PageClient)


class Looking(Generic[OneClient]):
    """The reading half of a connector for a network that does not tell. `keys`: each opens some places."""

    keys: ClassVar[tuple[str, ...]]
    most_pages: ClassVar[int]  # of one place
    closed: ClassVar[tuple[Fault, ...]] = (Fault.PERMANENT,)  # how a place fails that is closed or gone
    _client: OneClient

    def _places(self) -> Sequence[Place]:
        raise NotImplementedError

    def _pages_of(self, place: Place, pages: int) -> Iterator[tuple[list[Written], bool]]:
        """Page by page from the newest back, at most so many; with the last one True."""
        raise NotImplementedError

    def listen(self, cursor: Mapping[str, Any], wait: int) -> Batch:
        """What differs from the last look; never waits."""
        return self._looked(cursor, self._places())

    def catch_up(self, since: datetime) -> list[Written]:
        """What was written in the places where something has happened lately."""
        self._check_sees()
        newest = [self._newest(place, milliseconds(since), self.most_pages) for place in self._places()]
        return by_time(one for found in newest if found for one in found[0] if one.at >= since)

    def _check_sees(self) -> None:
        if not any(map(self._client.has, self.keys)):
            raise CannotLook

    def _newest(self, place: Place, floor: int, pages: int) -> tuple[list[Written], bool] | None:
        """The things in a place back to the instant `floor` (milliseconds since 1970), oldest first, and whether that
        is all. None where it is closed or gone; the others are read all the same."""
        found: dict[str, Written] = {}
        is_last = False
        try:
            for page, is_last in self._pages_of(place, pages):
                found |= {one.target.id: one for one in page}
                if is_last or (page and min(map(_at, page)) < floor):
                    break
        except NetworkError as error:
            if error.fault not in self.closed:
                raise
            return None
        return by_time(found.values()), is_last

    def _looked(self, cursor: Mapping[str, Any], places: Sequence[Place]) -> Batch:
        """The differences since the last look. Places without news are read in turn, one a time: a changed text is no
        news. Things from before the first use of a key are not new."""
        known: Mapping[str, Any] = cursor.get("places") or {}
        turn = int(cursor.get("turn") or 0)
        start: dict[str, int] = dict(cursor.get("from") or {})
        events: list[Event] = []
        kept: dict[str, Any] = {}
        for at, place in enumerate(places):
            before = known.get(place.name)
            if isinstance(before, Mapping) and before.get("stir") == place.stir and at != turn % len(places):
                kept[place.name] = dict(before)
                continue
            happened, kept[place.name] = self._look(place, before, start)
            events += happened
        for key in self.keys:
            if self._client.has(key) and key not in start:
                start[key] = max((kept[one.name]["since"] for one in places if one.key == key), default=0)
        cursor = {"places": kept, "from": start, "turn": (turn + 1) % max(len(places), 1)}
        return Batch(tuple(sorted(events, key=_order)), cursor)

    def _look(self, place: Place, before: Any, start: Mapping[str, int]) -> tuple[list[Event], dict[str, Any]]:
        """What differs there, and what is remembered of it."""
        is_first = place.key not in start
        remembered = Remembered.stored(before, start.get(place.key, 0))
        answer = self._newest(place, remembered.floor, 1 if is_first else self.most_pages)
        if answer is None:
            return [], {**remembered.to_store, "stir": None}  # tried again at the next look
        found, is_whole = answer
        gone = remembered.gone(found, place.as_target, is_whole=is_whole)
        stored = {"stir": place.stir, **remembered.after(found, gone).to_store}
        return [] if is_first else [*remembered.news(found), *gone], stored


def _order(event: Event) -> tuple[bool, datetime | str]:
    """What was written first, in its order; then what is gone."""
    return (False, event.at) if isinstance(event, Written) else (True, "")
