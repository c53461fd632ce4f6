"""A page rests from acting by itself, its key is renewed, and it may answer in communities of others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connection") as batch:
        batch.add_column(sa.Column("elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("acts_failed", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("acts_rest_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("acts_said", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("renewal_tried_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("in_spite", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_column("in_spite")
    with op.batch_alter_table("connection") as batch:
        for name in ("renewal_tried_at", "acts_said", "acts_rest_until", "acts_failed", "elsewhere"):
            batch.drop_column(name)
