"""Reminders, and how each person wants their letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

MODES = "'at_once', 'digest', 'none'"
STATES = ("none", "waiting", "sending", "sent", "unclear", "failed")
UNSEEN = sa.text("seen_at IS NULL")
TO_MAIL = sa.text("mail IN ('waiting', 'sending')")


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail", sa.Enum(*STATES, name="mail_state_known", native_enum=False, length=32), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("letter", sa.String(60), nullable=False),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mail = 'none' OR mail = 'waiting' OR letter <> ''", name=op.f("ck_reminder_mailed_has_letter")
        ),
        sa.CheckConstraint(f"mail IN ({', '.join(map(repr, STATES))})", name=op.f("ck_reminder_mail_state_known")),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["user_account.id"],
            name=op.f("fk_reminder_recipient_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_reminder_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("key", "recipient_id", name="uq_reminder_key"),
    )
    op.create_index("ix_reminder_recipient", "reminder", ["recipient_id", "id"])
    op.create_index(op.f("ix_reminder_message_id"), "reminder", ["message_id"])
    op.create_index(
        "ix_reminder_unseen",
        "reminder",
        ["recipient_id", "shown_from"],
        sqlite_where=UNSEEN,
        postgresql_where=UNSEEN,
    )
    op.create_index("ix_reminder_to_mail", "reminder", ["shown_from"], sqlite_where=TO_MAIL, postgresql_where=TO_MAIL)
    op.add_column("user_account", sa.Column("email", sa.String(200), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("sound", sa.Boolean(), server_default=sa.false(), nullable=False))
    # A rebuilt table would take every key that points to it with it: the check comes with the column.
    op.execute(
        "ALTER TABLE user_account ADD COLUMN mail_mode VARCHAR(32) DEFAULT 'at_once' NOT NULL"
        f" CONSTRAINT ck_user_account_mail_mode_known CHECK (mail_mode IN ({MODES}))"
    )
    op.create_table(
        "reminder_mark",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reminder_mark_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_mark")),
    )
    # Nobody is reminded of what happened before there were reminders.
    op.execute(
        "INSERT INTO reminder_mark (id, event_id)"
        " SELECT 1, log.last FROM (SELECT max(id) AS last FROM event) AS log WHERE log.last IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("reminder_mark")
    with op.batch_alter_table("user_account") as batch:
        batch.drop_constraint("mail_mode_known", type_="check")
        batch.drop_column("mail_mode")
        batch.drop_column("sound")
        batch.drop_column("email")
    op.drop_table("reminder")
