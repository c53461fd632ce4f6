"""Signs of danger to life, outages of networks, late loads of shortcomings, and who loads exports on days off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "danger",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_ids", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("reply", sa.String(32), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_danger_version_positive")),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name=op.f("ck_danger_seen_by_somebody")),
        sa.CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_danger_reply_has_time")),
        sa.CheckConstraint(
            "tell_at IS NULL OR (reply IS NULL AND seen_at IS NULL)", name=op.f("ck_danger_told_while_unseen")
        ),
        sa.CheckConstraint("reply IN ('reported', 'none')", name=op.f("ck_danger_danger_reply_known")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_danger_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["user_account.id"], name=op.f("fk_danger_seen_by_id_user_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"],
            ["user_account.id"],
            name=op.f("fk_danger_replied_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_danger")),
    )
    op.create_index("ix_danger_tell", "danger", ["tell_at"])
    op.create_table(
        "network_outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_network_outage_times_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_outage")),
    )
    op.create_index(
        "uq_network_outage_open", "network_outage", ["network"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_network_outage_times", "network_outage", ["network", "began_at"])
    # Not by a copy of the table: the copy would give an id twice on SQLite.
    op.add_column("duty_turn", sa.Column("loads_exports", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("shortcoming") as batch:
        batch.add_column(sa.Column("import_run_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_shortcoming_import_run_id_import_run"),
            "import_run",
            ["import_run_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch.create_index(op.f("ix_shortcoming_import_run_id"), ["import_run_id"])


def downgrade() -> None:
    with op.batch_alter_table("shortcoming") as batch:
        batch.drop_index(op.f("ix_shortcoming_import_run_id"))
        batch.drop_constraint(op.f("fk_shortcoming_import_run_id_import_run"), type_="foreignkey")
        batch.drop_column("import_run_id")
    op.drop_column("duty_turn", "loads_exports")
    op.drop_table("network_outage")
    op.drop_table("danger")
