"""the second factor: codes of a telephone, codes on paper, browsers that are remembered"""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_session", sa.Column("awaits_code", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("on_since", sa.DateTime(timezone=True), nullable=False),
        _of_user("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "paper_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_user("paper_code"),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_paper_code")),
    )
    op.create_table(
        "remembered_browser",
        sa.Column("mark_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("browser", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_user("remembered_browser"),
        sa.PrimaryKeyConstraint("mark_hash", name=op.f("pk_remembered_browser")),
    )
    for column in ("user_id", "expires_at"):
        op.create_index(op.f(f"ix_remembered_browser_{column}"), "remembered_browser", [column])


def downgrade() -> None:
    for table in ("remembered_browser", "paper_code", "second_factor"):
        op.drop_table(table)
    op.drop_column("web_session", "awaits_code")


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_user_account")
    return sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=name, ondelete="CASCADE")
