"""The register as the list from which one came to a card: its filters, and its order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Flask, url_for

from osm.store.models import User
from osm.store.queries.register.register import Place, beside
from osm.web.messages.trail import Trail, has_cards
from osm.web.register.address import address_of_query
from osm.web.register.view import REGISTER, card_from_register, reader_of, zone


def register_trail(message_id: int, came: Mapping[str, str], person: User, now: datetime) -> Trail:
    """By the place that the message had when it was listed: an act may have moved it out of the filter since."""
    address = address_of_query(came["from"].partition("?")[2], zone())
    place, before, behind = Place.of(came.get("at", "")), None, None
    if place is not None and place.message_id == message_id:
        before, behind = beside(address.wanted, reader_of(person, now), address.sort, place)
    back = f"{url_for('register.show')}?{address.here}".removesuffix("?")
    cards = [card_from_register(address, one) if one else "" for one in (before, behind)]
    return Trail("Сообщения", f"{back}#m-{message_id}", cards[0], cards[1])


def init_app(app: Flask) -> None:
    has_cards(app, REGISTER, register_trail)
