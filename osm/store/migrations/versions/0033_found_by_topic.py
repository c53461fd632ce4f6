"""Messages that have a topic are owed the reading by which the search finds them by its name."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts)"
        " SELECT 'search', id, 1, 0 FROM message WHERE topic_id IS NOT NULL OR source_topic <> ''"
        " ON CONFLICT (kind, message_id) DO UPDATE SET generation = due_readings.generation + 1, attempts = 0,"
        " leased_until = NULL"
    )


def downgrade() -> None:
    """More words in the index than before harm nobody."""
