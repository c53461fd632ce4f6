"""A ban as it goes into a network, and its end."""

from datetime import datetime
from functools import partial

from sqlalchemy import select

from osm.base.database import db
from osm.connectors.contract import Connector
from osm.connectors.ways import Act
from osm.models import OutboxAction
from osm.outbox.acts.kinds import Errand, KindOfAct, Result, Try
from osm.regulation.pages.comment_words import OutboxKind, OutboxState


def ban(until: datetime | None, ground: str, errand: Errand, connector: Connector) -> Result:
    """A second try looks first, so that the author is banned once; a ban to another end is not this one."""
    author = errand.target.author
    if not (errand.again and connector.is_banned(author, until)):
        connector.ban(author, until, ground, "")
    return None


_OTHERWISE = "Решение о блокировке изменено: действует последнее."


def _is_decided_anew(action: OutboxAction, _now: datetime) -> str:
    """The curator changed the decision while this ban was being sent: the later order says how it ends."""
    if action.proposal_id is None:
        return ""
    later = (OutboxAction.proposal_id == action.proposal_id, OutboxAction.id > action.id)
    waits = select(OutboxAction.id).where(*later, OutboxAction.state == OutboxState.PENDING)
    return _OTHERWISE if db.session.scalar(waits.limit(1)) is not None else ""


def _ban(action: OutboxAction, _now: datetime) -> Try:
    return partial(ban, action.ban_until, str(action.comment.ground or "") if action.comment else "")


KINDS_OF_ACTS = (
    KindOfAct(OutboxKind.BAN, Act.BAN, _ban, unwanted=_is_decided_anew),
    KindOfAct(OutboxKind.UNBAN, Act.UNBAN, lambda _action, _now: lambda errand, to: to.unban(errand.target.author)),
)
