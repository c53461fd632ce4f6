"""The register of official pages: every edition of an entry with the time in which it was in force (Пр.1.2.1, 1.3)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("until IS NULL")


def _line(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _day(name: str) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=True)


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "account_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _time("since"),
        _time("until", nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _line("body", 300),
        _line("body_inn", 12),
        _line("title", 200),
        _line("url", 500),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "suspended",
                "closed",
                name="page_state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        _day("state_on"),
        _day("opened_on"),
        _line("unit", 200),
        _line("email", 200),
        _line("phone", 200),
        _line("act", 300),
        _line("act_number", 50),
        _day("act_on"),
        sa.Column("verified", sa.Boolean(), nullable=False),
        _day("verified_on"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_account_edition_number_positive")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_account_edition_times_in_order")),
        sa.CheckConstraint("title <> '' AND url <> '' AND body <> ''", name=op.f("ck_account_edition_has_its_name")),
        sa.CheckConstraint("verified OR verified_on IS NULL", name=op.f("ck_account_edition_mark_has_day")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_edition_account_id_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_account_edition_by_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_edition")),
        sa.UniqueConstraint("account_id", "number", name="uq_account_edition_number"),
    )
    op.create_index(op.f("ix_account_edition_by_id"), "account_edition", ["by_id"])
    op.create_index("ix_account_edition_since", "account_edition", ["since", "id"])
    op.create_index(
        "ix_account_edition_in_force",
        "account_edition",
        ["account_id"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )


def downgrade() -> None:
    op.drop_table("account_edition")
