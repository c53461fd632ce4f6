"""What the file of a message has besides its card."""

from collections.abc import Sequence

from sqlalchemy import select

from osm.base.database import db
from osm.base.types import of_rows
from osm.blacklist.queries import Row as Listed
from osm.blacklist.queries import proposals
from osm.models import BlacklistEvidence, BlacklistProposal, Closure, Promise, Purged


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
