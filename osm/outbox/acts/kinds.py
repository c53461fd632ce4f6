"""Kinds of acts in networks: their subjects register how each is tried; all are claimed and looked up alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from osm.connectors.contract import Connector, Picture, Placed, Target
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ways import Act
from osm.extensions import db
from osm.outbox.acts.leases import Hold
from osm.regulation.comment_words import OutboxKind
from osm.store.models import OutboxAction

# --- One try of one act in a network, with all that it needs
Result = Placed | bool | None
"""Where something stands now; whether an author was banned along with a deletion; or nothing to tell."""
_NO_FILE = (
    "Файла фото «{}» на сервере нет, поэтому ничего не отправлено. Приложите его заново или разместите сами, "
    "а администратору сообщите: файл восстанавливают из копии."
)


class IsOther(NetworkError):
    """It is about something else by now: a person decides. `stands`: the present text."""

    def __init__(self, words: str, stands: str) -> None:
        super().__init__(words, Fault.PERSON)
        self.stands = stands


Photos = tuple[tuple[str, str, Path], ...]
"""Name, type, where it is stored."""


def opened_photos(photos: Photos) -> Sequence[Picture]:
    """The photos as they go out. NetworkError where one is there no longer: nothing was sent."""
    found = []
    for name, kind, path in photos:
        try:
            found.append(Picture(name, kind, path.read_bytes()))
        except FileNotFoundError:
            raise NetworkError(_NO_FILE.format(name), Fault.PERSON) from None
    return found


@dataclass(frozen=True, slots=True)
class Errand:
    """One try. `again`: an earlier one may have done it. `bans`: orders to ban the author that it carries out too."""

    action_id: int
    connection_id: int
    hold: Hold
    kind: OutboxKind
    target: Target
    run: Try
    again: bool
    bans: tuple[int, ...]
    is_foreign: bool
    """In the community of others, where this page may be refused."""
    is_alone: bool
    """A try before has ended without a result: were it the reason, others would end with it."""


Try = Callable[[Errand, Connector], Result]
"""What is done in the network, with all that it needs: it runs in a thread that asks no database."""


@dataclass(frozen=True, slots=True)
class KindOfAct:
    """One kind, as its subject describes it. `act`: what the network is asked for."""

    kind: OutboxKind
    act: Act
    prepared: Callable[[OutboxAction, datetime], Try]
    """The try, read in the transaction that claims it; `sent_at` is set where an earlier one may have done it."""
    unwanted: Callable[[OutboxAction, datetime], str] = lambda _action, _now: ""
    """Why it is not to happen after all, in words: asked in the transaction that claims it."""
    held: Callable[[OutboxAction], str] = lambda _action: ""
    """Why a person has to look first, in words."""
    done: Callable[[OutboxAction, Result, datetime], None] = lambda _action, _result, _now: None
    """What follows here once it has happened in the network."""
    lock: Callable[[Collection[int], bool], frozenset[int]] = lambda ids, _skip: frozenset(ids)
    """Locks what else these acts change, before the acts themselves: people lock in this order too. With `skip` what
    others have locked is left out; returns the acts of what is locked now."""
    places: bool = False
    """Something is placed: what the network has certainly refused need not be looked for, and may be taken back."""
    code: str = "outbox"
    """How its events begin in the log."""
    clause: str = "Пр.2.6"


def kinds_of_acts() -> dict[OutboxKind, KindOfAct]:
    """As their subjects have registered them (`osm.create_app`)."""
    found: dict[OutboxKind, KindOfAct] = current_app.extensions["osm_kinds_of_acts"]
    return found


def kind_of(act: OutboxAction | Errand) -> KindOfAct:
    return kinds_of_acts()[act.kind]


def placed_by_others(action: OutboxAction) -> frozenset[str]:
    others = (OutboxAction.network == action.network, OutboxAction.id != action.id)
    names = select(OutboxAction.placed_name).where(*others, OutboxAction.placed_name.is_not(None))
    return frozenset(name for name in db.session.scalars(names) if name)
