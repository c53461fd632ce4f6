"""The index of the search follows the messages: the worker reads what is new or changed, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from osm.extensions import db
from osm.services.pace import WHOLE, Pace
from osm.services.reading import due
from osm.services.reading.search_words import words_of
from osm.store.models import MessageSearch, ReadingKind
from osm.store.queries.register.search import searched
from osm.store.upsert import insert_into


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Index what is owed, the newest first, for as long as `pace` allows; how many messages."""
    return due.work_through(ReadingKind.SEARCH, index, limit=due.TOGETHER, now=now, pace=pace, newest_first=True)


def index(message_ids: Sequence[int]) -> Callable[[], None]:
    """Read the words of these messages; what is returned writes them, inside a transaction."""
    rows = [
        {"message_id": one.message_id, "words": " ".join(sorted(words_of(" ".join(one.parts))))}
        for one in searched(message_ids)
    ]
    db.session.rollback()  # the words are found: no snapshot is to be held while the write waits its turn

    def write() -> None:
        if rows:
            statement = insert_into(MessageSearch)
            words = {"words": statement.excluded.words}
            db.session.execute(
                statement.on_conflict_do_update(index_elements=[MessageSearch.message_id], set_=words), rows
            )

    return write
