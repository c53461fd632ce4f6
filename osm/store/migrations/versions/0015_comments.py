"""Comments and what must happen in the networks (Пр.2.6); single keys in the queue can be switched off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = ("comment", "community_message", "suggested_post", "discussion")
STATES = ("waiting", "kept", "deleted", "taken")
DECISIONS = ("pass", "review", "exclude")
REPLIES = ("excluded", "answered", "wrong")
GROUNDS = ("profanity", "insult", "threat", "spam", "ad")
COMMENT_GROUNDS = ("profanity", "insult", "threat", "spam", "ad", "network_rules")
OUTBOX_KINDS = ("delete", "ban", "unban")
OUTBOX_STATES = ("pending", "done_by_hand", "done", "cancelled", "failed")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("kind", _code(KINDS, "comment_kind_known"), nullable=False),
        sa.Column("post_url", sa.String(length=500), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("parent_external_id", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("decision", _code(DECISIONS, "comment_decision_known"), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("category", _code(GROUNDS, "comment_category_known"), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", _code(STATES, "comment_state_known"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("held_by_id", sa.Integer(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_key", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("ground", _code(COMMENT_GROUNDS, "comment_ground_known"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(_among("kind", KINDS), name=op.f("ck_comment_comment_kind_known")),
        sa.CheckConstraint(_among("decision", DECISIONS), name=op.f("ck_comment_comment_decision_known")),
        sa.CheckConstraint(_among("category", GROUNDS), name=op.f("ck_comment_comment_category_known")),
        sa.CheckConstraint(_among("state", STATES), name=op.f("ck_comment_comment_state_known")),
        sa.CheckConstraint(_among("ground", COMMENT_GROUNDS), name=op.f("ck_comment_comment_ground_known")),
        sa.CheckConstraint(
            "(state = 'deleted') = (evidence_sha256 IS NOT NULL)", name=op.f("ck_comment_deleted_has_evidence")
        ),
        sa.CheckConstraint("(state = 'deleted') = (ground IS NOT NULL)", name=op.f("ck_comment_deleted_has_ground")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_comment_decided_has_time")),
        sa.CheckConstraint("(held_by_id IS NULL) = (held_until IS NULL)", name=op.f("ck_comment_hold_has_end")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_comment_version_positive")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_comment_author_id_author"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_comment_decided_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["held_by_id"], ["user_account.id"], name=op.f("fk_comment_held_by_id_user_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_comment_message_id_message"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("network", "external_id", name="uq_comment_external"),
    )
    op.create_index("ix_comment_author", "comment", ["author_id", "published_at"])
    op.create_index("ix_comment_category", "comment", ["state", "category", "rank", "id"])
    op.create_index("ix_comment_decided", "comment", ["decided_at", "id"])
    op.create_index("ix_comment_held", "comment", ["held_by_id", "held_until"])
    op.create_index("ix_comment_kind", "comment", ["state", "kind", "rank", "id"])
    op.create_index("ix_comment_message_id", "comment", ["message_id"])
    op.create_index("ix_comment_network", "comment", ["state", "network", "rank", "id"])
    op.create_index("ix_comment_post", "comment", ["state", "post_url", "rank", "id"])
    op.create_index("ix_comment_queue", "comment", ["state", "rank", "id"])
    op.create_index("ix_comment_rules", "comment", ["rules", "id"])

    op.create_table(
        "comment_finding_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("category", _code(GROUNDS, "comment_finding_category_known"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("reply", _code(REPLIES, "comment_finding_reply_known"), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replied_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            _among("category", GROUNDS), name=op.f("ck_comment_finding_answer_comment_finding_category_known")
        ),
        sa.CheckConstraint(
            _among("reply", REPLIES), name=op.f("ck_comment_finding_answer_comment_finding_reply_known")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_finding_answer_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"],
            ["user_account.id"],
            name=op.f("fk_comment_finding_answer_replied_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_finding_answer")),
    )
    op.create_index("ix_comment_finding_answer_comment_id", "comment_finding_answer", ["comment_id"])
    op.create_index("ix_comment_finding_answer_rule", "comment_finding_answer", ["rule"])

    op.create_table(
        "outbox_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _code(OUTBOX_KINDS, "outbox_kind_known"), nullable=False),
        sa.Column("network", sa.String(length=32), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("ban_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", _code(OUTBOX_STATES, "outbox_state_known"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(_among("kind", OUTBOX_KINDS), name=op.f("ck_outbox_action_outbox_kind_known")),
        sa.CheckConstraint(_among("state", OUTBOX_STATES), name=op.f("ck_outbox_action_outbox_state_known")),
        sa.CheckConstraint(
            "(state = 'pending') = (settled_at IS NULL)", name=op.f("ck_outbox_action_settled_has_time")
        ),
        sa.CheckConstraint(
            "kind <> 'delete' OR comment_id IS NOT NULL", name=op.f("ck_outbox_action_delete_has_comment")
        ),
        sa.CheckConstraint("kind = 'delete' OR author_id IS NOT NULL", name=op.f("ck_outbox_action_ban_has_author")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_outbox_action_version_positive")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_outbox_action_author_id_author"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_outbox_action_comment_id_comment"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_outbox_action_created_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["user_account.id"],
            name=op.f("fk_outbox_action_settled_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_action")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_outbox_action_idempotency_key")),
    )
    op.create_index("ix_outbox_action_author_id", "outbox_action", ["author_id"])
    op.create_index("ix_outbox_action_comment_id", "outbox_action", ["comment_id"])
    op.create_index("ix_outbox_action_settled", "outbox_action", ["settled_at", "id"])
    op.create_index("ix_outbox_action_state", "outbox_action", ["state", "not_before", "id"])

    op.add_column("user_account", sa.Column("single_keys", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.drop_column("single_keys")
    op.drop_table("outbox_action")
    op.drop_table("comment_finding_answer")
    op.drop_table("comment")
