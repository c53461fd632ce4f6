"""Attachments of comments other than pictures: videos, voice messages, stickers, links (Пр.2.6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comment", sa.Column("things", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("comment", "things")
