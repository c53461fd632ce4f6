"""Comments under the demonstration's own posts: a queue that lives, with a few decisions behind it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import select

from osm.check.acts import verdicts
from osm.comments.acts.comments import Choice, Chosen, decide
from osm.comments.acts.importing import import_comments
from osm.extensions import db
from osm.store.models import Comment, User

_POSTS = {
    "roads": (
        "vk",
        "https://vk.com/wall-990000001_101",
        "Какие дороги отремонтируют до конца года: публикуем список улиц и сроки работ на каждой из них.",
    ),
    "heating": ("vk", "https://vk.com/wall-990000001_102", "Отопительный сезон: отвечаем на частые вопросы."),
    "waste": ("ok", "https://ok.ru/group/990000001/topic/103", "График вывоза мусора на следующую неделю."),
}


def create_comments(people: Mapping[str, User], now: datetime) -> None:
    """Store and check them at this instant, and let the moderator decide those that were decided."""
    texts = tomllib.loads(resources.files("osm.demo").joinpath("texts", "comments.toml").read_text("utf-8"))
    rows = [*texts["decided"], *texts["waiting"]]
    ids = {row["author"]: _id(place, row) for place, row in enumerate(rows)}
    lines = [_line(_id(place, row), row, now, ids) for place, row in enumerate(rows)]
    import_comments(lines, actor=people["vera"], now=now)
    verdicts.check(list(db.session.scalars(select(Comment.id))), now)
    for place, row in enumerate(texts["decided"]):
        comment = db.session.scalars(select(Comment).where(Comment.external_id == _id(place, row))).one()
        decide(
            [Chosen(comment.id, comment.version)],
            Choice(row["choice"]),
            ground=row.get("ground", ""),
            actor=people["vera"],
            now=now,
        )


def _id(place: int, row: Mapping[str, Any]) -> str:
    return f"{_POSTS[row['post']][1].rpartition('/')[2]}_{5001 + place}"


def _line(external_id: str, row: Mapping[str, Any], now: datetime, ids: Mapping[str, str]) -> bytes:
    network, url, post_text = _POSTS[row["post"]]
    comment = {
        "id": external_id,
        "network": network,
        "kind": row.get("kind", "comment"),
        "post_url": url,
        "post_text": post_text,
        "author_id": row["author"],
        "author_name": row["name"],
        "published_at": (now - timedelta(hours=row["ago"])).isoformat(),
        "text": row["text"],
    }
    if "answers" in row:
        comment["parent_id"] = ids[row["answers"]]
    return json.dumps(comment).encode()
