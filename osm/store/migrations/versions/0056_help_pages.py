"""Memos and questions of the press centre in the help (Пр.1.2.2)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, referred: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{referred}")
    return sa.ForeignKeyConstraint([column], [f"{referred}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    kinds = sa.Enum("memo", "question", name="help_kind_known", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "help_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _time("written_at"),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        _time("archived_at", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_help_page_version_positive")),
        _to("help_page", "written_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_page")),
    )
    op.create_table(
        "help_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _time("at"),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _to("help_edition", "page_id", "help_page", "CASCADE"),
        _to("help_edition", "by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_edition")),
        sa.UniqueConstraint("page_id", "number", name="uq_help_edition_number"),
    )
    op.create_table(
        "help_topic",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        _to("help_topic", "page_id", "help_page", "CASCADE"),
        _to("help_topic", "topic_id", "topic", "CASCADE"),
        sa.PrimaryKeyConstraint("page_id", "topic_id", name=op.f("pk_help_topic")),
    )
    op.create_index(op.f("ix_help_topic_topic_id"), "help_topic", ["topic_id"])


def downgrade() -> None:
    for table in ("help_topic", "help_edition", "help_page"):
        op.drop_table(table)
