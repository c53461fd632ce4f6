"""Acting leaders, readings of urgent reports by each leader, and in which post a report was read (П.20)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

_AS = ("head", "acting")
_person = sa.table("user_account", sa.column("id", sa.Integer()), sa.column("post", sa.String()))
_event = sa.table(
    "event",
    sa.column("id", sa.Integer()),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("object_kind", sa.String()),
    sa.column("object_id", sa.Integer()),
    sa.column("changes", sa.JSON()),
)
_report = sa.table(
    "urgent_report",
    sa.column("reached_id", sa.Integer()),
    sa.column("reached_at", sa.DateTime(timezone=True)),
    sa.column("reached_as", sa.String()),
)


def upgrade() -> None:
    with op.batch_alter_table("absence") as batch:
        batch.add_column(sa.Column("acting_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("act", sa.String(200), server_default="", nullable=False))
        batch.create_foreign_key(
            op.f("fk_absence_acting_id_user_account"), "user_account", ["acting_id"], ["id"], ondelete="RESTRICT"
        )
        batch.create_check_constraint("acting_is_another", "acting_id IS NULL OR acting_id <> person_id")
        batch.create_check_constraint("acting_has_act", "(acting_id IS NULL) = (act = '')")
        batch.create_index(op.f("ix_absence_acting_id"), ["acting_id"])
    op.create_table(
        "urgent_reading",
        sa.Column("urgent_report_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["urgent_report_id"],
            ["urgent_report.id"],
            name=op.f("fk_urgent_reading_urgent_report_id_urgent_report"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_urgent_reading_user_id_user_account"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("urgent_report_id", "user_id", name=op.f("pk_urgent_reading")),
    )
    with op.batch_alter_table("urgent_report") as batch:
        batch.add_column(sa.Column("known_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("reached_as", sa.String(32), nullable=True))
        batch.add_column(sa.Column("reached_act", sa.String(200), server_default="", nullable=False))
        batch.create_check_constraint("reached_as_known", f"reached_as IN ({', '.join(map(repr, _AS))})")
        batch.create_check_constraint("reached_as_is_reached", "reached_as IS NULL OR reached IS NOT NULL")
        batch.create_check_constraint("acting_has_act", "(COALESCE(reached_as, '') = 'acting') = (reached_act <> '')")
    _tell_of_before()


def _tell_of_before() -> None:
    """Of earlier reports only what is certain: who had the post of the head already when he learnt of it."""
    for person_id, since in _heads():
        known = (_report.c.reached_id == person_id, _report.c.reached_at >= since)
        op.execute(sa.update(_report).where(*known).values(reached_as="head"))
    op.execute(
        "INSERT INTO urgent_reading (urgent_report_id, user_id, read_at) "
        "SELECT id, reached_id, reached_at FROM urgent_report WHERE reached = 'read'"
    )
    op.execute(
        "UPDATE urgent_report SET known_at = (SELECT stored_at FROM message WHERE message.id = message_id) "
        "WHERE message_id IS NOT NULL"
    )
    op.execute(
        "UPDATE urgent_report SET known_at = "
        "(SELECT min(comment.stored_at) FROM comment WHERE comment.message_id = urgent_report.message_id) "
        "WHERE EXISTS (SELECT 1 FROM comment WHERE comment.message_id = urgent_report.message_id "
        "AND comment.stored_at < urgent_report.known_at)"
    )
    op.execute(
        "UPDATE urgent_report SET known_at = received_at, "
        "received_at = (SELECT since FROM burst WHERE burst.id = burst_id) WHERE burst_id IS NOT NULL"
    )


def _heads() -> list[tuple[int, datetime]]:
    """The present head, and since when by the log; none where the log does not say it."""
    found = []
    for (person_id,) in op.get_bind().execute(sa.select(_person.c.id).where(_person.c.post == "head")).all():
        acts = sa.select(_event.c.at, _event.c.changes).where(
            _event.c.object_kind == "user", _event.c.object_id == person_id
        )
        rows = op.get_bind().execute(acts.order_by(_event.c.id)).all()
        posts = [(at, *changes["post"]) for at, changes in rows if "post" in changes]
        given = [at for at, before, after in posts if after == "head" != before]
        found += [(person_id, given[-1])] if given else []
    return found


def downgrade() -> None:
    op.execute("UPDATE urgent_report SET received_at = known_at WHERE burst_id IS NOT NULL")
    with op.batch_alter_table("urgent_report") as batch:
        batch.drop_constraint(op.f("ck_urgent_report_acting_has_act"), type_="check")
        batch.drop_constraint(op.f("ck_urgent_report_reached_as_is_reached"), type_="check")
        batch.drop_constraint(op.f("ck_urgent_report_reached_as_known"), type_="check")
        batch.drop_column("reached_act")
        batch.drop_column("reached_as")
        batch.drop_column("known_at")
    op.drop_table("urgent_reading")
    with op.batch_alter_table("absence") as batch:
        batch.drop_index(op.f("ix_absence_acting_id"))
        batch.drop_constraint(op.f("ck_absence_acting_has_act"), type_="check")
        batch.drop_constraint(op.f("ck_absence_acting_is_another"), type_="check")
        batch.drop_constraint(op.f("fk_absence_acting_id_user_account"), type_="foreignkey")
        batch.drop_column("act")
        batch.drop_column("acting_id")
