"""An answer of ours is found again by its words; what another act has placed is never it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from osm.connectors.contract import Placed, Target
from osm.connectors.ways import Kind
from osm.networks.threads import comment_at, instagram_comment


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in blanks alone: networks change those."""
    return " ".join(one.split()) == " ".join(other.split())


def name_at(url: str) -> str:
    """What the comment that an address leads to is called in its network (`Comment.external_id`); empty: it names none.

    All spellings of an address lead to the same name.
    """
    at = comment_at(url) if url else None
    return Target(Kind(at.kind), at.id, at.place, at.owner).name if at else ""


def name_of_link(url: str) -> str:
    """By what the comment at this address is known, whichever way people have copied it; empty where it names none."""
    coded = instagram_comment(url)
    return "/".join(coded) if coded else name_at(url)


def first_free(found: Iterable[Placed], known: Collection[str]) -> Placed | None:
    """The first that no other act has placed."""
    return next((one for one in found if not {one.target.name, name_of_link(one.url)} & set(known)), None)
