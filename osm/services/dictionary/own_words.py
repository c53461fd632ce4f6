"""The office's own words in force, and the library with them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import select

from moderation import Moderator, OwnWord, parse_own_words
from osm.extensions import db
from osm.store.models import OwnEntry


def words_in_force() -> list[OwnWord]:
    """The dictionary as the library takes it. An entry that it refuses (an older edition's) never disables the rest."""
    columns = (OwnEntry.kind, OwnEntry.text, OwnEntry.category, OwnEntry.severity, OwnEntry.exception)
    rows = db.session.execute(select(*columns).where(OwnEntry.removed_id.is_(None)).order_by(OwnEntry.id))
    good, _refused = parse_own_words(
        {**row._mapping, "category": row.category.value, "exception": "да" if row.exception else "нет"} for row in rows
    )
    return good


@lru_cache(maxsize=3)
def library_with(words: tuple[OwnWord, ...]) -> Moderator:
    """The library with exactly these words: one for the whole process, which holds 6 MB for each set of words.

    Its lists take a second to read; it keeps no texts.
    """
    return Moderator(words)
