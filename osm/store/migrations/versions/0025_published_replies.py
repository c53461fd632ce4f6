"""What was answered today is found without looking at the replies of all years."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_reply_published", "reply", ["published_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_reply_published", table_name="reply")
