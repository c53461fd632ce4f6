"""VK on loopback: methods by kind of key, errors, rates, long poll, uploads, and a count of what has happened."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.emulators import vk_schema
from tests.emulators.serving import Answer, Asked, Serving, served
from tests.emulators.vk_methods import METHODS, TOKENS, Call, Refused
from tests.emulators.vk_world import World

KEYS = {"community": "community-key", "user": "user-key", "service": "service-key"}
"""The page's keys as the emulator knows them."""
RATES = {"group": 20, "user": 3, "service": 3}
_LIMITED_FOR = 1.0


@dataclass
class Vk:
    """The network. `refuse`: method → errors that its next calls answer with; `lost`: rights a key no longer has."""

    world: World = field(default_factory=World)
    others: dict[int, World] = field(default_factory=dict)
    """Further communities, by number."""
    tokens: dict[str, str] = field(
        default_factory=lambda: {KEYS["community"]: "group", KEYS["user"]: "user", KEYS["service"]: "service"}
    )
    refuse: dict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    lost: set[str] = field(default_factory=set)
    limits: bool = True
    over: int = 0
    """Calls that came faster than allowed."""
    pictures: dict[str, bytes] = field(default_factory=dict)
    """What lies at `/picture/<name>`."""
    serving: Serving = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self.serving = Serving(self._answer)

    def add(self, world: World) -> dict[str, str]:
        """Another community; its keys."""
        self.others[world.group] = world
        keys = {name: f"{key}-{world.group}" for name, key in KEYS.items()}
        self.tokens |= {keys["community"]: "group", keys["user"]: "user", keys["service"]: "service"}
        return keys

    def world_of(self, token: str) -> World:
        """The community that a key belongs to."""
        number = token.rpartition("-")[2]
        return self.others.get(int(number), self.world) if number.isdigit() else self.world

    def _world(self, method: str, token: str, given: dict[str, str]) -> World:
        """Comments are read and written on the walls of others too; everything else is the key's own community."""
        owner = given.get("owner_id", "")
        if method in ("wall.getComments", "wall.createComment") and owner.startswith("-"):
            return self.others.get(int(owner[1:]), self.world_of(token))
        return self.world_of(token)

    @property
    def base(self) -> str:
        return self.serving.base

    def _answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/whp/"):
            group = int(asked.path.rpartition("/")[2])
            return Answer(self._poll(self.others.get(group, self.world), asked.query))
        if asked.path.startswith("/picture/"):
            found = self.pictures.get(asked.path.removeprefix("/picture/"))
            return Answer("not found", 404) if found is None else Answer(found)
        with self._lock:
            if asked.path.startswith("/upload/"):
                self.world.uploads[f"u{len(self.world.uploads)}"] = asked.files["photo"]
                return Answer({"server": 1, "photo": f"u{len(self.world.uploads) - 1}", "hash": "h"})
            if not asked.path.startswith("/method/"):
                return Answer("not found", 404)
            return Answer(self._method(asked.path.removeprefix("/method/"), asked))

    def _method(self, method: str, asked: Asked) -> Any:
        given = asked.given
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ") or given.pop("access_token", "")
        given.pop("access_token", None)
        try:
            kind = self._let_in(method, token)
            if vk_schema.is_there():
                vk_schema.check_request(method, given)
            response = METHODS[method](Call(self._world(method, token, given), given, kind, _base_of(asked, self.base)))
        except Refused as refused:
            shown = [{"key": "method", "value": method}, {"key": "v", "value": given.get("v", "")}]
            return {"error": {"error_code": refused.code, "error_msg": str(refused), "request_params": shown}}
        body = {"response": response}
        if vk_schema.is_there():
            vk_schema.check_answer(method, given.get("extended") == "1", body, "filter" in given)
        return body

    def _let_in(self, method: str, token: str) -> str:
        kind = self.tokens.get(token)
        if kind is None:
            raise Refused(5, "User authorization failed: invalid access_token (4).")
        self._count(token, kind)
        if method not in METHODS:
            raise Refused(3, "Unknown method passed")
        if self.refuse[method]:
            raise Refused(self.refuse[method].popleft(), "as the test asks")
        if kind not in TOKENS[method]:
            code = 27 if kind == "group" else 28
            raise Refused(code, f"{kind} authorization failed: method is unavailable with {kind} auth.")
        if method in self.lost:
            raise Refused(15, "Access denied: no access to call this method")
        return kind

    def _count(self, token: str, kind: str) -> None:
        now, calls = time.monotonic(), self._calls[token]
        while calls and calls[0] <= now - _LIMITED_FOR:
            calls.popleft()
        calls.append(now)
        if len(calls) > RATES[kind]:
            self.over += 1
            if self.limits:
                calls.pop()
                raise Refused(6, "Too many requests per second")

    def _poll(self, world: World, query: dict[str, str]) -> Any:
        if query.get("key") != "lp-key":
            return {"failed": 2}
        ts = int(query["ts"])
        found = world.since(ts, float(query.get("wait") or 0))
        end = world.first_event + len(world.events)
        if found is None or ts > end:
            return {"failed": 1, "ts": end}
        if vk_schema.is_there():
            for event in found:
                vk_schema.check_event(event["type"], event["object"])
        return {"ts": str(end), "updates": found}


def _base_of(asked: Asked, known: str) -> str:
    """Where this client reaches the network: it may come by a cable (tests/machines)."""
    host = asked.headers.get("Host", "")
    return f"http://{host}" if host else known


@contextmanager
def vk_network(**given: Any) -> Iterator[Vk]:
    """The emulator, answering at `vk.base`."""
    vk = Vk(**given)
    with served(vk.serving):
        yield vk
