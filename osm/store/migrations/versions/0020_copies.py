"""Near copies of messages and comments; comments are owed readings as messages are; what is stored is owed this one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BEFORE = ("search", "repeats", "verdict")
KINDS = (*BEFORE, "copies")
_INDEXED = sa.text("letters IS NOT NULL")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    _allow(KINDS)
    op.create_table(
        "due_comment_readings",
        sa.Column("kind", _code(KINDS, "comment_reading_kind_known"), nullable=False),
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_among("kind", KINDS), name=op.f("ck_due_comment_readings_comment_reading_kind_known")),
        sa.CheckConstraint("generation >= 1", name=op.f("ck_due_comment_readings_generation_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_due_comment_readings_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_due_comment_readings_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "comment_id", name=op.f("pk_due_comment_readings")),
    )
    op.create_index(op.f("ix_due_comment_readings_comment_id"), "due_comment_readings", ["comment_id"])
    op.create_table(
        "copy_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_group")),
    )
    op.create_table(
        "copy_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letters", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name=op.f("ck_copy_text_of_one_kind")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_copy_text_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_copy_text_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["copy_group.id"], name=op.f("fk_copy_text_group_id_copy_group"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_text")),
        sa.UniqueConstraint("message_id", name=op.f("uq_copy_text_message_id")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_copy_text_comment_id")),
    )
    op.create_index("ix_copy_text_group", "copy_text", ["group_id", "written_at"])
    op.create_index("ix_copy_text_indexed", "copy_text", ["read_at"], sqlite_where=_INDEXED, postgresql_where=_INDEXED)
    op.create_table(
        "copy_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"], ["copy_text.id"], name=op.f("fk_copy_key_text_id_copy_text"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "text_id", name=op.f("pk_copy_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_copy_key_text", "copy_key", ["text_id"])
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts) SELECT 'copies', id, 1, 0 FROM message"
    )
    op.execute(
        "INSERT INTO due_comment_readings (kind, comment_id, generation, attempts)"
        " SELECT 'copies', id, 1, 0 FROM comment"
    )


def downgrade() -> None:
    op.execute("DELETE FROM due_readings WHERE kind = 'copies'")
    _allow(BEFORE)
    op.drop_table("copy_key")
    op.drop_table("copy_text")
    op.drop_table("copy_group")
    op.drop_table("due_comment_readings")


def _allow(kinds: tuple[str, ...]) -> None:
    """due_readings takes these kinds. SQLite cannot change a constraint: the table is written anew."""
    name = op.f("ck_due_readings_reading_kind_known")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(name, "due_readings", type_="check")
        op.create_check_constraint(name, "due_readings", _among("kind", kinds))
        return
    op.rename_table("due_readings", "due_readings_before")
    op.drop_index(op.f("ix_due_readings_message_id"), table_name="due_readings_before")
    op.create_table(
        "due_readings",
        sa.Column("kind", _code(kinds, "reading_kind_known"), nullable=False),
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_among("kind", kinds), name=name),
        sa.CheckConstraint("generation >= 1", name=op.f("ck_due_readings_generation_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_due_readings_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_due_readings_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "message_id", name=op.f("pk_due_readings")),
    )
    columns = "kind, message_id, generation, attempts, leased_until"
    op.execute(f"INSERT INTO due_readings ({columns}) SELECT {columns} FROM due_readings_before")  # noqa: S608
    op.drop_table("due_readings_before")
    op.create_index(op.f("ix_due_readings_message_id"), "due_readings", ["message_id"])
