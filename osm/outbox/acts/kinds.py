"""Kinds of acts in networks, which their subjects register; one try of an act, and the lease by which it holds it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sqlalchemy import case, select, update

from osm.base.application import Memory, running_seconds
from osm.base.database import db
from osm.base.transaction import transaction
from osm.connectors.contract import Act, Connector, Picture, Placed, Target
from osm.connectors.transport import Fault, NetworkError
from osm.models import OutboxAction
from osm.regulation.blacklist import OutboxKind, OutboxState

# --- A try holds its act by a lease that its process renews
LEASE = timedelta(minutes=3)
"""How long an act is held without a sign of life of the process that sends it. Ten photos may take longer."""
RENEW_SECONDS = 20.0
HELD_SECONDS = 60.0
"""For so long after a renewal its thread begins further requests. The rest of the lease is for the last of them
(`osm.connectors.transport`), and for a round that is late with the renewal."""


class LeaseEnded(NetworkError):
    """The process was held up for so long (a sleeping machine, a full disk) that another may have the act by now."""

    def __init__(self) -> None:
        super().__init__("Отправка прервалась: сервер был занят или спал. Программа повторит сама.", Fault.TEMPORARY)


@dataclass(slots=True)
class Hold:
    """`token`: the random word of this try. Of a lease the thread knows only when it was last renewed."""

    token: str = field(default_factory=lambda: token_hex(16))
    renewed: float = field(default_factory=running_seconds)

    def check(self) -> None:
        """Before each request, in the thread that sends. LeaseEnded."""
        if running_seconds() - self.renewed >= HELD_SECONDS:
            raise LeaseEnded


def take(actions: Iterable[OutboxAction], hold: Hold, owner: str, now: datetime) -> None:
    """These are this try's, in the caller's transaction."""
    for action in actions:
        action.leased_until, action.leased_by, action.lease_token = now + LEASE, owner, hold.token


def let_go(actions: Iterable[OutboxAction]) -> None:
    """No try holds these any more."""
    for action in actions:
        action.leased_until, action.lease_token = None, ""


def renew(holds: Iterable[Hold], now: datetime) -> None:
    """Renew the leases that are RENEW_SECONDS old; what was settled by others is not renewed."""
    begun = running_seconds()
    due = {hold.token: hold for hold in holds if begun - hold.renewed >= RENEW_SECONDS}
    if not due:
        return
    of_these = (OutboxAction.lease_token.in_(due), OutboxAction.state == OutboxState.PENDING)
    with transaction() as session:
        # What a person works on at this moment is renewed in the next round.
        query = select(OutboxAction.id, OutboxAction.lease_token).where(*of_these)
        rows = session.execute(query.with_for_update(skip_locked=True)).all()
        held = update(OutboxAction).where(OutboxAction.id.in_([number for number, _token in rows]))
        session.execute(held.values(leased_until=now + LEASE).execution_options(synchronize_session=False))
    for _number, token in rows:
        due[token].renewed = begun


def release_of(is_gone: Callable[[str], bool]) -> None:
    """Free at once what dead processes were sending; a process that may be alive keeps its lease to the end."""
    leased = (OutboxAction.state == OutboxState.PENDING, OutboxAction.leased_until.is_not(None))
    owners = db.session.scalars(select(OutboxAction.leased_by).where(*leased).distinct()).all()
    gone = [owner for owner in owners if is_gone(owner)]
    if gone:
        with transaction() as session:
            freed = update(OutboxAction).where(*leased, OutboxAction.leased_by.in_(gone))
            # A try that died with its process says nothing of the network: it makes no later one wait longer.
            fewer = case((OutboxAction.attempts > 0, OutboxAction.attempts - 1), else_=0)
            died = {"attempts": fewer, "interrupted": OutboxAction.interrupted + 1}
            session.execute(freed.values(leased_until=None, lease_token="", **died))


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


Photos = tuple[tuple[str, str, Path], ...]  # name, type, where it is stored


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
    connection_id: int | None  # none for what goes to no page
    hold: Hold
    kind: OutboxKind
    target: Target
    run: Try
    again: bool
    bans: tuple[int, ...]
    is_foreign: bool  # in the community of others, where this page may be refused
    is_alone: bool  # a try before has ended without a result: were it the reason, others would end with it


Try = Callable[[Errand, Connector], Result]
"""What is done in the network, with all that it needs: it runs in a thread that asks no database."""


@dataclass(frozen=True, slots=True)
class KindOfAct:
    """One kind, as its subject describes it. `act`: what the network is asked for; None: it goes to no page."""

    kind: OutboxKind
    act: Act | None
    prepared: Callable[[OutboxAction, datetime], Try]
    """The try, read in the transaction that claims it; `sent_at` is set where an earlier one may have done it."""
    unwanted: Callable[[OutboxAction, datetime], str] = lambda _action, _now: ""
    """Why it is not to happen after all, in words: asked in the transaction that claims it."""
    held: Callable[[OutboxAction], str] = lambda _action: ""  # why a person has to look first, in words
    done: Callable[[OutboxAction, Result, datetime], None] = lambda _action, _result, _now: None
    """What follows here once it has happened in the network."""
    lock: Callable[[Collection[int], bool], frozenset[int]] = lambda ids, _skip: frozenset(ids)
    """Locks what else these acts change, before the acts themselves: people lock in this order too. With `skip` what
    others have locked is left out; returns the acts of what is locked now."""
    places: bool = False
    """Something is placed: what the network has certainly refused need not be looked for, and may be taken back."""
    code: str = "outbox"  # how its events begin in the log
    clause: str = "Пр.2.6"


REGISTERED: Memory[dict[OutboxKind, KindOfAct]] = Memory(lambda _: {})  # what the subjects have (`osm.create_app`)


def kinds_of_acts() -> dict[OutboxKind, KindOfAct]:
    return REGISTERED.get()


def kind_of(act: OutboxAction | Errand) -> KindOfAct:
    return kinds_of_acts()[act.kind]
