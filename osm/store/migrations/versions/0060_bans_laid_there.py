"""The black list holds bans that nobody here proposed: they were laid in the network itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("blacklist_proposal") as batch:
        batch.add_column(sa.Column("laid_by", sa.String(200), server_default="", nullable=False))
        batch.alter_column("proposed_by_id", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint("somebody_began", "proposed_by_id IS NOT NULL OR laid_by <> ''")


def downgrade() -> None:
    proofs = "SELECT id FROM blacklist_proposal WHERE proposed_by_id IS NULL"
    op.execute(f"DELETE FROM blacklist_evidence WHERE proposal_id IN ({proofs})")  # noqa: S608
    op.execute("DELETE FROM blacklist_proposal WHERE proposed_by_id IS NULL")
    with op.batch_alter_table("blacklist_proposal") as batch:
        batch.drop_constraint(op.f("ck_blacklist_proposal_somebody_began"), type_="check")
        batch.alter_column("proposed_by_id", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("laid_by")
