"""How official pages looked: what Пр.2.4 names, by whoever looked or as the network tells, with a picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("photo_sha256", sa.String(64), nullable=False),
        sa.Column("photo_type", sa.String(60), nullable=False),
        sa.Column("photo_name", sa.String(200), nullable=False),
        sa.CheckConstraint("(photo_sha256 = '') = (photo_type = '')", name=op.f("ck_profile_check_photo_has_type")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_profile_check_account_id_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_profile_check_by_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_check")),
    )
    op.create_index("ix_profile_check_of_page", "profile_check", ["account_id", "at", "id"])
    op.create_index(op.f("ix_profile_check_by_id"), "profile_check", ["by_id"])


def downgrade() -> None:
    op.drop_table("profile_check")
