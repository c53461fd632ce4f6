"""What one has just directed or closed can be taken back for ten seconds, on whichever page comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, session

from osm.clock import current_now
from osm.inbox.queries.inbox import JustDone, just_done
from osm.regulation.transition_row import SLIP_UNDO
from osm.web.access import me

_DONE_AT = "done_at"
"""What the session keeps: when this person did so last, so that other pages ask the database nothing."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back as one, and for how many seconds still."""

    rows: list[JustDone]
    seconds: int


def note_done() -> None:
    """The page that comes next offers to take it back."""
    session[_DONE_AT] = current_now().isoformat()


def undo_of_last() -> Undo | None:
    """What this page offers to take back."""
    if _DONE_AT not in session:
        return None
    now = current_now()
    left = datetime.fromisoformat(session[_DONE_AT]) + SLIP_UNDO - now
    rows = just_done(me().id, now - SLIP_UNDO) if left.total_seconds() > 0 else []
    if not rows:
        session.pop(_DONE_AT)
        return None
    return Undo(rows, max(1, int((rows[0].at + SLIP_UNDO - now).total_seconds())))


def forget_done() -> None:
    session.pop(_DONE_AT, None)


def init_app(app: Flask) -> None:
    app.add_template_global(undo_of_last)
