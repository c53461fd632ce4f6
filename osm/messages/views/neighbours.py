"""Messages beside one on its card: near copies of its text, and its neighbours in the list by which it was opened.

Copies by other authors are no repeats of П.15 and have no effect: the reader only sees that others sent the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask

from osm.base.application import Memory
from osm.comments.queries.copies import MESSAGES, comments_like_message, copies_of_message
from osm.messages.queries.parts import Card
from osm.models import User
from osm.people.queries.absences import SEE_EVERYTHING
from osm.regulation.words import PRESS_CENTRE
from osm.regulation.working_time.worktime import plural


@dataclass(frozen=True, slots=True)
class CopiedView:
    """`comments`: number of comments with this text, 0 for people without access to them; `comment_id`: one of them."""

    messages: Sequence[Any] = ()
    is_cut: bool = False
    comment_id: int = 0
    comments: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.messages or self.comments)

    @property
    def words(self) -> str:
        number = len(self.messages) + self.comments
        times = plural(number, "раз", "раза", "раз")
        return f"{'больше ' if self.is_cut else ''}{number} {times}"


def copied(card: Card, person: User) -> CopiedView:
    """What this person sees; executors see no other messages."""
    if "copy_text" not in card.rows_in or person.roles.isdisjoint(SEE_EVERYTHING):
        return CopiedView()
    found = copies_of_message(card.id)
    comment_id, number = (0, 0) if person.roles.isdisjoint(PRESS_CENTRE) else comments_like_message(card.id)
    return CopiedView(tuple(found[:MESSAGES]), len(found) > MESSAGES, comment_id, number)


# --- The list by which a card was opened
@dataclass(frozen=True, slots=True)
class Trail:
    """Addresses; empty where the list has no card before or after this one. `is_inbox`: the list is «Ждёт меня»."""

    name: str
    back: str
    before: str
    behind: str
    is_inbox: bool = False


TrailOf = Callable[[int, Mapping[str, str], User, datetime], Trail]  # Message, what its address says, who looks, when


LISTS: Memory[dict[str, TrailOf]] = Memory(lambda _: {})


def has_cards(app: Flask, name: str, trail: TrailOf) -> None:
    """Register a list whose rows lead to cards; `from` begins with `name`."""
    LISTS.get(app)[name] = trail
