"""Promises that wait for the person of the request."""

from datetime import datetime

from flask import g
from flask_login import current_user

from osm.answers.queries import promises as queries_promises
from osm.base.application import current_now
from osm.flow.acts.terms import local_day
from osm.models import User
from osm.people.views import substituted_ids
from osm.regulation.words import Role
from osm.shell.frame.nav import Asked, may_be_some


def promises_waiting() -> list[queries_promises.PromiseRow]:
    """Promises in «Ждёт меня» of the current user; queried once for each request, if the menu has counted any."""
    if not may_be_some("/promises"):
        return []
    if "osm_promised" not in g:
        g.osm_promised = queries_promises.waiting(current_user, local_day(current_now()), promised_for(current_user))
    found: list[queries_promises.PromiseRow] = g.osm_promised
    return found


def count_promises(person: User, now: datetime) -> Asked:
    if not person.has(Role.EXECUTOR, Role.CURATOR):
        return Asked()
    column, values = queries_promises.number_waiting(person, local_day(now), promised_for(person))
    return Asked((column,), values)


def promised_for(person: User) -> list[int]:
    """Ids of the colleagues that he replaces in promises today (П.3)."""
    return substituted_ids(person) if person.has(Role.EXECUTOR) else []
