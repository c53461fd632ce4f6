"""A burst has several signs and waits for the curator until it is reported or settled; its messages are counted.

Earlier bursts stay as they are. Those that were reported, or are a day older than the newest, wait no more.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_burst = sa.table(
    "burst",
    sa.column("id", sa.Integer()),
    sa.column("name", sa.String()),
    sa.column("known_at", sa.DateTime(timezone=True)),
    sa.column("known_count", sa.Integer()),
    sa.column("count", sa.Integer()),
    sa.column("settled_at", sa.DateTime(timezone=True)),
)
_reminder = sa.table(
    "reminder",
    sa.column("kind", sa.String()),
    sa.column("object_id", sa.Integer()),
    sa.column("facts", sa.JSON()),
)
_report = sa.table("urgent_report", sa.column("burst_id", sa.Integer()))


def upgrade() -> None:
    with op.batch_alter_table("burst") as batch:
        batch.drop_column("count")
        batch.add_column(sa.Column("also", sa.String(300), server_default="", nullable=False))
        batch.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    last = op.get_bind().scalar(sa.select(sa.func.max(_burst.c.known_at)))
    if last is not None:
        reported = _burst.c.id.in_(sa.select(_report.c.burst_id).where(_report.c.burst_id.is_not(None)))
        over = reported | (_burst.c.known_at < last - timedelta(days=1))
        op.execute(_burst.update().where(over).values(settled_at=_burst.c.known_at))
    for burst_id, name in op.get_bind().execute(sa.select(_burst.c.id, _burst.c.name)).all():
        of_burst = (_reminder.c.kind == "burst") & (_reminder.c.object_id == burst_id)
        op.execute(_reminder.update().where(of_burst).values(facts={"burst": name}))


def downgrade() -> None:
    with op.batch_alter_table("burst") as batch:
        batch.drop_column("settled_at")
        batch.drop_column("also")
        batch.add_column(sa.Column("count", sa.Integer(), server_default="0", nullable=False))
    op.execute(_burst.update().values(count=_burst.c.known_count))
    with op.batch_alter_table("burst") as batch:
        batch.alter_column("count", server_default=None)
