"""The administrator sets how the office works where the act leaves it open (П.3, П.17)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, tzinfo

from osm.networks.catalogue import NETWORKS
from osm.regulation.errors import MissingInput
from osm.services.edits import locked, one_line, settle
from osm.services.log.log import Change
from osm.store.models import OfficeSettings, User
from osm.store.queries.staff.office_settings import SETTINGS_ID
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

KIND = "office_settings"
WHAT = "Настройки администрации"
_NO_ACT = "Напишите номер документа, которым это решено: порядок работы по п. 17 меняется."
_NO_DAY = "Укажите дату документа, которым это решено: порядок работы по п. 17 меняется."


def edit_settings(
    version: int,
    *,
    publishing_networks: Collection[str],
    answer_marked: bool,
    act_number: str,
    act_on: date | None,
    actor: User,
    now: datetime,
    zone: tzinfo,
) -> OfficeSettings:
    """Whether П.17 is followed to the letter changes by an act of the office alone. MissingInput, StaleVersion."""
    number = one_line("act_number", "Номер документа", act_number, 50)
    with locked_settings(version) as row:
        changes: dict[str, Change] = {}
        note = ""
        networks = sorted(_known(publishing_networks, row.publishing_networks))
        if networks != sorted(row.publishing_networks):
            changes["publishing_networks"] = (row.publishing_networks, networks)
            row.publishing_networks = networks
        if answer_marked != row.answer_marked:
            _check_act(number, act_on, now.astimezone(zone).date())
            changes["answer_marked"] = (row.answer_marked, answer_marked)
            row.answer_marked, row.marked_act_number, row.marked_act_on = answer_marked, number, act_on
            note = f"№ {number} от {act_on:%d.%m.%Y}"
        if changes:
            settle("edit_office_settings", KIND, row, changes, actor=actor, now=now, note=note)
        return row


@contextmanager
def locked_settings(version: int) -> Iterator[OfficeSettings]:
    """The row, made where there is none, under the version that the person saw. StaleVersion."""
    with transaction() as session:
        first = insert_into(OfficeSettings).values(id=SETTINGS_ID, publishing_networks=[])
        session.execute(first.on_conflict_do_nothing())
        yield locked(OfficeSettings, SETTINGS_ID, version, WHAT)


def _known(given: Collection[str], kept: Collection[str]) -> set[str]:
    if strangers := set(given) - set(NETWORKS) - set(kept):
        raise MissingInput("publishing_networks", f"Соцсети «{min(strangers)}» в списке нет. Отметьте из списка.")
    return set(given)


def _check_act(number: str, day: date | None, today: date) -> None:
    if not number:
        raise MissingInput("act_number", _NO_ACT)
    if day is None:
        raise MissingInput("act_on", _NO_DAY)
    if day > today:
        raise MissingInput("act_on", "Этот день ещё не наступил.")
