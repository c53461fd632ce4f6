"""What there is in the emulated VK: walls, comments, topics, messages, bans; and what people do there by hand."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

GROUP = 200000001
ADMIN = 77
START = 1_764_000_000
"""The emulator's clock begins here (Unix time) and moves by `tick`."""


@dataclass
class World:
    """One community with its people. `effects` counts what really happened, by what it happened to."""

    group: int = GROUP
    now: int = START
    long_poll: Any = None
    """What VK says where the long-poll server is, if it is not this emulator."""
    honours_guid: bool = True
    """Whether a second comment with the same `guid` is the first one; VK promises nothing."""
    people: dict[int, tuple[str, str]] = field(default_factory=lambda: {ADMIN: ("Ирина", "Сотова")})
    managers: dict[int, str] = field(default_factory=lambda: {ADMIN: "creator"})
    """Who manages the community, with which role."""
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    deleted: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    bans: dict[int, dict[str, Any]] = field(default_factory=dict)
    photos: dict[int, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    first_event: int = 1
    """What is older has been forgotten (`failed: 1`)."""
    confirmation: str = "62dfc19d"
    """What a server of the Callback API must answer before it is called."""
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    guids: dict[str, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    """Posts whose comments are closed."""
    pinned: int | None = None
    """The post that stands first on the wall."""
    profile: dict[str, Any] = field(default_factory=dict)
    """How the page shows itself: fields of groups.getById."""
    changed: threading.Condition = field(default_factory=threading.Condition)
    _ids: Any = field(default_factory=lambda: itertools.count(300))

    @property
    def owner(self) -> int:
        return -self.group

    def tick(self, seconds: int = 1) -> int:
        self.now += seconds
        return self.now

    def post(self, text: str, number: int | None = None) -> int:
        """The community has published something."""
        number = number or next(self._ids)
        self.posts[number] = {
            "inner_type": "wall_wallpost", "id": number, "owner_id": self.owner, "from_id": self.owner,
            "date": self.tick(), "text": text, "post_type": "post", "attachments": [],
        }  # fmt: skip
        return number

    def person(self, number: int, first: str, last: str) -> int:
        self.people[number] = (first, last)
        return number

    def write(self, post: int, author: int, text: str, under: int | None = None, **more: Any) -> int:
        """A person comments (`under`: answers a comment)."""
        number = next(self._ids)
        above = self.comments.get(under) if under else None
        parents = [above["parents_stack"][0] if above["parents_stack"] else above["id"]] if above else []
        comment = {
            "id": number, "from_id": author, "date": self.tick(), "text": text, "post_id": post,
            "owner_id": self.owner, "parents_stack": parents, **more,
        }  # fmt: skip
        if above:
            comment |= {"reply_to_user": above["from_id"], "reply_to_comment": above["id"]}
        self.comments[number] = comment
        self.tell("wall_reply_new", {**comment, "post_owner_id": self.owner})
        return number

    def change(self, number: int, text: str) -> None:
        self.comments[number]["text"] = text
        self.tell("wall_reply_edit", {**self.comments[number], "post_owner_id": self.owner})

    def delete(self, number: int, by: int) -> None:
        comment = self.deleted[number] = self.comments.pop(number)
        gone = {"owner_id": self.owner, "id": number, "user_id": by, "deleter_id": by, "post_id": comment["post_id"]}
        self.tell("wall_reply_delete", gone)

    def restore(self, number: int) -> None:
        comment = self.comments[number] = self.deleted.pop(number)
        self.tell("wall_reply_restore", {**comment, "post_owner_id": self.owner})

    def like(self, number: int, by: int, kind: str = "like_add") -> None:
        """A person likes a comment, or no longer (`like_remove`)."""
        of = {"object_type": "comment", "object_owner_id": self.owner, "object_id": number}
        self.tell(kind, {"liker_id": by, **of, "post_id": self.comments[number]["post_id"]})

    def suggest(self, author: int, text: str) -> int:
        number = next(self._ids)
        self.posts[number] = post = {
            "inner_type": "wall_wallpost", "id": number, "owner_id": self.owner, "from_id": author,
            "date": self.tick(), "text": text, "post_type": "suggest", "attachments": [],
        }  # fmt: skip
        self.tell("wall_post_new", post)
        return number

    def discuss(self, topic: int, author: int, text: str) -> int:
        number = next(self._ids)
        comment = {"id": number, "from_id": author, "date": self.tick(), "text": text}
        self.topics.setdefault(topic, {})[number] = comment
        self.tell("board_post_new", {**comment, "topic_id": topic, "topic_owner_id": self.owner})
        return number

    def message(self, peer: int, author: int, text: str, **more: Any) -> dict[str, Any]:
        """A message in the conversation with one person; `author` may be the community."""
        inside = self.messages.setdefault(peer, [])
        own = author == self.owner
        one = {
            "id": next(self._ids), "conversation_message_id": len(inside) + 1, "date": self.tick(), "peer_id": peer,
            "from_id": author, "text": text, "out": int(own), "attachments": [], "version": 1, **more,
        }  # fmt: skip
        inside.append(one)
        self.tell("message_reply" if own else "message_new", one if own else {"message": one, "client_info": {}})
        return one

    def ban(self, author: int, admin: int, end: int = 0, reason: int = 0, comment: str = "") -> None:
        self.bans[author] = {
            "admin_id": admin,
            "date": self.tick(),
            "reason": reason,
            "comment": comment,
            "end_date": end,
        }
        told = {"admin_id": admin, "user_id": author, "unblock_date": end, "reason": reason, "comment": comment}
        self.tell("user_block", told)

    def unban(self, author: int, admin: int) -> None:
        del self.bans[author]
        self.tell("user_unblock", {"admin_id": admin, "user_id": author, "by_end_date": 0})

    def tell(self, kind: str, thing: dict[str, Any]) -> None:
        with self.changed:
            number = self.first_event + len(self.events)
            event_id = f"{number:040x}"
            self.events.append(
                {"type": kind, "object": thing, "group_id": self.group, "event_id": event_id, "v": "5.199"}
            )
            self.changed.notify_all()

    def forget(self) -> None:
        """The long-poll server has lost its history."""
        with self.changed:
            self.first_event += len(self.events)
            self.events.clear()

    def since(self, ts: int, wait: float) -> list[dict[str, Any]] | None:
        """Events from number `ts` on; None if they are forgotten."""
        with self.changed:
            self.changed.wait_for(lambda: self.first_event + len(self.events) > ts, wait)
            if ts < self.first_event:
                return None
            return self.events[ts - self.first_event :]
