"""The log refuses changes and has seals; notes have digests; leases of processes; an index of terms not yet missed."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Tables whose rows stay, and which row an INSERT OR REPLACE would push out (SQLite calls no trigger for that one).
_APPEND_ONLY = {
    "event": "id = NEW.id",
    "event_seal": "number = NEW.number OR first_id = NEW.first_id OR last_id = NEW.last_id",
}
_UNBREACHED = sa.text("breached_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until >= taken_at", name=op.f("ck_lease_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "event_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.CheckConstraint("last_id >= first_id", name=op.f("ck_event_seal_range_in_order")),
        sa.CheckConstraint(
            "count >= 1 AND count <= last_id - first_id + 1", name=op.f("ck_event_seal_count_fits_range")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_seal")),
        sa.UniqueConstraint("first_id", name=op.f("uq_event_seal_first_id")),
        sa.UniqueConstraint("last_id", name=op.f("uq_event_seal_last_id")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadline_unbreached",
            ["state", "due_at"],
            unique=False,
            sqlite_where=_UNBREACHED,
            postgresql_where=_UNBREACHED,
        )
    with op.batch_alter_table("event_note", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(length=32), nullable=True))
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note_digest", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_event_message_id_message"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_event_message_id_message"), "message", ["message_id"], ["id"], ondelete="RESTRICT"
        )
    _digest_notes()
    with op.batch_alter_table("event_note", schema=None) as batch_op:
        batch_op.alter_column("salt", existing_type=sa.String(length=32), nullable=False)
    _refuse_changes()


def downgrade() -> None:
    for table in _APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_message_id_message"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_event_message_id_message"), "message", ["message_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.drop_column("note_digest")
    with op.batch_alter_table("event_note", schema=None) as batch_op:
        batch_op.drop_column("salt")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index("ix_deadline_unbreached", sqlite_where=_UNBREACHED, postgresql_where=_UNBREACHED)
    op.drop_table("event_seal")
    op.drop_table("lease")


def _digest_notes() -> None:
    """Give the notes that are there already what new ones get on entry."""
    connection = op.get_bind()
    for event_id, text in connection.execute(sa.text("SELECT event_id, text FROM event_note")).all():
        salt = secrets.token_hex(16)
        values = {"id": event_id, "salt": salt, "digest": hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()}
        connection.execute(sa.text("UPDATE event_note SET salt = :salt WHERE event_id = :id"), values)
        connection.execute(sa.text("UPDATE event SET note_digest = :digest WHERE id = :id"), values)


def _refuse_changes() -> None:
    """From here on the database itself refuses to change or to remove what was logged."""
    if op.get_bind().dialect.name == "sqlite":
        for table, same in _APPEND_ONLY.items():
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
            op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
            replaced = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  names of this file
            op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {replaced} {refuse}")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
