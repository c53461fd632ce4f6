"""Rules that an office has switched off, what it has learned from its decisions, and words of answered findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

UNMARKED = 90
STEPS = 8
"""Places of the queue are cut finer: what proves right more often comes first among equals."""
_COMMENT = sa.table("comment", sa.column("rank", sa.Integer))
_ANSWERS = ("finding_answer", "comment_finding_answer")


def upgrade() -> None:
    op.create_table(
        "rule_switch",
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("off_by_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_rule_switch")),
        sa.ForeignKeyConstraint(
            ["off_by_id"], ["user_account.id"], name=op.f("fk_rule_switch_off_by_id_user_account"), ondelete="RESTRICT"
        ),
    )
    op.create_table(
        "office_lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("judged_on", sa.Integer(), nullable=False),
        sa.Column("wrong_before", sa.Integer(), nullable=False),
        sa.Column("wrong_after", sa.Integer(), nullable=False),
        sa.Column("missed_before", sa.Integer(), nullable=False),
        sa.Column("missed_after", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_lesson")),
        sa.ForeignKeyConstraint(
            ["taken_back_by_id"],
            ["user_account.id"],
            name=op.f("fk_office_lesson_taken_back_by_id_user_account"),
            ondelete="RESTRICT",
        ),
    )
    for table in _ANSWERS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("lemma", sa.String(length=200), server_default="", nullable=False))
    op.execute(_COMMENT.update().where(_COMMENT.c.rank < UNMARKED).values(rank=_COMMENT.c.rank * STEPS))


def downgrade() -> None:
    op.execute(_COMMENT.update().where(_COMMENT.c.rank < UNMARKED).values(rank=_COMMENT.c.rank // STEPS))
    for table in _ANSWERS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("lemma")
    op.drop_table("office_lesson")
    op.drop_table("rule_switch")
