"""Memos of shortcomings with their readers and decisions, and documents of the office's own shape (П.19)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATES = ("draft", "sent")
POSTS = ("head", "chief_of_staff", "deputy_head", "press_chief")
UNTOLD = sa.text("memo_id IS NULL")


def _code(name: str, codes: tuple[str, ...], constraint: str) -> sa.Column[str]:
    known = sa.Enum(*codes, name=constraint, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, known, nullable=False)


def _at(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "memo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _code("state", STATES, "memo_state_known"),
        sa.Column("proposals", sa.Text(), nullable=False),
        _at("prepared_at", nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=True),
        _at("sent_at"),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memo")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_memo_version_positive")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_memo_days_in_order")),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_memo_sent_has_time")),
        sa.CheckConstraint("(state = 'sent') = (number IS NOT NULL)", name=op.f("ck_memo_sent_has_number")),
        _key("memo", "prepared_by_id", "user_account", "RESTRICT"),
        _key("memo", "sent_by_id", "user_account", "RESTRICT"),
        sa.UniqueConstraint("number", name=op.f("uq_memo_number")),
        sa.UniqueConstraint("last_day", name=op.f("uq_memo_last_day")),
    )
    op.create_table(
        "memo_reader",
        sa.Column("memo_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        _code("post", POSTS, "memo_reader_post_known"),
        sa.Column("departments", sa.JSON(none_as_null=True), nullable=True),
        _at("seen_at"),
        sa.PrimaryKeyConstraint("memo_id", "user_id", name=op.f("pk_memo_reader")),
        _key("memo_reader", "memo_id", "memo", "CASCADE"),
        _key("memo_reader", "user_id", "user_account", "RESTRICT"),
    )
    op.create_table(
        "document_template",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _at("put_at", nullable=False),
        sa.Column("put_by_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_document_template")),
        _key("document_template", "put_by_id", "user_account", "RESTRICT"),
    )
    with op.batch_alter_table("shortcoming") as batch:
        batch.add_column(sa.Column("memo_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_shortcoming_memo_id_memo", "memo", ["memo_id"], ["id"], ondelete="SET NULL")
        batch.create_index(op.f("ix_shortcoming_memo_id"), ["memo_id"])
        batch.create_index("ix_shortcoming_untold", ["occurred_at"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)
    with op.batch_alter_table("instruction") as batch:
        batch.add_column(sa.Column("memo_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_instruction_memo_id_memo", "memo", ["memo_id"], ["id"], ondelete="RESTRICT")
        batch.create_index(op.f("ix_instruction_memo_id"), ["memo_id"])


def downgrade() -> None:
    with op.batch_alter_table("instruction") as batch:
        batch.drop_index(op.f("ix_instruction_memo_id"))
        batch.drop_constraint("fk_instruction_memo_id_memo", type_="foreignkey")
        batch.drop_column("memo_id")
    with op.batch_alter_table("shortcoming") as batch:
        batch.drop_index("ix_shortcoming_untold")
        batch.drop_index(op.f("ix_shortcoming_memo_id"))
        batch.drop_constraint("fk_shortcoming_memo_id_memo", type_="foreignkey")
        batch.drop_column("memo_id")
    op.drop_table("document_template")
    op.drop_table("memo_reader")
    op.drop_table("memo")
