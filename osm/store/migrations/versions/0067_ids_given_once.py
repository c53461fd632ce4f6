"""No stop and no turn of duty gets the id of an earlier one; what a changed comment says there stands at its answer."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_action", sa.Column("stands_text", sa.Text(), nullable=True))
    _number_anew(once=True)


def downgrade() -> None:
    _number_anew(once=False)
    op.drop_column("outbox_action", "stands_text")


def _number_anew(*, once: bool) -> None:
    """PostgreSQL gives no id twice; SQLite does where the highest was deleted, unless its table says otherwise."""
    if op.get_bind().dialect.name != "sqlite":
        return
    _make_anew("stop", _stop, once=once)
    op.drop_index("ix_duty_turn_times", table_name="duty_turn")
    op.drop_index(op.f("ix_duty_turn_person_id"), table_name="duty_turn")
    _make_anew("duty_turn", _duty_turn, once=once)
    op.create_index("ix_duty_turn_times", "duty_turn", ["begins_at", "ends_at"])
    op.create_index(op.f("ix_duty_turn_person_id"), "duty_turn", ["person_id"])


def _make_anew(name: str, parts: Callable[[], list[sa.schema.SchemaItem]], *, once: bool) -> None:
    made = op.create_table(f"{name}_anew", *parts(), sqlite_autoincrement=once)
    columns = ", ".join(column.name for column in made.columns)
    op.execute(f"INSERT INTO {name}_anew ({columns}) SELECT {columns} FROM {name}")  # noqa: S608
    op.drop_table(name)
    op.rename_table(f"{name}_anew", name)


def _stop() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(30), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(account_id IS NULL) = (place = 'all')", name=op.f("ck_stop_place_is_of_page")),
        _refers("stop", "account_id", "account", "CASCADE"),
        _refers("stop", "by_id", "user_account", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
        sa.UniqueConstraint("place", name=op.f("uq_stop_place")),
    ]


def _duty_turn() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone", sa.String(120), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        _refers("duty_turn", "person_id", "user_account", "RESTRICT"),
        _refers("duty_turn", "entered_by_id", "user_account", "RESTRICT"),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_duty_turn_times_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_turn")),
    ]


def _refers(table: str, column: str, to: str, gone: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=gone)
