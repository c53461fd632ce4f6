"""Bursts of messages of one topic or place (П.20); what came in the last weeks is owed the reading for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

BEFORE = ("search", "repeats", "verdict", "copies")
KINDS = (*BEFORE, "bursts")
SUBJECTS = {
    "due_readings": ("message", "reading_kind_known"),
    "due_comment_readings": ("comment", "comment_reading_kind_known"),
}
LATELY = timedelta(weeks=9)
_NEW = sa.text("judged_at IS NULL")


def _time(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _kind(name: str) -> sa.Column[str]:
    codes = sa.Enum("topic", "place", name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column("kind", codes, nullable=False)


def upgrade() -> None:
    _allow(KINDS)
    op.create_table(
        "burst",
        sa.Column("id", sa.Integer(), nullable=False),
        _kind("burst_kind_known"),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        *(_time(name) for name in ("since", "until", "known_at")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("window", "told", "usual_hundredths", "count", "known_count")
        ),
        _time("doubled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
        sa.UniqueConstraint("kind", "key", "since", name="uq_burst_since"),
    )
    op.create_index("ix_burst_known", "burst", ["known_at", "id"])
    op.create_index("ix_burst_until", "burst", ["kind", "key", "until"])
    op.create_table(
        "burst_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        _kind("burst_mark_kind_known"),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        _time("at"),
        _time("known_at"),
        _time("judged_at", nullable=True),
        sa.Column("burst_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name=op.f("ck_burst_mark_of_one_kind")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_burst_mark_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_burst_mark_comment_id_comment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["burst_id"], ["burst.id"], name=op.f("fk_burst_mark_burst_id_burst"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst_mark")),
    )
    op.create_index("ix_burst_mark_series", "burst_mark", ["kind", "key", "at"])
    op.create_index("ix_burst_mark_at", "burst_mark", ["at"])
    op.create_index("ix_burst_mark_new", "burst_mark", ["known_at"], sqlite_where=_NEW, postgresql_where=_NEW)
    for name in ("message_id", "comment_id", "burst_id"):
        op.create_index(op.f(f"ix_burst_mark_{name}"), "burst_mark", [name])
    for queue, (subject, _) in SUBJECTS.items():
        _owe(queue, subject)


def downgrade() -> None:
    for queue in SUBJECTS:
        op.execute(f"DELETE FROM {queue} WHERE kind = 'bursts'")  # noqa: S608
    _allow(BEFORE)
    op.drop_table("burst_mark")
    op.drop_table("burst")


def _owe(queue: str, subject: str) -> None:
    """What came in the last weeks is read; what is older teaches nothing any more."""
    rows = sa.table(subject, sa.column("id"), sa.column("stored_at", sa.DateTime(timezone=True)))
    last = op.get_bind().scalar(sa.select(sa.func.max(rows.c.stored_at)))
    if last is None:
        return
    owed = sa.table(queue, *(sa.column(name) for name in ("kind", f"{subject}_id", "generation", "attempts")))
    columns = sa.literal("bursts"), rows.c.id, sa.literal(1), sa.literal(0)
    lately = sa.select(*columns).where(rows.c.stored_at >= last - LATELY)
    op.execute(owed.insert().from_select(list(owed.c.keys()), lately))


def _allow(kinds: tuple[str, ...]) -> None:
    """The queues take these kinds. SQLite cannot change a constraint: the tables are written anew."""
    among = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    for queue, (subject, rule) in SUBJECTS.items():
        name = op.f(f"ck_{queue}_{rule}")
        if op.get_bind().dialect.name != "sqlite":
            op.drop_constraint(name, queue, type_="check")
            op.create_check_constraint(name, queue, among)
            continue
        before, index = f"{queue}_before", op.f(f"ix_{queue}_{subject}_id")
        op.rename_table(queue, before)
        op.drop_index(index, table_name=before)
        op.create_table(
            queue,
            sa.Column("kind", sa.Enum(*kinds, name=rule, native_enum=False, length=32), nullable=False),
            sa.Column(f"{subject}_id", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("generation", sa.Integer(), nullable=False),
            sa.Column("attempts", sa.Integer(), nullable=False),
            _time("leased_until", nullable=True),
            sa.CheckConstraint(among, name=name),
            sa.CheckConstraint("generation >= 1", name=op.f(f"ck_{queue}_generation_positive")),
            sa.CheckConstraint("attempts >= 0", name=op.f(f"ck_{queue}_attempts_not_negative")),
            sa.ForeignKeyConstraint(
                [f"{subject}_id"],
                [f"{subject}.id"],
                name=op.f(f"fk_{queue}_{subject}_id_{subject}"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("kind", f"{subject}_id", name=op.f(f"pk_{queue}")),
        )
        columns = f"kind, {subject}_id, generation, attempts, leased_until"
        op.execute(f"INSERT INTO {queue} ({columns}) SELECT {columns} FROM {before}")  # noqa: S608
        op.drop_table(before)
        op.create_index(index, queue, [f"{subject}_id"])
