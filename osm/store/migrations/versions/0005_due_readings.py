"""A queue of what is still to be read of messages; what is stored already is owed its reading for the search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kinds = sa.Enum("search", "repeats", "verdict", name="reading_kind_known", native_enum=False, length=32)
    op.create_table(
        "due_readings",
        sa.Column("kind", kinds, nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('search', 'repeats', 'verdict')", name=op.f("ck_due_readings_reading_kind_known")),
        sa.CheckConstraint("generation >= 1", name=op.f("ck_due_readings_generation_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_due_readings_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_due_readings_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "message_id", name=op.f("pk_due_readings")),
    )
    op.create_index(op.f("ix_due_readings_message_id"), "due_readings", ["message_id"], unique=False)
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts) SELECT 'search', id, 1, 0 FROM message"
    )


def downgrade() -> None:
    op.drop_table("due_readings")
