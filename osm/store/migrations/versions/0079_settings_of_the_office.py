"""Settings of the office on a page (П.3, П.17, Пр.1.3), and facts for departments without an answer."""

from __future__ import annotations

import os
import re

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    settings = op.create_table(
        "office_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publishing_networks", sa.JSON(), nullable=False),
        sa.Column("answer_marked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("marked_act_number", sa.String(50), server_default="", nullable=False),
        sa.Column("marked_act_on", sa.Date(), nullable=True),
        sa.Column("no_others_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("no_others_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_office_settings_only_one")),
        sa.CheckConstraint(
            "(marked_act_number = '') = (marked_act_on IS NULL)", name=op.f("ck_office_settings_act_has_number_and_day")
        ),
        sa.ForeignKeyConstraint(
            ["no_others_by_id"],
            ["user_account.id"],
            name=op.f("fk_office_settings_no_others_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_settings")),
    )
    _keep_what_was(settings)
    op.create_table(
        "told_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'withdrawn')", name=op.f("ck_told_facts_facts_state_known")),
        sa.CheckConstraint("facts <> '' AND asked <> ''", name=op.f("ck_told_facts_says_something")),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_told_facts_closed_has_time")),
        sa.CheckConstraint(
            "state = 'open' OR (outcome <> '' AND closed_by_id IS NOT NULL)",
            name=op.f("ck_told_facts_closed_says_how"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_told_facts_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_told_facts_department_id_department"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["told_by_id"],
            ["user_account.id"],
            name=op.f("fk_told_facts_told_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["user_account.id"],
            name=op.f("fk_told_facts_closed_by_id_user_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_facts")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_told_facts_open",
        "told_facts",
        ["department_id", "message_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_told_facts_message", "told_facts", ["message_id", "id"])


def _keep_what_was(settings: sa.Table) -> None:
    """An installation in use keeps its ways, also those that the environment sets.

    A new one begins by the letter of the act, without a row.
    """
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT id FROM user_account LIMIT 1")).first() is None:
        return
    networks = sorted(set(re.findall(r"[a-z0-9]+", os.environ.get("OSM_EXECUTORS_PUBLISH", "").lower())))
    by_the_letter = os.environ.get("OSM_ANSWER_MARKED", "").strip().lower() in ("0", "false", "no", "off", "нет")
    connection.execute(
        settings.insert().values(
            id=1, publishing_networks=networks, answer_marked=not by_the_letter, marked_act_number="", version=1
        )
    )


def downgrade() -> None:
    op.drop_table("told_facts")
    op.drop_table("office_settings")
