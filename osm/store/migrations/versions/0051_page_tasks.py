"""Administrators whom a network names, and what is to be closed when somebody leaves (Пр.1.2.3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_OPEN = "closed_at IS NULL"
_OPEN_KEY = f"{_OPEN} AND key_name <> ''"


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_page_task_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.add_column("page_guard", _time("look_at", nullable=True))
    op.add_column("page_guard", sa.Column("look_said", sa.Text(), server_default="", nullable=False))
    outcomes = sa.Enum(
        "closed", "stays", name="page_task_outcome_known", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "page_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=True),
        sa.Column("key_name", sa.String(40), server_default="", nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        _time("opened_at"),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        _time("closed_at", nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", outcomes, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_page_task_version_positive")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_page_task_closed_has_outcome")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'stays' OR reason <> ''", name=op.f("ck_page_task_stays_has_reason")
        ),
        sa.CheckConstraint("(key_name = '') = (administrator_id IS NOT NULL)", name=op.f("ck_page_task_page_or_key")),
        _to("account_id", "account", "CASCADE"),
        _to("user_id", "user_account", "RESTRICT"),
        _to("administrator_id", "page_administrator", "CASCADE"),
        _to("opened_by_id", "user_account", "RESTRICT"),
        _to("closed_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_task")),
    )
    for column in ("user_id", "closed_at"):
        op.create_index(op.f(f"ix_page_task_{column}"), "page_task", [column])
    for name, columns, only in (
        ("uq_page_task_administrator", ["administrator_id"], _OPEN),
        ("uq_page_task_key", ["account_id", "key_name", "name"], _OPEN_KEY),
    ):
        where = sa.text(only)
        op.create_index(name, "page_task", columns, unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("page_task")
    op.drop_column("page_guard", "look_said")
    op.drop_column("page_guard", "look_at")
