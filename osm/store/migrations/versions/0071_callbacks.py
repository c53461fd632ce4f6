"""Networks may call us: how a page is heard, and what was received until it is worked off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_WAITS = sa.text("worked_at IS NULL")


def upgrade() -> None:
    ways = sa.Enum("ask", "callback", name="hearing_known", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("connection") as batch:
        batch.add_column(sa.Column("hearing", ways, server_default="ask", nullable=False))
        batch.add_column(sa.Column("callback_secret", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("confirmation", sa.String(100), server_default="", nullable=False))
        batch.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "received_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(worked_at IS NULL) = (body <> '')", name=op.f("ck_received_event_worked_off_is_empty")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_received_event_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_event")),
        sa.UniqueConstraint("connection_id", "event_id", name=op.f("uq_received_event_event")),
    )
    columns = ["connection_id", "id"]
    op.create_index(
        "ix_received_event_waiting", "received_event", columns, sqlite_where=_WAITS, postgresql_where=_WAITS
    )
    op.create_index(op.f("ix_received_event_worked_at"), "received_event", ["worked_at"])


def downgrade() -> None:
    op.drop_table("received_event")
    with op.batch_alter_table("connection") as batch:
        batch.drop_constraint(op.f("ck_connection_hearing_known"), type_="check")
        for name in ("hearing", "callback_secret", "confirmation", "told_at"):
            batch.drop_column(name)
