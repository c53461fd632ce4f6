"""Replies say themselves whether the source waits for them, so that the queue is found however many others there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BEFORE = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL")
_LITE = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source = 1")
_PG = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source")
_ENTERED = sa.text("entered_in_source_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("reply", sa.Column("for_source", sa.Boolean(), server_default=sa.false(), nullable=False))
    message = sa.table("message", sa.column("id"), sa.column("origin"))
    reply = sa.table("reply", sa.column("message_id"), sa.column("for_source", sa.Boolean()))
    incidents = sa.select(message.c.id).where(message.c.origin == "incident")
    op.execute(reply.update().where(reply.c.message_id.in_(incidents)).values(for_source=True))
    op.drop_index("ix_reply_not_in_source", table_name="reply")
    op.drop_index("ix_reply_entered_in_source", table_name="reply")
    op.create_index("ix_reply_not_in_source", "reply", ["published_at", "id"], sqlite_where=_LITE, postgresql_where=_PG)
    op.create_index(
        "ix_reply_entered_in_source",
        "reply",
        ["entered_in_source_at", "id"],
        sqlite_where=_ENTERED,
        postgresql_where=_ENTERED,
    )


def downgrade() -> None:
    op.drop_index("ix_reply_entered_in_source", table_name="reply")
    op.drop_index("ix_reply_not_in_source", table_name="reply")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_column("for_source")
    op.create_index("ix_reply_entered_in_source", "reply", ["entered_in_source_at"])
    op.create_index("ix_reply_not_in_source", "reply", ["published_at"], sqlite_where=_BEFORE, postgresql_where=_BEFORE)
