"""Versions of publications have a salt: the log keeps the digest of a text that was submitted or approved.

Older versions have none, and no digest.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publication_version", sa.Column("salt", sa.String(length=32), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("publication_version", "salt")
