"""Who is away today and who stands in (П.3), asked of the database once a request."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g

from osm.clock import current_now
from osm.flow.acts.clocks import in_force
from osm.flow.acts.terms import local_day
from osm.flow.queries.duties import Asker
from osm.people.models import StandsFor
from osm.people.queries.absences import Roster, is_head, is_head_named, roster_on
from osm.people.queries.handovers import publishing_networks
from osm.regulation.substitution import FITTING
from osm.regulation.words import Role
from osm.store.models import User


def roster_today() -> Roster:
    """As it stood when the request first asked."""
    if "osm_roster" not in g:
        g.osm_roster = roster_on(local_day(current_now()))
    found: Roster = g.osm_roster
    return found


def standing_in_for(person: User) -> tuple[StandsFor, ...]:
    """Whom this person stands in for today, by name: colleagues whose rights he has, and executors whose work he does.

    `roles` are those that he fills in for them; a head and an administrator are stood in for by nobody.
    """
    if not person.has(*FITTING):
        return ()
    roster = roster_today()
    found = (
        StandsFor(
            absent, roster.name(absent), roster.people[absent].roles & FITTING.keys(), roster.away[absent].last_day
        )
        for absent in roster.stood_in_by(person.id)
        if roster.people[absent].is_active
    )
    return tuple(sorted((one for one in found if one.roles), key=lambda one: (one.name, one.person_id)))


def heads(person: User) -> bool:
    """Whether this person is «глава» today: the head, or who acts for him (П.20)."""
    return person.has(Role.HEAD) and is_head(person, roster_today())


def asker_of(person: User, now: datetime) -> Asker:
    """This person, as the queries of «Ждёт меня» know him."""
    networks = publishing_networks() if person.has(Role.EXECUTOR) else frozenset()
    absent = [one.person_id for one in standing_in_for(person)]
    return Asker.of(person, now, in_force().calendar, networks, absent, heads(person))


def forget_roster() -> None:
    """After an act that was refused because somebody changed an absence meanwhile: the page shows it as it is now."""
    g.pop("osm_roster", None)


def init_app(app: Flask) -> None:
    app.add_template_global(standing_in_for)
    app.add_template_global(is_head_named, "head_is_named")
