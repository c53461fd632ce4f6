"""Checks of times, notes, texts, roles and seals against the log."""

import logging
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from osm.base.application import Memory
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.log.acts.sealing import BEGINNING, SOON, UNSEALED, Fault, Late, Report, SealFile
from osm.log.models import FAULT, PURGE, SEALED_LATE, found_words, new_value, salted_digest
from osm.models import (
    Draft,
    Event,
    EventNote,
    EventSeal,
    Placement,
    Publication,
    PublicationVersion,
    Reply,
    User,
    UserRole,
)
from osm.plan.rules import PlanAct, PublicationState
from osm.regulation.words import Action
from osm.store import portable
from osm.store.archive import Archive, EncryptedArchive

# --- Order of event times
OUT_OF_ORDER = timedelta(hours=1)
"""A job logs the time at which its round began; after a change of the calendar that can be long ago."""

DATED_BACK = "время раньше, чем у записей до неё: вставлено задним числом, или на сервере переводили часы"


class Times:
    """Checks the times of rows in their order and adds findings to the report. An event is sealed within seconds. An
    event inserted later therefore has a time of that later hour, or is dated back and then comes after newer events or
    was without a seal for long."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._latest: datetime | None = None
        self._back: tuple[int, int] | None = None
        self._late_seal = 0

    def sealed(self, seal: EventSeal, rows: Sequence[Row[Any]]) -> None:
        self._in_order(rows)
        late = [row for row in rows if row.at < seal.sealed_at - SOON]
        if not late:
            return
        since, known = min(row.at for row in late), self._report.late
        if known and self._late_seal == seal.number - 1 and known[-1].until == seal.sealed_at:
            before = known.pop()
            known.append(Late(before.first_id, late[-1].id, min(before.since, since), seal.sealed_at))
        else:
            known.append(Late(late[0].id, late[-1].id, since, seal.sealed_at))
        self._late_seal = seal.number

    def waiting(self, rows: Iterable[Row[Any]], now: datetime) -> None:
        """Check the rows after the last seal. Unsealed rows of a backup count from its restore."""
        is_restored = bool(self._report.restored_at) and self._report.restored_at[-1] > now - SOON
        old: list[int] = []
        for row in rows:
            self._report.waiting += 1
            self._in_order([row])
            if row.at < now - SOON and not is_restored:
                old = [old[0] if old else row.id, row.id]
        if old:
            self._report.faults.append(Fault(old[0], old[-1], UNSEALED))
        self._end_of_stretch()

    def _in_order(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            if self._latest is not None and row.at < self._latest - OUT_OF_ORDER:
                self._back = (self._back[0] if self._back else row.id, row.id)
                continue
            self._end_of_stretch()
            if self._latest is None or row.at > self._latest:
                self._latest = row.at

    def _end_of_stretch(self) -> None:
        if self._back is not None:
            self._report.faults.append(Fault(*self._back, DATED_BACK))
            self._back = None


# --- Notes, texts and roles
_CHUNK = 1000
_APPROVING = (Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE, Action.CORRECT_ANSWER)
_OF_VERSIONS = tuple(f"plan_{act}" for act in (PlanAct.SUBMIT, PlanAct.APPROVE, PlanAct.CORRECT))
_SETTLED = (
    PublicationState.SUBMITTED, PublicationState.APPROVED, PublicationState.SCHEDULED, PublicationState.FAILED,
    PublicationState.PUBLISHED,
)  # fmt: skip
"""States in which the text must equal a version."""
_OF_PEOPLE = ("create_user", "edit_user", "block_user", "unblock_user")


def faults_of_notes() -> Iterator[Fault]:
    """Reasons and remarks that were changed or are missing. Only a purge deletes them, and the log says so later."""
    is_gone = EventNote.event_id.is_(None)
    purges = _purges()
    of_event = (Event.id, Event.note_digest, Event.message_id, Event.object_kind, Event.object_id)
    query = (
        select(*of_event, EventNote.salt, EventNote.text, is_gone)
        .outerjoin(EventNote)
        .where(or_(Event.note_digest.is_not(None), ~is_gone))
        .order_by(Event.id)
    )
    for row in db.session.execute(query.execution_options(yield_per=_CHUNK)):
        number, digest, message_id, kind, object_id, salt, text, gone = row
        if gone:
            if not _is_purged(purges, number, message_id, kind, object_id):
                yield Fault(number, number, "примечание к записи удалено")
        elif digest != salted_digest(salt, text):
            yield Fault(number, number, "примечание к записи изменено" if digest else "лишнее примечание")


def _purges() -> dict[tuple[str, int], int]:
    """Kind and id of an object whose words a purge destroyed → the last event that says so."""
    said = select(Event.id, Event.object_kind, Event.object_id, Event.changes).where(Event.action == PURGE)
    return {
        (kind, object_id): number
        for number, kind, object_id, changes in db.session.execute(said.order_by(Event.id))
        if kind != "message" or new_value(changes, "kept") == "messages"
    }


def _is_purged(
    purges: Mapping[tuple[str, int], int], number: int, message_id: int | None, kind: str, object_id: int | None
) -> bool:
    """Whether a purge after this event destroyed the words of its message or its object."""
    return max(purges.get(("message", message_id or 0), 0), purges.get((kind, object_id or 0), 0)) > number


def faults_of_texts() -> Iterator[Fault]:
    """Versions of answers that were changed after submission or approval, not by a purge."""
    purges = _purges()
    query = (
        select(Event.id, Event.changes, Draft.salt, Draft.text, Draft.id.is_(None), Event.message_id)
        .outerjoin(Draft, Draft.id == Event.object_id)
        .where(Event.object_kind == "draft")
        .order_by(Event.id)
    )
    for number, changes, salt, text, gone, message_id in db.session.execute(query.execution_options(yield_per=_CHUNK)):
        digest = new_value(changes, "text_digest")
        if digest and not salt and _is_purged(purges, number, message_id, "", None):
            continue
        if digest and gone:
            yield Fault(number, number, "текст ответа, о котором она говорит, удалён")
        elif digest and digest != salted_digest(salt, text):
            yield Fault(number, number, "текст ответа, о котором она говорит, потом изменён")


def faults_of_approvals() -> Iterator[Fault]:
    """Answers with another version than the last approved one."""
    of_message = select(func.max(Event.id)).where(Event.message_id == Reply.message_id)
    approved = (
        select(Event.object_id)
        .join(Draft, Draft.id == Event.object_id)
        .where(Event.object_kind == "draft", Event.action.in_(_APPROVING), Draft.reply_id == Reply.id)
        .order_by(Event.id.desc())
        .limit(1)
    )
    query = select(of_message.scalar_subquery()).where(
        Reply.approved_draft_id.is_not(None), Reply.approved_draft_id.is_distinct_from(approved.scalar_subquery())
    )
    for number in db.session.scalars(query.select_from(Reply).order_by(Reply.id)):
        yield Fault(number or 0, number or 0, "у ответа на это сообщение подменена согласованная версия")


def faults_of_versions() -> Iterator[Fault]:
    """Versions of publications that were changed after submission or approval."""
    told = (
        select(Event.id, Event.object_id, Event.changes)
        .where(Event.object_kind == "publication", Event.action.in_(_OF_VERSIONS))
        .order_by(Event.id)
    )
    logged = [row for row in db.session.execute(told).all() if new_value(row.changes, "text_digest")]
    # Versions are written with their events, so reading the events first is safe.
    rows = db.session.scalars(select(PublicationVersion).execution_options(yield_per=_CHUNK))
    digests = {(row.publication_id, row.number): row.digest for row in rows}
    for number, publication, changes in logged:
        found = digests.get((publication, _named(changes)))
        if found is None:
            yield Fault(number, number, "текст публикации, о котором она говорит, удалён")
        elif found != new_value(changes, "text_digest"):
            yield Fault(number, number, "текст публикации, о котором она говорит, потом изменён")


def faults_of_publications() -> Iterator[Fault]:
    """Publications with another text than the last submitted or approved version."""
    of_row = (Event.object_kind == "publication", Event.object_id == Publication.id, Event.action.in_(_OF_VERSIONS))
    last = select(func.max(Event.id)).where(*of_row).correlate(Publication).scalar_subquery()
    newest = select(func.max(PublicationVersion.number)).where(PublicationVersion.publication_id == Publication.id)
    query = (
        select(Event.id, Event.changes, Publication.text, Placement.account_id, Placement.text, PublicationVersion)
        .join(Event, Event.id == last)
        .outerjoin(Placement, and_(Placement.publication_id == Publication.id, Placement.left_out_at.is_(None)))
        .outerjoin(
            PublicationVersion,
            and_(
                PublicationVersion.publication_id == Publication.id,
                PublicationVersion.number == newest.correlate(Publication).scalar_subquery(),
            ),
        )
        .where(Publication.state.in_(_SETTLED))
        .order_by(Event.id)
    )
    said = set()
    for number, changes, text, page, own, version in db.session.execute(query.select_from(Publication)):
        if not new_value(changes, "text_digest") or version is None:
            continue
        is_same = (version.number, version.text) == (_named(changes), text)
        if number not in said and not (is_same and version.page_texts.get(str(page)) == own):
            said.add(number)
            yield Fault(number, number, "у публикации теперь другой текст, чем сдан или согласован")


def faults_of_roles() -> Iterator[Fault]:
    """People with other roles, or another blocked state, than the log says."""
    query = (
        select(User.id, User.is_active, UserRole.role, Event.id, Event.action, Event.changes)
        .select_from(User)
        .outerjoin(Event, and_(Event.object_kind == "user", Event.object_id == User.id, Event.action.in_(_OF_PEOPLE)))
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .order_by(User.id, Event.id)
    )
    people = [list(rows) for _, rows in groupby(db.session.execute(query), key=itemgetter(0))]
    if any(rows[0][3] for rows in people):  # otherwise the program has not entered any account
        for rows in people:
            yield from _of_person(rows)


def _of_person(rows: Sequence[Any]) -> Iterator[Fault]:
    """`rows`: each event with each role of one person, oldest event first."""
    last, told, active = 0, None, True
    for row in rows:
        number, action, changes = row[3:]
        last, given = number or 0, new_value(changes, "roles")
        told = told if given is None else given
        active = {"block_user": False, "unblock_user": True}.get(action, active)
    roles = sorted({row.role for row in rows if row.role})
    if roles != sorted(told or []):
        yield Fault(last, last, "роли этого сотрудника изменены в обход программы")
    if rows[0].is_active != active:
        yield Fault(last, last, "этот сотрудник заблокирован или разблокирован в обход программы")


def _named(changes: Any) -> Any:
    """Number of the version in an event."""
    return new_value(changes, "text_number")


def faults_seen_by_the_worker() -> Iterator[Fault]:
    """Faults found by the worker are reported permanently, although it has sealed since."""
    for number, changes in db.session.execute(
        select(Event.id, Event.changes).where(Event.action == FAULT).order_by(Event.id)
    ):
        for words in found_words(changes):
            yield Fault(number, number, f"фоновый процесс заметил: {words}")


# --- Checks of the worker before sealing
log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)  # how often a known fault is logged again

_NEWEST = select(EventSeal.number, EventSeal.mac).order_by(EventSeal.number.desc()).limit(2)
_LAST_SEAL: Memory[tuple[int, str] | None] = Memory(lambda _: None)
_SAID_AT: Memory[datetime | None] = Memory(lambda _: None)


def remember(seal: EventSeal | None) -> None:
    """Remember the last seal in this process: a person with write access to database and files cannot change that."""
    _LAST_SEAL.set((seal.number, seal.mac) if seal else None)


def forget() -> None:
    """Forget the seal, because another database has replaced the known one."""
    _LAST_SEAL.forget()
    _SAID_AT.forget()


def look(outside: SealFile, now: datetime) -> None:
    """Compare this process's memory, the database and the file; report and log differences once."""
    newest = [(number, mac) for number, mac in db.session.execute(_NEWEST)]
    if found := _disagreement(outside, newest) + ([] if newest else _never_sealed(now)):
        log.error("log fault", extra={"found": found})
        said = _newest_fault()
        if said is None or found_words(said.changes) != found:
            with transaction():
                record(FAULT, at=now, actor=None, object_kind="log", changes={"found": (None, found)})
    _say_again(now)


def say_late(late: Late, count: int) -> None:
    """Report once that events were without a seal for long: the worker was off, or seals were removed."""
    since, until = (at.astimezone(UTC).isoformat() for at in (late.since, late.until))
    said = {"first_id": late.first_id, "last_id": late.last_id, "since": since, "until": until, "events": count}
    log.warning("log sealed late", extra=said)
    changes = {"from": (None, late.since), "to": (None, late.until), "sealed": (None, count)}
    with transaction():
        record(SEALED_LATE, at=late.until, actor=None, object_kind="log", changes=changes)


def _disagreement(outside: SealFile, newest: Sequence[tuple[int, str]]) -> list[str]:
    """Differences in words. `newest`: number and mac of the last two seals of the database."""
    found = []
    known = _LAST_SEAL.get()
    if known and known not in newest and known != _stored(known[0]):
        found.append(f"печать № {known[0]}, которую он поставил, исчезла из базы или подменена")
    there = outside.last()
    # A killed process may not have written its last seal to the file; it is added now.
    if (there or (0, BEGINNING)) not in [*newest, (0, BEGINNING)][:2]:
        of_file = f"в файле {outside.path.name} последняя печать № {there[0]}" if there else "файла печатей нет"
        in_base = f"в базе № {newest[0][0]}" if newest else "в базе печатей нет"
        found.append(f"{of_file}, {in_base}: они расходятся")
    return found


def _never_sealed(now: datetime) -> list[str]:
    """Before the worker first starts, an installation has only the events of its first commands, not of people."""
    worked = select(Event.id).where(Event.actor_id.is_not(None), Event.at < now - SOON).limit(1)
    return [] if db.session.scalar(worked) is None else ["печатей нет совсем, хотя сотрудники уже работали"]


def _stored(number: int) -> tuple[int, str] | None:
    seal = db.session.get(EventSeal, number)
    return (seal.number, seal.mac) if seal else None


def _say_again(now: datetime) -> None:
    said_at = _SAID_AT.get()
    if said_at is not None and now - said_at < AGAIN_AFTER:
        return
    _SAID_AT.set(now)
    if fault := _newest_fault():
        found = found_words(fault.changes)
        log.error("log fault stands", extra={"found_at": fault.at.astimezone(UTC).isoformat(), "found": found})


def _newest_fault() -> Event | None:
    newest = select(Event).where(Event.action == FAULT).order_by(Event.at.desc(), Event.id.desc()).limit(1)
    return db.session.scalars(newest).unique().one_or_none()


# --- Seals kept elsewhere, out of reach of a person who forges the log
class NothingToCompare(ServiceError):
    """The file has no seals, so there was no comparison."""


def kept_seals(path: Path) -> list[dict[str, Any]]:
    """Read seals from a backup or from lines of JSON (a part of the system journal, a copy of the seal file). Raises
    NothingToCompare."""
    try:
        lines = [] if zipfile.is_zipfile(path) else list(SealFile(path).lines())
        seals = [line for line in lines if "sealed_at" in line and "restored_at" not in line]
        if not seals:
            with Archive(path) as archive:
                seals = seals_of(archive)
    except EncryptedArchive as error:
        raise NothingToCompare(f"{error} Укажите файл с закрытым ключом: --identity ФАЙЛ. Журнал не сверен.") from error
    except portable.BadArchive as error:
        raise NothingToCompare(f"{error} Журнал не сверен.") from error
    except OSError as error:
        raise NothingToCompare(f"Файл {path} не прочитать ({why(error)}). Журнал не сверен.") from error
    if not seals:
        raise NothingToCompare(f"В файле {path} нет печатей журнала. Журнал не сверен.")
    return sorted(seals, key=lambda seal: seal["number"])


def seals_of(archive: Archive) -> list[dict[str, Any]]:
    """Read the seals of a backup. Raises BadArchive."""
    names = EventSeal.__table__.columns.keys()
    table = portable.Table(EventSeal.__tablename__, tuple(portable.Column(name, "") for name in names), ("number",))
    archive.verify()
    return [dict(zip(names, row, strict=True)) for row in archive.rows(table)]
