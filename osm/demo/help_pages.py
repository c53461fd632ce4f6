"""Memos and questions that the invented press centre has written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.demo.story import read_texts
from osm.extensions import db
from osm.help.acts import write
from osm.store.models import Topic, User


def write_help(author: User, now: datetime) -> None:
    """All of them, when the office opened; each with its topics where these are there."""
    topics = {topic.name: topic.id for topic in db.session.scalars(select(Topic))}
    for raw in read_texts("help_pages")["page"]:
        linked = [topics[name] for name in raw["topics"] if name in topics]
        write(kind=raw["kind"], title=raw["title"], text=raw["text"], topic_ids=linked, actor=author, now=now)
