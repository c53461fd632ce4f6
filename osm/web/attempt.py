"""An act from a screen of its own: done leads on, refused shows the screen again with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Action
from osm.services.errors import TextChangedElsewhere
from osm.web.acting import Typed, me, seen_version, typed_values
from osm.web.htmx import is_htmx
from osm.web.stale import happened_since
from osm.web.visible import visible_card


def attempt(
    message_id: int,
    action: Action,
    act: Callable[..., Any],
    again: Callable[[int, Typed, int], Response],
    done: Callable[[Any], Response],
) -> Response:
    """Do an act from a screen of its own; a refusal shows `again` that screen with what was typed.

    `act` gets the message, the version seen, the person and the present instant; `again` the form with its status.
    """
    person, version = me(), seen_version()
    visible_card(message_id, person)
    try:
        return done(act(message_id, version, actor=person, now=current_now()))
    except (MissingInput, TextChangedElsewhere, StaleVersion) as error:
        if is_htmx():  # the form stays on the page, the refusal is told above it
            raise
        status = 422 if isinstance(error, MissingInput) else 409
        return again(message_id, _typed(action, error, message_id, version), status)


def _typed(action: Action, error: Exception, message_id: int, version: int) -> Typed:
    if isinstance(error, StaleVersion):
        return Typed(action, typed_values(), {"": str(error)}, happened_since(message_id, version), stale=True)
    place = error.field if isinstance(error, MissingInput) else "text"
    return Typed(action, typed_values(), {place: str(error)})
