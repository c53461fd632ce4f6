"""Checking the log against its seals: what was changed, removed, inserted, or cut off at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from osm.extensions import db
from osm.services.log.log import record
from osm.services.log.seal_file import SealFile
from osm.services.log.sealing import current_key, is_proved, range_of, seal_file
from osm.services.log.seals import BEGINNING, SealKey, logged_rows, signature
from osm.store.models import Event, EventNote, EventSeal, User
from osm.store.models.log import note_digest
from osm.store.transaction import transaction

_CHUNK = 1000

VERIFIED = "log_verified"
KEPT = 20
OTHER_KEY = "печать сделана другим ключом OSM_ENCRYPTION_KEY, проверить нельзя"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the events from `first_id` to `last_id`, in Russian."""

    first_id: int
    last_id: int
    words: str

    @property
    def sentence(self) -> str:
        if self.first_id == self.last_id:
            return f"Запись {self.first_id}: {self.words}."
        return f"Записи {self.first_id}–{self.last_id}: {self.words}."


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
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_other_key(self) -> bool:
        """Nothing was found changed, but not everything could be judged: that is no word against anybody."""
        return bool(self.faults) and all(fault.words == OTHER_KEY for fault in self.faults)


def verify_log() -> Report:
    """Read the whole log once and compare it with the seals, the notes and the file outside the database."""
    key = current_key()
    seals = db.session.scalars(select(EventSeal).order_by(EventSeal.number)).all()
    report = Report(seals=len(seals), last_sealed_at=seals[-1].sealed_at if seals else None)
    written = _written(seal_file(), key, seals, report)
    _check_rows(seals, written, key, report)
    _check_notes(report)
    _check_end(seals, written, report)
    report.faults.sort(key=lambda fault: (fault.first_id, fault.last_id))
    db.session.rollback()
    return report


def log_check(report: Report, actor: User | None, now: datetime) -> None:
    """What came of a check as an event: the screen of the log shows the last one.

    Its words are the program's own; of many faults the first KEPT stand there.
    """
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
                **({"other_key": (None, True)} if report.is_other_key else {}),
            },
        )


class _Rows:
    """The log as a stream that is taken up range by range."""

    def __init__(self) -> None:
        self._stream = iter(db.session.execute(logged_rows().execution_options(yield_per=_CHUNK)))
        self._next: Row[Any] | None = next(self._stream, None)

    def until(self, last_id: int) -> list[Row[Any]]:
        rows = []
        while self._next is not None and self._next.id <= last_id:
            rows.append(self._next)
            self._next = next(self._stream, None)
        return rows

    def rest(self) -> int:
        return sum(1 for _ in self._stream) + (self._next is not None)


def _check_rows(seals: Sequence[EventSeal], written: Mapping[int, Any], key: SealKey, report: Report) -> None:
    """Every range against its seal. Each is judged by what stands before it, so that a fault stays where it is."""
    rows = _Rows()
    if before := rows.until(0):
        report.faults.append(Fault(before[0].id, before[-1].id, f"лишних записей: {len(before)}"))
    number, last_id = 0, 0
    previous: str | None = BEGINNING
    for seal in seals:
        if (seal.number, seal.first_id) != (number + 1, last_id + 1):
            rows.until(seal.first_id - 1)
            report.faults.append(Fault(last_id + 1, seal.first_id - 1, "печати на этих записях больше нет"))
            previous = written[seal.number - 1]["mac"] if seal.number - 1 in written else None
        if words := _judged(seal, previous, rows.until(seal.last_id), key):
            _add(report.faults, Fault(seal.first_id, seal.last_id, words))
        number, last_id, previous = seal.number, seal.last_id, seal.mac
        report.sealed += seal.count
    report.waiting = rows.rest()


def _add(faults: list[Fault], fault: Fault) -> None:
    """What another key sealed is one stretch: after years it would be a hundred thousand lines of the same words."""
    before = faults[-1] if faults else None
    if before and before.words == fault.words == OTHER_KEY and before.last_id + 1 == fault.first_id:
        faults[-1] = Fault(before.first_id, fault.last_id, OTHER_KEY)
    else:
        faults.append(fault)


def _judged(seal: EventSeal, previous: str | None, rows: Sequence[Row[Any]], key: SealKey) -> str:
    """What is wrong with a range, empty where nothing is."""
    if seal.key_id != key.id:
        return OTHER_KEY
    if len(rows) != seal.count:
        missing = seal.count - len(rows)
        return f"не хватает записей: {missing}" if missing > 0 else f"лишних записей: {-missing}"
    if previous is None:
        return "нет предыдущей печати, проверить нельзя"
    return "" if signature(key, range_of(seal), previous, rows) == seal.mac else "записи или их печать изменены"


def _check_notes(report: Report) -> None:
    """Reasons and remarks against their digests in the log; a note that is gone was purged."""
    query = select(Event.id, Event.note_digest, EventNote.salt, EventNote.text).join(EventNote).order_by(Event.id)
    for number, digest, salt, text in db.session.execute(query.execution_options(yield_per=_CHUNK)):
        if digest != note_digest(salt, text):
            report.faults.append(
                Fault(number, number, "примечание к записи изменено" if digest else "лишнее примечание")
            )


def _written(outside: SealFile, key: SealKey, seals: Sequence[EventSeal], report: Report) -> dict[int, dict[str, Any]]:
    """Number → seal as the file outside the database has it, after what it says of restored backups."""
    try:
        lines: Iterable[dict[str, Any]] = list(outside.lines())
    except FileNotFoundError:
        if seals:
            words = f"нет файла {outside.path.name}: не видно, не отрезан ли конец журнала"
            report.faults.append(Fault(seals[-1].first_id, seals[-1].last_id, words))
        return {}
    written: dict[int, dict[str, Any]] = {}
    for line in lines:
        if "restored_at" not in line:
            # The first word counts: a later line with the same number is what was sealed after the end was cut off.
            written.setdefault(line["number"], line)
            continue
        if not is_proved(line, key):
            words = f"отметка о восстановлении в файле {outside.path.name} сделана не этой программой"
            report.faults.append(Fault(line["first_id"], line["last_id"], words))
            continue
        report.restored_at.append(datetime.fromisoformat(line["restored_at"]))
        written = {number: seal for number, seal in written.items() if number < line["number"]}
        if line["number"]:
            written[line["number"]] = line
    return written


def _check_end(seals: Sequence[EventSeal], written: Mapping[int, dict[str, Any]], report: Report) -> None:
    """The seals of the file against those of the database: replaced ones, and an end that was cut off."""
    for seal in seals:
        if seal.number in written and written[seal.number]["mac"] != seal.mac:
            report.faults.append(Fault(seal.first_id, seal.last_id, "печать не та, что записана вне базы"))
    last = seals[-1].number if seals else 0
    cut = [written[number] for number in sorted(written) if number > last]
    if cut:
        words = f"конец журнала отрезан: печатей не хватает {len(cut)}, последняя была № {cut[-1]['number']}"
        report.faults.append(Fault(cut[0]["first_id"], cut[-1]["last_id"], words))
