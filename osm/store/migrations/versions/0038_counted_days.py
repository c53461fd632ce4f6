"""Figures of some days are counted along the days, however long the history is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0033"
branch_labels = None
depends_on = None

PARTIAL = (("ix_deadline_ended", "deadline", "ended_at"), ("ix_draft_decided", "draft", "decided_at"))


def upgrade() -> None:
    for name, table, column in PARTIAL:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=there, postgresql_where=there)
    op.create_index("ix_closure_closed", "closure", ["closed_at"])


def downgrade() -> None:
    op.drop_index("ix_closure_closed", "closure")
    for name, table, _ in reversed(PARTIAL):
        op.drop_index(name, table)
