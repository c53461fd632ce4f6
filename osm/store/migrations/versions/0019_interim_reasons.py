"""Why an interim answer was given again (П.13) or to a repeated message (П.15); when the author wrote his answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REASONS = ("work_goes_on", "waiting_for_others", "weather_or_supply", "other")


def upgrade() -> None:
    op.create_table(
        "interim_explanation",
        sa.Column("reply_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grounds", sa.String(length=60), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(*REASONS, name="interim_reason_known", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("grounds <> ''", name=op.f("ck_interim_explanation_has_grounds")),
        sa.CheckConstraint("reason <> 'other' OR text <> ''", name=op.f("ck_interim_explanation_other_is_explained")),
        sa.CheckConstraint(
            f"reason IN ({', '.join(repr(reason) for reason in REASONS)})",
            name=op.f("ck_interim_explanation_interim_reason_known"),
        ),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["reply.id"], name=op.f("fk_interim_explanation_reply_id_reply"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"],
            ["user_account.id"],
            name=op.f("fk_interim_explanation_given_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_interim_explanation")),
    )
    op.add_column("followup", sa.Column("written_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("followup", "written_at")
    op.drop_table("interim_explanation")
