"""A publication taken off a page keeps what was tried there; people are reminded of each page once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_LINK = "fk_outbox_action_placement_id_placement"


def upgrade() -> None:
    with op.batch_alter_table("placement") as batch:
        batch.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("left_out_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint("stands_or_is_left_out", "placed_at IS NULL OR left_out_at IS NULL")
    # Of what was taken up before people have been reminded.
    op.execute(
        "UPDATE placement SET told_at ="
        " (SELECT ordered_at FROM publication WHERE publication.id = placement.publication_id)"
    )
    _link("RESTRICT")


def downgrade() -> None:
    _link("CASCADE")
    op.execute(
        "DELETE FROM outbox_action WHERE placement_id IN (SELECT id FROM placement WHERE left_out_at IS NOT NULL)"
    )
    op.execute("DELETE FROM placement WHERE left_out_at IS NOT NULL")
    with op.batch_alter_table("placement") as batch:
        batch.drop_constraint(op.f("ck_placement_stands_or_is_left_out"), type_="check")
        batch.drop_column("left_out_at")
        batch.drop_column("told_at")


def _link(end: str) -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint(_LINK, type_="foreignkey")
        batch.create_foreign_key(_LINK, "placement", ["placement_id"], ["id"], ondelete=end)
