"""What one has just directed can be taken back for ten seconds, on whichever page comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, session

from osm.clock import current_now
from osm.regulation.transition_row import ROUTING_UNDO
from osm.store.queries.inbox.routed import JustRouted, just_routed
from osm.web.access import me

_ROUTED_AT = "routed_at"
"""What the session keeps: when this person directed something last, so that other pages ask the database nothing."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back as one, and for how many seconds still."""

    rows: list[JustRouted]
    seconds: int


def note_routing() -> None:
    """The page that comes next offers to take it back."""
    session[_ROUTED_AT] = current_now().isoformat()


def routing_undo() -> Undo | None:
    """What this page offers to take back."""
    if _ROUTED_AT not in session:
        return None
    now = current_now()
    left = datetime.fromisoformat(session[_ROUTED_AT]) + ROUTING_UNDO - now
    rows = just_routed(me().id, now - ROUTING_UNDO) if left.total_seconds() > 0 else []
    if not rows:
        session.pop(_ROUTED_AT)
        return None
    return Undo(rows, max(1, int((rows[0].at + ROUTING_UNDO - now).total_seconds())))


def forget_routing() -> None:
    session.pop(_ROUTED_AT, None)


def init_app(app: Flask) -> None:
    app.add_template_global(routing_undo)
