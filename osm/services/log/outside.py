"""The seals of the database against those that stand elsewhere: in the file beside it, in a backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from osm.services.log.report import Fault, Report
from osm.services.log.seal_file import SealFile
from osm.services.log.sealing import is_proved
from osm.services.log.seals import SOON, SealKey
from osm.store.models import EventSeal

Line = Mapping[str, Any]


@dataclass
class Written:
    """What the file says of seals. `lines` is None where there is no file."""

    file: SealFile
    lines: Sequence[Line] | None
    seals: dict[int, Line] = field(default_factory=dict)
    """By number, after what the file says of restored backups."""
    restored: list[Line] = field(default_factory=list)
    """Its words about restored backups that hold."""

    @property
    def name(self) -> str:
        return self.file.path.name


def read_file(outside: SealFile) -> Written:
    """The file as it stands. It is read before the seals of the database, which go ahead of it."""
    try:
        return Written(outside, list(outside.lines()))
    except FileNotFoundError:
        return Written(outside, None)


def take_up(written: Written, key: SealKey, report: Report) -> None:
    """Fill in `seals` and `restored` from the lines in their order."""
    before: Line | None = None
    for line in written.lines or ():
        if "restored_at" not in line:
            # The first word counts: a later line with the same number is what was sealed after the end was cut off.
            written.seals.setdefault(line["number"], line)
            before = line
        elif words := _why_not(line, before, written, key):
            faulty = f"отметка о восстановлении в файле {written.name} {words}"
            report.faults.append(Fault(line["first_id"], line["last_id"], faulty))
        else:
            report.restored_at.append(datetime.fromisoformat(line["restored_at"]))
            written.restored.append(line)
            written.seals = {number: seal for number, seal in written.seals.items() if number < line["number"]}
            if line["number"]:
                written.seals[line["number"]] = line


def _why_not(line: Line, before: Line | None, written: Written, key: SealKey) -> str:
    """What is wrong with a line that excuses a shorter log; empty where nothing is."""
    if not is_proved(line, key):
        return "сделана не этой программой"
    if any(line["restored_at"] == other["restored_at"] for other in written.restored):
        return "использована второй раз"
    sealed_at = _sealed_at(before) if before else None
    is_later = before and (sealed_at is None or sealed_at > datetime.fromisoformat(line["restored_at"]) + SOON)
    return "стоит не на своём месте" if is_later else ""


def check_file(seals: Sequence[EventSeal], written: Written, report: Report) -> None:
    """Seals that were replaced, an end that was cut off, a file that is gone or has become shorter."""
    if seals and written.lines is None:
        words = f"нет файла {written.name}: не видно, не отрезан ли конец журнала"
        report.faults.append(Fault(seals[-1].first_id, seals[-1].last_id, words))
    for seal in seals:
        if seal.number in written.seals and written.seals[seal.number]["mac"] != seal.mac:
            report.faults.append(Fault(seal.first_id, seal.last_id, "печать не та, что записана вне базы"))
    last = seals[-1].number if seals else 0
    cut = [written.seals[number] for number in sorted(written.seals) if number > last]
    if cut:
        words = f"конец журнала отрезан: печатей не хватает {len(cut)}, последняя была № {cut[-1]['number']}"
        report.faults.append(Fault(cut[0]["first_id"], cut[-1]["last_id"], words))
    if written.lines is not None and (missing := _missing(seals, written)):
        words = f"в файле {written.name} не хватает печатей: {len(missing)}"
        report.faults.append(Fault(missing[0].first_id, missing[-1].last_id, words))


def _missing(seals: Sequence[EventSeal], written: Written) -> list[EventSeal]:
    """Seals that the file should have. The last is written in a moment, or when the worker starts after a power cut.

    A restored backup may be of another server, whose file is not here: its line vouches for the seals before.
    """
    vouched = max((line["number"] for line in written.restored), default=0)
    missing = [seal for seal in seals[:-1] if seal.number not in written.seals and seal.number > vouched]
    if not missing:
        return []
    # What was sealed since the file was read stands there by now.
    there = {line["number"] for line in written.file.lines()}
    return [seal for seal in missing if seal.number not in there]


def check_against(known: Iterable[Line], seals: Sequence[EventSeal], written: Written, report: Report) -> None:
    """Seals that were kept elsewhere: each stands in the log as it was, or a later restore has taken it away."""
    macs = {seal.number: seal.mac for seal in seals}
    wrong = []
    for line in known:
        report.compared += 1
        if macs.get(line["number"]) != line["mac"] and not _is_restored(line, written):
            wrong.append(line)
    if wrong:
        words = f"печатей из копии в журнале нет или они другие: {len(wrong)}, первая № {wrong[0]['number']}"
        report.faults.append(Fault(wrong[0]["first_id"], wrong[-1]["last_id"], words))


def _is_restored(line: Line, written: Written) -> bool:
    sealed_at = _sealed_at(line)
    return sealed_at is not None and any(
        line["number"] > other["number"] and sealed_at <= datetime.fromisoformat(other["restored_at"])
        for other in written.restored
    )


def _sealed_at(line: Line) -> datetime | None:
    """None where somebody has written anything else in its place."""
    try:
        at = datetime.fromisoformat(line["sealed_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return at if at.tzinfo else None
