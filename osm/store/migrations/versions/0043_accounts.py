"""Pages in networks, their connections, and the turns of keys."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def _code(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _time(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), server_default="", nullable=False),
        sa.Column("url", sa.String(500), server_default="", nullable=False),
        _time("created_at", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_account_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("network", "external_id", name="uq_account_page"),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("keys", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("key_names", "whose", "expires", "can", "cannot")),
        sa.Column("publish", _code("publishing_known", "auto", "ask", "hand"), nullable=False),
        sa.Column("moderate", _code("moderating_known", "auto", "hand"), nullable=False),
        sa.Column("state", _code("connection_state_known", "working", "failing", "stopped", "off"), nullable=False),
        sa.Column("installation", sa.String(64), server_default="", nullable=False),
        _time("switched_on_at", nullable=False),
        _time("checked_at"),
        _time("read_at"),
        sa.Column("cursor", sa.JSON(), nullable=False),
        _time("gap_since"),
        _time("failed_at"),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        _time("rest_until"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_connection_version_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_connection_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("account_id", name=op.f("uq_connection_account_id")),
    )
    op.create_table(
        "turn",
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name=op.f("pk_turn")),
    )
    with op.batch_alter_table("outbox_action") as batch:
        batch.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
        for name in ("sent_at", "leased_until", "try_at"):
            batch.add_column(_time(name))
        batch.add_column(sa.Column("for_person", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("comment") as batch:
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("target", sa.JSON(), nullable=True))
        batch.add_column(_time("gone_at"))
        batch.add_column(sa.Column("gone_by", sa.String(20), server_default="", nullable=False))
        batch.create_foreign_key(
            "fk_comment_account_id_account", "account", ["account_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox_action") as batch:
        for name in ("for_person", "try_at", "leased_until", "sent_at", "attempts"):
            batch.drop_column(name)
    with op.batch_alter_table("comment") as batch:
        batch.drop_constraint("fk_comment_account_id_account", type_="foreignkey")
        for name in ("gone_by", "gone_at", "target", "account_id"):
            batch.drop_column(name)
    op.drop_table("turn")
    op.drop_table("connection")
    op.drop_table("account")
