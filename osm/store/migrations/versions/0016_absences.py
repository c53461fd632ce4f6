"""Absences with their substitutes, and for whom somebody prepared, decided or published (П.3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FOR_WHOM = {
    "assignment": ("for_id",),
    "draft": ("author_for_id", "decided_for_id"),
    "reply": ("published_for_id",),
}


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "illness",
                "leave",
                "trip",
                "study",
                "other",
                name="absence_reason_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_absence_days_in_order")),
        sa.CheckConstraint(
            "substitute_id IS NULL OR substitute_id <> person_id", name=op.f("ck_absence_substitute_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["user_account.id"],
            name=op.f("fk_absence_entered_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user_account.id"], name=op.f("fk_absence_person_id_user_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["user_account.id"],
            name=op.f("fk_absence_substitute_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_last_day", "absence", ["last_day", "first_day"])
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"])
    op.create_index(op.f("ix_absence_substitute_id"), "absence", ["substitute_id"])
    for table, columns in _FOR_WHOM.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
                batch_op.create_foreign_key(
                    batch_op.f(f"fk_{table}_{column}_user_account"),
                    "user_account",
                    [column],
                    ["id"],
                    ondelete="RESTRICT",
                )
            if table == "assignment":
                batch_op.add_column(sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table, columns in _FOR_WHOM.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            if table == "assignment":
                batch_op.drop_column("kept_at")
            for column in columns:
                batch_op.drop_constraint(batch_op.f(f"fk_{table}_{column}_user_account"), type_="foreignkey")
                batch_op.drop_column(column)
    op.drop_table("absence")
