"""The list from which a person came to a card: the way back, and the cards before and after it.

The address of the card contains it: `from` is the list with its filters, `messages?status=open`, and `at` the place of
the message in it. Addresses are rebuilt from the parsed filters, so `from` cannot lead to another site.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, g, request, url_for

from osm.inbox.queries.inbox import waiting_places
from osm.inbox.views.rows import INBOX, card_from_inbox
from osm.messages.views.neighbours import LISTS, Trail, has_cards
from osm.models import User
from osm.people import views as roster
from osm.shell import requests


def came_by(message_id: int) -> dict[str, Any]:
    """The list in the address of this card or, after an act on it, in the address of the page that sent the form."""
    given: Mapping[str, str] = request.args
    if "from" not in given:
        page = requests.parts_of(request.referrer or "")
        given = dict(parse_qsl(page.query)) if page.path == url_for("card.show", message_id=message_id) else {}
    known = given.get("from", "").partition("?")[0] in LISTS.get()
    return {name: given[name] for name in ("from", "at") if name in given} if known else {}


def trail_of(message_id: int, person: User, now: datetime) -> Trail | None:
    """The list from which this person came to the card, None if unknown."""
    came = came_by(message_id)
    if not came:
        return None
    trail = LISTS.get()[came["from"].partition("?")[0]]
    return trail(message_id, came, person, now)


def inbox_trail(message_id: int, _came: Mapping[str, str], person: User, now: datetime) -> Trail:
    """A message that is done is no longer in the list, so the next one is the most urgent."""
    g.osm_places = places = waiting_places(roster.asker_of(person, now))
    messages = [place for place in places if place.duty >= 0]
    ids = [place.id for place in sorted(messages, key=lambda place: place.key)]
    here = ids.index(message_id) if message_id in ids else -1
    before, behind = ids[max(here - 1, 0) : max(here, 0)], ids[here + 1 : here + 2]
    back = url_for("inbox.show", _anchor=f"m-{message_id}")
    return Trail("Ждёт меня", back, _card(before), _card(behind), is_inbox=True)


def _card(ids: Sequence[int]) -> str:
    return card_from_inbox(ids[0]) if ids else ""


def init_app(app: Flask) -> None:
    has_cards(app, INBOX, inbox_trail)
