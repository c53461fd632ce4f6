"""What was heard or entered before is found again in its thread; comments of recalled loads wait again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from osm.networks.pages import comment_at

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_SLICE = 1000
_comment = sa.table(
    "comment", *(sa.column(name) for name in ("id", "network", "external_id", "account_id", "thread_key", "state")),
    *(sa.column(name) for name in ("parent_external_id", "message_id", "version", "decided_at")),
    sa.column("target", sa.JSON()),
)  # fmt: skip
_message = sa.table(
    "message", *(sa.column(name) for name in ("id", "network", "url", "comment_name", "closed_at", "recalled_at"))
)


def upgrade() -> None:
    _give_back()
    for row in _in_slices(_comment, _comment.c.account_id.is_not(None), _waits_or_is_message()):
        key = _thread_of(row)
        if key and key != row.thread_key:
            op.execute(sa.update(_comment).where(_comment.c.id == row.id).values(thread_key=key[:200]))
    for row in _in_slices(_message, _message.c.closed_at.is_(None), _message.c.comment_name == ""):
        if at := comment_at(row.url or ""):
            name = _named(at.kind, at.owner, at.place, at.id)
            op.execute(sa.update(_message).where(_message.c.id == row.id).values(comment_name=name[:200]))


def downgrade() -> None:
    """Names that are right stay."""


def _give_back() -> None:
    """Comments that stood on a message of a load that was taken back: nobody would ever answer them."""
    recalled = sa.select(_message.c.id).where(_message.c.recalled_at.is_not(None))
    theirs = sa.and_(_comment.c.state == "taken", _comment.c.message_id.in_(recalled))
    values = {"state": "waiting", "message_id": None, "decided_at": None, "version": _comment.c.version + 1}
    op.execute(sa.update(_comment).where(theirs).values(values))


def _waits_or_is_message() -> sa.ColumnElement[bool]:
    return sa.or_(_comment.c.state == "waiting", _comment.c.message_id.is_not(None))


def _in_slices(table: sa.TableClause, *conditions: sa.ColumnElement[bool]) -> Any:
    last, there = 0, True
    while there:
        query = sa.select(table).where(table.c.id > last, *conditions).order_by(table.c.id).limit(_SLICE)
        rows = op.get_bind().execute(query).all()
        yield from rows
        there = len(rows) == _SLICE
        last = rows[-1].id if rows else last


def _thread_of(row: Any) -> str:
    """As it is reckoned of what is heard now; empty where nothing is known."""
    target = row.target or {}
    kind, owner, place = (target.get(name) or "" for name in ("kind", "owner", "place"))
    if not kind:
        return ""
    if kind == "community_message":
        return _named(kind, owner, place, "")
    if target.get("thread"):
        return _named(kind, owner, place, target["thread"])
    if not row.parent_external_id:
        return str(row.external_id)
    parent = sa.select(_comment.c.thread_key).where(
        _comment.c.network == row.network, _comment.c.external_id == row.parent_external_id
    )
    return op.get_bind().execute(parent).scalar() or str(row.parent_external_id)


def _named(kind: str, owner: str, place: str, number: str) -> str:
    return f"{owner or place}_{number}" if kind == "comment" else f"{kind}:{owner}_{place}_{number}"
