"""Administration: versions of people, departments and topics; duty officers, deputies, words of topics, first passwords."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deputy",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_deputy_place_positive")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_deputy_department_id_department"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_deputy_user_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("department_id", "user_id", name=op.f("pk_deputy")),
        sa.UniqueConstraint("department_id", "place", name="uq_deputy_place"),
    )
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.add_column(sa.Column("other_phones", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("duty_officer_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.create_foreign_key(
            "fk_department_duty_officer", "user_account", ["duty_officer_id"], ["id"], ondelete="RESTRICT"
        )
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("must_change_password")
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("archived_at")
        batch_op.drop_column("words")
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.drop_constraint("fk_department_duty_officer", type_="foreignkey")
        batch_op.drop_column("version")
        batch_op.drop_column("archived_at")
        batch_op.drop_column("duty_officer_id")
        batch_op.drop_column("other_phones")
    op.drop_table("deputy")
