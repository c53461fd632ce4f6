"""MAX on loopback: channels, their posts and comments by the Bot API, the rights of the bot, its rates."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.emulators import max_schema
from tests.emulators.serving import Answer, Asked, Serving, served

KEYS = {"access_token": "access-key"}
"""The token of the bot as the emulator knows it."""
CHANNEL, BOT = -70000000000001, 9000001
RIGHTS = ("read_all_messages", "write", "edit", "delete", "add_remove_members")
EDITED_WITHIN = 26 * 3_600_000
"""Milliseconds."""
RATES = {"all": 30, "writes": 2}

Raw = dict[str, Any]


class Refused(Exception):
    """An error of MAX."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Max:
    """A bot with its channels. `refuse`: errors of the next calls; `effects` counts what really happened."""

    now: int = 1_764_000_000_000
    channels: dict[int, Raw] = field(default_factory=lambda: {CHANNEL: {"link": "https://max.ru/gorod"}})
    posts: dict[str, Raw] = field(default_factory=dict)
    comments: dict[str, Raw] = field(default_factory=dict)
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))
    names_people: bool = True
    """Citizens are named; else MAX shows them as nobody, as it was seen on the living network."""
    names_bot: bool = True
    takes_comments: bool = True
    """Comments are switched on; else an answer ends with an inner error."""
    includes_bound: bool = False
    """Whether `before` itself belongs to the answer."""
    blocked: set[int] = field(default_factory=set)
    photos: dict[str, bytes] = field(default_factory=dict)
    refuse: deque[tuple[int, str]] = field(default_factory=deque)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    limits: bool = True
    over: int = 0
    """Calls that came faster than MAX allows."""
    asked_of: Counter[int | str] = field(default_factory=Counter)
    """Requests by the channel or the post that they are about; `me`: by none."""
    serving: Serving = field(init=False)
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.serving = Serving(self._answer)

    @property
    def base(self) -> str:
        return self.serving.base

    # --- What people do
    def post(self, text: str, channel: int = CHANNEL, attachments: tuple[Raw, ...] = ()) -> str:
        mid = self._mid(channel)
        self.posts[mid] = {"channel": channel, "text": text, "at": self.now, "attachments": list(attachments)}
        return mid

    def write(self, post: str, author: int, name: str, text: str, under: str = "") -> str:
        mid = self._mid(self.posts[post]["channel"])
        about = {"post": post, "author": author, "name": name, "text": text, "at": self.now, "under": under}
        self.comments[mid] = about
        return mid

    def delete(self, comment: str) -> None:
        del self.comments[comment]

    def _mid(self, channel: int) -> str:
        self.now += 1000
        return f"mid.{channel % 2**64:016x}{self.now << 16 | next(self._ids):016x}"

    # --- What the bot asks
    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            try:
                if asked.path.startswith("/upload/"):
                    return Answer(self._taken(asked))
                if asked.headers.get("Authorization") != KEYS["access_token"]:
                    raise Refused(401, "verify.token")
                max_schema.check_request(asked.verb, asked.path, asked.query, asked.json)
                self._let_in("all")
                if self.refuse:
                    raise Refused(*self.refuse.popleft())
                return Answer(self._asked(asked))
            except Refused as refused:
                error = {"code": refused.code, "message": "as MAX answers"}
                max_schema.check("Error", error)
                return Answer(error, refused.status)

    def _let_in(self, what: str, most: int = RATES["all"]) -> None:
        now, calls = time.monotonic(), self._calls[what]
        while calls and calls[0] <= now - 1:
            calls.popleft()
        calls.append(now)
        if len(calls) > most:
            self.over += 1
            if self.limits:
                raise Refused(429, "too.many.requests")

    def _asked(self, asked: Asked) -> Raw:
        verb, path, given = asked.verb, asked.path, asked.query
        about = re.search(r"/chats/(-?\d+)|/messages/([^/]+)", path)
        self.asked_of[int(given.get("chat_id") or 0) or (about and (about[2] or int(about[1]))) or path[1:]] += 1
        if (verb, path) == ("GET", "/me"):
            return _checked("User", self._bot())
        if (verb, path) == ("POST", "/uploads"):
            assert given == {"type": "image"}
            return _checked("UploadEndpoint", {"url": f"{self.base}/upload/{next(self._ids)}"})
        if found := re.fullmatch(r"/chats/(-?\d+)(/members(?:/me)?)?", path):
            return self._of_chat(verb, int(found[1]), found[2] or "", given)
        if path == "/messages":
            return self._of_messages(verb, given, asked.json)
        if found := re.fullmatch(r"/messages/([^/]+)", path):
            return _checked("Message", self._shown_post(self._known(found[1])))
        if found := re.fullmatch(r"/messages/([^/]+)/comments(?:/([^/]+))?", path):
            return self._of_comments(verb, self._known(found[1]), found[2] or "", given, asked.json)
        raise Refused(405, "method.not.allowed")

    def _of_chat(self, verb: str, channel: int, rest: str, given: dict[str, str]) -> Raw:
        if channel not in self.channels:
            raise Refused(403, "chat.denied")
        if rest == "/members/me":
            now = self.now
            member = {**self._bot(), "last_access_time": now, "join_time": now, "is_owner": False, "is_admin": True}
            return {**member, "permissions": sorted(self.rights)}
        if rest == "/members" and verb == "DELETE":
            self._needs("add_remove_members")
            self.effects["ban", given["user_id"]] += 1
            if given.get("block") == "true" and self.channels[channel].get("link"):
                self.blocked.add(int(given["user_id"]))
            return {"success": True}
        about = {
            "chat_id": channel, "type": "channel", "status": "active", "title": "Администрация", "icon": None,
            "last_event_time": self.now, "participants_count": 10, "is_public": True, "description": None,
        }  # fmt: skip
        return _checked("Chat", about | self.channels[channel])

    def _of_messages(self, verb: str, given: dict[str, str], body: Any) -> Raw:
        if verb == "GET":
            self._needs("read_all_messages")
            mine = {name: one for name, one in self.posts.items() if one["channel"] == int(given["chat_id"])}
            return _checked("MessageList", {"messages": [self._shown_post(one) for one in self._page(mine, given)]})
        if verb == "POST":
            self._needs("write")
            assert "notify" not in body, "refused in a channel"
            channel = int(given["chat_id"])
            self._turn_of_writing(channel)
            self.effects["post", body["text"]] += 1
            mid = self.post(body["text"], channel, tuple(map(self._hung, body.get("attachments") or ())))
            return _checked("SendMessageResult", {"message": self._shown_post(mid)})
        mid = self._known(given["message_id"])
        self._needs("edit" if verb == "PUT" else "delete")
        self._turn_of_writing(self.posts[mid]["channel"])
        if verb == "DELETE":
            self.effects["delete", mid] += 1
            del self.posts[mid]
            return {"success": True}
        self.effects["edit", mid] += 1
        self.posts[mid]["text"] = body["text"]
        if body.get("attachments") is not None:
            self.posts[mid]["attachments"] = list(map(self._hung, body["attachments"]))
        return {"success": True}

    def _of_comments(self, verb: str, post: str, mid: str, given: dict[str, str], body: Any) -> Raw:
        self._needs("read_all_messages")
        mine = {name: one for name, one in self.comments.items() if one["post"] == post}
        if verb == "POST":
            return self._answered(post, mine, body)
        if verb == "GET" and not mid:
            wanted = given["comment_ids"].split(",") if "comment_ids" in given else self._page(mine, given)
            return {"messages": [self._shown(one) for one in wanted if one in mine]}
        mid = mid or given["comment_id"]
        if mid not in mine:
            raise Refused(400, "proto.payload")
        if verb == "GET":
            return self._shown(mid)
        self._turn_of_writing(self.posts[post]["channel"])
        if verb == "DELETE":
            self._needs("delete")
            self.effects["delete", mid] += 1
            self.delete(mid)
            return {"success": True}
        if mine[mid]["author"] != BOT:
            raise Refused(403, "chat.denied")
        if self.now - mine[mid]["at"] > EDITED_WITHIN:
            raise Refused(422, "comments.timeout_exceeded")
        self.effects["edit", mid] += mine[mid]["text"] != body["text"]
        mine[mid]["text"] = body["text"]
        return {"success": True}

    def _answered(self, post: str, mine: dict[str, Raw], body: Raw) -> Raw:
        self._needs("write")
        assert len(body["text"]) <= 4000
        under = (body.get("link") or {}).get("mid", "")
        self._turn_of_writing(self.posts[post]["channel"])
        if not self.takes_comments:
            raise Refused(500, "internal.error")
        if under and under not in mine:
            raise Refused(400, "proto.payload")
        self.effects["reply", under] += 1
        return {"message": self._shown(self.write(post, BOT, "", body["text"], under))}

    def _turn_of_writing(self, channel: int) -> None:
        self._let_in(f"writes {channel}", RATES["writes"])

    def _needs(self, right: str) -> None:
        if right not in self.rights:
            raise Refused(403, "chat.denied")

    def _known(self, post: str) -> str:
        if post not in self.posts:
            raise Refused(404, "not.found")
        return post

    def _page(self, things: dict[str, Raw], given: dict[str, str]) -> list[str]:
        """Latest first, at most a hundred, older than `before`."""
        count, last = int(given.get("count") or 50), int(given.get("before") or self.now + 1)
        assert 1 <= count <= 100
        newest = sorted(things, key=lambda name: (things[name]["at"], name), reverse=True)
        return [one for one in newest if things[one]["at"] < last + self.includes_bound][:count]

    def _taken(self, asked: Asked) -> Raw:
        (content,) = asked.files.values()
        assert list(asked.files) == ["data"]
        number = asked.path.rpartition("/")[2]
        self.photos[f"token-{number}"] = content
        return {"photos": {number: {"token": f"token-{number}"}}}

    def _hung(self, request: Raw) -> Raw:
        assert request["type"] == "image"
        max_schema.check("PhotoAttachmentRequestPayload", request["payload"])
        (token,) = (one["token"] for one in request["payload"]["photos"].values())
        if token not in self.photos:
            raise Refused(400, "attachment.not.ready")
        return {"type": "image", "payload": {"photo_id": 1, "token": token, "url": f"{self.base}/photo"}}

    # --- How MAX shows it
    def _bot(self) -> Raw:
        return _person(BOT, "Бот администрации", is_bot=True)

    def _sender(self, one: Raw) -> Raw | None:
        if one["author"] == BOT:
            return self._bot() if self.names_bot else None
        return _person(one["author"], one["name"]) if self.names_people else None

    def _shown(self, mid: str) -> Raw:
        one = self.comments[mid]
        recipient = {"chat_id": self.posts[one["post"]]["channel"], "chat_type": "channel", "user_id": None}
        shown = {
            "sender": self._sender(one), "recipient": recipient | {"post_id": one["post"]}, "timestamp": one["at"],
            "link": None, "body": _body(mid, one["text"]),
        }  # fmt: skip
        above = self.comments.get(one["under"])
        if above:
            shown["link"] = {"type": "reply", "message": _body(one["under"], above["text"])}
            if above_sender := self._sender(above):
                shown["link"]["sender"] = above_sender
        return shown

    def _shown_post(self, mid: str) -> Raw:
        one = self.posts[mid]
        shown = {
            "recipient": {"chat_id": one["channel"], "chat_type": "channel", "user_id": None}, "timestamp": one["at"],
            "body": _body(mid, one["text"]) | {"attachments": one["attachments"]}, "stat": {"views": 3},
        }  # fmt: skip
        link = self.channels[one["channel"]].get("link")
        return shown | ({"url": f"{link}/{mid[-8:]}"} if link else {})


def _body(mid: str, text: str) -> Raw:
    return {"mid": mid, "seq": int(mid[-16:], 16), "text": text, "attachments": []}


def _person(number: int, name: str, *, is_bot: bool = False) -> Raw:
    first, _, last = name.partition(" ")
    about = {"user_id": number, "first_name": first, "last_name": last, "username": None, "is_bot": is_bot}
    return about | {"last_activity_time": 1_764_000_000_000, "name": name}


def _checked(name: str, body: Raw) -> Raw:
    max_schema.check(name, body)
    return body


@contextmanager
def max_network(**given: Any) -> Iterator[Max]:
    """The emulator, answering at `base`."""
    found = Max(**given)
    with served(found.serving):
        yield found
