"""What the file of a message has besides its card, the extract of the log too; the check of a file that was made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from osm.base.database import db
from osm.base.types import of_rows
from osm.blacklist.queries import Row as Listed
from osm.blacklist.queries import proposals
from osm.log.acts.record import Reading
from osm.log.acts.sealing import digest_of, logged_rows
from osm.log.models import READ
from osm.models import BlacklistEvidence, BlacklistProposal, Closure, Event, EventSeal, Promise, Purged, User


@dataclass(frozen=True, slots=True)
class LogExtract:
    """The acts on a message in the log. `seals`: of the first and the last of them, then the newest of the log."""

    first_id: int
    last_id: int
    count: int
    digest: str
    seals: tuple[EventSeal, ...]


def extract_of(message_id: int, last_id: int | None = None) -> LogExtract:
    """`last_id`: without what came later."""
    rows = _acts(message_id, last_id)
    ids = [row[0] for row in rows] or [0]
    around = [
        _seal_of(ids[0]), _seal_of(ids[-1]), db.session.scalar(select(EventSeal).order_by(EventSeal.number.desc())),
    ]  # fmt: skip
    seals = {seal.number: seal for seal in around if seal}
    return LogExtract(ids[0], ids[-1], len(rows), digest_of(rows), tuple(seals.values()))


def _acts(message_id: int, last_id: int | None) -> Sequence[Row[Any]]:
    query = logged_rows().where(Event.message_id == message_id, Event.action != READ)
    return db.session.execute(query if last_id is None else query.where(Event.id <= last_id)).all()


def _seal_of(event_id: int) -> EventSeal | None:
    return db.session.scalar(select(EventSeal).where(EventSeal.first_id <= event_id, EventSeal.last_id >= event_id))


# --- The record of a file
@dataclass(frozen=True, slots=True)
class MadeFile:
    """The reading that logged the file, and who made it."""

    event: Event
    person: str

    def said(self, name: str) -> Any:
        return self.event.changes[name][1]


def made_file(sha256: str) -> MadeFile | None:
    """The file with this hash; None if the program has made no such file, or its record is gone."""
    row = db.session.execute(
        select(Event, User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            Event.object_kind == Reading.DOSSIER,
            Event.action == READ,
            Event.changes[("sha256", 1)].as_string() == sha256,
        )
    ).first()
    return MadeFile(row[0], row[1] or "") if row else None


def faults_of(made: MadeFile) -> Iterator[str]:
    """How the log differs today from what the file was made of, in words."""
    now = extract_of(made.event.message_id or 0, made.said("last_id"))
    if now.count != made.said("rows"):
        yield f"записей журнала о сообщении было {made.said('rows')}, теперь их {now.count}"
    elif now.digest != made.said("digest"):
        yield "записи журнала о сообщении изменены"


# --- What else is kept of it
def promises_of(message_id: int) -> Sequence[Promise]:
    return db.session.scalars(select(Promise).where(Promise.message_id == message_id).order_by(Promise.id)).all()


def proposals_of(message_id: int) -> list[Listed]:
    """Proposals for the black list that name an exclusion of this message as their proof."""
    named = (
        select(BlacklistEvidence.proposal_id)
        .join(Closure, Closure.id == BlacklistEvidence.closure_id)
        .where(Closure.message_id == message_id)
    )
    return of_rows(Listed, db.session.execute(proposals().where(BlacklistProposal.id.in_(named))))


def destroyed(message_id: int) -> Sequence[Purged]:
    """What was destroyed of it at the end of its term, oldest first."""
    its = (Purged.subject == "message", Purged.object_id == message_id)
    return db.session.scalars(select(Purged).where(*its).order_by(Purged.id)).all()
