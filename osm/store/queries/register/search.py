"""Messages by their words, numbers and links, with the same result on both databases."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, cast, func, literal_column, select, text, union
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from osm.extensions import db
from osm.store.models import Author, Draft, Followup, Message, MessageSearch, Reply, Topic
from osm.store.models.messages import FORMER_NUMBER

Question = Sequence[Sequence[str]]
"""All of these words, each in one of these forms."""


@dataclass(frozen=True, slots=True)
class Searched:
    """Everything that one message is found by, as it stands in the database."""

    message_id: int
    parts: tuple[str, ...]


def matching(question: Question, numbers: Collection[str] = (), links: Collection[str] = ()) -> Select[Any]:
    """Ids of messages with all these words; those with one of these numbers or links even before they are read."""
    found = [_by_words(question)] if question else []
    if numbers:
        found.append(select(Message.id).where(Message.number.in_(numbers)))
    if links:
        found.append(select(Message.id).where(Message.url.in_(links)))
    if len(found) > 1:
        return select(union(*found).subquery().c[0])
    return found[0] if found else select(Message.id).where(text("1 = 0"))


def _by_words(question: Question) -> Select[Any]:
    if db.engine.dialect.name == "sqlite":
        asked = " AND ".join("(" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in question)
        return (
            select(literal_column("message_fts.rowid").label("id"))
            .select_from(text("message_fts"))
            .where(text("message_fts MATCH :asked").bindparams(asked=asked))
        )
    asked = " & ".join("(" + " | ".join(f"'{form}'" for form in forms) + ")" for forms in question)
    lexemes = literal_column("message_search.message_fts", TSVECTOR)
    return select(MessageSearch.message_id.label("id")).where(lexemes.op("@@")(cast(asked, TSQUERY)))


_COUNT_EACH = {
    "sqlite": """
        SELECT value, (SELECT count(*) FROM (
            SELECT 1 FROM message_fts WHERE message_fts MATCH '"' || value || '"' LIMIT :at_most
        ) AS counted) FROM json_each(:forms)
    """,
    "postgresql": """
        SELECT form, (SELECT count(*) FROM (
            SELECT 1 FROM message_search WHERE message_fts @@ CAST(quote_literal(form) AS tsquery) LIMIT :at_most
        ) AS counted) FROM json_array_elements_text(CAST(:forms AS json)) AS form
    """,
}
"""One look into the index for each: for hundreds in one question PostgreSQL would rather read all messages."""


def word_counts(forms: Collection[str], at_most: int) -> dict[str, int]:
    """In how many messages each of these forms stands, counted up to `at_most`; none is left out."""
    counts = text(_COUNT_EACH[db.engine.dialect.name])
    given = {"forms": json.dumps(list(forms)), "at_most": at_most}
    return dict(db.session.execute(counts, given).tuples().all())


def texts_of(message_ids: Collection[int]) -> dict[int, str]:
    """The whole texts of these messages."""
    texts = select(Message.id, Message.text).where(Message.id.in_(message_ids))
    return dict(db.session.execute(texts).tuples().all())


def searched(message_ids: Sequence[int]) -> list[Searched]:
    """What these messages are found by: number, text, place, topic, author, what he wrote later, the latest answers."""
    parts: dict[int, list[str]] = {}
    for row in db.session.execute(
        select(
            Message.id,
            Message.number,
            Message.source_raw[FORMER_NUMBER].as_string().label("former"),
            Message.text,
            Message.place,
            Message.source_topic,
            Topic.name.label("topic"),
            Author.name,
        )
        .outerjoin(Author, Author.id == Message.author_id)
        .outerjoin(Topic, Topic.id == Message.topic_id)
        .where(Message.id.in_(message_ids))
    ):
        where = (row.place, row.topic or "", row.source_topic)
        parts[row.id] = [row.number, row.former or "", row.text, *where, row.name or ""]
    for message_id, words in db.session.execute(
        select(Followup.message_id, Followup.text).where(Followup.message_id.in_(message_ids))
    ):
        parts[message_id].append(words)
    latest = (
        select(Draft.reply_id, func.max(Draft.number).label("number"))
        .join(Reply, Reply.id == Draft.reply_id)
        .where(Reply.message_id.in_(message_ids))
        .group_by(Draft.reply_id)
        .subquery()
    )
    for message_id, words in db.session.execute(
        select(Reply.message_id, Draft.text)
        .join(Draft, Draft.reply_id == Reply.id)
        .join(latest, (latest.c.reply_id == Draft.reply_id) & (latest.c.number == Draft.number))
    ):
        parts[message_id].append(words)
    return [Searched(message_id, tuple(filter(None, found))) for message_id, found in parts.items()]
