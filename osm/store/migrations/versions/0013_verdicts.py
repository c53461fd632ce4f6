"""What the check of texts says (П.17) and what people answered; what is stored is owed its check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DECISIONS = ("pass", "review", "exclude")
REPLIES = ("excluded", "answered", "wrong")
GROUNDS = ("profanity", "insult", "threat", "spam", "ad")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "message_verdict",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("decision", _code(DECISIONS, "decision_known"), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reply", _code(REPLIES, "verdict_reply_known"), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(_among("decision", DECISIONS), name=op.f("ck_message_verdict_decision_known")),
        sa.CheckConstraint(_among("reply", REPLIES), name=op.f("ck_message_verdict_verdict_reply_known")),
        sa.CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_message_verdict_reply_has_time")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_verdict_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"],
            ["user_account.id"],
            name=op.f("fk_message_verdict_replied_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_verdict")),
    )
    op.create_table(
        "finding_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("category", _code(GROUNDS, "finding_category_known"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("reply", _code(REPLIES, "finding_reply_known"), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replied_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(_among("category", GROUNDS), name=op.f("ck_finding_answer_finding_category_known")),
        sa.CheckConstraint(_among("reply", REPLIES), name=op.f("ck_finding_answer_finding_reply_known")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_finding_answer_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"],
            ["user_account.id"],
            name=op.f("fk_finding_answer_replied_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_answer")),
    )
    op.create_index(op.f("ix_finding_answer_message_id"), "finding_answer", ["message_id"], unique=False)
    op.create_index(op.f("ix_finding_answer_rule"), "finding_answer", ["rule"], unique=False)
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts) SELECT 'verdict', id, 1, 0 FROM message"
    )


def downgrade() -> None:
    op.execute("DELETE FROM due_readings WHERE kind = 'verdict'")
    op.drop_table("finding_answer")
    op.drop_table("message_verdict")
