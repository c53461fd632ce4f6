"""What PostgreSQL knows of a table: for its plans, and which pages need no look-up. SQLite does without either."""

from __future__ import annotations

from sqlalchemy import text

from osm.extensions import Base, db
from osm.store.many_rows import table_of
from osm.store.transaction import transaction

LEAST_PAGES = 32
"""Of 8 KB. In a table that is smaller than twice as large every plan is good."""

_GROWN = text(
    "SELECT relname FROM pg_class WHERE oid = ANY(CAST(:names AS regclass[]))"
    " AND pg_relation_size(oid) > 2 * greatest(relpages, :least) * current_setting('block_size')::bigint"
)

FIFTH, FIFTIETH = 5, 50
"""Shares of a table. A fifth is what the server itself waits for before it clears away."""
LEAST_ROWS = 1000
"""Fewer outdated rows are looked up without anybody noticing."""

_OUTDATED = text(
    "SELECT greatest(pg_stat_get_dead_tuples(oid), :changed) >= greatest(:least, reltuples / :share)"
    " FROM pg_class WHERE oid = CAST(:name AS regclass)"
)

_IN_MEMORY = text("SET LOCAL random_page_cost = 1")


def keep_up(*models: type[Base]) -> list[str]:
    """Let PostgreSQL look at those of these tables that have doubled since it last did; which they were.

    The server itself does that within a minute. Until then it takes one value in two hundred for each that is asked
    for, and a bulk write of that minute goes through all that is stored for every slice. Between two transactions:
    inside one it would keep others from looking at the table until the end.
    """
    if db.engine.dialect.name != "postgresql":
        return []
    preparer = db.engine.dialect.identifier_preparer
    names = [preparer.format_table(table_of(model)) for model in models]
    with transaction() as session:
        grown = sorted(session.scalars(_GROWN, {"names": names, "least": LEAST_PAGES}))
        for name in grown:
            # Where the server looks at it already there is nothing to wait for.
            session.execute(text(f"ANALYZE (SKIP_LOCKED) {preparer.quote(name)}"))
        return grown


def clear_away(model: type[Base], changed: int, share: int = FIFTH) -> bool:
    """Let PostgreSQL clear away outdated rows as soon as they are one in `share` of the table; whether it was asked to.

    `changed`: how many rows the caller has changed since he asked last; the server's own count comes a second late. It
    would clear away by itself within a minute. Until then whoever counts along an index looks up each row in the table.
    Between two transactions: VACUUM runs in none, and one that is open keeps what it may still see.
    """
    if db.engine.dialect.name != "postgresql":
        return False
    name = db.engine.dialect.identifier_preparer.format_table(table_of(model))
    asked = {"name": name, "changed": changed, "least": LEAST_ROWS, "share": share}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(_OUTDATED, asked):
            return False
        # To shorten the file it would have to lock out everybody who reads.
        connection.execute(text(f"VACUUM (ANALYZE, SKIP_LOCKED, TRUNCATE off) {name}"))
        return True


def prefer_indexes() -> None:
    """Until the end of this transaction PostgreSQL plans as for what lies in memory: a page out of turn costs no more.

    Otherwise it takes the reading of an index from end to end for dearer than that of a table four times as long.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(_IN_MEMORY)
