"""The words by which messages are found, and an index of them in the database's own way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_GONE = "INSERT INTO message_fts (message_fts, rowid, words) VALUES ('delete', OLD.message_id, OLD.words);"
_THERE = "INSERT INTO message_fts (rowid, words) VALUES (NEW.message_id, NEW.words);"


def upgrade() -> None:
    op.create_table(
        "message_search",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_search_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_search")),
    )
    if op.get_bind().dialect.name == "sqlite":
        # Both databases split at spaces only: «ascii» takes every letter that is not Latin for a part of a word.
        op.execute(
            "CREATE VIRTUAL TABLE message_fts USING fts5(words, content='message_search', content_rowid='message_id', "
            "tokenize='ascii', detail=none, columnsize=0)"
        )
        op.execute(f"CREATE TRIGGER message_fts_insert AFTER INSERT ON message_search BEGIN {_THERE} END")
        op.execute(f"CREATE TRIGGER message_fts_delete AFTER DELETE ON message_search BEGIN {_GONE} END")
        op.execute(f"CREATE TRIGGER message_fts_update AFTER UPDATE ON message_search BEGIN {_GONE} {_THERE} END")
    else:
        op.execute(
            "CREATE INDEX message_fts ON message_search "
            "USING gin (array_to_tsvector(string_to_array(words, ' '))) WITH (fastupdate = off)"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE message_fts")
    op.drop_table("message_search")
