"""Urgent reports to the head (П.20), and instructions with what was reported on them (П.19, П.20)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None

UNREAD = sa.text("reached IS NULL")


def code(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], ["user_account.id"], name=op.f(f"fk_{table}_{column}_user_account"), ondelete="RESTRICT"
        )
        for column in columns
    ]


def upgrade() -> None:
    op.create_table(
        "urgent_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how_many", sa.Integer(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("workers", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("call_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached", code("reached_known", "read", "phone"), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_id", sa.Integer(), nullable=True),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_urgent_report_version_positive")),
        sa.CheckConstraint("what <> ''", name=op.f("ck_urgent_report_says_something")),
        sa.CheckConstraint("how_many >= 1", name=op.f("ck_urgent_report_at_least_one")),
        sa.CheckConstraint("(reached IS NULL) = (reached_at IS NULL)", name=op.f("ck_urgent_report_reached_has_time")),
        sa.CheckConstraint("(reached IS NULL) = (reached_id IS NULL)", name=op.f("ck_urgent_report_reached_somebody")),
        sa.CheckConstraint(
            "(COALESCE(reached, '') = 'phone') = (noted_by_id IS NOT NULL)",
            name=op.f("ck_urgent_report_call_is_noted"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_urgent_report_message_id_message"), ondelete="RESTRICT"
        ),
        *people("urgent_report", "sent_by_id", "reached_id", "noted_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_report")),
    )
    op.create_index(op.f("ix_urgent_report_message_id"), "urgent_report", ["message_id"])
    op.create_index(
        "uq_urgent_report_unread",
        "urgent_report",
        ["message_id"],
        unique=True,
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )
    op.create_index(
        "ix_urgent_report_call", "urgent_report", ["call_due_at"], sqlite_where=UNREAD, postgresql_where=UNREAD
    )
    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", code("instruction_kind_known", "task", "measure"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("urgent_report_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("state", code("instruction_state_known", "open", "reported", "accepted", "dropped"), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_instruction_version_positive")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_instruction_says_something")),
        sa.CheckConstraint("(report <> '') = (reported_at IS NOT NULL)", name=op.f("ck_instruction_report_has_time")),
        sa.CheckConstraint(
            "state NOT IN ('reported', 'accepted') OR report <> ''", name=op.f("ck_instruction_reported_has_words")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'dropped')) = (closed_at IS NOT NULL)",
            name=op.f("ck_instruction_ended_has_time"),
        ),
        sa.CheckConstraint("state <> 'dropped' OR reason <> ''", name=op.f("ck_instruction_dropped_has_reason")),
        sa.ForeignKeyConstraint(
            ["urgent_report_id"],
            ["urgent_report.id"],
            name=op.f("fk_instruction_urgent_report_id_urgent_report"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_instruction_message_id_message"), ondelete="RESTRICT"
        ),
        *people("instruction", "to_id", "given_by_id", "entered_by_id", "reported_by_id", "closed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    for name, columns in (
        (op.f("ix_instruction_urgent_report_id"), ["urgent_report_id"]),
        (op.f("ix_instruction_message_id"), ["message_id"]),
        ("ix_instruction_to", ["to_id", "state", "due_at"]),
        ("ix_instruction_given", ["given_by_id", "state", "due_at"]),
        ("ix_instruction_state", ["state", "due_at"]),
    ):
        op.create_index(name, "instruction", columns)


def downgrade() -> None:
    op.drop_table("instruction")
    op.drop_table("urgent_report")
