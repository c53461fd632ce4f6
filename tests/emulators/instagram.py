"""Instagram on loopback: posts, two storeys of comments newest first, pages of an answer, errors with status 400."""

from __future__ import annotations

import itertools
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.emulators.serving import Answer, Asked, Serving, served

KEYS = {"access_token": "access-key"}
"""The page's key as the emulator knows it."""
PAGE, NAME = "17841400000000001", "gorod_official"
_ATTRIBUTES = frozenset(
    ["id", "text", "timestamp", "username", "from", "parent_id", "hidden", "like_count", "media", "replies"]
)


class Refused(Exception):
    """An error of the Graph API."""

    def __init__(self, code: int, subcode: int = 0, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.subcode, self.status = code, subcode, status


@dataclass
class Instagram:
    """One page with its people. `refuse`: errors of the next calls; `effects` counts what really happened."""

    now: int = 1_764_000_000
    media: dict[str, str] = field(default_factory=dict)
    """Post → its text."""
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    profile: dict[str, str] = field(default_factory=dict)
    """How the page shows itself: fields of GET /me."""
    refuse: deque[tuple[int, int]] = field(default_factory=deque)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    key: str = KEYS["access_token"]
    """What opens the page; another one after it was renewed."""
    serving: Serving = field(init=False)
    _ids: Any = field(default_factory=lambda: itertools.count(17_873_440_459_141_021))

    def __post_init__(self) -> None:
        self.serving = Serving(self._answer)

    @property
    def base(self) -> str:
        return self.serving.base

    def post(self, text: str) -> str:
        number = str(next(self._ids))
        self.media[number] = text
        return number

    def write(self, media: str, author: str, name: str, text: str, under: str = "") -> str:
        """A person comments; an answer to an answer is put under the comment above both."""
        self.now += 1
        number = str(next(self._ids))
        top = self.comments[under]["parent"] or under if under else ""
        about = {"id": number, "media": media, "author": author, "name": name, "text": text, "at": self.now}
        self.comments[number] = about | {"parent": top, "hidden": False}
        return number

    def delete(self, number: str) -> None:
        """With all answers under it."""
        self.comments = {name: one for name, one in self.comments.items() if name != number and one["parent"] != number}

    def _answer(self, asked: Asked) -> Answer:
        try:
            if asked.headers.get("Authorization") != f"Bearer {self.key}":
                raise Refused(190, 463)
            if self.refuse:
                raise Refused(*self.refuse.popleft())
            if asked.path == "/refresh_access_token":
                if asked.query.get("grant_type") != "ig_refresh_token":
                    raise Refused(100)
                self.key += "-renewed"
                return Answer({"access_token": self.key, "token_type": "bearer", "expires_in": 5_184_000})
            found = re.fullmatch(r"/v22\.0/(\w+)(?:/(\w+))?", asked.path)
            return Answer(self._asked(found[1], found[2] or "", asked)) if found else Answer("not found", 404)
        except Refused as refused:
            error = {"message": "as the test asks", "type": "OAuthException", "code": refused.code}
            if refused.subcode:
                error["error_subcode"] = refused.subcode
            return Answer({"error": {**error, "fbtrace_id": "A1"}}, refused.status)

    def _asked(self, number: str, edge: str, asked: Asked) -> Any:
        given = asked.query
        if (number, asked.verb) == ("me", "GET"):
            told = {name: value for name, value in self.profile.items() if name in given.get("fields", "").split(",")}
            return {"user_id": PAGE, "id": "998877", "username": NAME, "name": "Администрация", **told}
        if (number, edge) == (PAGE, "media"):
            newest = sorted(self.media, key=int, reverse=True)[: int(given["limit"])]
            return {"data": [self._medium(one) for one in newest]}
        if number in self.media:
            if edge == "comments":
                return self._page([one for one in self._newest(number) if not one["parent"]], given)
            return {"id": number, "permalink": self._permalink(number)}
        if number not in self.comments:
            raise Refused(100, 33)
        comment = self.comments[number]
        if edge == "replies" and asked.verb == "POST":
            self.effects["reply", number] += 1
            return {"id": self.write(comment["media"], PAGE, NAME, asked.form["message"], number)}
        if edge == "replies":
            return self._page([one for one in self._newest(comment["media"]) if one["parent"] == number], given)
        if asked.verb == "DELETE":
            self.effects["delete", number] += 1
            self.delete(number)
            return {"success": True}
        if asked.verb == "POST":
            raise Refused(100)
        return self._shown(comment, given["fields"])

    def _newest(self, media: str) -> list[dict[str, Any]]:
        inside = [one for one in self.comments.values() if one["media"] == media]
        return sorted(inside, key=lambda one: -int(one["id"]))

    def _page(self, found: list[dict[str, Any]], given: dict[str, str]) -> Any:
        begin, count = int(given.get("after") or 0), int(given["limit"])
        page = [self._shown(one, given["fields"]) for one in found[begin : begin + count]]
        paging: dict[str, Any] = {"cursors": {"before": str(begin), "after": str(begin + count)}}
        if begin + count < len(found):
            paging["next"] = "https://graph.instagram.com/next"
        return {"data": page, "paging": paging}

    def _medium(self, number: str) -> dict[str, Any]:
        inside = [one for one in self.comments.values() if one["media"] == number]
        about = {"id": number, "caption": self.media[number], "media_type": "IMAGE", "comments_count": len(inside)}
        return about | {"permalink": self._permalink(number), "timestamp": _written(self.now)}

    def _shown(self, comment: dict[str, Any], fields: str) -> dict[str, Any]:
        """Only what was asked for; a field that Instagram does not know is an error."""
        wanted = re.sub(r"\.limit\(\d+\)", "", re.sub(r"\{[^{}]*\}", "", fields)).split(",")
        if not _ATTRIBUTES.issuperset(wanted):
            raise Refused(100)
        about: dict[str, Any] = {
            "id": comment["id"], "text": comment["text"], "timestamp": _written(comment["at"]),
            "username": comment["name"], "from": {"id": comment["author"], "username": comment["name"]},
            "hidden": comment["hidden"],
            "media": {
                "id": comment["media"], "permalink": self._permalink(comment["media"]),
                "caption": self.media[comment["media"]],
            },
        }  # fmt: skip
        if comment["parent"]:
            about["parent_id"] = comment["parent"]
        inside = re.search(r"replies\.limit\((\d+)\)\{([^{}]*)\}", fields)
        under = [one for one in self._newest(comment["media"]) if one["parent"] == comment["id"]]
        if inside and under:
            about["replies"] = {"data": [self._shown(one, inside[2]) for one in under[: int(inside[1])]]}
        return {name: about[name] for name in wanted if name in about}

    def _permalink(self, media: str) -> str:
        return f"https://www.instagram.com/p/B{media[-6:]}/"


def _written(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@contextmanager
def instagram_network(**given: Any) -> Iterator[Instagram]:
    """The emulator, answering at `instagram.base`."""
    instagram = Instagram(**given)
    with served(instagram.serving):
        yield instagram
