"""exports that come by themselves; after how many minutes without one the person on duty is reminded"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    way = sa.Enum("folder", "mail", "api", name="came_by_known", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "import_arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("way", way, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_arrival_run_id_import_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_arrival")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_import_arrival_run_id"), "import_arrival", ["run_id"])
    for name, table, column, where, unique in (
        ("uq_import_arrival_open", "import_arrival", "sha256", "settled_at IS NULL", True),
        ("ix_import_arrival_waits", "import_arrival", "id", "settled_at IS NULL AND waits_since IS NOT NULL", False),
        ("ix_import_run_done", "import_run", "finished_at", "state = 'done' AND recalled_at IS NULL", False),
    ):
        rows = sa.text(where)
        op.create_index(name, table, [column], unique=unique, sqlite_where=rows, postgresql_where=rows)
    op.add_column("office_settings", sa.Column("load_minutes", sa.Integer(), server_default="45", nullable=False))


def downgrade() -> None:
    op.drop_column("office_settings", "load_minutes")
    op.drop_index("ix_import_run_done", "import_run")
    op.drop_table("import_arrival")
