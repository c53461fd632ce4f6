"""Talk of the office on a card: notes, questions to the curator, «Не моё», and who was hurried when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KINDS = ("note", "question", "decline", "hurry")
WAITING = sa.text("read_at IS NULL AND withdrawn_at IS NULL")


def _key(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_note_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="note_kind_known", native_enum=False, length=32), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_note_says_something")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name=op.f("ck_note_read_by_somebody")),
        sa.CheckConstraint("kind <> 'hurry' OR to_id IS NOT NULL", name=op.f("ck_note_somebody_is_hurried")),
        sa.CheckConstraint(
            "kind NOT IN ('question', 'decline') OR to_id IS NULL", name=op.f("ck_note_curators_are_no_person")
        ),
        sa.CheckConstraint("department_id IS NULL OR kind = 'decline'", name=op.f("ck_note_department_is_proposed")),
        sa.CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name=op.f("ck_note_note_kind_known")),
        _key("message_id", "message", "CASCADE"),
        _key("author_id", "user_account", "RESTRICT"),
        _key("to_id", "user_account", "RESTRICT"),
        _key("department_id", "department", "RESTRICT"),
        _key("read_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_message", "note", ["message_id", "id"])
    op.create_index(
        "ix_note_waiting", "note", ["to_id", "kind", "message_id"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    op.drop_table("note")
