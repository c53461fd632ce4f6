"""The messages that a card names as belonging to it: proposals for the curator, confirmed ones for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from osm.regulation.words import Role
from osm.store.models import LinkKind, LinkState, User
from osm.store.queries.messages.links import SHOWN, Link, links_of
from osm.store.queries.staff.visibility import SEE_EVERYTHING

_SHORT = 220


@dataclass(frozen=True, slots=True)
class LinkedView:
    """`may_decide`: this person answers the proposals; `may_open`: he sees the other cards too."""

    repeats: tuple[Link, ...]
    others: tuple[Link, ...]
    confirmed: tuple[Link, ...]
    may_decide: bool
    may_open: bool

    @property
    def is_empty(self) -> bool:
        return not (self.repeats or self.others or self.confirmed or self.may_open)


def linked_with(message_id: int, person: User) -> LinkedView:
    """What the card of this message shows to this person."""
    may_decide = person.has(Role.CURATOR)
    states = [LinkState.CONFIRMED, *([LinkState.PROPOSED] if may_decide else [])]
    links = links_of(message_id, states)
    proposed = [link for link in links if link.state is LinkState.PROPOSED]
    return LinkedView(
        repeats=tuple(link for link in proposed if link.kind is LinkKind.REPEAT)[:SHOWN],
        others=tuple(link for link in proposed if link.kind is LinkKind.SAME_MATTER)[:SHOWN],
        confirmed=tuple(link for link in links if link.state is LinkState.CONFIRMED),
        may_decide=may_decide,
        may_open=not person.roles.isdisjoint(SEE_EVERYTHING),
    )


def excerpt(text: str) -> str:
    """The beginning of a message, cut at a word."""
    bare = " ".join(text.split())
    return bare if len(bare) <= _SHORT else bare[:_SHORT].rsplit(" ", 1)[0] + "…"
