"""A post on a page and a publication of the plan that are one thing, known by the address or the words (Пр.2.2)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.likeness.copies import fold, likeness
from osm.networks.addresses import one_spelling
from osm.regulation.plan.words import PublicationState
from osm.services.log.log import record
from osm.services.plan.steps import CLAUSE
from osm.store.models import Placement, Publication

NEAR = timedelta(hours=12)
"""A post of the same words that is away by more is another one; no clock is wrong by that."""
_TOPIC = re.compile(r"https://ok\.ru/.*/topic/(\d+)")
"""A group of OK has an address by its number and one by its name."""


def join(placement: Placement, now: datetime) -> None:
    """What had been found on the page is this publication: it is counted once. In the caller's transaction."""
    others = select(Placement).join(Publication, Publication.id == Placement.publication_id)
    others = others.where(Placement.account_id == placement.account_id, Publication.state == PublicationState.FOUND)
    for other in db.session.scalars(others).unique().all():
        is_same = which(other.url) == which(placement.url) if placement.url else _says(placement, other)
        if is_same:
            placement.url, placement.posted_at = placement.url or other.url, other.posted_at
            placement.gone_at = other.gone_at
            note("plan_join", placement.publication_id, now)
            db.session.delete(other.publication)


def which(url: str) -> str:
    """What tells one post from another, in whichever of its spellings the address was noted."""
    spelling = one_spelling(url)
    topic = _TOPIC.match(spelling)
    return f"ok:{topic[1]}" if topic else spelling or url


def is_alike(text: str, other: str) -> bool:
    """The same words, or nearly all of them: whoever places it by hand may have mended a comma."""
    one, two = fold(text), fold(other)
    return _letters(text) == _letters(other) or bool(one and two and likeness(one.letters, two.letters))


def plain(text: str) -> str:
    """Without what networks do to spaces."""
    return " ".join(text.split())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def note(action: str, publication_id: int, now: datetime) -> None:
    """The machine's act stands in the log."""
    record(action, at=now, actor=None, clause=CLAUSE, object_kind="publication", object_id=publication_id)


def _says(placement: Placement, other: Placement) -> bool:
    at, then = placement.placed_at, other.placed_at
    is_near = at is not None and then is not None and abs(at - then) <= NEAR
    return is_near and is_alike(placement.publication.text_of(placement), other.publication.text)
