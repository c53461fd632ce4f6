"""Work that is done for an absent colleague is found without looking at all the other (П.3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_WHERE = sa.text("for_id IS NOT NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_assignment_for", "assignment", ["for_id"], sqlite_where=_WHERE, postgresql_where=_WHERE)


def downgrade() -> None:
    op.drop_index("ix_assignment_for", table_name="assignment", sqlite_where=_WHERE, postgresql_where=_WHERE)
