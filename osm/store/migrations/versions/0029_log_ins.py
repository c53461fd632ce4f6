"""Where a session was opened and in what browser; which attempts came from a known browser, and known addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_address",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_login_address_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "address", name=op.f("pk_login_address")),
    )
    with op.batch_alter_table("login_attempt") as batch:
        batch.add_column(sa.Column("browser", sa.String(60), server_default="", nullable=False))
    with op.batch_alter_table("web_session") as batch:
        batch.add_column(sa.Column("address", sa.String(60), server_default="", nullable=False))
        batch.add_column(sa.Column("browser", sa.String(300), server_default="", nullable=False))
        batch.drop_column("data")


def downgrade() -> None:
    with op.batch_alter_table("web_session") as batch:
        batch.add_column(sa.Column("data", sa.JSON(), server_default="{}", nullable=False))
        batch.drop_column("browser")
        batch.drop_column("address")
    with op.batch_alter_table("login_attempt") as batch:
        batch.drop_column("browser")
    op.drop_table("login_address")
