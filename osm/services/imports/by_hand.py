"""A row of an export whose message somebody has entered by hand before: it is that message, and no second one.

The office often finds a message before «Инцидент Менеджмент» does. Such a message has no number of the source, so its
key tells nothing; its link and its words do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.connectors.base import IncomingMessage
from osm.connectors.finding import name_at
from osm.extensions import db
from osm.services.log.log import Change
from osm.services.threads.joining import is_of_page, link_key
from osm.store.models import Message, Origin
from osm.store.models.messages import FORMER_NUMBER

FOUND = "found_in_source"

WITHIN = timedelta(days=30)
"""How long before an export a message may have been entered: exports come daily, and the look costs a row for each."""
_BEHIND_HASHES = "g"
"""Keys of what was entered by hand are hexadecimal, those of exports begin with a word: `number:`, `text:`, `url:`."""
_SHORTEST = 20
"""Characters from which words that stand within the other text are no accident."""

ByLink = Mapping[str, Sequence[int]]


@dataclass
class Earlier:
    """`same`: key of a row → the message that it is. `alike`: key → number of one under its link with other words."""

    same: dict[str, Message] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)


def entered_by_hand(now: datetime) -> ByLink:
    """The messages that no export has brought yet: what their link says → their ids."""
    query = select(Message.id, Message.url).where(
        Message.key < _BEHIND_HASHES,
        Message.origin == Origin.MANUAL,
        Message.url != "",
        Message.received_at > now - WITHIN,
    )
    found: dict[str, list[int]] = {}
    for message_id, url in db.session.execute(query.order_by(Message.id)):
        found.setdefault(link_key(url), []).append(message_id)
    found.pop("", None)
    return found


def ids_at(batch: Sequence[IncomingMessage], by_link: ByLink) -> list[int]:
    """Which of them have the link of one of these rows."""
    return [message_id for incoming in batch for message_id in by_link.get(_link(incoming), ())]


def among(batch: Sequence[IncomingMessage], by_link: ByLink, stored: Mapping[int, Message]) -> Earlier:
    """Which rows are messages entered by hand: the same comment of a page that we read; else the same link, and the
    same words or a part of them.

    Under the link of a post stand many comments, so a link alone proposes and the words decide: all of them, or a part
    where nothing tells that another person wrote it. `stored`: those of `ids_at` as they are now. Each is taken once.
    """
    found, taken = Earlier(), set[int]()
    for incoming in batch:
        for message_id in by_link.get(_link(incoming), ()):
            message = stored.get(message_id)
            if message is None or message.id in taken or not message.key < _BEHIND_HASHES:
                continue
            if _is_the_same(message, incoming):
                found.same[incoming.key] = message
                found.alike.pop(incoming.key, None)
                taken.add(message.id)
                break
            found.alike[incoming.key] = message.number
    return found


def take_over(message: Message, incoming: IncomingMessage, source_id: int) -> dict[str, Change]:
    """From now on the message is known by the key and the number of the source; its own number stays findable.

    Anchors, clocks and all work stay as with every later file (design §6). Its replies are awaited in the source.
    """
    before = message.number
    message.key, message.source_id = incoming.key, source_id
    if incoming.number:
        message.number = incoming.number
        message.source_raw = {**message.source_raw, FORMER_NUMBER: before}
    for reply in message.replies:
        reply.for_source = True
    return {"number": (before, message.number)}


def warning_of(number: str) -> str:
    """For the person who imports, where the link is the same and the words are not."""
    return (
        f"По этой же ссылке вручную внесено № {number} с другим текстом или автором. Если это одно сообщение, "
        "закройте лишнее."
    )


def _link(incoming: IncomingMessage) -> str:
    return link_key(incoming.url) or incoming.canonical_url


def _is_the_same(message: Message, incoming: IncomingMessage) -> bool:
    short, long = sorted((" ".join(text.split()) for text in (message.text, incoming.text)), key=len)
    if short == long or is_of_page(message, name_at(incoming.url)):
        return True
    return len(short) >= _SHORTEST and short in long and not _is_by_another(message, incoming)


def _is_by_another(message: Message, incoming: IncomingMessage) -> bool:
    """Whether both profiles are known and differ: one has quoted, or repeated and added to, what the other wrote."""
    profile = message.author.profile_url if message.author else ""
    return bool(profile and incoming.author_url and profile != incoming.author_url)
