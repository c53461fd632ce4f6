"""Promises that wait for the person of the request."""

from __future__ import annotations

from datetime import datetime

from flask import g, request
from flask_login import current_user

from osm.answers.queries import promises as queries_promises
from osm.clock import current_now
from osm.flow.acts.terms import local_day
from osm.regulation.words import Role
from osm.store.models import User
from osm.web.roster import substituted_ids


def promises_waiting() -> list[queries_promises.PromiseRow]:
    """Promises in «Ждёт меня» of the current user; queried once for each request."""
    if "osm_promised" not in g:
        g.osm_promised = queries_promises.waiting(current_user, local_day(current_now()), promised_for(current_user))
    found: list[queries_promises.PromiseRow] = g.osm_promised
    return found


def count_promises(person: User, now: datetime) -> int:
    """Number of waiting promises. On the list itself the rows are already loaded."""
    if request.endpoint == "inbox.show":
        return len(promises_waiting())
    if "osm_promises_count" not in g:
        g.osm_promises_count = queries_promises.count_waiting(person, local_day(now), promised_for(person))
    number: int = g.osm_promises_count
    return number


def promised_for(person: User) -> list[int]:
    """Ids of the colleagues that he replaces in promises today (П.3)."""
    return substituted_ids(person) if person.has(Role.EXECUTOR) else []
