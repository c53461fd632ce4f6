"""Ready texts of answers with their use; approvals given in spite of an unmet criterion of П.16."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "clarification",
                "interim",
                "final",
                name="template_kind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_answer_template_has_name")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_answer_template_has_text")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_answer_template_created_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_answer_template_topic_id_topic"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
    )
    with op.batch_alter_table("answer_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_template_topic_id"), ["topic_id"], unique=False)
        batch_op.create_index(
            "uq_answer_template_name",
            ["name"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.create_table(
        "template_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["reply.id"], name=op.f("fk_template_use_reply_id_reply"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["answer_template.id"],
            name=op.f("fk_template_use_template_id_answer_template"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_template_use_user_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_use")),
        sa.UniqueConstraint("template_id", "reply_id", name="uq_template_use_reply"),
    )
    with op.batch_alter_table("template_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_use_reply_id"), ["reply_id"], unique=False)

    op.create_table(
        "criteria_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.String(length=200), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "is_there",
                "not_due",
                "not_known",
                "hurry",
                "other",
                name="in_spite_reason_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("criteria <> ''", name=op.f("ck_criteria_exception_names_criteria")),
        sa.CheckConstraint("reason <> 'other' OR text <> ''", name=op.f("ck_criteria_exception_other_is_explained")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_criteria_exception_decided_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_criteria_exception_draft_id_draft"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_exception")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_criteria_exception_draft_id")),
    )


def downgrade() -> None:
    op.drop_table("criteria_exception")
    with op.batch_alter_table("template_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_use_reply_id"))

    op.drop_table("template_use")
    with op.batch_alter_table("answer_template", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_answer_template_name",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_answer_template_topic_id"))

    op.drop_table("answer_template")
