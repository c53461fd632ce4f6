"""The check of a comment is owed like every other reading, no longer seen at the rules that have judged it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = sa.table("comment", sa.column("id"), sa.column("rules"))
    due = sa.table("due_comment_readings", *map(sa.column, ("kind", "comment_id", "generation", "attempts")))
    unchecked = sa.select(sa.literal("verdict"), comment.c.id, sa.literal(1), sa.literal(0)).where(
        comment.c.rules.in_(["", "anew"])
    )
    op.execute(due.insert().from_select(["kind", "comment_id", "generation", "attempts"], unchecked))
    op.drop_index("ix_comment_rules", table_name="comment")


def downgrade() -> None:
    op.create_index("ix_comment_rules", "comment", ["rules", "id"])
    op.execute(
        "UPDATE comment SET rules = 'anew' WHERE rules <> '' AND id IN"
        " (SELECT comment_id FROM due_comment_readings WHERE kind = 'verdict')"
    )
    op.execute("DELETE FROM due_comment_readings WHERE kind = 'verdict'")
