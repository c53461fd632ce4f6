"""Pictures of comments: their addresses, and until when a deletion waits for them to be kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_WANTED = sa.text("pictures_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("comment", sa.Column("pictures", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("comment", sa.Column("pictures_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_comment_pictures", "comment", ["pictures_until"], sqlite_where=_WANTED, postgresql_where=_WANTED
    )


def downgrade() -> None:
    op.drop_index("ix_comment_pictures", table_name="comment")
    op.drop_column("comment", "pictures_until")
    op.drop_column("comment", "pictures")
