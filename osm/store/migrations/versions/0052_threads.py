"""What the office writes in networks itself is remembered, and what of a thread may be a step is offered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_IN_THREAD = sa.text("thread_key <> ''")
_OPEN = sa.text("settled_at IS NULL")


def _code(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _time(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("comment", sa.Column("thread_key", sa.String(200), server_default="", nullable=False))
    # What was heard before knows no thread but its own; its answers bring theirs with them.
    op.execute("UPDATE comment SET thread_key = external_id WHERE account_id IS NOT NULL")
    columns = ["network", "thread_key"]
    op.create_index("ix_comment_thread", "comment", columns, sqlite_where=_IN_THREAD, postgresql_where=_IN_THREAD)
    with op.batch_alter_table("connection") as batch:
        batch.add_column(
            sa.Column("answers", _code("answering_known", "ask", "auto"), server_default="ask", nullable=False)
        )
        batch.add_column(sa.Column("administrators", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "own_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("thread_key", sa.String(200), nullable=False),
        sa.Column("parent_external_id", sa.String(200), nullable=False),
        sa.Column("writer", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        _time("written_at", nullable=False),
        _time("heard_at", nullable=False),
        _time("gone_at"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_own_comment_account_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_comment")),
        sa.UniqueConstraint("network", "external_id", name="uq_own_comment_external"),
    )
    op.create_index("ix_own_comment_thread", "own_comment", columns)
    op.create_index(op.f("ix_own_comment_account_id"), "own_comment", ["account_id"])
    op.create_table(
        "thread_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("own_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        _time("heard_at", nullable=False),
        _time("settled_at"),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", _code("offer_outcome_known", "taken", "declined"), nullable=True),
        sa.CheckConstraint("(own_id IS NULL) <> (comment_id IS NULL)", name=op.f("ck_thread_offer_of_one_comment")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (outcome IS NULL)", name=op.f("ck_thread_offer_settled_has_outcome")
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_thread_offer_{name}_{table}"), ondelete=ondelete
            )
            for name, table, ondelete in (
                ("message_id", "message", "CASCADE"),
                ("own_id", "own_comment", "CASCADE"),
                ("comment_id", "comment", "CASCADE"),
                ("settled_by_id", "user_account", "RESTRICT"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_offer")),
    )
    op.create_index("uq_thread_offer_own", "thread_offer", ["message_id", "own_id"], unique=True)
    op.create_index("uq_thread_offer_comment", "thread_offer", ["message_id", "comment_id"], unique=True)
    op.create_index("ix_thread_offer_open", "thread_offer", ["message_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    for name in ("own_id", "comment_id"):
        op.create_index(op.f(f"ix_thread_offer_{name}"), "thread_offer", [name])


def downgrade() -> None:
    op.drop_table("thread_offer")
    op.drop_table("own_comment")
    with op.batch_alter_table("connection") as batch:
        batch.drop_constraint(op.f("ck_connection_answering_known"), type_="check")
        batch.drop_column("answers")
        batch.drop_column("administrators")
    op.drop_index("ix_comment_thread", table_name="comment")
    op.drop_column("comment", "thread_key")
