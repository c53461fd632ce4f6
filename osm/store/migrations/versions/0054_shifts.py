"""The duty roster, and the day handed over from one to the next."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_WAITS = sa.text("taken_at IS NULL AND withdrawn_at IS NULL")


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _person(table: str, name: str, nullable: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    key = op.f(f"fk_{table}_{name}_user_account")
    return (
        sa.Column(name, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([name], ["user_account.id"], name=key, ondelete="RESTRICT"),
    )


def upgrade() -> None:
    op.create_table(
        "duty_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        *_person("duty_turn", "person_id"),
        _time("begins_at"),
        _time("ends_at"),
        sa.Column("phone", sa.String(120), nullable=False),
        _time("entered_at"),
        *_person("duty_turn", "entered_by_id"),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_duty_turn_times_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_turn")),
    )
    op.create_index("ix_duty_turn_times", "duty_turn", ["begins_at", "ends_at"])
    op.create_index(op.f("ix_duty_turn_person_id"), "duty_turn", ["person_id"])
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("given_at"),
        *_person("shift", "given_by_id"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _time("taken_at", nullable=True),
        *_person("shift", "taken_by_id", nullable=True),
        _time("withdrawn_at", nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_shift_version_positive")),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by_id IS NULL)", name=op.f("ck_shift_taken_by_somebody")),
        sa.CheckConstraint("taken_by_id IS NULL OR taken_by_id <> given_by_id", name=op.f("ck_shift_taken_by_another")),
        sa.CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_shift_taken_or_withdrawn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_waits", "shift", ["given_at"], sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:
    op.drop_table("shift")
    op.drop_table("duty_turn")
