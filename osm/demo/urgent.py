"""One urgent report of the demonstration: the head has not read it yet (П.20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from osm.flow.acts.edits import active_assignments
from osm.store.models import Message, User
from osm.urgent.acts.instructions import ReportForm
from osm.urgent.acts.urgent import send

PLACE = "ул. Будника, 3–9"
WHAT = "Нет света в домах 3–9 по ул. Будника с утра. В доме 5 — человек на кислородном аппарате, батареи на час–два."
DONE = "Диспетчер сетевой компании: авария на линии, срок не назван. Ищем генератор для дома 5."


def report_urgently(people: Mapping[str, User], messages: Iterable[Message], now: datetime) -> None:
    """The curator reports what somebody's life may depend on."""
    message = next(one for one in messages if one.place == PLACE)
    workers = [f"{row.executor.name}, {row.executor.phone}" for row in active_assignments(message)]
    told = ReportForm(
        WHAT, PLACE, since_at=message.published_at, links=message.url or "", workers="\n".join(workers), done=DONE
    )
    send(told, message_id=message.id, actor=people["anna"], now=now)
