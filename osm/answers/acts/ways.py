"""Where the program itself can answer a message: under its own comment, where its link leads, or on a foreign wall."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from osm.connections.queries import is_on
from osm.connectors.ways import Act
from osm.extensions import db
from osm.networks.pages import At, comment_at, instagram_comment
from osm.store.models import Account, Comment, Connection, Message, Publishing

# --- Where the program itself can answer a message
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
    return ways_of([message_id]).get(message_id)


def ways_of(message_ids: Collection[int]) -> dict[int, Way]:
    """How the program itself could answer each of these messages; those that are answered by hand are left out.

    A handful of statements, however many messages.
    """
    own = _own(message_ids)
    found = {number: [way] for number, way in own.items()} | _by_link([one for one in message_ids if one not in own])
    able = {number: [way for way in ways if _able(way.connection)] for number, ways in found.items()}
    return {number: ways[0] for number, ways in able.items() if ways}


def _able(connection: Connection) -> bool:
    return is_on(connection) and Act.REPLY in connection.can and connection.publish is not Publishing.HAND


def _own(message_ids: Collection[int]) -> dict[int, Way]:
    """The comment that a message was made of."""
    rows = db.session.execute(_comments().where(Comment.message_id.in_(message_ids))).tuples()
    # In reverse: of several the first stays.
    return {row.message_id: Way(connection, row) for row, connection in reversed(rows.all()) if row.message_id}


def _by_link(message_ids: Collection[int]) -> dict[int, list[Way]]:
    """The comment that the link of a message names, known to us or not."""
    urls = db.session.execute(select(Message.id, Message.url).where(Message.id.in_(message_ids))).tuples().all()
    named = {number: at for number, url in urls if (at := comment_at(url)) is not None}
    coded = {number: code for number, url in urls if (code := instagram_comment(url)) is not None}
    return _by_name(named) | _received_by_code(coded)


def _by_name(named: Mapping[int, At]) -> dict[int, list[Way]]:
    if not named:
        return {}
    names = {_name(at) for at in named.values()}
    of_these = (Comment.network.in_({at.network for at in named.values()}), Comment.external_id.in_(names))
    rows = db.session.execute(_comments().where(*of_these)).tuples()
    received = {(row.network, row.external_id): Way(connection, row) for row, connection in reversed(rows.all())}
    query = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    ids = {at.page for at in named.values()}
    either = Account.external_id.in_(ids) | Connection.page_name.in_(ids) | Connection.elsewhere
    connections = db.session.scalars(query.where(either).order_by(Connection.id)).all()
    return {number: _ways_to(at, received, connections) for number, at in named.items()}


def _ways_to(at: At, received: Mapping[tuple[str, str], Way], connections: Sequence[Connection]) -> list[Way]:
    if known := received.get((at.network, _name(at))):
        return [known]
    in_network = [one for one in connections if one.account.network == at.network]
    for one in in_network:
        if at.page in (one.account.external_id, one.page_name):
            return [Way(one, target=at.target)]
    if at.network != "vk" or at.kind not in _ELSEWHERE:
        return []
    return [Way(guest, target=at.target, is_foreign=True) for guest in in_network if guest.elsewhere]


def _received_by_code(coded: Mapping[int, tuple[str, str]]) -> dict[int, list[Way]]:
    """Comments of Instagram, as far as they were received: their addresses do not say how a program names them."""
    if not coded:
        return {}
    ends = or_(*(Comment.external_id.endswith(f"_{comment}", autoescape=True) for _post, comment in coded.values()))
    rows = db.session.execute(_comments().where(Comment.network == "instagram", ends)).tuples()
    received = {instagram_comment(row.url): Way(connection, row) for row, connection in rows}
    return {number: [received[code]] for number, code in coded.items() if code in received}


def _comments() -> Select[Comment, Connection]:
    joined = select(Comment, Connection).join(Connection, Connection.account_id == Comment.account_id)
    with_page = joined.options(joinedload(Connection.account))
    return with_page.where(Comment.target.is_not(None)).order_by(Comment.id)


def _name(at: At) -> str:
    """By what a comment is known again in its network (`Target.name`)."""
    return f"{at.owner or at.place}_{at.id}" if at.kind == "comment" else f"{at.kind}:{at.owner}_{at.place}_{at.id}"
