"""One answer to many messages on the same matter, and whose replies it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATES = ("draft", "submitted", "approved")
KINDS = ("clarification", "interim", "final")
INTERIM = ("work_goes_on", "waiting_for_others", "weather_or_supply", "other")
IN_SPITE = ("is_there", "not_due", "not_known", "hurry", "other")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _among(column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    listed = ", ".join(repr(value) for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_answer_group_{name}"))


def upgrade() -> None:
    op.create_table(
        "answer_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", _code(STATES, "group_state_known"), nullable=False),
        sa.Column("kind", _code(KINDS, "group_kind_known"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("interim_reason", _code(INTERIM, "group_interim_reason_known"), nullable=True),
        sa.Column("interim_text", sa.Text(), nullable=False),
        sa.Column("in_spite", _code(IN_SPITE, "group_in_spite_known"), nullable=True),
        sa.Column("in_spite_text", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_answer_group_version_positive")),
        sa.CheckConstraint("state = 'draft' OR text <> ''", name=op.f("ck_answer_group_sent_has_text")),
        _among("state", STATES, "group_state_known"),
        _among("kind", KINDS, "group_kind_known"),
        _among("interim_reason", INTERIM, "group_interim_reason_known"),
        _among("in_spite", IN_SPITE, "group_in_spite_known"),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_answer_group_created_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_group")),
    )
    op.create_table(
        "group_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by_id", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("left_by_id IS NULL OR left_at IS NOT NULL", name=op.f("ck_group_member_left_has_time")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_group_member_{column}_{table}"), ondelete=ondelete
            )
            for column, table, ondelete in (
                ("group_id", "answer_group", "CASCADE"),
                ("message_id", "message", "CASCADE"),
                ("reply_id", "reply", "CASCADE"),
                ("joined_by_id", "user_account", "RESTRICT"),
                ("left_by_id", "user_account", "RESTRICT"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"])
    op.create_index(op.f("ix_group_member_message_id"), "group_member", ["message_id"])
    op.create_index(
        "uq_group_member_reply",
        "group_member",
        ["reply_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("group_member")
    op.drop_table("answer_group")
