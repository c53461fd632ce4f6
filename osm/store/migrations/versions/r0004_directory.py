"""people whom a directory knows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As text, because Alembic would copy the whole table for the sake of the constraint.
    op.execute(
        "ALTER TABLE user_account ADD COLUMN source VARCHAR(32) DEFAULT 'local' NOT NULL "
        "CONSTRAINT ck_user_account_source_known CHECK (source IN ('local', 'ldap', 'oidc'))"
    )
    op.add_column("user_account", sa.Column("external_id", sa.String(length=255), nullable=True))
    op.add_column("user_account", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("uq_user_account_external", "user_account", ["source", "external_id"], unique=True)
    op.create_table(
        "oidc_session",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=255), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id_hash"], ["web_session.id_hash"], name=op.f("fk_oidc_session_id_hash_web_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_oidc_session")),
    )
    op.create_index(op.f("ix_oidc_session_sid"), "oidc_session", ["sid"])


def downgrade() -> None:
    op.drop_table("oidc_session")
    op.drop_index("uq_user_account_external", table_name="user_account")
    op.drop_column("user_account", "gone_at")
    op.drop_column("user_account", "external_id")
    op.drop_column("user_account", "source")
