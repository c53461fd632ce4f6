"""Security of the pages (Пр.1.2.3): who administers them, how one logs in, what the checks found."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _factor(rule: str) -> sa.Column[str]:
    known = sa.Enum("on", "off", "unknown", name=rule, native_enum=False, create_constraint=True, length=32)
    return sa.Column("second_factor", known, nullable=False)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id_account")
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")


def _of_user(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_user_account")
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=name, ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "page_guard",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _factor("page_second_factor_known"),
        sa.Column("password_changed_on", sa.Date(), nullable=True),
        sa.Column("recovery", sa.Text(), server_default="", nullable=False),
        sa.Column("applications", sa.Text(), server_default="", nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        _time("next_at", nullable=True),
        sa.Column("named", sa.JSON(), nullable=False),
        _time("named_at", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_page_guard_version_positive")),
        sa.CheckConstraint("months >= 1", name=op.f("ck_page_guard_months_positive")),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name=op.f("fk_page_guard_id_account"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_guard")),
    )
    op.create_index(op.f("ix_page_guard_next_at"), "page_guard", ["next_at"])
    rights = ("owner", "admin", "editor", "moderator", "advertiser", "other")
    known = sa.Enum(*rights, name="page_right_known", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "page_administrator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), server_default="", nullable=False),
        sa.Column("profile", sa.String(300), server_default="", nullable=False),
        sa.Column("right", known, nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        _factor("administrator_second_factor_known"),
        _time("entered_at"),
        _time("ended_at", nullable=True),
        sa.CheckConstraint("user_id IS NOT NULL OR name <> ''", name=op.f("ck_page_administrator_is_somebody")),
        _of_account("page_administrator"),
        _of_user("page_administrator", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_administrator")),
    )
    op.create_table(
        "page_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        _time("at"),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        _of_account("page_check"),
        _of_user("page_check", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_check")),
    )
    for table, column in (
        ("page_administrator", "account_id"),
        ("page_administrator", "user_id"),
        ("page_check", "account_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("page_check", "page_administrator", "page_guard"):
        op.drop_table(table)
