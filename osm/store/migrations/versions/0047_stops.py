"""«Остановить публикации»; corrections of answers and the return of comments go out too, also of what came by link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

BEFORE = ("delete", "ban", "unban", "publish")
KINDS = (*BEFORE, "edit", "restore")
CHECKS = {
    "ban_has_author": "kind NOT IN ('ban', 'unban') OR author_id IS NOT NULL",
    "publish_has_answer": "kind NOT IN ('publish', 'edit') OR (message_id IS NOT NULL AND draft_id IS NOT NULL)",
    "has_target": "kind NOT IN ('publish', 'restore') OR comment_id IS NOT NULL OR target IS NOT NULL",
}
CHECKS_BEFORE = {
    "ban_has_author": "kind IN ('delete', 'publish') OR author_id IS NOT NULL",
    "publish_has_answer": (
        "kind <> 'publish' OR (comment_id IS NOT NULL AND message_id IS NOT NULL AND draft_id IS NOT NULL)"
    ),
}


def upgrade() -> None:
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(30), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(account_id IS NULL) = (place = 'all')", name=op.f("ck_stop_place_is_of_page")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_stop_account_id_account"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_stop_by_id_user_account"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
        sa.UniqueConstraint("place", name=op.f("uq_stop_place")),
    )  # fmt: skip
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("target", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("placed", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("let_out_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            "fk_outbox_action_account_id_account", "account", ["account_id"], ["id"], ondelete="RESTRICT"
        )
        batch.create_index(op.f("ix_outbox_action_account_id"), ["account_id"])
    _allow(KINDS, CHECKS_BEFORE, CHECKS)


def downgrade() -> None:
    op.execute(
        "DELETE FROM outbox_action WHERE kind IN ('edit', 'restore') OR (kind = 'publish' AND comment_id IS NULL)"
    )
    _allow(BEFORE, CHECKS, CHECKS_BEFORE)
    with op.batch_alter_table("outbox_action") as batch:
        batch.drop_index(op.f("ix_outbox_action_account_id"))
        batch.drop_constraint("fk_outbox_action_account_id_account", type_="foreignkey")
        for name in ("let_out_at", "placed", "target", "account_id"):
            batch.drop_column(name)
    op.drop_table("stop")


def _allow(kinds: tuple[str, ...], before: dict[str, str], checks: dict[str, str]) -> None:
    with op.batch_alter_table("outbox_action") as batch:
        for name in ("outbox_kind_known", *before):
            batch.drop_constraint(op.f(f"ck_outbox_action_{name}"), type_="check")
        batch.create_check_constraint("outbox_kind_known", f"kind IN ({', '.join(map(repr, kinds))})")
        for name, rule in checks.items():
            batch.create_check_constraint(name, rule)
