"""integrators: keys, requests, webhooks through the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None

_BEFORE = ("delete", "ban", "unban", "publish", "post", "edit", "restore")
_CHECK = "(kind = 'webhook') = (integrator_id IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "integrator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column(
            "rights",
            sa.Enum("write", "read", "both", name="rights_known", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("sees_all", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("per_minute", sa.Integer(), server_default="60", nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("webhook_url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("webhook_secret", sa.Text(), server_default="", nullable=False),
        sa.Column("installation", sa.String(length=64), server_default="", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_integrator_version_positive")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_integrator_has_name")),
        sa.CheckConstraint("per_minute >= 1", name=op.f("ck_integrator_may_ask")),
        sa.CheckConstraint("(token_hash IS NULL) = (token_made_at IS NULL)", name=op.f("ck_integrator_token_has_time")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["import_source.id"], name=op.f("fk_integrator_source_id_import_source"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_integrator_run_id_import_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrator")),
        sa.UniqueConstraint("name", name=op.f("uq_integrator_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_integrator_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_integrator_source_id"), "integrator", ["source_id"])
    op.create_table(
        "api_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("integrator_id", sa.Integer(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integrator_id"],
            ["integrator.id"],
            name=op.f("fk_api_request_integrator_id_integrator"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_request")),
        sa.UniqueConstraint("integrator_id", "key_digest", name="uq_api_request_key"),
    )
    op.create_index("ix_api_request_at", "api_request", ["integrator_id", "at"])
    if op.get_bind().dialect.name == "sqlite":
        _copy_outbox()
    else:
        _change_outbox((*_BEFORE, "webhook"))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_action WHERE kind = 'webhook'")
    _change_outbox(_BEFORE)
    op.drop_table("api_request")
    op.drop_table("integrator")


def _copy_outbox() -> None:
    """On SQLite constraints change only with a copy of the table. Its text is written here: Alembic would write the
    constraints in another order each time, and two databases of one version would differ."""
    connection = op.get_bind()
    op.execute("ALTER TABLE outbox_action ADD COLUMN integrator_id INTEGER")
    op.execute("ALTER TABLE outbox_action ADD COLUMN told JSON")
    of_table = "FROM sqlite_master WHERE tbl_name = 'outbox_action' AND sql IS NOT NULL AND type ="
    made = connection.exec_driver_sql(f"SELECT sql {of_table} 'table'").scalar_one()
    indexes = connection.exec_driver_sql(f"SELECT sql {of_table} 'index' ORDER BY name").scalars().all()
    before, after = (f"({', '.join(map(repr, kinds))})" for kinds in (_BEFORE, (*_BEFORE, "webhook")))
    begin, found, end = made.partition(before)
    if not found:
        raise RuntimeError("the kinds of the outbox are others than those of r0001")
    end = (
        end.rstrip().removesuffix(")").rstrip()
        + ", \n\tCONSTRAINT fk_outbox_action_integrator_id_integrator FOREIGN KEY(integrator_id) "
        + "REFERENCES integrator (id) ON DELETE RESTRICT, "
        + f"\n\tCONSTRAINT ck_outbox_action_webhook_has_integrator CHECK ({_CHECK})\n)"
    )
    op.execute("ALTER TABLE outbox_action RENAME TO outbox_action_before")
    connection.exec_driver_sql(begin + after + end)
    connection.exec_driver_sql("INSERT INTO outbox_action SELECT * FROM outbox_action_before")
    op.drop_table("outbox_action_before")
    for index in indexes:
        connection.exec_driver_sql(index)
    op.create_index(op.f("ix_outbox_action_integrator_id"), "outbox_action", ["integrator_id"])


def _change_outbox(kinds: tuple[str, ...]) -> None:
    """With the columns of webhooks, or without them."""
    known = f"kind IN ({', '.join(map(repr, kinds))})"
    with op.batch_alter_table("outbox_action") as table:
        table.drop_constraint(op.f("ck_outbox_action_outbox_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_action_outbox_kind_known"), known)
        if "webhook" in kinds:
            table.add_column(sa.Column("integrator_id", sa.Integer(), nullable=True))
            table.add_column(sa.Column("told", sa.JSON(), nullable=True))
            table.create_foreign_key(
                op.f("fk_outbox_action_integrator_id_integrator"),
                "integrator",
                ["integrator_id"],
                ["id"],
                ondelete="RESTRICT",
            )
            table.create_check_constraint(op.f("ck_outbox_action_webhook_has_integrator"), _CHECK)
            table.create_index(op.f("ix_outbox_action_integrator_id"), ["integrator_id"])
        else:
            table.drop_constraint(op.f("ck_outbox_action_webhook_has_integrator"), type_="check")
            table.drop_index("ix_outbox_action_integrator_id")
            table.drop_constraint(op.f("fk_outbox_action_integrator_id_integrator"), type_="foreignkey")
            table.drop_column("told")
            table.drop_column("integrator_id")
