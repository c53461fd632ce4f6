"""Complaints about deletions and bans; emergencies and the publications that they hold; pages kept by one telephone."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from osm.store.types import UtcDateTime

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

_OFFICE = re.compile("служебн|рабоч|при[её]мн|пресс|отдел|администрац|дежурн|городск", re.IGNORECASE)


def upgrade() -> None:
    is_open = sa.text("outcome IS NULL")
    op.create_table(
        "emergency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("prepared_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("begun_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(begun_at IS NULL) = (begun_by_id IS NULL)", name=op.f("ck_emergency_begun_by_somebody")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_emergency_ended_by_somebody")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_emergency_version_positive")),
        sa.ForeignKeyConstraint(
            ["begun_by_id"],
            ["user_account.id"],
            name=op.f("fk_emergency_begun_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["user_account.id"],
            name=op.f("fk_emergency_ended_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["answer_group.id"], name=op.f("fk_emergency_group_id_answer_group"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["publication.id"], name=op.f("fk_emergency_notice_id_publication"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"],
            ["user_account.id"],
            name=op.f("fk_emergency_prepared_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_emergency_notice_id")),
    )
    op.create_index("ix_emergency_begun", "emergency", ["begun_at", "ended_at"])
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("entered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "upheld",
                "restored",
                "admitted",
                "unbanned",
                name="complaint_outcome_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("unbanned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR (reason <> '' AND reviewed_by_id IS NOT NULL)",
            name=op.f("ck_complaint_reviewed_says_why"),
        ),
        sa.CheckConstraint(
            "(comment_id IS NULL) <> (proposal_id IS NULL)", name=op.f("ck_complaint_about_one_decision")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (reviewed_at IS NULL)", name=op.f("ck_complaint_reviewed_has_outcome")),
        sa.CheckConstraint(
            "reviewed_by_id IS NULL OR reviewed_by_id <> decider_id", name=op.f("ck_complaint_reviewed_by_another")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_complaint_version_positive")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_complaint_comment_id_comment"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["user_account.id"], name=op.f("fk_complaint_decider_id_user_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["user_account.id"],
            name=op.f("fk_complaint_entered_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_complaint_message_id_message"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["blacklist_proposal.id"],
            name=op.f("fk_complaint_proposal_id_blacklist_proposal"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"],
            ["user_account.id"],
            name=op.f("fk_complaint_reviewed_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    )
    op.create_index("ix_complaint_entered", "complaint", ["entered_at", "id"])
    op.create_index(op.f("ix_complaint_message_id"), "complaint", ["message_id"])
    op.create_index(
        "uq_complaint_comment", "complaint", ["comment_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index(
        "uq_complaint_proposal",
        "complaint",
        ["proposal_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "emergency_hold",
        sa.Column("publication_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("emergency_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["emergency_id"],
            ["emergency.id"],
            name=op.f("fk_emergency_hold_emergency_id_emergency"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_emergency_hold_publication_id_publication"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_emergency_hold")),
    )
    op.create_index(op.f("ix_emergency_hold_emergency_id"), "emergency_hold", ["emergency_id"])
    op.add_column("page_guard", sa.Column("lone_phone", sa.Boolean(), server_default=sa.false(), nullable=False))
    _mark_lone_phones()


def downgrade() -> None:
    op.drop_column("page_guard", "lone_phone")
    op.drop_table("emergency_hold")
    op.drop_table("complaint")
    op.drop_table("emergency")


def _mark_lone_phones() -> None:
    """By the rule of this day, as `describe` marks a page."""
    guard = sa.table("page_guard", sa.column("id"), sa.column("recovery"), sa.column("lone_phone"))
    connection = op.get_bind()
    for number, recovery in connection.execute(sa.select(guard.c.id, guard.c.recovery)).all():
        lines = [line for line in recovery.splitlines() if line.strip()]
        is_phone = len(lines) == 1 and "@" not in lines[0] and len(re.findall(r"\d", lines[0])) >= 5
        if is_phone and not _OFFICE.search(lines[0]):
            connection.execute(guard.update().where(guard.c.id == number).values(lone_phone=True))
