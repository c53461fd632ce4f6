"""messages of ПОС; the kind of a source; what an author says after the answer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0011"
down_revision = "r0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE import_source ADD COLUMN kind VARCHAR(32) DEFAULT 'networks' NOT NULL "
        "CONSTRAINT ck_import_source_source_kind_known CHECK (kind IN ('networks', 'portal'))"
    )
    op.execute(
        "ALTER TABLE thread_offer ADD COLUMN echo VARCHAR(32) "
        "CONSTRAINT ck_thread_offer_echo_known CHECK (echo IN ('unsolved', 'solved', 'thanks'))"
    )
    op.create_table(
        "portal_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=500), server_default="", nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("source_topic", sa.String(length=300), server_default="", nullable=False),
        sa.Column("source_status", sa.String(length=100), server_default="", nullable=False),
        sa.Column("rating", sa.String(length=100), server_default="", nullable=False),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_portal_message_version_positive")),
        sa.CheckConstraint(
            "closed_by_id IS NULL OR closed_at IS NOT NULL", name=op.f("ck_portal_message_closed_has_time")
        ),
        sa.CheckConstraint(
            "(department_id IS NULL) = (assigned_at IS NULL)", name=op.f("ck_portal_message_assigned_has_time")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_portal_message_topic_id_topic"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_portal_message_run_id_import_run"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_portal_message_department_id_department"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["user_account.id"],
            name=op.f("fk_portal_message_closed_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_message")),
        sa.UniqueConstraint("number", name=op.f("uq_portal_message_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_portal_message_run_id"), "portal_message", ["run_id"])
    op.create_index(op.f("ix_portal_message_department_id"), "portal_message", ["department_id"])
    op.create_index("ix_portal_message_received", "portal_message", ["received_at", "id"])
    rows = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_portal_message_open", "portal_message", ["due_at", "id"], sqlite_where=rows, postgresql_where=rows
    )


def downgrade() -> None:
    op.drop_table("portal_message")
    op.drop_column("thread_offer", "echo")
    op.drop_column("import_source", "kind")
