"""people whom a directory knows"""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"
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
    op.execute(
        "ALTER TABLE web_session ADD COLUMN way VARCHAR(32) DEFAULT 'local' NOT NULL "
        "CONSTRAINT ck_web_session_way_known CHECK (way IN ('local', 'ldap', 'oidc', 'proxy'))"
    )
    op.add_column("web_session", sa.Column("provider_sid", sa.String(length=255), nullable=True))
    op.add_column("web_session", sa.Column("provider_tokens", sa.Text(), nullable=True))
    op.create_index("ix_web_session_provider_sid", "web_session", ["provider_sid"])


def downgrade() -> None:
    op.drop_index("ix_web_session_provider_sid", table_name="web_session")
    op.drop_column("web_session", "provider_tokens")
    op.drop_column("web_session", "provider_sid")
    op.drop_column("web_session", "way")
    op.drop_index("uq_user_account_external", table_name="user_account")
    op.drop_column("user_account", "gone_at")
    op.drop_column("user_account", "external_id")
    op.drop_column("user_account", "source")
