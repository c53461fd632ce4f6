"""Editions of messages by later exports; rows under the number of another message are held."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_OUTCOMES = ("staged", "created", "updated", "unchanged", "duplicate", "rejected")


def _instant(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    _allow((*_OUTCOMES, "held"))
    op.create_table(
        "message_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        _instant("made_at", nullable=False),
        sa.Column("kind", _codes("edition_kind_known", "data", "form", "change"), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("holds_draft_id", sa.Integer(), nullable=True),
        _instant("released_at"),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        _instant("recalled_at"),
        _refers("message_edition", "message_id", "message", "CASCADE"),
        _refers("message_edition", "run_id", "import_run", "SET NULL"),
        _refers("message_edition", "holds_draft_id", "draft", "SET NULL"),
        _refers("message_edition", "released_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_edition")),
    )
    op.create_index("ix_message_edition_message", "message_edition", ["message_id", "id"])
    op.create_index(op.f("ix_message_edition_run_id"), "message_edition", ["run_id"])
    changed = "kind = 'change' AND recalled_at IS NULL"
    _partial("ix_message_edition_change", "message_edition", ["message_id", "id"], changed)
    _partial("ix_message_edition_held", "message_edition", ["holds_draft_id"], "holds_draft_id IS NOT NULL")
    op.create_table(
        "edition_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        _instant("seen_at", nullable=False),
        _refers("edition_look", "edition_id", "message_edition", "CASCADE"),
        _refers("edition_look", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_look")),
        sa.UniqueConstraint("edition_id", "user_id", name="uq_edition_look_person"),
    )
    op.create_index(op.f("ix_edition_look_user_id"), "edition_look", ["user_id"])
    op.create_table(
        "held_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("other_key", sa.String(80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        _instant("held_at", nullable=False),
        _instant("received_at", nullable=False),
        _instant("due_at"),
        _instant("settled_at"),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", _codes("held_outcome_known", "new", "replaced", "declined", "recalled"), nullable=True),
        sa.CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name=op.f("ck_held_row_settled_has_outcome")),
        _refers("held_row", "run_id", "import_run", "CASCADE"),
        _refers("held_row", "message_id", "message", "CASCADE"),
        _refers("held_row", "settled_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_row")),
        sa.UniqueConstraint("message_id", "other_key", name="uq_held_row_other"),
    )
    op.create_index(op.f("ix_held_row_run_id"), "held_row", ["run_id"])
    _partial("ix_held_row_open", "held_row", ["id"], "settled_at IS NULL")


def downgrade() -> None:
    op.drop_table("held_row")
    op.drop_table("edition_look")
    op.drop_table("message_edition")
    op.execute("UPDATE import_row SET outcome = 'rejected' WHERE outcome = 'held'")
    _allow(_OUTCOMES)


def _allow(outcomes: tuple[str, ...]) -> None:
    with op.batch_alter_table("import_row") as batch:
        batch.drop_constraint(op.f("ck_import_row_row_outcome_known"), type_="check")
        batch.create_check_constraint("row_outcome_known", f"outcome IN ({', '.join(map(repr, outcomes))})")
