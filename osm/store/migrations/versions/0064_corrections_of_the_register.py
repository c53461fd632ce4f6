"""An edition of the register may put a mistake right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account_edition") as batch:
        batch.add_column(sa.Column("is_correction", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("account_edition") as batch:
        batch.drop_column("is_correction")
