"""Comments of Instagram as events of the contract. Numbers stay text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from osm.connectors.contract import Person, Target, Written
from osm.connectors.ways import Kind

_SITE = "https://www.instagram.com"
_ID = re.compile(r"[1-9]\d{0,30}")
_NAME = re.compile(r"[\w.]{1,60}")

Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""


class Reader:
    """Objects of Instagram for one page."""

    def __init__(self, page_id: str) -> None:
        self.page = page_id

    def comments(self, answer: Any, media: str, permalink: str, title: str = "") -> list[Written]:
        """The comments of an answer with what is said under each."""
        found: list[Written] = []
        for raw in objects(answer):
            top = self.comment(raw, media, permalink, title)
            if top is None:
                continue
            under = [self.comment(one, media, permalink, title, top.target.id) for one in objects(raw.get("replies"))]
            found += [top, *(one for one in under if one)]
        return found

    def comment(self, raw: Raw, media: str, permalink: str, title: str = "", top: str = "") -> Written | None:
        """One comment; None where it does not look like one."""
        try:
            answers = number(raw["parent_id"]) if raw.get("parent_id") else top
            author = self._author(raw)
            target = Target(Kind.COMMENT, number(raw["id"]), media, author=author.id, thread=answers)
            return Written(
                target,
                text=str(raw.get("text") or ""),
                author=author,
                at=datetime.strptime(str(raw["timestamp"]), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC),
                url=comment_url(permalink, target.id),
                place_url=permalink,
                place_title=title,
                answers=answers,
                is_own=author.id == self.page,
            )
        except BROKEN:
            return None

    def _author(self, raw: Raw) -> Person:
        """Who wrote it: Instagram names people by their name; the number comes along or does not."""
        about = inside(raw, "from")
        name = str(about.get("username") or raw.get("username") or "")
        return Person(str(about.get("id") or name), name, profile_url(name))


def objects(answer: Any) -> list[Raw]:
    """The objects of a list as Instagram sends it: under `data`."""
    inside = answer.get("data") if isinstance(answer, Mapping) else None
    return [one for one in inside if isinstance(one, Mapping)] if isinstance(inside, list) else []


def inside(raw: Raw, name: str) -> Raw:
    """The object of this name, empty where there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def number(value: Any) -> str:
    """A number as text. ValueError for what is none."""
    if not _ID.fullmatch(str(value)):
        raise ValueError("no number")
    return str(value)


def profile_url(name: str) -> str:
    """Where a browser opens a page; empty for what is no name."""
    return f"{_SITE}/{name}/" if _NAME.fullmatch(name) else ""


def permalink_of(raw: Raw) -> str:
    """The address of a post, where it is one of Instagram."""
    url = str(raw.get("permalink") or "")
    host = urlsplit(url).hostname or ""
    return url if url.startswith("https://") and host.removeprefix("www.") == "instagram.com" else f"{_SITE}/"


def comment_url(permalink: str, comment: str) -> str:
    """A browser opens the post; the rest distinguishes the comment from others."""
    return f"{permalink}?comment_id={comment}"
