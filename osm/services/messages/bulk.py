"""One act upon many messages with one reason: all of it happens or nothing, and each message has its own log row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.words import STATUS_LABELS, Status
from osm.services.errors import NotFound, ServiceError
from osm.services.messages import closing, routing
from osm.services.reading.verdicts import MarkedFirst, StillMarked
from osm.store.models import Message, User
from osm.store.transaction import transaction

MOST = 200
"""Messages at once: more cannot have been read one by one, and others wait for the database."""

MARKED = "предлагается исключить (п. 17): сначала «Исключить» или «Отметка ошибочна» на карточке"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message and the version of it that the person saw."""

    message_id: int
    version: int


One = TypeVar("One", bound=Chosen)


@dataclass(frozen=True, slots=True)
class Proposed(Chosen):
    """A message with what was proposed for it and seen so."""

    executor_id: int | None
    topic_id: int | None
    """The topic that its words suggest."""
    repeat: tuple[int, int] | None
    """The earlier message that it repeats, and the version of that pair (П.15)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be done to this message. `was_changed`: somebody acted upon it since it was seen."""

    message_id: int
    number: str
    status: Status
    was_changed: bool
    why: str = ""
    """The reason in words, where it is neither the status nor a change."""

    @property
    def words(self) -> str:
        if self.why:
            return self.why
        stands = f"сейчас «{STATUS_LABELS[self.status]}»"
        return f"изменено, пока список был открыт, {stands}" if self.was_changed else f"{stands}, так сделать нельзя"


class BulkRefused(ServiceError):
    """Some of the messages cannot be acted upon, so none was; `refusals` says which and why."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("Ничего не сделано: не все отмеченные сообщения можно изменить.")


class TooMany(ServiceError):
    """None chosen, or more than MOST."""


def route_messages(
    chosen: Sequence[Chosen],
    *,
    executor_id: int | None,
    task: str,
    marked_seen: bool = False,
    actor: User,
    now: datetime,
) -> int:
    """Direct all of them to one executor (П.7); how many. Raises BulkRefused, MarkedFirst, MissingInput, TooMany."""
    return _each(
        chosen,
        lambda one: routing.route_message(
            one.message_id,
            one.version,
            executor_id=executor_id,
            task=task,
            marked_seen=marked_seen,
            actor=actor,
            now=now,
        ),
    )


def route_proposed(chosen: Sequence[Proposed], *, actor: User, now: datetime) -> int:
    """Direct each of them to whom it was proposed (П.7); how many. Raises BulkRefused, TooMany."""
    return _each(
        chosen,
        lambda one: routing.route_message(
            one.message_id,
            one.version,
            executor_id=one.executor_id,
            task="",
            suggested_topic_id=one.topic_id,
            repeat=one.repeat,
            actor=actor,
            now=now,
        ),
        also=(MissingInput,),  # each has its own executor: what is wrong with one is no mistake of the form
    )


def dismiss_messages(chosen: Sequence[Chosen], *, reason: str, actor: User, now: datetime) -> int:
    """None of them needs a reaction (П.6), for one reason."""
    return _each(
        chosen,
        lambda one: closing.dismiss_message(one.message_id, one.version, reason=reason, actor=actor, now=now),
    )


def exclude_messages(chosen: Sequence[Chosen], *, ground: str, note: str, actor: User, now: datetime) -> int:
    """None of them is to be processed (П.17), on one ground; what each says now is kept as evidence."""
    return _each(
        chosen,
        lambda one: closing.exclude_message(
            one.message_id, one.version, ground=ground, note=note, actor=actor, now=now
        ),
    )


def _each(chosen: Sequence[One], act: Callable[[One], Any], also: tuple[type[Exception], ...] = ()) -> int:
    """Every act in its own savepoint, so that all refusals are known before everything is undone.

    `also`: what is a refusal of one message here, beside what always is.
    """
    # In one order: two people who chose the same messages wait for each other, never in a circle.
    ordered = sorted({one.message_id: one for one in chosen}.values(), key=lambda one: one.message_id)
    if not ordered:
        raise TooMany("Отметьте хотя бы одно сообщение.")
    if len(ordered) > MOST:
        raise TooMany(f"Отмечено {len(ordered)} сообщений, за один раз можно не больше {MOST}. Ничего не сделано.")
    refusals: tuple[type[Exception], ...] = (StaleVersion, TransitionNotAllowed, NotFound, StillMarked, *also)
    refused: dict[int, Exception] = {}
    marked: list[int] = []
    with transaction():
        for one in ordered:
            try:
                act(one)
            except refusals as error:
                refused[one.message_id] = error
            except MarkedFirst:
                marked.append(one.message_id)
        if refused:
            raise BulkRefused(_refusals(refused))
        if marked:
            raise MarkedFirst(_marked_words(marked, len(ordered)))
    return len(ordered)


def _marked_words(marked: Sequence[int], of: int) -> str:
    numbers = db.session.scalars(select(Message.number).where(Message.id.in_(marked)).order_by(Message.id))
    named = ", ".join(f"№ {number}" for number in numbers)
    return f"Проверка предлагает исключить {len(marked)} из {of} отмеченных (п. 17): {named}."


def _refusals(refused: dict[int, Exception]) -> list[Refusal]:
    found = db.session.execute(
        select(Message.id, Message.number, Message.status).where(Message.id.in_(refused)).order_by(Message.id)
    )
    return [
        Refusal(message_id, number, status, isinstance(error := refused[message_id], StaleVersion), why_not(error))
        for message_id, number, status in found
    ]


def why_not(error: Exception) -> str:
    """What a refusal says of one message among many, where it is neither its status nor a change."""
    if isinstance(error, StillMarked | MarkedFirst):
        return MARKED
    return str(error) if isinstance(error, MissingInput) else ""
