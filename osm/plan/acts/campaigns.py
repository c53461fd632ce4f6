"""The list of campaigns of elections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from osm.flow.acts.edits import one_line
from osm.plan.acts.planning import KeptList
from osm.plan.rules.candidates import names_of
from osm.regulation.errors import MissingInput
from osm.store.models import Campaign


@dataclass(frozen=True, slots=True)
class CampaignGiven:
    """A campaign as the form gives it. `candidates`: one name a line, the surname first."""

    title: str
    first_day: date | None
    last_day: date | None
    silent_on: date | None
    candidates: str


def _fill(row: Campaign, given: CampaignGiven) -> None:
    row.title = one_line("title", "Название", given.title, 200, missing="Напишите, какие это выборы.")
    if given.first_day is None:
        raise MissingInput("first_day", "Укажите первый день.")
    if given.last_day is None:
        raise MissingInput("last_day", "Укажите последний день.")
    if given.last_day < given.first_day:
        raise MissingInput("last_day", "Последний день раньше первого.")
    if given.silent_on is not None and not given.first_day <= given.silent_on <= given.last_day:
        raise MissingInput("silent_on", "День тишины не входит в дни кампании.")
    row.first_day, row.last_day, row.silent_on = given.first_day, given.last_day, given.silent_on
    row.candidates = "\n".join(names_of(given.candidates))


CAMPAIGNS = KeptList(Campaign, "campaign", "Кампания", "Кампании", _fill)
