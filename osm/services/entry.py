"""How a message comes into the register: by hand, or as a row that a connector has read."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.errors import MissingInput
from osm.regulation.words import Importance, Status
from osm.services import clocks
from osm.services.acts import required
from osm.services.log import record
from osm.services.publication import web_address
from osm.store.models import Author, Message, NumberSeries, Origin, User
from osm.store.transaction import transaction

OWN_NUMBERS = "ОСМ"
MAX_TEXT = 16_000
"""Characters; a longer «message» is a pasted file."""


def enter_message(
    *,
    text: str,
    network: str,
    url: str = "",
    place: str = "",
    author_name: str = "",
    author_url: str = "",
    topic_id: int | None = None,
    high: bool = False,
    published_at: datetime | None = None,
    actor: User,
    now: datetime,
) -> Message:
    """Enter one message by hand; the author may be unknown. Raises MissingInput for what cannot be used."""
    text = required("text", text, "Вставьте текст сообщения: без него отвечать не на что.")
    if len(text) > MAX_TEXT:
        raise MissingInput("text", f"Текст длиннее {MAX_TEXT} знаков. Оставьте само сообщение.")
    if published_at and published_at > now:
        raise MissingInput("published_at", "Время публикации ещё не наступило. Проверьте дату.")
    url = web_address(url) if url.strip() else ""
    author_url = web_address(author_url, "author_url") if author_url.strip() else ""
    key = hashlib.sha256(f"manual|{network}|{url}|{author_name}|{text}".encode()).hexdigest()
    with transaction() as session:
        twin = session.execute(select(Message).where(Message.key == key)).unique().scalar_one_or_none()
        if twin is not None:
            raise MissingInput("text", f"Такое сообщение уже внесено: № {twin.number}.")
        message = Message(
            number=next_own_number(),
            key=key,
            origin=Origin.MANUAL,
            importance=Importance.HIGH if high else Importance.NORMAL,
            network=network,
            url=url,
            text=text,
            place=place.strip(),
            author=find_author(network, author_name.strip(), author_url),
            topic_id=topic_id,
            published_at=published_at,
            received_at=now,
            stored_at=now,
            entered_by=actor,
        )
        register(message, now=now, actor=actor)
        return message


def register(message: Message, *, now: datetime, actor: User | None, with_clocks: bool = True) -> None:
    """Add a message to the session and start what `new` starts: the clock of П.7, and those of П.9 where it is high."""
    db.session.add(message)
    if message.importance is Importance.HIGH and message.detected_at is None:
        message.detected_at = message.received_at
    db.session.flush()
    if with_clocks and message.status is Status.NEW:
        clocks.open_clock(message, ClockKind.ROUTE, message.received_at)
        if message.importance is Importance.HIGH:
            clocks.open_reply_clocks(message)
    record("enter", at=now, actor=actor, message=message, changes={"status": (None, message.status)})


def find_author(network: str, name: str, profile_url: str) -> Author | None:
    """The profile with this address, made if it is new; a name without a profile is a person of its own each time."""
    if not profile_url:
        return Author(network=network, name=name) if name else None
    author = db.session.execute(
        select(Author).where(Author.network == network, Author.profile_url == profile_url)
    ).scalar_one_or_none()
    if author is None:
        author = Author(network=network, profile_url=profile_url, name=name)
        db.session.add(author)
        db.session.flush()
    return author


def next_own_number() -> str:
    """The next number of the office's own series, for messages that come without one."""
    series = db.session.execute(
        select(NumberSeries).where(NumberSeries.name == OWN_NUMBERS).with_for_update()
    ).scalar_one_or_none()
    if series is None:
        series = NumberSeries(name=OWN_NUMBERS, last=0)
        db.session.add(series)
    series.last += 1
    db.session.flush()
    return f"{OWN_NUMBERS}-{series.last}"
