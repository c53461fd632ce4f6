"""An urgent report may be about a burst (П.20)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_UNREAD = sa.text("reached IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("urgent_report") as batch:
        batch.add_column(sa.Column("burst_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_urgent_report_burst_id_burst", "burst", ["burst_id"], ["id"], ondelete="RESTRICT")
        batch.create_check_constraint("about_one_thing", "message_id IS NULL OR burst_id IS NULL")
        batch.create_index(op.f("ix_urgent_report_burst_id"), ["burst_id"])
        batch.create_index(
            "uq_urgent_report_unread_burst",
            ["burst_id"],
            unique=True,
            sqlite_where=_UNREAD,
            postgresql_where=_UNREAD,
        )


def downgrade() -> None:
    with op.batch_alter_table("urgent_report") as batch:
        batch.drop_index("uq_urgent_report_unread_burst")
        batch.drop_index(op.f("ix_urgent_report_burst_id"))
        batch.drop_constraint(op.f("ck_urgent_report_about_one_thing"), type_="check")
        batch.drop_constraint("fk_urgent_report_burst_id_burst", type_="foreignkey")
        batch.drop_column("burst_id")
