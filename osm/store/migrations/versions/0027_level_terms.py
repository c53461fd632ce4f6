"""Terms and receipts that are level are walked along in the order of their numbers, on PostgreSQL without sorting."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_COLUMNS = {
    "ix_deadline_open_due": ("deadline", ["state", "due_at"]),
    "ix_message_status_received": ("message", ["status", "received_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in _COLUMNS.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, [*columns, "id"])


def downgrade() -> None:
    for name, (table, columns) in _COLUMNS.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
