"""Whose messages these are is read from an index alone; PostgreSQL stores the words as it searches them."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_assignment_department_id", table_name="assignment")
    op.drop_index("ix_assignment_executor_active", table_name="assignment")
    op.create_index("ix_assignment_executor_active", "assignment", ["executor_id", "ended_at", "message_id"])
    op.create_index("ix_assignment_department_active", "assignment", ["department_id", "ended_at", "message_id"])
    if op.get_bind().dialect.name == "postgresql":
        # Stored, because a plan that looks at row after row would make them of the text again each time.
        op.execute("DROP INDEX message_fts")
        op.execute(
            "ALTER TABLE message_search ADD COLUMN message_fts tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED"
        )
        op.execute("CREATE INDEX message_fts ON message_search USING gin (message_fts) WITH (fastupdate = off)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE message_search DROP COLUMN message_fts")
        op.execute(
            "CREATE INDEX message_fts ON message_search "
            "USING gin (array_to_tsvector(string_to_array(words, ' '))) WITH (fastupdate = off)"
        )
    op.drop_index("ix_assignment_department_active", table_name="assignment")
    op.drop_index("ix_assignment_executor_active", table_name="assignment")
    op.create_index("ix_assignment_executor_active", "assignment", ["executor_id", "ended_at"])
    op.create_index("ix_assignment_department_id", "assignment", ["department_id"])
