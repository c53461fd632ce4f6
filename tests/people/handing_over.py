"""Absences, and the work that is offered and handed over because of them (П.3)."""

from __future__ import annotations

from datetime import date

from osm.base.database import db
from osm.flow.acts.moving import active_assignments
from osm.models import Absence, Message
from osm.people.acts import absences
from osm.people.acts import office as acts_office
from osm.people.acts.absences import Given
from osm.people.queries.handovers import Offer, offers_on
from tests.office import Office, at

DAY = date(2026, 3, 17)
NOW = at("17.03 10:00")


def away(office: Office, person: str, first: int, last: int, substitute: str = "") -> Absence:
    chosen = office.ids[substitute] if substitute else None
    what = Given("leave", date(2026, 3, first), date(2026, 3, last), chosen)
    return absences.enter_absence(office.ids[person], what, actor=office.anna, now=at("16.03 09:00"))


def offers(day: int = 17) -> list[Offer]:
    return offers_on(date(2026, 3, day))


def offer_rows(day: int = 17) -> list[tuple[str, str, str, str, int]]:
    return [(o.kind.value, o.holder, o.owner, o.target, o.count) for o in offers(day)]


def take(office: Office, offer: Offer, when: str = "17.03 10:00", target: str = "") -> Offer:
    chosen = office.ids[target] if target else None
    done, _ = acts_office.hand_over(
        offer.holder_id, offer.owner_id, offer.seen, target_id=chosen, actor=office.anna, now=at(when)
    )
    return done


def who(message: Message) -> list[tuple[str, int | None]]:
    db.session.expire_all()
    return [(row.executor.name, row.for_id) for row in active_assignments(message)]
