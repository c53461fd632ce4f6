"""OK on loopback: fb.do with its signature checked byte by byte, the Bot API, errors with status 200, rates."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.ok_world import ADMIN, World
from tests.emulators.serving import Answer, Asked, Serving, served

KEYS = {
    "application_key": "CTESTAPPKEY",
    "application_secret": "secret-key",
    "access_token": "access-key",
    "bot_token": "bot-key",
}
"""The page's keys as the emulator knows them."""
RATE = 3
_LIMITED_FOR = 1.0


class Refused(Exception):
    """A method answers with an error of OK."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Ok:
    """The network. `refuse`: method → errors of its next calls; `shape`: how events describe a written comment."""

    world: World = field(default_factory=World)
    tokens: dict[str, str] = field(default_factory=lambda: {KEYS["access_token"]: "user", KEYS["bot_token"]: "bot"})
    refuse: dict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    lost: set[str] = field(default_factory=set)
    """Methods for which the right has been taken."""
    shape: str = "id"
    name_of_list: str = "comments"
    limits: bool = True
    over: int = 0
    """Calls that came faster than OK has always borne."""
    serving: Serving = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self.serving = Serving(self._answer)

    @property
    def base(self) -> str:
        return self.serving.base

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            try:
                if asked.path == "/fb.do":
                    return Answer(json.dumps(self._method(asked), ensure_ascii=False))
                if asked.path.startswith("/upload/"):
                    return Answer(self._upload(asked))
                if asked.path.startswith("/graph/"):
                    return Answer(self._graph(asked.path.removeprefix("/graph/"), asked))
            except Refused as refused:
                return Answer({"error_code": refused.code, "error_msg": str(refused), "error_data": None})
        return Answer("not found", 404)

    def _upload(self, asked: Asked) -> Any:
        """In the form in which two foreign clients read it: the photo's number → its token."""
        (content,) = asked.files.values()
        number = asked.path.removeprefix("/upload/")
        token = f"{number}+token=="
        self.world.photos[token] = content
        return {"photos": {number: {"token": token}}}

    def _method(self, asked: Asked) -> Any:
        given = asked.given
        token, sig = given.pop("access_token", ""), given.pop("sig", "")
        if given.get("application_key") != KEYS["application_key"]:
            raise Refused(101, "PARAM_API_KEY : Invalid application key")
        if self.tokens.get(token) != "user":
            raise Refused(103, "PARAM_SESSION_KEY : Invalid session key")
        if sig != signed(given, token, KEYS["application_secret"]):
            raise Refused(104, "PARAM_SIGNATURE : Invalid signature")
        method = given["method"]
        self._let_in(method, token)
        if method not in METHODS:
            raise Refused(3, "METHOD : Unknown method")
        return METHODS[method](self, given)

    def _let_in(self, method: str, token: str) -> None:
        now, calls = time.monotonic(), self._calls[token]
        while calls and calls[0] <= now - _LIMITED_FOR:
            calls.popleft()
        calls.append(now)
        if len(calls) > RATE:
            self.over += 1
            if self.limits:
                raise Refused(8, "FLOOD_BLOCKED : Too many requests")
        if self.refuse[method]:
            raise Refused(self.refuse[method].popleft(), "as the test asks")
        if method in self.lost:
            raise Refused(10, "PERMISSION_DENIED : VALUABLE_ACCESS is required")

    def _graph(self, path: str, asked: Asked) -> Any:
        token = asked.query.get("access_token", "")
        if self.tokens.get(token) != "bot":
            raise Refused(401, "AUTH : Invalid access token")
        name = "/".join(path.split("/")[:2])
        self._let_in(name, token)
        world = self.world
        if name == "me/info":
            return {"name": "Администрация", "group_id": f"group:{world.group}"}
        if name == "me/chats":
            chats = sorted(world.chats.items(), key=lambda one: -one[1][-1]["timestamp"])
            last = [(chat, inside[-1]["timestamp"]) for chat, inside in chats[: int(asked.query["count"])]]
            return {"chats": [{"type": "GROUP_CHAT", "chat_id": chat, "lastEventTime": at} for chat, at in last]}
        if name != "me/messages":
            raise Refused(3, "METHOD : Unknown method")
        chat = path.split("/")[2]
        if asked.verb == "POST":
            assert asked.headers["Content-Type"] == "application/json;charset=utf-8"
            assert asked.json["recipient"] == {"chat_id": chat}
            world.effects["reply", chat] += 1
            mid = world.message(chat, world.group, asked.json["message"]["text"])["message"]["mid"]
            return {"success": True, "message_id": mid}
        latest = int(asked.query.get("from") or world.now)
        inside = [one for one in world.chats.get(chat, []) if one["timestamp"] <= latest]
        return {"messages": inside[::-1][: int(asked.query["count"])]}


def signed(given: dict[str, str], token: str, secret: str) -> str:
    """As apiok.ru says: the sorted pairs without a separator, then the session's secret."""
    session = hashlib.md5((token + secret).encode()).hexdigest().lower()
    pairs = "".join(f"{name}={value}" for name, value in sorted(given.items()))
    return hashlib.md5((pairs + session).encode()).hexdigest().lower()


def _topic(ok: Ok, number: str, sort: str) -> str:
    if number not in ok.world.topics or sort != "GROUP_TOPIC":
        raise Refused(106, "PARAM_ENTITY_ID : Discussion not found")
    return number


def _list(ok: Ok, given: dict[str, str]) -> Any:
    world = ok.world
    assert given["category"] == "GROUP"
    newest = sorted(world.topics.items(), key=lambda one: -one[1]["at"])[: int(given.get("count") or 20)]
    return {
        "discussions": [
            {
                "object_id": number, "object_type": "GROUP_TOPIC", "title": topic["title"], "new_comments_count": 0,
                "total_comments_count": len(world.comments[number]),
                "ref_objects": [{"id": topic["group"], "type": "GROUP"}],
            }
            for number, topic in newest
        ],
        "anchor": "LTE=", "has_more": False,
    }  # fmt: skip


def _comments(ok: Ok, given: dict[str, str]) -> Any:
    """From the anchor back: an anchor is the position of the first comment that was not shown yet."""
    topic = _topic(ok, given["discussionId"], given["discussionType"])
    assert given["direction"] == "BACKWARD"
    inside, anchor = ok.world.comments[topic], given["anchor"]
    end = len(inside) if anchor == "LAST" else int(anchor)
    begin = max(end - int(given["count"]), 0)
    page = inside[begin:end]
    return {
        ok.name_of_list: page, "anchor": str(begin), "has_more": begin > 0,
        "discussionId": topic, "discussionType": "GROUP_TOPIC",
    }  # fmt: skip


def _add(ok: Ok, given: dict[str, str]) -> Any:
    topic = _topic(ok, given["entityId"], given["entityType"])
    own = ok.world.group if given.get("as_admin") == "true" else ADMIN
    number = ok.world.write(topic, own, given["comment"], given.get("reply_to_comment_id", ""))
    ok.world.effects["reply", given.get("reply_to_comment_id", "")] += 1
    return SHAPES[ok.shape](number)


SHAPES: dict[str, Callable[[str], Any]] = {
    "id": lambda number: number,
    "object": lambda number: {"id": number, "text": "…"},
    "nested": lambda number: {"comment": {"id": number}},
    "named": lambda number: {"success": True, "comment_id": number},
}
"""No page says what addDiscussionComment answers: each of these has been seen somewhere."""


def _its(ok: Ok, given: dict[str, str]) -> tuple[str, dict[str, Any]]:
    topic = _topic(ok, given["discussionId"], given["discussionType"])
    try:
        return topic, ok.world.comment(topic, given["comment_id"])
    except StopIteration:
        raise Refused(700, "COMMENT_NOT_FOUND : Comment not found") from None


def _edit(ok: Ok, given: dict[str, str]) -> Any:
    _, comment = _its(ok, given)
    if comment["author_id"] != ok.world.group:
        raise Refused(701, "INVALID_AUTHOR : Not the author")
    comment["text"] = given["comment"]
    ok.world.effects["edit", comment["id"]] += 1
    return {"success": True}


def _delete(ok: Ok, given: dict[str, str]) -> Any:
    topic, comment = _its(ok, given)
    ok.world.delete(topic, comment["id"])
    ok.world.effects["delete", comment["id"]] += 1
    if given.get("block_author") == "true":
        ok.world.banned.add(comment["author_id"])
        ok.world.effects["ban", comment["author_id"]] += 1
    return {"success": True}


def _banned(ok: Ok, given: dict[str, str]) -> Any:
    if given["group_id"] != ok.world.group:
        raise Refused(160, "PARAM_GROUP_ID : Invalid group id")
    asked = given["uids"].split(",")
    return [{"userId": one, "status": "BLOCKED"} for one in asked if one in ok.world.banned]


def _info(ok: Ok, given: dict[str, str]) -> Any:
    if given["uids"] != ok.world.group:
        return []
    told = {name: value for name, value in ok.world.profile.items() if name in given.get("fields", "").split(",")}
    return [{"uid": ok.world.group, "name": "Администрация", **told}]


def _post(ok: Ok, given: dict[str, str]) -> Any:
    assert (given["type"], given["gid"]) == ("GROUP_THEME", ok.world.group)
    media = json.loads(given["attachment"])["media"]
    text = next((one["text"] for one in media if one["type"] == "text"), "")
    photos = [one for one in media if one["type"] == "photo"]
    if any(photo["id"] not in ok.world.photos for part in photos for photo in part["list"]):
        raise Refused(100, "PARAM : Invalid photo token")
    ok.world.effects["post", text] += 1
    number = ok.world.post(text)
    ok.world.topics[number]["media"] = photos
    return number


def _upload_url(ok: Ok, given: dict[str, str]) -> Any:
    assert given["gid"] == ok.world.group
    number = str(9000 + ok.world.upload_urls)
    ok.world.upload_urls += 1
    return {"photo_ids": [number], "upload_url": f"{ok.base}/upload/{number}", "expires_ms": ok.world.now + 60_000}


def _stat_topics(ok: Ok, given: dict[str, str]) -> Any:
    since = int(given["start_time"])
    own = [(number, one) for number, one in ok.world.topics.items() if one["group"] == ok.world.group]
    newest = sorted((one for one in own if one[1]["created"] >= since), key=lambda one: -one[1]["created"])
    return {"topics": [{"id": number} for number, _ in newest[: int(given["count"])]]}


def _topics(ok: Ok, given: dict[str, str]) -> Any:
    return {
        "media_topics": [
            {"id": number, "created_ms": ok.world.topics[number]["created"],
             "media": [{"type": "text", "text": ok.world.topics[number]["title"]}, *ok.world.topics[number]["media"]]}
            for number in given["topic_ids"].split(",")
            if number in ok.world.topics
        ],
        "entities": {},
    }  # fmt: skip


METHODS: dict[str, Callable[[Ok, dict[str, str]], Any]] = {
    "discussions.getList": _list,
    "discussions.getComments": _comments,
    "discussions.addDiscussionComment": _add,
    "discussions.editDiscussionComment": _edit,
    "discussions.deleteDiscussionComment": _delete,
    "group.getUserGroupsByIds": _banned,
    "group.getInfo": _info,
    "mediatopic.post": _post,
    "mediatopic.getByIds": _topics,
    "group.getStatTopics": _stat_topics,
    "photosV2.getUploadUrl": _upload_url,
    "users.getCurrentUser": lambda ok, given: {"uid": ADMIN, "name": ok.world.people[ADMIN]},
}


@contextmanager
def ok_network(**given: Any) -> Iterator[Ok]:
    """The emulator, answering at `ok.base`."""
    ok = Ok(**given)
    with served(ok.serving):
        yield ok
