"""A message knows which comment of a page its link leads to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_NAMED = sa.text("comment_name <> ''")


def upgrade() -> None:
    op.add_column("message", sa.Column("comment_name", sa.String(200), server_default="", nullable=False))
    columns = ["network", "comment_name"]
    op.create_index("ix_message_comment_name", "message", columns, sqlite_where=_NAMED, postgresql_where=_NAMED)


def downgrade() -> None:
    op.drop_index("ix_message_comment_name", table_name="message")
    op.drop_column("message", "comment_name")
