"""An act and an import count the tries that ended without a result, so that one that ends its process is not repeated
without end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0087"
branch_labels = None
depends_on = None

COLUMNS = (("outbox_action", "interrupted"), ("import_run", "attempts"))


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
