"""Forms that were sent to the region are kept as they were; missed terms are counted by the day they ran out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0075"
branch_labels = None
depends_on = None

KINDS = ("daily", "weekly")
MISSED = sa.text("breached_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "sent_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="form_kind_known", native_enum=False, length=32), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("corrected", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_sent_form_days_in_order")),
        sa.CheckConstraint("sent_at >= made_at", name=op.f("ck_sent_form_sent_after_made")),
        sa.CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name=op.f("ck_sent_form_form_kind_known")),
        sa.ForeignKeyConstraint(
            ["sent_by_id"],
            ["user_account.id"],
            name=op.f("fk_sent_form_sent_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_form")),
        sa.UniqueConstraint("kind", "first_day", "last_day", name="uq_sent_form_days"),
    )
    op.create_index("ix_deadline_breached", "deadline", ["breached_at"], sqlite_where=MISSED, postgresql_where=MISSED)


def downgrade() -> None:
    op.drop_index("ix_deadline_breached", table_name="deadline")
    op.drop_table("sent_form")
