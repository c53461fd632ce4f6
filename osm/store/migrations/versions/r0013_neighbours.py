"""questions to bodies outside"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "neighbour_body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=120), server_default="", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_neighbour_body_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbour_body")),
        sa.UniqueConstraint("name", name=op.f("uq_neighbour_body_name")),
    )
    op.create_table(
        "neighbour_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("letter", "link", name="neighbour_way_known", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waits",
                "sent",
                "opened",
                "answered",
                "late",
                "withdrawn",
                "closed",
                name="neighbour_state_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("letter", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "mail",
            sa.Enum(
                "none",
                "waiting",
                "sending",
                "sent",
                "unclear",
                "failed",
                name="neighbour_mail_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_at IS NOT NULL)", name=op.f("ck_neighbour_question_answered_has_time")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'opened', 'answered', 'late') OR sent_at IS NOT NULL",
            name=op.f("ck_neighbour_question_sent_has_time"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_neighbour_question_version_positive")),
        sa.CheckConstraint("wrong_codes BETWEEN 0 AND 5", name=op.f("ck_neighbour_question_codes_limited")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_neighbour_question_asked_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["body_id"],
            ["neighbour_body.id"],
            name=op.f("fk_neighbour_question_body_id_neighbour_body"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["user_account.id"],
            name=op.f("fk_neighbour_question_entered_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_neighbour_question_message_id_message"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"],
            ["user_account.id"],
            name=op.f("fk_neighbour_question_sent_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbour_question")),
        sa.UniqueConstraint("mark", name=op.f("uq_neighbour_question_mark")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_neighbour_question_token_digest")),
    )
    op.create_index("ix_neighbour_question_asked", "neighbour_question", ["asked_at", "id"])
    op.create_index(op.f("ix_neighbour_question_message_id"), "neighbour_question", ["message_id"])
    op.create_index(
        "ix_neighbour_question_open",
        "neighbour_question",
        ["state"],
        sqlite_where=sa.text("state IN ('waits', 'sent', 'opened')"),
        postgresql_where=sa.text("state IN ('waits', 'sent', 'opened')"),
    )
    op.create_index(
        "ix_neighbour_question_to_mail",
        "neighbour_question",
        ["id"],
        sqlite_where=sa.text("mail IN ('waiting', 'sending')"),
        postgresql_where=sa.text("mail IN ('waiting', 'sending')"),
    )

    op.create_table(
        "neighbour_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_neighbour_photo_size_positive")),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["neighbour_question.id"],
            name=op.f("fk_neighbour_photo_question_id_neighbour_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbour_photo")),
    )
    op.create_index(op.f("ix_neighbour_photo_question_id"), "neighbour_photo", ["question_id"])
    op.create_index(op.f("ix_neighbour_photo_sha256"), "neighbour_photo", ["sha256"])


def downgrade() -> None:
    op.drop_table("neighbour_photo")
    op.drop_table("neighbour_question")
    op.drop_table("neighbour_body")
