"""Posts of the leaders, who supervises a department, and what the administration says of itself (П.19, П.20)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

POSTS = ("head", "chief_of_staff", "deputy_head", "press_chief")


def upgrade() -> None:
    known = sa.Enum(*POSTS, name="post_known", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(sa.Column("post", known, nullable=True))
        batch.create_check_constraint("post_is_held", "post IS NULL OR is_active")
        batch.create_index(
            "uq_user_account_post",
            ["post"],
            unique=True,
            sqlite_where=sa.text("post <> 'deputy_head'"),
            postgresql_where=sa.text("post <> 'deputy_head'"),
        )
    with op.batch_alter_table("department") as batch:
        batch.add_column(sa.Column("supervisor_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_department_supervisor", "user_account", ["supervisor_id"], ["id"], ondelete="RESTRICT"
        )
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, kind, server_default="", nullable=False)
            for name, kind in (
                ("name", sa.String(300)),
                ("inn", sa.String(12)),
                ("letterhead", sa.Text()),
                ("site", sa.String(200)),
                ("responsible", sa.String(200)),
                ("phones", sa.Text()),
                ("duty_phones", sa.Text()),
            )
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_office_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
    )


def downgrade() -> None:
    op.drop_table("office")
    with op.batch_alter_table("department") as batch:
        batch.drop_constraint("fk_department_supervisor", type_="foreignkey")
        batch.drop_column("supervisor_id")
    with op.batch_alter_table("user_account") as batch:
        batch.drop_index("uq_user_account_post")
        batch.drop_constraint(op.f("ck_user_account_post_is_held"), type_="check")
        batch.drop_constraint(op.f("ck_user_account_post_known"), type_="check")
        batch.drop_column("post")
