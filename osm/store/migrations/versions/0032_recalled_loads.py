"""A load can be taken back and says what it will do; authors are found by their names (П.15)."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TOGETHER = 1000
NOBODY = (
    "автор", "аноним", "анонимно", "анонимный автор", "анонимный пользователь", "без имени", "гость",
    "житель", "имя не указано", "имя скрыто", "не указан", "не указано", "неизвестен", "неизвестно",
    "неизвестный", "неизвестный автор", "пользователь", "пользователь удален", "скрыто", "страница удалена",
    "удаленный аккаунт", "удаленный пользователь", "anonymous", "deleted", "deleted account", "deleted user",
    "dleted", "unknown", "user",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("message", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("import_run", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("import_run", sa.Column("forecast", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("author", sa.Column("name_key", sa.String(300), nullable=False, server_default=""))
    _compare_names()
    op.create_index("ix_author_name", "author", ["network", "name_key"])
    _owe_repeats()


def _key(name: str) -> str:
    key = " ".join(re.sub(r"[^\w№+✓]+|_", " ", name.lower().replace("ё", "е")).split())
    return "" if key in NOBODY or sum(map(str.isalnum, key)) < 3 else key


def _compare_names() -> None:
    author = sa.table("author", *map(sa.column, ("id", "name", "name_key")))
    connection = op.get_bind()
    last = 0
    while rows := connection.execute(
        sa.select(author.c.id, author.c.name).where(author.c.id > last).order_by(author.c.id).limit(TOGETHER)
    ).all():
        last = rows[-1].id
        connection.execute(
            author.update().where(author.c.id == sa.bindparam("row")).values(name_key=sa.bindparam("key")),
            [{"row": row.id, "key": _key(row.name)} for row in rows],
        )


def _owe_repeats() -> None:
    """Messages of authors without an address are compared anew."""
    op.execute(
        "INSERT INTO due_readings (kind, message_id, generation, attempts)"
        " SELECT 'repeats', message.id, 1, 0 FROM message JOIN author ON author.id = message.author_id"
        " WHERE author.profile_url IS NULL AND author.name_key <> '' AND NOT EXISTS (SELECT 1 FROM due_readings"
        " WHERE due_readings.kind = 'repeats' AND due_readings.message_id = message.id)"
    )


def downgrade() -> None:
    op.drop_index("ix_author_name", table_name="author")
    op.drop_column("author", "name_key")
    for table, column in (("import_run", "forecast"), ("import_run", "recalled_at"), ("message", "recalled_at")):
        op.drop_column(table, column)
