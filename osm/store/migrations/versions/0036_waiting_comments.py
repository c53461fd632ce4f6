"""A comment knows since when it waits, by which the oldest is found at once, and the first words of its post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comment", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("comment", sa.Column("post_title", sa.String(81), nullable=False, server_default=""))
    op.execute("UPDATE comment SET waiting_since = stored_at")
    with op.batch_alter_table("comment") as table:
        table.alter_column("waiting_since", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("ix_comment_waiting", "comment", ["state", "waiting_since"])


def downgrade() -> None:
    op.drop_index("ix_comment_waiting", table_name="comment")
    op.drop_column("comment", "post_title")
    op.drop_column("comment", "waiting_since")
