"""What goes out into a network may be a publication of the plan (Пр.1.2.4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

BEFORE = ("delete", "ban", "unban", "publish", "edit", "restore")
KINDS = ("delete", "ban", "unban", "publish", "post", "edit", "restore")


def upgrade() -> None:
    op.add_column("publication", sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("placement_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_outbox_action_placement_id_placement", "placement", ["placement_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(op.f("ix_outbox_action_placement_id"), ["placement_id"])
        batch.create_check_constraint("post_has_placement", "kind <> 'post' OR placement_id IS NOT NULL")
    _allow(KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM outbox_action WHERE kind = 'post'")
    _allow(BEFORE)
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint(op.f("ck_outbox_action_post_has_placement"), type_="check")
        batch.drop_index(op.f("ix_outbox_action_placement_id"))
        batch.drop_constraint("fk_outbox_action_placement_id_placement", type_="foreignkey")
        batch.drop_column("placement_id")
    op.drop_column("publication", "ordered_at")


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint(op.f("ck_outbox_action_outbox_kind_known"), type_="check")
        batch.create_check_constraint("outbox_kind_known", f"kind IN ({', '.join(map(repr, kinds))})")
