"""campaigns of elections, and why a publication goes out during one"""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("silent_on", sa.Date(), nullable=True),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_campaign_version_positive")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_campaign_has_title")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_campaign_days_in_order")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_campaign_made_by_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )
    op.add_column("publication", sa.Column("campaign_reason", sa.String(length=300), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("publication", "campaign_reason")
    op.drop_table("campaign")
