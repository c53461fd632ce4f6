"""What a check of the log has found, and the event in which it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from flask import current_app

from osm.services.log.log import record
from osm.services.log.seals import SOON
from osm.store.models import User
from osm.store.models.log import VERIFIED
from osm.store.transaction import transaction

KEPT = 20
OTHER_KEY = "печать сделана другим ключом OSM_ENCRYPTION_KEY, проверить нельзя"
UNSEALED = (
    f"нет печати дольше {SOON.seconds // 60} минут: не работает фоновый процесс, или печати удалены в обход программы"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the events from `first_id` to `last_id`, in Russian."""

    first_id: int
    last_id: int
    words: str

    @property
    def sentence(self) -> str:
        return f"{_range(self.first_id, self.last_id)}: {self.words}."


@dataclass(frozen=True, slots=True)
class Late:
    """Events that had no seal for long: nothing can be said of what was done to them meanwhile."""

    first_id: int
    last_id: int
    since: datetime
    until: datetime

    def sentence(self, zone: tzinfo) -> str:
        since, until = (f"{at.astimezone(zone):%d.%m.%Y %H:%M}" for at in (self.since, self.until))
        return f"{_range(self.first_id, self.last_id)}: не было запечатано с {since} до {until}."


@dataclass
class Report:
    """What was checked and what was found; the log is whole where `faults` is empty."""

    seals: int = 0
    sealed: int = 0
    waiting: int = 0
    """Events that no seal covers yet: nothing can be said of them."""
    last_sealed_at: datetime | None = None
    restored_at: list[datetime] = field(default_factory=list)
    """When a backup took the place of the database: what was logged between the two is known to be missing."""
    late: list[Late] = field(default_factory=list)
    """No fault: the worker may have been off. It stays visible, since seals that were removed would look the same."""
    compared: int = 0
    """Seals of a backup or of the system's journal that the log was compared with."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_other_key(self) -> bool:
        """Nothing was found changed, but not everything could be judged: that is no word against anybody."""
        return bool(self.faults) and all(fault.words == OTHER_KEY for fault in self.faults)

    @property
    def is_unsealed(self) -> bool:
        """Nothing was found changed, but not everything has a seal."""
        words = {fault.words for fault in self.faults}
        return UNSEALED in words and words <= {UNSEALED, OTHER_KEY}


def log_check(report: Report, actor: User | None, now: datetime) -> None:
    """What came of a check as an event: the screen of the log shows the last one.

    Its words are the program's own; of many faults the first KEPT stand there, of late seals the last.
    """
    zone = current_app.extensions["osm_settings"].time_zone
    with transaction():
        record(
            VERIFIED,
            at=now,
            actor=actor,
            object_kind="log",
            changes={
                "sealed": (None, report.sealed),
                "waiting": (None, report.waiting),
                "faults": (None, len(report.faults)),
                "found": (None, [fault.sentence for fault in report.faults[:KEPT]]),
                **({"late": (None, [late.sentence(zone) for late in report.late[-KEPT:]])} if report.late else {}),
                **({"other_key": (None, True)} if report.is_other_key else {}),
                **({"is_unsealed": (None, True)} if report.is_unsealed else {}),
            },
        )


def _range(first_id: int, last_id: int) -> str:
    return f"Запись {first_id}" if first_id == last_id else f"Записи {first_id}–{last_id}"
