"""What final answers promised for a day to come, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATES = ("open", "reported", "done", "moved", "not_kept", "dropped")


def _key(column: str, table: str, ondelete: str, of: str = "promise") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{of}_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="promise_state_known", native_enum=False, length=32), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_promise_version_positive")),
        sa.CheckConstraint(
            "state NOT IN ('moved', 'not_kept', 'dropped') OR reason <> ''", name=op.f("ck_promise_ended_has_reason")
        ),
        sa.CheckConstraint("(result <> '') = (reported_at IS NOT NULL)", name=op.f("ck_promise_result_has_time")),
        sa.CheckConstraint(
            "state NOT IN ('reported', 'done') OR result <> ''", name=op.f("ck_promise_reported_has_result")
        ),
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name=op.f("ck_promise_promise_state_known")),
        _key("message_id", "message", "CASCADE"),
        _key("reply_id", "reply", "CASCADE"),
        _key("reported_by_id", "user_account", "RESTRICT"),
        _key("decided_by_id", "user_account", "RESTRICT"),
        _key("replaces_id", "promise", "SET NULL"),
        _key("created_by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_promise_replaces_id")),
    )
    op.create_index(op.f("ix_promise_message_id"), "promise", ["message_id"])
    op.create_index(op.f("ix_promise_reply_id"), "promise", ["reply_id"])
    op.create_index("ix_promise_state_due", "promise", ["state", "due_on", "id"])
    op.create_table(
        "promise_photo",
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        _key("promise_id", "promise", "CASCADE", "promise_photo"),
        _key("attachment_id", "attachment", "CASCADE", "promise_photo"),
        sa.PrimaryKeyConstraint("promise_id", "attachment_id", name=op.f("pk_promise_photo")),
    )


def downgrade() -> None:
    op.drop_table("promise_photo")
    op.drop_table("promise")
