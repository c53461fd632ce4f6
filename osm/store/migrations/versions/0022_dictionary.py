"""The office's own words, every change of them, and which verdicts changed with the rules (П.17)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

GROUNDS = ("profanity", "insult", "threat", "spam", "ad")
DECISIONS = ("pass", "review", "exclude")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _key(table: str, column: str, other: str, rule: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=rule)


def upgrade() -> None:
    op.create_table(
        "dictionary_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        _key("dictionary_change", "actor_id", "user_account"),
        _key("dictionary_change", "undoes_id", "dictionary_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_change")),
    )
    op.create_index(op.f("ix_dictionary_change_undoes_id"), "dictionary_change", ["undoes_id"])
    op.create_table(
        "own_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("category", _code(GROUNDS, "own_category_known"), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("exception", sa.Boolean(), nullable=False),
        sa.Column("added_id", sa.Integer(), nullable=False),
        sa.Column("removed_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('lemma', 'phrase', 'domain')", name=op.f("ck_own_entry_kind_known")),
        sa.CheckConstraint("severity IN ('medium', 'high')", name=op.f("ck_own_entry_severity_known")),
        _key("own_entry", "added_id", "dictionary_change"),
        _key("own_entry", "removed_id", "dictionary_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_entry")),
    )
    op.create_index(op.f("ix_own_entry_added_id"), "own_entry", ["added_id"])
    op.create_index(op.f("ix_own_entry_removed_id"), "own_entry", ["removed_id"])
    op.create_index(
        "uq_own_entry_in_force",
        "own_entry",
        ["kind", "text", "category"],
        unique=True,
        sqlite_where=sa.text("removed_id IS NULL"),
        postgresql_where=sa.text("removed_id IS NULL"),
    )
    op.create_table(
        "verdict_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("rules_after", sa.String(length=80), nullable=False),
        sa.Column("before", _code(DECISIONS, "change_before_known"), nullable=False),
        sa.Column("after", _code(DECISIONS, "change_after_known"), nullable=False),
        sa.Column("findings_before", sa.JSON(), nullable=False),
        sa.Column("findings_after", sa.JSON(), nullable=False),
        sa.CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name=op.f("ck_verdict_change_of_one_text")),
        _key("verdict_change", "message_id", "message", "CASCADE"),
        _key("verdict_change", "comment_id", "comment", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_change")),
    )
    op.create_index(op.f("ix_verdict_change_message_id"), "verdict_change", ["message_id"])
    op.create_index(op.f("ix_verdict_change_comment_id"), "verdict_change", ["comment_id"])


def downgrade() -> None:
    op.drop_table("verdict_change")
    op.drop_table("own_entry")
    op.drop_table("dictionary_change")
