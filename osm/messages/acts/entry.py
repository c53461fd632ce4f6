"""Enter messages into the register: by hand, or rows that a connector has read."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from osm.base.database import Base, Row, add_row, among, db, draw_ids, table_of, write_rows
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.connectors.hearing import name_at
from osm.files.acts import files as acts_files
from osm.flow.acts import clocks, terms
from osm.flow.acts.act import required
from osm.flow.acts.moving import one_line, plain
from osm.log.acts.record import record_all
from osm.models import Author, Closure, Deadline, Message, NumberSeries, Origin, Purpose, Topic, User
from osm.networks.addresses import network_of_url, one_spelling, spellings, web_address
from osm.networks.catalogue import NETWORKS
from osm.regulation.errors import EveryField, MissingInput, refuse
from osm.regulation.words import DeadlineState, Importance, Status
from osm.threads.acts import join_messages

OWN_NUMBERS = "ОСМ"
MAX_TEXT = 16_000  # characters; a longer «message» is a pasted file
MAX_PROFILE = 500  # characters of the address of a profile; a longer one is no address of a person


class AlreadyEntered(MissingInput):
    """The register has this message already: `message_id`, `number`."""

    def __init__(self, stored: Message) -> None:
        self.message_id, self.number = stored.id, stored.number
        super().__init__("text", f"Такое сообщение уже внесено: № {stored.number}. Второй раз оно не записано.")


def enter_message(
    *, text: str, network: str, url: str = "", place: str = "", author_name: str = "", author_url: str = "",
    topic_id: int | None = None, high: bool = False, published_at: datetime | None = None,
    photos: Sequence[acts_files.Upload] = (), is_comment: bool = False, actor: User, now: datetime,
) -> Message:  # fmt: skip
    """Enter one message by hand; the author may be unknown, the network is taken from the link where possible.
    `is_comment`: it is made of a comment, and the caller takes that comment out of the queue. Otherwise a link to a
    comment is the same message as that comment. Raises MissingInput, AlreadyEntered before anything is stored."""
    text = plain(text).strip()
    too_early = published_at and published_at > now
    with EveryField() as check:
        check(required, "text", text, "Вставьте текст сообщения: без него отвечать не на что.")
        check(refuse, "text", len(text) > MAX_TEXT, f"Текст длиннее {MAX_TEXT} знаков. Оставьте само сообщение.")
        check(refuse, "published_at", too_early, "Время публикации ещё не наступило. Проверьте дату.")
        place = check(one_line, "place", "Место", place, 500)
        author_name = check(one_line, "author_name", "Имя автора", author_name, 300)
        place_there = check(_place_there, network, url)
        author_url = check(_profile, author_url)
        files = check(acts_files.checked, photos)
    network, url = place_there
    values: dict[str, Any] = {
        "key": hashlib.sha256(f"manual|{network}|{url}|{author_name}|{text}".encode()).hexdigest(),
        "origin": Origin.MANUAL, "importance": Importance.HIGH if high else Importance.NORMAL, "network": network,
        "url": url, "text": text, "place": place, "topic_id": topic_id, "published_at": published_at,
        "received_at": now, "stored_at": now, "entered_by": actor,
    }  # fmt: skip
    try:
        return _store(values, author_name, author_url, files, is_comment=is_comment)
    except IntegrityError:
        # Somebody entered this message or the first message of its author at the same moment: now his row is visible.
        return _store(values, author_name, author_url, files, is_comment=is_comment)


def _store(
    values: dict[str, Any], author_name: str, author_url: str, photos: Sequence[acts_files.Checked], *, is_comment: bool
) -> Message:
    actor, now, topic_id = values["entered_by"], values["received_at"], values["topic_id"]
    with transaction() as session:
        if (stored := _entered_before(values["key"], values["url"], values["text"])) is not None:
            raise AlreadyEntered(stored)
        topic = session.get(Topic, topic_id) if topic_id is not None else None
        if topic_id is not None and (topic is None or topic.archived_at is not None):
            raise MissingInput("topic_id", "Такой темы больше нет. Выберите другую.")
        author = find_author(values["network"], author_name, author_url)
        message = Message(number=next_own_number(), author=author, **values)
        register(message, now=now, actor=actor)
        acts_files.store(photos, message=message, purpose=Purpose.MESSAGE, actor=actor, now=now)
        if not is_comment:
            join_messages([message], now)
        return message


def _place_there(chosen: str, url: str) -> tuple[str, str]:
    """The network and the address. With a wrong link the network is not asked for: the right one may tell it."""
    url = web_address(url) if url.strip() else ""
    return recognised_network(chosen, url), url


def recognised_network(chosen: str, url: str) -> str:
    """The code of the network by the host of the link if we know it, else the chosen one. Raises MissingInput."""
    try:
        by_link = network_of_url(url) if url else None
    except ValueError:
        by_link = None
    if by_link:
        return by_link
    if chosen not in NETWORKS:
        raise MissingInput(
            "network", "По ссылке соцсеть не узнать: выберите её." if url else "Выберите соцсеть или вставьте ссылку."
        )
    return chosen


def register(message: Message, *, now: datetime, actor: User | None) -> None:
    """Add a message to the session and start its clocks: П.7, and П.9 if its importance is high."""
    db.session.add(message)
    # Before the flush opening a clock needs no query.
    become_new(message)
    for kind, anchor in clocks.of_new(message):
        clocks.open_clock(message, kind, anchor)
    db.session.flush()
    due.enqueue_new([message])
    record_all("enter", [entered(message)], at=now, actor=actor)


def entered(message: Message) -> dict[str, Any]:
    return {"message_id": message.id, "changes": {"status": (None, message.status)}}


def become_new(message: Message) -> None:
    """Set what the clocks read and the name of its comment; column defaults are set only at the flush."""
    known = message.__dict__.get("comment_name")  # an import knows it already
    message.comment_name = name_at(message.url) if known is None else known
    message.status = message.status or Status.NEW
    message.importance = message.importance or Importance.NORMAL
    if message.importance is Importance.HIGH and message.detected_at is None:
        message.detected_at = message.received_at


def find_author(network: str, name: str, profile_url: str) -> Author | None:
    """The author with this profile address, created if new; a name without an address is a new author each time."""
    known = known_authors([(network, profile_url)])
    author = known.get((network, profile_url)) or new_author(network, name, profile_url)
    if author is not None:
        db.session.add(author)
    return author


def known_authors(profiles: Collection[tuple[str, str]]) -> dict[tuple[str, str], Author]:
    """The stored authors among these pairs of network and address; an empty address is skipped."""
    asked = {(network, url) for network, url in profiles if url}
    if not asked:
        return {}
    # By both columns, because the index begins with the network: addresses alone would scan the whole table.
    columns = table_of(Author).c
    found = db.session.scalars(select(Author).where(among([columns.network, columns.profile_url], asked)))
    return {(author.network, author.profile_url): author for author in found if author.profile_url}


def told_author(network: str, number: str, profile_url: str, called: Author | None) -> Author | None:
    """The stored author with this number in the network, however he is called now. `called`: the one stored under
    this address; if he has another number, he has given the name up."""
    same = select(Author).where(Author.network == network, Author.number == number)
    author = db.session.scalar(same) or (called if called and not called.number else None)
    if called is not None and called is not author and called.number:
        called.profile_url, called = None, None
        db.session.flush()
    if author is not None:
        author.number = number
        author.profile_url = author.profile_url if called else profile_url
    return author


def new_author(network: str, name: str, profile_url: str, number: str = "") -> Author | None:
    """An author to be stored; None without a name and a profile."""
    if len(profile_url) > MAX_PROFILE:
        profile_url = ""
    if not (name or profile_url):
        return None
    return Author(network=network, profile_url=profile_url or None, name=name, number=number or None)


def next_own_number() -> str:
    """The next number of our own series, for messages without a number."""
    series = db.session.scalar(select(NumberSeries).where(NumberSeries.name == OWN_NUMBERS).with_for_update())
    if series is None:
        series = add_row(NumberSeries(name=OWN_NUMBERS, last=0))
    while True:
        series.last += 1
        number = f"{OWN_NUMBERS}-{series.last}"
        # An export may contain a number of this form.
        if db.session.scalar(select(Message.id).where(Message.number == number)) is None:
            return number


def _entered_before(key: str, url: str, text: str) -> Message | None:
    """A message with this key, or one with this address and the same words."""
    same = [Message.key == key]
    if url:
        same.append(Message.url.in_({url, *spellings(url)}))
    for message in db.session.scalars(select(Message).where(or_(*same))).unique():
        if message.key == key or message.text.split() == text.split():
            return message
    return None


def _profile(address: str) -> str:
    """The canonical address of a profile; empty if none was given. Raises MissingInput."""
    if not address.strip():
        return ""
    address = one_spelling(web_address(address, "author_url"))
    if not 0 < len(address) <= MAX_PROFILE:
        raise MissingInput("author_url", "Это не адрес профиля. Вставьте ссылку целиком или оставьте поле пустым.")
    return address


# --- Many new messages at once, written past the ORM
def unsaved(model: type[Row], **values: Any) -> Row:
    """A row for `register_all`: no session will hold it, so the ORM need not note each value, which takes as long as
    all else about a new message."""
    row = model()
    row.__dict__.update(values)
    return row


def register_all(messages: Sequence[Message], authors: Sequence[Author], *, now: datetime, actor: User | None) -> None:
    """Store new messages with clocks, closures and events; the objects get their ids but belong to no session."""
    for author, number in zip(authors, draw_ids(Author, len(authors)), strict=True):
        author.id = number
    for message, number in zip(messages, draw_ids(Message, len(messages)), strict=True):
        message.id = number
        become_new(message)
        if message.author is not None:
            message.author_id = message.author.id
    write_rows(Author, [_columns(author) for author in authors])
    write_rows(Message, [_columns(message) for message in messages])
    write_rows(Closure, [_columns(row, message_id=message.id) for message in messages for row in message.closures])
    rules = terms.in_force()
    write_rows(Deadline, [
        {
            **terms.compute_term(rules, kind, at, message.importance, message.origin, ()),  # never closed, so no pauses
            "message_id": message.id, "state": DeadlineState.OPEN, "kind": kind,
        }
        for message in messages
        for kind, at in clocks.of_new(message)
    ])  # fmt: skip
    due.enqueue_new(messages)
    record_all("enter", map(entered, messages), at=now, actor=actor)
    join_messages(messages, now)


def _columns(row: Base, **more: Any) -> dict[str, Any]:
    """All columns with the value set or the default, because a bulk insert needs the same columns in every row."""
    given: Mapping[str, Any] = {**row.__dict__, **more}
    columns = {}
    for name, default, is_key in _defaults(type(row)):
        value = given.get(name)
        if value is None and default is not None:
            value = default()
        if value is not None or not is_key:
            columns[name] = value
    return columns


@cache
def _defaults(model: type[Base]) -> list[tuple[str, Callable[[], Any] | None, bool]]:
    """For each column its name, its default, and whether it is the key that the database can give."""
    return [
        (column.name, _default(cast(Any, column.default)), column.primary_key) for column in table_of(model).columns
    ]


def _default(default: Any) -> Callable[[], Any] | None:
    if default is None:
        return None
    return (lambda: default.arg) if default.is_scalar else (lambda: default.arg(None))
