"""From which list one came to a card: the way back, and what stands before and behind it there.

The address of the card says it: `from` is `inbox`, or `messages?` with the filters of the register, and `at` is the
place of the message among them. Only what is understood as filters is used, so it can lead nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import g, request, url_for

from osm.store.models import User
from osm.store.queries.inbox.inbox import waiting_places
from osm.store.queries.register.register import Place, beside
from osm.web.inbox.view import INBOX, asker_of, card_from_inbox
from osm.web.register.address import address_of_query
from osm.web.register.view import REGISTER, card_from_register, reader_of, zone
from osm.web.requests import parts_of


@dataclass(frozen=True, slots=True)
class Trail:
    """Addresses; empty where nothing stands before or behind the card."""

    name: str
    back: str
    before: str
    behind: str
    is_inbox: bool


def came_by(message_id: int) -> dict[str, Any]:
    """What the address of this card says of the list; after an act upon it, what that of the page acted from said."""
    given: Mapping[str, str] = request.args
    if "from" not in given:
        page = parts_of(request.referrer or "")
        given = dict(parse_qsl(page.query)) if page.path == url_for("card.show", message_id=message_id) else {}
    name, mark, _ = given.get("from", "").partition("?")
    if name + mark not in (INBOX, REGISTER):
        return {}
    return {name: given[name] for name in ("from", "at") if name in given}


def trail_of(message_id: int, person: User, now: datetime) -> Trail | None:
    """The list from which this person came to this card; None where it is not known."""
    came = came_by(message_id)
    if not came:
        return None
    return _inbox(message_id, person, now) if came["from"] == INBOX else _register(message_id, came, person, now)


def _inbox(message_id: int, person: User, now: datetime) -> Trail:
    """What was done has left the list: behind it stands what is the most urgent now."""
    g.osm_places = places = waiting_places(asker_of(person, now))
    ids = [place.id for place in sorted(places, key=lambda place: (place.section, *place.by_term()))]
    here = ids.index(message_id) if message_id in ids else -1
    before, behind = ids[max(here - 1, 0) : max(here, 0)], ids[here + 1 : here + 2]
    back = url_for("inbox.show", _anchor=f"m-{message_id}")
    return Trail("Ждёт меня", back, _in_inbox(before), _in_inbox(behind), is_inbox=True)


def _in_inbox(ids: Sequence[int]) -> str:
    return card_from_inbox(ids[0]) if ids else ""


def _register(message_id: int, came: Mapping[str, str], person: User, now: datetime) -> Trail:
    """By the place that the message had when it was listed: an act may have moved it out of the filter since."""
    address = address_of_query(came["from"].removeprefix(REGISTER), zone())
    place = Place.of(came.get("at", ""))
    before = behind = None
    if place is not None and place.message_id == message_id:
        before, behind = beside(address.wanted, reader_of(person, now), address.sort, place)
    back = f"{url_for('register.show')}?{address.here}".removesuffix("?")
    cards = [card_from_register(address, one) if one else "" for one in (before, behind)]
    return Trail("Сообщения", f"{back}#m-{message_id}", cards[0], cards[1], is_inbox=False)
