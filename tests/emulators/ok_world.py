"""What there is in the emulated OK: topics, comments, conversations, the black list; and what people do there."""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

GROUP = "70000000000001"
ADMIN = "570000000000077"
START = 1_764_000_000_000
"""The emulator's clock begins here (milliseconds since 1970) and moves by `tick`."""
SEQ = 98_211_023_614_189_660
"""Beyond 2^53, as OK's are."""


@dataclass
class World:
    """One group with its people. `effects` counts what really happened, by what it happened to."""

    group: str = GROUP
    now: int = START
    people: dict[str, str] = field(default_factory=lambda: {ADMIN: "Ирина Сотова"})
    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Topic → its comments, oldest first."""
    chats: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    banned: set[str] = field(default_factory=set)
    photos: dict[str, bytes] = field(default_factory=dict)
    """Token → what was uploaded."""
    upload_urls: int = 0
    profile: dict[str, Any] = field(default_factory=dict)
    """How the group shows itself: fields of group.getInfo."""
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ids: Any = field(default_factory=lambda: itertools.count(67_601_133_491_473))

    def tick(self, milliseconds: int = 1000) -> int:
        self.now += milliseconds
        return self.now

    def post(self, title: str, group: str = "") -> str:
        """The group has published something (`group`: another one of the same administrator)."""
        number = str(next(self._ids))
        at = self.tick()
        self.topics[number] = {"title": title, "group": group or self.group, "at": at, "created": at, "media": []}
        self.comments[number] = []
        return number

    def person(self, number: str, name: str) -> str:
        self.people[number] = name
        return number

    def write(self, topic: str, author: str, text: str, under: str = "") -> str:
        """A person comments (`under`: answers a comment); `author` may be the group itself."""
        at = self.tick()
        number = base64.b64encode(f"{at}:{next(self._ids)}".encode()).decode()
        own = author == self.group
        comment = {
            "id": number, "text": text, "type": "TEXT", "author_id": author,
            "author_name": "Администрация" if own else self.people[author],
            "author_ref": f"{'group' if own else 'user'}:{author}", "date_ms": at, "date": _moscow(at),
        }  # fmt: skip
        if under:
            above = self.comment(topic, under)
            names = {"reply_to_id": above["author_id"], "reply_to_name": above["author_name"]}
            comment |= {"reply_to_comment_id": under, **names}
        self.comments[topic].append(comment)
        self.topics[topic]["at"] = at
        return number

    def comment(self, topic: str, number: str) -> dict[str, Any]:
        return next(one for one in self.comments[topic] if one["id"] == number)

    def delete(self, topic: str, number: str) -> dict[str, Any]:
        comment = self.comment(topic, number)
        self.comments[topic].remove(comment)
        return comment

    def message(self, chat: str, author: str, text: str) -> dict[str, Any]:
        """A message in the conversation with one person; `author` may be the group."""
        inside = self.chats.setdefault(chat, [])
        at = self.tick()
        own = author == self.group
        one = {
            "sender": {
                "user_id": f"{'group' if own else 'user'}:{author}",
                "name": "Администрация" if own else self.people[author],
            },
            "recipient": {"chat_id": chat},
            "message": {"text": text, "seq": SEQ + len(inside), "mid": f"mid:{chat[5:]}.{at:x}"},
            "timestamp": at,
        }
        inside.append(one)
        return one


def _moscow(at: int) -> str:
    return (datetime.fromtimestamp(at // 1000, UTC) + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S")
