"""Comments of Instagram as events of the contract, and the webhook that brings them. Numbers stay text."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from osm.connectors.calls import Call, Callback, Delivered
from osm.connectors.contract import Person, Target, Written
from osm.connectors.instagram.client import APP_SECRET, LOOK_EVERY
from osm.connectors.ways import Kind

_SITE = "https://www.instagram.com"
_ID = re.compile(r"[1-9]\d{0,30}")
_NAME = re.compile(r"[\w.]{1,60}")

Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""


class Reader:
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
                target, text=str(raw.get("text") or ""), author=author,
                at=datetime.strptime(str(raw["timestamp"]), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC),
                url=comment_url(permalink, target.id), place_url=permalink, place_title=title, answers=answers,
                is_own=author.id == self.page,
            )  # fmt: skip
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
    url = str(raw.get("permalink") or "")
    host = urlsplit(url).hostname or ""
    return url if url.startswith("https://") and host.removeprefix("www.") == "instagram.com" else f"{_SITE}/"


def comment_url(permalink: str, comment: str) -> str:
    """A browser opens the post; the rest distinguishes the comment from others."""
    return f"{permalink}?comment_id={comment}"


# --- The webhook
_MOST = 1000  # changes of one call: Meta brings no more at once


def read(raw: bytes, signature: str) -> Call:
    """Changes of one page or several. ValueError."""
    try:
        told = json.loads(raw)
        entries = told.get("entry") if isinstance(told, dict) else None
        if not isinstance(entries, list):
            raise ValueError("no entries")
        events = tuple(islice(_events(entries), _MOST + 1))
        if len(events) > _MOST:
            raise ValueError("too many changes")
        return Call(raw, signature, events)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _events(entries: list[Any]) -> Iterator[Delivered]:
    """Where one entry is one change, its fields are in the entry (Instagram Login)."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        changes = entry.get("changes", [entry])
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict):
                told = {"field": change.get("field"), "value": change.get("value"), "time": entry.get("time")}
                body = json.dumps(told, sort_keys=True)
                page = str(entry.get("id", ""))
                yield Delivered(page, hashlib.sha256(f"{page} {body}".encode()).hexdigest(), body)


def is_genuine(call: Call, _secret: str, keys: Mapping[str, str]) -> bool:
    """The body is signed with the secret of the application."""
    secret = keys.get(APP_SECRET, "")
    signed = "sha256=" + hmac.new(secret.encode(), call.raw, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(call.proof.encode("utf-8", "replace"), signed.encode())


CALLBACK = Callback(
    words="Webhook",
    else_words="Просматриваем сами (по умолчанию)",
    read=read,
    is_genuine=is_genuine,
    look_every=LOOK_EVERY,
    listens=True,
    needs=APP_SECRET,
    how="Приложение на developers.facebook.com → Webhooks → Instagram: адрес и проверочный маркер, подписка "
    "на поле comments.",
    which="Просмотр: раз в полминуты, подходит всем. Webhook: Instagram присылает новые комментарии; программа "
    "должна быть видна из интернета.",
    word_of_ours="Проверочный маркер (Verify Token)",
    proof="X-Hub-Signature-256",
    asks_by=("hub.verify_token", "hub.challenge"),
)
