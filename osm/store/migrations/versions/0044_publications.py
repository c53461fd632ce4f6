"""What goes out into a network may be an approved answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

KINDS, BEFORE = ("delete", "ban", "unban", "publish"), ("delete", "ban", "unban")


def upgrade() -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("message_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("draft_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("leased_by", sa.String(120), server_default="", nullable=False))
        batch.add_column(sa.Column("url", sa.String(1000), server_default="", nullable=False))
        for name, table in (("message_id", "message"), ("draft_id", "draft")):
            batch.create_foreign_key(f"fk_outbox_action_{name}_{table}", table, [name], ["id"], ondelete="RESTRICT")
        batch.create_index(op.f("ix_outbox_action_message_id"), ["message_id"])
        batch.create_check_constraint(
            "publish_has_answer",
            "kind <> 'publish' OR (comment_id IS NOT NULL AND message_id IS NOT NULL AND draft_id IS NOT NULL)",
        )
    _allow(KINDS, "kind IN ('delete', 'publish') OR author_id IS NOT NULL")


def downgrade() -> None:
    op.execute("DELETE FROM outbox_action WHERE kind = 'publish'")
    _allow(BEFORE, "kind = 'delete' OR author_id IS NOT NULL")
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint(op.f("ck_outbox_action_publish_has_answer"), type_="check")
        batch.drop_index(op.f("ix_outbox_action_message_id"))
        for name, table in (("message_id", "message"), ("draft_id", "draft")):
            batch.drop_constraint(f"fk_outbox_action_{name}_{table}", type_="foreignkey")
            batch.drop_column(name)
        batch.drop_column("url")
        batch.drop_column("leased_by")


def _allow(kinds: tuple[str, ...], who: str) -> None:
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_constraint(op.f("ck_outbox_action_outbox_kind_known"), type_="check")
        batch.drop_constraint(op.f("ck_outbox_action_ban_has_author"), type_="check")
        batch.create_check_constraint("outbox_kind_known", f"kind IN ({', '.join(map(repr, kinds))})")
        batch.create_check_constraint("ban_has_author", who)
