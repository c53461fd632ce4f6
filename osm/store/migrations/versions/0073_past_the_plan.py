"""Posts that stand on a page past the plan; ids of publications, headings and memorable days are given once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

BEFORE = ("idea", "draft", "submitted", "approved", "scheduled", "published", "failed", "cancelled")
STATES = (*BEFORE, "found")
_KNOWN = "ck_publication_publication_state_known"
_WRITTEN = "ck_publication_written_by_somebody"


def upgrade() -> None:
    with op.batch_alter_table("connection") as batch:
        batch.add_column(sa.Column("posts_read_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("placement") as batch:
        batch.add_column(sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("publication", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("author_id", existing_type=sa.Integer(), nullable=True)
        batch.drop_constraint(op.f(_KNOWN), type_="check")
        batch.create_check_constraint("publication_state_known", _one_of(STATES))
        batch.create_check_constraint("written_by_somebody", "(author_id IS NULL) = (state = 'found')")
    _number_anew("weekly_heading", once=True)
    _number_anew("memorable_day", once=True)


def downgrade() -> None:
    _number_anew("memorable_day", once=False)
    _number_anew("weekly_heading", once=False)
    op.execute("DELETE FROM placement WHERE publication_id IN (SELECT id FROM publication WHERE state = 'found')")
    op.execute("DELETE FROM publication WHERE state = 'found'")
    with op.batch_alter_table("publication", table_kwargs={"sqlite_autoincrement": False}) as batch:
        batch.drop_constraint(op.f(_WRITTEN), type_="check")
        batch.drop_constraint(op.f(_KNOWN), type_="check")
        batch.create_check_constraint("publication_state_known", _one_of(BEFORE))
        batch.alter_column("author_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("placement") as batch:
        batch.drop_column("gone_at")
        batch.drop_column("posted_at")
    with op.batch_alter_table("connection") as batch:
        batch.drop_column("posts_read_at")


def _one_of(states: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(map(repr, states))})"


def _number_anew(table: str, *, once: bool) -> None:
    """PostgreSQL gives no id twice; SQLite does where the highest was deleted, unless its table says otherwise."""
    if op.get_bind().dialect.name == "sqlite":
        kwargs = {"sqlite_autoincrement": once}
        with op.batch_alter_table(table, recreate="always", table_kwargs=kwargs):
            pass
