"""the number of an author in his network"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0014"
down_revision = "r0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("author", sa.Column("number", sa.String(length=100), nullable=True))
    op.create_index("uq_author_number", "author", ["network", "number"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_author_number", table_name="author")
    op.drop_column("author", "number")
