"""Figures of some days are counted along the days, however long the history is; forms are filled from own templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

PARTIAL = (("ix_deadline_ended", "deadline", "ended_at"), ("ix_draft_decided", "draft", "decided_at"))
KINDS = ("daily", "weekly")


def upgrade() -> None:
    for name, table, column in PARTIAL:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=there, postgresql_where=there)
    op.create_index("ix_closure_closed", "closure", ["closed_at"])
    op.create_table(
        "report_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="form_kind_known", native_enum=False, length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_report_form_version_positive")),
        sa.CheckConstraint("(sha256 = '') = (filename = '')", name=op.f("ck_report_form_file_has_name")),
        sa.CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name=op.f("ck_report_form_form_kind_known")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["user_account.id"],
            name=op.f("fk_report_form_changed_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_form")),
        sa.UniqueConstraint("kind", name=op.f("uq_report_form_kind")),
    )


def downgrade() -> None:
    op.drop_table("report_form")
    op.drop_index("ix_closure_closed", "closure")
    for name, table, _ in reversed(PARTIAL):
        op.drop_index(name, table)
