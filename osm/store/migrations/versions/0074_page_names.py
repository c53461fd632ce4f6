"""By which name the address of a page calls it: links tell one page by its number and by its name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from osm.networks.pages import name_of

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_connection = sa.table("connection", *(sa.column(name) for name in ("id", "account_id", "page_name")))
_account = sa.table("account", *(sa.column(name) for name in ("id", "external_id", "url")))


def upgrade() -> None:
    op.add_column("connection", sa.Column("page_name", sa.String(200), server_default="", nullable=False))
    theirs = sa.select(_connection.c.id, _account.c.url).join(_account, _account.c.id == _connection.c.account_id)
    for number, url in op.get_bind().execute(theirs).all():
        if name := name_of(url):
            op.execute(sa.update(_connection).where(_connection.c.id == number).values(page_name=name))


def downgrade() -> None:
    op.drop_column("connection", "page_name")
