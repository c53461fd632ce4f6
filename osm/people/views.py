"""The rights of this person today, with those of absent colleagues."""

from datetime import datetime

from flask import Flask, Response, after_this_request, g

from osm.base.application import current_now
from osm.base.errors import NotFound, Recalled, must_exist
from osm.flow.acts import clocks, terms
from osm.flow.queries.duties import Asker
from osm.log.acts.record import Reading, record_reading
from osm.messages.queries.card import read_card
from osm.messages.queries.parts import Card, Worker
from osm.models import User
from osm.people.models import StandsFor
from osm.people.queries.absences import (
    SEE_EVERYTHING,
    Roster,
    away_words,
    is_head,
    is_head_named,
    may_see,
    roster_on,
    stood_in_for,
)
from osm.people.queries.handovers import publishing_networks
from osm.regulation.executors import FITTING
from osm.regulation.words import Role


# --- Who is away today and who substitutes (П.3), asked of the database once a request
def roster_today() -> Roster:
    """The roster at the first question of the request."""
    if "osm_roster" not in g:
        g.osm_roster = roster_on(terms.local_day(current_now()))
    found: Roster = g.osm_roster
    return found


def away_today(person_id: int) -> str:
    """«отсутствует по 30.11, замещает: Борис Ежов»; empty if he is not absent."""
    return away_words(person_id, roster_today())


def standing_in_for(person: User) -> tuple[StandsFor, ...]:
    """The names of those he substitutes today: colleagues with their rights, and executors with their work. `roles`:
    those that he has for them; a head and an administrator have no substitutes."""
    if not person.has(*FITTING):
        return ()
    return stood_in_for(person.id, roster_today(), lambda roles: frozenset(roles) & FITTING.keys())


def substituted_ids(person: User) -> list[int]:
    """Ids of those he substitutes today (П.3)."""
    return [one.person_id for one in standing_in_for(person)]


def heads(person: User) -> bool:
    """Whether this person is «глава» today: the head, or who acts for him (П.20)."""
    return person.has(Role.HEAD) and is_head(person, roster_today())


def asker_of(person: User, now: datetime) -> Asker:
    """This person, as the queries of «Ждёт меня» know him."""
    networks = publishing_networks() if person.has(Role.EXECUTOR) else frozenset()
    return Asker.of(person, now, clocks.in_force().calendar, networks, substituted_ids(person), heads(person))


def forget_roster() -> None:
    """After an act that was refused because an absence has changed: the page shows it as it is now."""
    g.pop("osm_roster", None)


def init_app(app: Flask) -> None:
    app.add_template_global(standing_in_for)
    app.add_template_global(away_today)
    app.add_template_global(is_head_named, "head_is_named")


# --- What of a message a person may see: the card that he may know of, and his own row on it
STAFF = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)
READERS = (*STAFF, Role.AUDITOR)


def visible_card(message_id: int, person: User, *, also: Role | None = None) -> Card:
    """The card, if this person may know of the message; who sees it is logged. `also`: a role that sees this page of
    any message. Raises NotFound."""
    if executes_only(person) and not (also and person.has(also)) and not may_see(person, message_id):
        raise NotFound
    card = must_exist(read_card(message_id))
    if card.recalled_at is not None:
        raise Recalled
    log_when_shown(Reading.CARD, message_id, person)
    return card


def log_when_shown(what: Reading, message_id: int, person: User) -> None:
    """Log the reading once the page is made: a transaction before would outdate the rows that the page shows. An act
    that leads on to another page has shown nothing."""
    seen: set[tuple[Reading, int]] = g.setdefault("osm_shown", set())
    if (what, message_id) in seen:
        return
    seen.add((what, message_id))

    def log(response: Response) -> Response:
        if response.status_code // 100 not in (3, 5):
            record_reading(what, actor=person, now=current_now(), message_id=message_id)
        return response

    after_this_request(log)


def executes_only(person: User) -> bool:
    """Whether this person sees no more than what is assigned to him: proposals of the press centre are not for him."""
    return person.roles.isdisjoint(SEE_EVERYTHING)


def own_worker(card: Card, person: User) -> Worker | None:
    """The row by which this person is asked for a part now, else the last one by which he was."""
    mine = [worker for worker in card.workers if worker.person.id == person.id and worker.part_state is not None]
    mine.sort(key=lambda worker: (worker.ended_at is None, worker.id))
    return mine[-1] if mine else None
