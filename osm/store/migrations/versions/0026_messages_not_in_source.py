"""How many messages wait for «Инцидент Менеджмент» is counted without looking at the replies of all years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_LITE = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source = 1")
_PG = sa.text("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source")


def upgrade() -> None:
    op.create_index("ix_reply_message_not_in_source", "reply", ["message_id"], sqlite_where=_LITE, postgresql_where=_PG)


def downgrade() -> None:
    op.drop_index("ix_reply_message_not_in_source", table_name="reply")
