"""Seals the log in batches, in the database and in a file outside it, and checks the log against the seals."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select, text

from osm.base import durable
from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts import contents, sealing
from osm.log.queries import page
from osm.models import Event, EventSeal

# --- Sealing
log = logging.getLogger(__name__)

BATCH = 500  # events under one seal; a fault is located to this precision


def seal_events(now: datetime, until: int | None = None) -> int:
    """Seal all committed events, or those up to `until`; return how many. Seals that an earlier run did not write to
    the file are added. Only one process seals at a time; others return 0."""
    outside = seal_file()
    try:
        with durable.locked(outside.path.with_name("seals.lock")):
            return _seal_all(outside, now, until)
    except durable.Busy:
        return 0


def _seal_all(outside: sealing.SealFile, now: datetime, until: int | None) -> int:
    db.session.rollback()
    contents.look(outside, now)
    # Seals that were committed but not written to the file, because the process ended.
    known, _ = outside.last() or (0, sealing.BEGINNING)
    _publish(outside, db.session.scalars(select(EventSeal).where(EventSeal.number > known).order_by(EventSeal.number)))
    last = last_seal()
    if db.session.scalar(select(Event.id).where(Event.id > (last.last_id if last else 0)).limit(1)) is None:
        contents.remember(last)
        db.session.rollback()
        return 0
    until = until or page.settled_until()
    count = 0
    late: list[Row[Any]] = []
    while until is not None and (made := _next_seal(until, now)) is not None:
        seal, rows = made
        _publish(outside, [seal])
        contents.remember(seal)
        late += [row for row in rows if row.at < now - sealing.SOON]
        count += seal.count
    if late:
        contents.say_late(sealing.Late(late[0].id, late[-1].id, min(row.at for row in late), now), len(late))
    return count


def seal_file() -> sealing.SealFile:
    return sealing.SealFile(current_settings().seals_file)


def current_key() -> sealing.SealKey:
    return sealing.seal_key(current_settings().encryption_key)


def last_seal() -> EventSeal | None:
    return db.session.scalars(select(EventSeal).order_by(EventSeal.number.desc()).limit(1)).one_or_none()


def line_of(seal: EventSeal) -> dict[str, Any]:
    """A seal as a line of the file."""
    return {
        "number": seal.number,
        "first_id": seal.first_id,
        "last_id": seal.last_id,
        "count": seal.count,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(),
        "key_id": seal.key_id,
        "mac": seal.mac,
    }


def note_restored(now: datetime) -> None:
    """Note in the file that a backup replaced the database, so the log ends where the backup's log did. The line is
    signed: a person who cuts off the end of the log cannot write it. Writes only one line for a restore."""
    if any(line.get("restored_at") == now.astimezone(UTC).isoformat() for line in read_file(seal_file()).lines or ()):
        return
    last, key = last_seal(), current_key()
    line = line_of(last) if last else {"number": 0, "first_id": 0, "last_id": 0, "mac": sealing.BEGINNING}
    line |= {"restored_at": now.astimezone(UTC).isoformat(), "key_id": key.id}
    seal_file().append([line | {"proof": _proof(line, key)}])
    contents.forget()


def _proof(line: Mapping[str, Any], key: sealing.SealKey) -> str:
    return key.sign("restored", *(line.get(name) for name in ("restored_at", "number", "first_id", "last_id", "mac")))


def _publish(outside: sealing.SealFile, seals: Iterable[EventSeal]) -> None:
    """Write seals to the file and to the system journal, which access to the database is not enough to change."""
    lines = [line_of(seal) for seal in seals]
    outside.append(lines)
    for line in lines:
        log.info("log sealed", extra=line)


def _next_seal(until: int, now: datetime) -> tuple[EventSeal, Sequence[Row[Any]]] | None:
    """Seal the next batch up to event `until` and return the seal with its rows; None if there is no batch."""
    key = current_key()
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            # A second sealing process waits here and continues after the seal of the first.
            session.execute(text("LOCK TABLE event_seal IN SHARE ROW EXCLUSIVE MODE"))
        last = last_seal()
        sealed = last.last_id if last else 0
        rows = session.execute(sealing.logged_rows().where(Event.id > sealed, Event.id <= until).limit(BATCH)).all()
        if not rows:
            return None
        seal = EventSeal(
            number=last.number + 1 if last else 1, first_id=sealed + 1, last_id=rows[-1].id, count=len(rows),
            sealed_at=now, key_id=key.id,
        )  # fmt: skip
        seal.mac = sealing.signature(key, seal, last.mac if last else sealing.BEGINNING, rows)
        session.add(seal)
        return seal, rows


# --- Comparing seals with copies outside the database
Line = Mapping[str, Any]


@dataclass
class Written:
    """Content of the file. `lines` is None if the file does not exist."""

    file: sealing.SealFile
    lines: Sequence[Line] | None
    seals: dict[int, Line] = field(default_factory=dict)  # by number, after each restored backup applied
    restored: list[tuple[Line, frozenset[str]]] = field(default_factory=list)
    """Valid lines about restored backups, each with the macs of the restored log as far as the file had them."""

    @property
    def name(self) -> str:
        return self.file.path.name


def read_file(outside: sealing.SealFile) -> Written:
    """Read the file. Read it before the seals of the database, which are written first."""
    try:
        return Written(outside, list(outside.lines()))
    except FileNotFoundError:
        return Written(outside, None)


def read_lines(written: Written, key: sealing.SealKey, report: sealing.Report) -> None:
    """Fill `seals` and `restored` from the lines, in order."""
    before: Line | None = None
    earlier: dict[str, Line | None] = {}  # mac of a seal → the seal before it in its log
    for line in written.lines or ():
        if "restored_at" not in line:
            # The first line counts: a later one with the same number was sealed after the end of the log was cut off.
            if line["number"] not in written.seals:
                earlier.setdefault(line["mac"], next(reversed(written.seals.values()), None))
                written.seals[line["number"]] = line
            before = line
        elif words := _why_not(line, before, written, key):
            faulty = f"отметка о восстановлении в файле {written.name} {words}"
            report.faults.append(sealing.Fault(line["first_id"], line["last_id"], faulty))
        else:
            report.restored_at.append(datetime.fromisoformat(line["restored_at"]))
            written.seals = _history(line, earlier)
            written.restored.append((line, frozenset(seal["mac"] for seal in written.seals.values())))


def _history(restored: Line, earlier: Mapping[str, Line | None]) -> dict[int, Line]:
    """The seals of a restored log by number: an earlier restore may have left it, or it comes from another server,
    whose seals are not in this file."""
    found, line = [], restored if restored["number"] else None
    while line is not None:
        found.append(line)
        line = earlier.get(line["mac"])
    return {line["number"]: line for line in reversed(found)}


def _why_not(line: Line, before: Line | None, written: Written, key: sealing.SealKey) -> str:
    """What is wrong with a line about a restored backup; empty if it is valid."""
    if line.get("proof") != _proof(line, key):
        return "сделана не этой программой"
    if any(line["restored_at"] == other["restored_at"] for other, _ in written.restored):
        return "использована второй раз"
    sealed_at = _sealed_at(before) if before else None
    is_later = before and (sealed_at is None or sealed_at > datetime.fromisoformat(line["restored_at"]) + sealing.SOON)
    return "стоит не на своём месте" if is_later else ""


def check_file(seals: Sequence[EventSeal], written: Written, report: sealing.Report) -> None:
    """Report replaced seals, a log that was cut off, and a file that is missing or shorter."""
    if seals and written.lines is None:
        words = f"нет файла {written.name}: не видно, не отрезан ли конец журнала"
        report.faults.append(sealing.Fault(seals[-1].first_id, seals[-1].last_id, words))
    for seal in seals:
        if seal.number in written.seals and written.seals[seal.number]["mac"] != seal.mac:
            report.faults.append(sealing.Fault(seal.first_id, seal.last_id, "печать не та, что записана вне базы"))
    last = seals[-1].number if seals else 0
    cut = [written.seals[number] for number in sorted(written.seals) if number > last]
    if cut:
        words = f"конец журнала отрезан: печатей не хватает {len(cut)}, последняя была № {cut[-1]['number']}"
        report.faults.append(sealing.Fault(cut[0]["first_id"], cut[-1]["last_id"], words))
    if written.lines is not None and (missing := _missing(seals, written)):
        words = f"в файле {written.name} не хватает печатей: {len(missing)}"
        report.faults.append(sealing.Fault(missing[0].first_id, missing[-1].last_id, words))


def _missing(seals: Sequence[EventSeal], written: Written) -> list[EventSeal]:
    """Seals missing in the file. The last one may be missing: it is written a moment later, or when the worker starts
    after a power cut. A backup restored from another server has seals that are not in this file; its line covers them.
    """
    vouched = max((line["number"] for line, _ in written.restored), default=0)
    missing = [seal for seal in seals[:-1] if seal.number not in written.seals and seal.number > vouched]
    if not missing:
        return []
    # Seals made after the file was read are in it by now.
    there = {line["number"] for line in written.file.lines()}
    return [seal for seal in missing if seal.number not in there]


def check_against(known: Iterable[Line], seals: Sequence[EventSeal], written: Written, report: sealing.Report) -> None:
    """Compare seals kept elsewhere with the log. Each must be unchanged, or removed by a later restore."""
    macs = {seal.number: seal.mac for seal in seals}
    wrong = []
    for line in known:
        report.compared += 1
        if macs.get(line["number"]) != line["mac"] and not _is_restored(line, written):
            wrong.append(line)
    if wrong:
        words = f"печатей из копии в журнале нет или они другие: {len(wrong)}, первая № {wrong[0]['number']}"
        report.faults.append(sealing.Fault(wrong[0]["first_id"], wrong[-1]["last_id"], words))


def _is_restored(line: Line, written: Written) -> bool:
    sealed_at = _sealed_at(line)
    return sealed_at is not None and any(
        line["mac"] not in macs and sealed_at <= datetime.fromisoformat(other["restored_at"])
        for other, macs in written.restored
    )


def _sealed_at(line: Line) -> datetime | None:
    """Time of sealing; None if the value is not a time."""
    try:
        at = datetime.fromisoformat(line["sealed_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return at if at.tzinfo else None


# --- Checking the log
_CHUNK = 1000


def verify_log(now: datetime, against: Iterable[Line] = ()) -> sealing.Report:
    """Read the whole log once; compare it with the seals, notes, texts and the file outside the database. `against`:
    seals kept elsewhere (`osm.log.acts.contents`)."""
    db.session.rollback()
    key, written = current_key(), read_file(seal_file())
    seals = db.session.scalars(select(EventSeal).order_by(EventSeal.number)).all()
    report = sealing.Report(seals=len(seals), last_sealed_at=seals[-1].sealed_at if seals else None)
    read_lines(written, key, report)
    _check_rows(seals, written.seals, key, now, report)
    for faults in _FAULTS:
        report.faults.extend(faults())
    check_file(seals, written, report)
    check_against(against, seals, written, report)
    report.faults.sort(key=lambda fault: (fault.first_id, fault.last_id))
    db.session.rollback()
    return report


_FAULTS = (
    contents.faults_of_notes, contents.faults_of_texts, contents.faults_of_approvals, contents.faults_of_versions,
    contents.faults_of_publications, contents.faults_of_roles, contents.faults_seen_by_the_worker,
)  # fmt: skip


class _Rows:
    """The log as a stream, read range by range."""

    def __init__(self) -> None:
        self._stream = iter(db.session.execute(sealing.logged_rows().execution_options(yield_per=_CHUNK)))
        self._next: Row[Any] | None = next(self._stream, None)

    def until(self, last_id: int) -> list[Row[Any]]:
        rows = []
        while self._next is not None and self._next.id <= last_id:
            rows.append(self._next)
            self._next = next(self._stream, None)
        return rows

    def rest(self) -> Iterator[Row[Any]]:
        while self._next is not None:
            yield self._next
            self._next = next(self._stream, None)


def _check_rows(
    seals: Sequence[EventSeal], written: Mapping[int, Any], key: sealing.SealKey, now: datetime, report: sealing.Report
) -> None:
    """Check each range against its seal. Each seal is judged with the stored one before it, so a fault is reported only
    where it is."""
    rows, times, faults = _Rows(), contents.Times(report), report.faults
    if before := rows.until(0):
        faults.append(sealing.Fault(before[0].id, before[-1].id, f"лишних записей: {len(before)}"))
    number, last_id = 0, 0
    previous: str | None = sealing.BEGINNING
    other_key: list[sealing.Fault] = []
    for seal in seals:
        if (seal.number, seal.first_id) != (number + 1, last_id + 1):
            rows.until(seal.first_id - 1)
            faults.append(sealing.Fault(last_id + 1, seal.first_id - 1, "печати на этих записях больше нет"))
            previous = written[seal.number - 1]["mac"] if seal.number - 1 in written else None
        covered = rows.until(seal.last_id)
        if words := _judged(seal, previous, covered, key):
            fault = sealing.Fault(seal.first_id, seal.last_id, words)
            _add(other_key, fault) if words == sealing.OTHER_KEY else faults.append(fault)
        times.sealed(seal, covered)
        number, last_id, previous = seal.number, seal.last_id, seal.mac
        report.sealed += seal.count
    times.waiting(rows.rest(), now)
    faults.extend(other_key)


def _add(stretches: list[sealing.Fault], fault: sealing.Fault) -> None:
    """Add a fault; ranges sealed with another key are merged, otherwise years of them would be a hundred thousand equal
    lines."""
    before = stretches.pop() if stretches and stretches[-1].last_id + 1 == fault.first_id else fault
    stretches.append(sealing.Fault(before.first_id, fault.last_id, fault.words))


def _judged(seal: EventSeal, previous: str | None, rows: Sequence[Row[Any]], key: sealing.SealKey) -> str:
    """What is wrong with a range; empty if it is intact."""
    if seal.key_id != key.id:
        return sealing.OTHER_KEY
    if len(rows) != seal.count:
        missing = seal.count - len(rows)
        return f"не хватает записей: {missing}" if missing > 0 else f"лишних записей: {-missing}"
    if previous is None:
        return "нет предыдущей печати, проверить нельзя"
    return "" if sealing.signature(key, seal, previous, rows) == seal.mac else "записи или их печать изменены"
