"""Headings that repeat every week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "weekly_heading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=True),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_weekly_heading_version_positive")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_weekly_heading_has_name")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_weekly_heading_weekday_known")),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name=op.f("ck_weekly_heading_minute_of_the_day")),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["user_account.id"],
            name=op.f("fk_weekly_heading_made_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_heading")),
    )
    op.create_table(
        "heading_idea",
        sa.Column("heading_id", sa.Integer(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["heading_id"],
            ["weekly_heading.id"],
            name=op.f("fk_heading_idea_heading_id_weekly_heading"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_heading_idea_publication_id_publication"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("heading_id", "monday", name=op.f("pk_heading_idea")),
    )


def downgrade() -> None:
    op.drop_table("heading_idea")
    op.drop_table("weekly_heading")
