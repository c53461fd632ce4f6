"""Networks that call us: what a call brings, how it is proved, what a connector makes of what was stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from osm.connectors.contract import Event


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
