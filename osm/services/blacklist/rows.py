"""What all acts upon a proposal for the black list share: the row under its version, and its line in the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.blacklist import BanTerm, ListState, list_clause
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import NotFound, ServiceError
from osm.services.log.log import Change, record
from osm.store.models import BlacklistProposal, Message, User

KIND = "blacklist_proposal"
"""Of the rows of the log."""


def locked(proposal_id: int) -> BlacklistProposal | None:
    """The row as it is now, locked until the end of the transaction."""
    wanted = select(BlacklistProposal).where(BlacklistProposal.id == proposal_id)
    return db.session.scalar(wanted.with_for_update(of=BlacklistProposal).execution_options(populate_existing=True))


def load(proposal_id: int, version: int, *states: ListState) -> BlacklistProposal:
    """The same under the version seen and in one of these states. NotFound, StaleVersion, ServiceError."""
    proposal = locked(proposal_id)
    if proposal is None:
        raise NotFound("Запись")
    if proposal.version != version:
        raise StaleVersion(version, proposal.version)
    if proposal.state not in states:
        raise ServiceError("По этой записи так уже не решить. Ничего не изменено: ниже видно, что с ней стало.")
    return proposal


def ban_term(code: str) -> BanTerm:
    """The term that a form has sent. MissingInput."""
    if code not in set(BanTerm):
        raise MissingInput("term", "Выберите срок из списка.")
    return BanTerm(code)


def settle(
    action: str,
    proposal: BlacklistProposal,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> None:
    """The end of an act: the version rises, and the act stands in the log."""
    proposal.version += 1
    told = {
        **changes,
        "list_state": (None, proposal.state),
        "version": (proposal.version - 1, proposal.version),
    }
    log(action, proposal, told, actor=actor, now=now, note=note)


def log(
    action: str,
    proposal: BlacklistProposal,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
    message: Message | None = None,
) -> None:
    """One line of the log about the proposal; `message`: it stands in the history of this message too."""
    db.session.flush()
    record(
        action,
        at=now,
        actor=actor,
        message=message,
        clause=list_clause(
            proposal.ground,
            of_messages=any(one.closure_id for one in proposal.evidence),
            of_comments=any(not one.closure_id for one in proposal.evidence),
        ),
        changes=changes,
        note=note.strip(),
        object_kind=KIND,
        object_id=proposal.id,
    )
