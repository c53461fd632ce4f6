"""Acts of the outbox get a token, the name of what they placed and their proposal; messages made from comments a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_ASIDE = "Взято в работу по ошибке: возвращено в комментарии."
_action = sa.table(
    "outbox_action",
    *(sa.column(name) for name in ("id", "kind", "state", "network", "placed_name", "proposal_id", "idempotency_key")),
    sa.column("placed", sa.JSON()),
)
_proposal = sa.table("blacklist_proposal", sa.column("id"))
_comment = sa.table("comment", sa.column("message_id"))
_message = sa.table(
    "message", *(sa.column(name) for name in ("id", "entered_by_id", "by_comment")), sa.column("received_at", sa.Text())
)
_closure = sa.table(
    "closure",
    *(sa.column(name) for name in ("message_id", "reason", "restored_by_id")),
    sa.column("restored_at", sa.Text()),
)
_event = sa.table(
    "event", sa.column("action"), sa.column("actor_id"), sa.column("at", sa.Text()), sa.column("changes", sa.JSON())
)


def upgrade() -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("placed_name", sa.String(500), nullable=True))
        batch.add_column(sa.Column("proposal_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("lease_token", sa.String(32), server_default="", nullable=False))
        batch.create_foreign_key(
            op.f("fk_outbox_action_proposal_id_blacklist_proposal"),
            "blacklist_proposal", ["proposal_id"], ["id"], ondelete="RESTRICT",
        )  # fmt: skip
        batch.create_index(op.f("ix_outbox_action_proposal_id"), ["proposal_id"])
        batch.create_unique_constraint("uq_outbox_action_placed", ["network", "placed_name"])
    op.add_column("message", sa.Column("by_comment", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("import_run") as batch:
        batch.alter_column("lease_owner", existing_type=sa.String(60), type_=sa.String(120), existing_nullable=False)
    _name_placed()
    _name_proposals()
    _mark_by_comment()


def downgrade() -> None:
    with op.batch_alter_table("import_run") as batch:
        batch.alter_column("lease_owner", existing_type=sa.String(120), type_=sa.String(60), existing_nullable=False)
    op.drop_column("message", "by_comment")
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint("uq_outbox_action_placed", type_="unique")
        batch.drop_index(op.f("ix_outbox_action_proposal_id"))
        batch.drop_constraint(op.f("fk_outbox_action_proposal_id_blacklist_proposal"), type_="foreignkey")
        for name in ("lease_token", "proposal_id", "placed_name"):
            batch.drop_column(name)


def _name_placed() -> None:
    """Where two acts name one place, the earlier one keeps it."""
    rows = op.get_bind().execute(
        sa.select(_action.c.id, _action.c.network, _action.c.placed)
        .where(_action.c.kind.in_(("publish", "post")), _action.c.state == "done")
        .order_by(_action.c.id)
    )
    first: dict[tuple[str, str], int] = {}
    for number, network, placed in rows:
        if isinstance(placed, dict) and placed.get("id"):
            first.setdefault((network, _name(placed)), number)
    _update_all({"placed_name": name, "number": number} for (_network, name), number in first.items())


def _name(placed: Mapping[str, str]) -> str:
    """As `osm.connectors.contract.Target.name` says it."""
    owner, place, number = (placed.get(name) or "" for name in ("owner", "place", "id"))
    kind = placed.get("kind") or "comment"
    return f"{owner or place}_{number}" if kind == "comment" else f"{kind}:{owner}_{place}_{number}"


def _name_proposals() -> None:
    """Until now the number of the proposal was a part of the key: «ban:17:3»."""
    bind = op.get_bind()
    known = set(bind.scalars(sa.select(_proposal.c.id)))
    rows = bind.execute(sa.select(_action.c.id, _action.c.idempotency_key).where(_action.c.kind.in_(("ban", "unban"))))
    found = []
    for number, key in rows:
        parts = key.split(":")
        if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() and int(parts[1]) in known:
            found.append({"proposal_id": int(parts[1]), "number": number})
    _update_all(found)


def _update_all(values: Iterable[dict[str, Any]]) -> None:
    for one in values:
        number = one.pop("number")
        op.execute(sa.update(_action).where(_action.c.id == number).values(one))


def _mark_by_comment() -> None:
    """As it was concluded until now: the log has «comment_take» of the instant in which the message began."""
    bind = op.get_bind()
    of_comments = sa.select(_comment.c.message_id).where(_comment.c.message_id.is_not(None)).distinct()
    begun = {
        number: (at, by)
        for number, at, by in bind.execute(
            sa.select(_message.c.id, _message.c.received_at, _message.c.entered_by_id)
            .where(_message.c.id.in_(of_comments))
        )
    }  # fmt: skip
    again = sa.select(_closure.c.message_id, _closure.c.restored_at, _closure.c.restored_by_id)
    for number, at, by in bind.execute(again.where(_closure.c.reason == _ASIDE, _closure.c.restored_at.is_not(None))):
        if number in begun and at > begun[number][0]:
            begun[number] = (at, by)
    taken = bind.execute(
        sa.select(_event.c.at, _event.c.actor_id, _event.c.changes).where(_event.c.action == "comment_take")
    )
    known = {(at, by, _taken_as(changes)) for at, by, changes in taken}
    for number, (at, by) in begun.items():
        if (at, by, number) in known:
            op.execute(sa.update(_message).where(_message.c.id == number).values(by_comment=sa.true()))


def _taken_as(changes: Any) -> int | None:
    found = changes.get("message_id") if isinstance(changes, dict) else None
    return found[1] if isinstance(found, list) and len(found) == 2 else None
