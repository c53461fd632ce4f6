"""Where the program itself can answer a message: under its own comment, where its link leads, or on a foreign wall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from osm.connectors.contract import Act
from osm.extensions import db
from osm.networks.threads import At, comment_at
from osm.services.accounts.heard import is_on
from osm.store.models import Account, Comment, Connection, Message, Publishing

_ELSEWHERE = ("comment",)
"""Kinds of comments under which a community answers on the wall of another one."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one message is answered. Without `comment` it is known by its link alone: `target`, as the network names it.

    `is_foreign`: in the community of others, where it may be refused; then a person answers.
    """

    connection: Connection
    comment: Comment | None = None
    target: Mapping[str, str] | None = None
    is_foreign: bool = False


def way_of(message_id: int) -> Way | None:
    """How the program itself could answer this message; None: by hand."""
    return next((way for way in _ways(message_id) if _able(way.connection)), None)


def _able(connection: Connection) -> bool:
    return is_on(connection) and Act.REPLY in connection.can and connection.publish is not Publishing.HAND


def _ways(message_id: int) -> list[Way]:
    """The comment that the message was made of; else the one that its link names, known to us or not."""
    own = db.session.execute(_comments().where(Comment.message_id == message_id)).first()
    if own is not None:
        return [Way(own[1], own[0])]
    message = db.session.get(Message, message_id)
    at = comment_at(message.url) if message is not None else None
    if at is None:
        return []
    known = (Comment.network == at.network, Comment.external_id == _name(at))
    heard = db.session.execute(_comments().where(*known)).first()
    if heard is not None:
        return [Way(heard[1], heard[0])]
    of_page = select(Connection).join(Account, Account.id == Connection.account_id)
    page = db.session.scalar(of_page.where(Account.network == at.network, Account.external_id == at.page))
    if page is not None:
        return [Way(page, target=at.target)]
    if at.network != "vk" or at.kind not in _ELSEWHERE:
        return []
    guests = of_page.where(Account.network == at.network, Connection.elsewhere).order_by(Connection.id)
    return [Way(guest, target=at.target, is_foreign=True) for guest in db.session.scalars(guests)]


def _comments() -> Select[Comment, Connection]:
    joined = select(Comment, Connection).join(Connection, Connection.account_id == Comment.account_id)
    return joined.where(Comment.target.is_not(None)).order_by(Comment.id).limit(1)


def _name(at: At) -> str:
    """By what a comment is known again in its network (`Target.name`)."""
    return f"{at.owner or at.place}_{at.id}" if at.kind == "comment" else f"{at.kind}:{at.owner}_{at.place}_{at.id}"
