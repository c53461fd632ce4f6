"""Saved filters, and indexes along which the register is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_message_received": ["received_at", "id"],
    "ix_message_topic_received": ["topic_id", "received_at"],
    "ix_message_network_received": ["network", "received_at"],
}


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_filter_has_name")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_filter_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_filter_name"),
    )
    op.drop_index("ix_message_topic_id", table_name="message")
    for name, columns in _INDEXES.items():
        op.create_index(name, "message", columns, unique=False)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, table_name="message")
    op.create_index("ix_message_topic_id", "message", ["topic_id"], unique=False)
    op.drop_table("saved_filter")
