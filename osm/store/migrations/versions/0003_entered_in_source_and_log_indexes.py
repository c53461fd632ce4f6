"""Which replies were entered in «Инцидент Менеджмент», and indexes by which the screen of the log pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITS = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL")
_LOG_INDEXES = {
    "ix_event_at": ["at", "id"],
    "ix_event_actor": ["actor_id", "at", "id"],
    "ix_event_action": ["action", "at", "id"],
    "ix_event_object": ["object_kind", "object_id", "at", "id"],
}


def upgrade() -> None:
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entered_in_source_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("entered_in_source_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_reply_entered_in_source_by_id_user_account"),
            "user_account",
            ["entered_in_source_by_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_reply_entered_is_published"), "entered_in_source_at IS NULL OR published_at IS NOT NULL"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_reply_entered_has_time"),
            "entered_in_source_by_id IS NULL OR entered_in_source_at IS NOT NULL",
        )
        batch_op.create_index(
            "ix_reply_not_in_source", ["published_at"], unique=False, sqlite_where=_WAITS, postgresql_where=_WAITS
        )
        batch_op.create_index("ix_reply_entered_in_source", ["entered_in_source_at"], unique=False)
    # Plain statements: to rebuild the table of the log would cost SQLite its triggers.
    op.drop_index("ix_event_actor_id", table_name="event")
    op.drop_index("ix_event_at", table_name="event")
    for name, columns in _LOG_INDEXES.items():
        op.create_index(name, "event", columns, unique=False)


def downgrade() -> None:
    for name in _LOG_INDEXES:
        op.drop_index(name, table_name="event")
    op.create_index("ix_event_at", "event", ["at"], unique=False)
    op.create_index("ix_event_actor_id", "event", ["actor_id"], unique=False)
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index("ix_reply_entered_in_source")
        batch_op.drop_index("ix_reply_not_in_source", sqlite_where=_WAITS, postgresql_where=_WAITS)
        batch_op.drop_constraint(batch_op.f("ck_reply_entered_has_time"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_reply_entered_is_published"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_reply_entered_in_source_by_id_user_account"), type_="foreignkey")
        batch_op.drop_column("entered_in_source_by_id")
        batch_op.drop_column("entered_in_source_at")
