"""why the office uses a network of which the law warns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0012"
down_revision = "r0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("ground", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("connection", "ground")
