"""Comments and posts of MAX as the contract has them. Ids (`mid`) are names: what they hold is not documented."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from osm.connectors.contract import Person, Target, Written
from osm.connectors.ways import Kind

_MID = re.compile(r"[\w.:=+-]{1,100}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w.]{1,60}", re.ASCII)

Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""


class Reader:
    """Objects of MAX for one page. `bot`: the number of the page's bot; empty where it is not known yet."""

    def __init__(self, page_id: str) -> None:
        self.page, self.bot = page_id, ""

    @property
    def channel(self) -> str:
        return f"-{self.page}"

    def comment(self, raw: Raw, post: str, post_url: str, title: str = "") -> Written | None:
        """One comment; None where it does not look like one. A comment without a sender is nobody's, not ours."""
        try:
            body, author = raw["body"], person(raw.get("sender"))
            target = Target(Kind.COMMENT, mid(body["mid"]), post, author=author.id)
            link = raw.get("link") or {}
            return Written(
                target, text=str(body.get("text") or ""), author=author, at=instant(raw["timestamp"]),
                url=comment_url(post_url, target.id), place_url=post_url, place_title=title,
                answers=mid(link["message"]["mid"]) if link.get("type") == "reply" else "",
                is_own=bool(author.id) and author.id == self.bot,
            )  # fmt: skip
        except BROKEN:
            return None

    def post(self, raw: Raw) -> Written | None:
        """One post of the channel: all that stands there is the page's, whoever wrote it."""
        try:
            body = raw["body"]
            target = Target(Kind.POST, mid(body["mid"]), author=self.page)
            url, kinds = self.post_url(raw), {str(one.get("type")) for one in body.get("attachments") or ()}
            return Written(
                target, text=str(body.get("text") or ""), author=Person(self.page, url=self.url),
                at=instant(raw["timestamp"]), url=url, place_url=url, is_own=True,
                holds=frozenset("photo" if kind == "image" else kind for kind in kinds),
            )  # fmt: skip
        except BROKEN:
            return None

    @property
    def url(self) -> str:
        """Where a browser opens the channel."""
        return f"https://web.max.ru/{self.channel}"

    def post_url(self, raw: Raw) -> str:
        """Where a browser opens a post: MAX says it of public channels; of others the channel is opened."""
        url = str(raw.get("url") or "")
        return url if is_max(url) else f"{self.url}?message={quote(mid(raw['body']['mid']))}"


def objects(answer: Raw, name: str = "messages") -> list[Raw]:
    """The objects of a list of this name."""
    found = answer.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def person(raw: Any) -> Person:
    """Who wrote it; nobody where MAX does not name him. His address, where he has no name, is ours to tell him by."""
    if not isinstance(raw, Mapping):
        return Person("")
    number = str(int(raw["user_id"]))
    name = " ".join(str(raw.get(part) or "") for part in ("first_name", "last_name")).strip()
    called = str(raw.get("username") or "")
    url = f"https://max.ru/{called}" if _NAME.fullmatch(called) else f"https://max.ru/u/{number}"
    return Person(number, name, url)


def mid(value: Any) -> str:
    """The id of a message as it is. ValueError for what is none."""
    if not isinstance(value, str) or not _MID.fullmatch(value):
        raise ValueError("no id")
    return value


def instant(value: Any) -> datetime:
    """Milliseconds since 1970. TypeError, OverflowError."""
    if type(value) is not int:
        raise TypeError("no instant")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


def is_max(url: str) -> bool:
    return url.startswith("https://") and urlsplit(url).hostname == "max.ru"


def comment_url(post_url: str, comment: str) -> str:
    """A browser opens the post; the rest distinguishes the comment from others: MAX has no addresses of comments."""
    return f"{post_url}{'&' if '?' in post_url else '?'}comment={quote(comment)}"
