"""The connected pages as the administrator and the press centre see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from osm.base.database import db
from osm.base.durable import this_installation
from osm.models import (
    Account,
    Answering,
    Comment,
    Connection,
    ConnectionState,
    Hearing,
    Moderating,
    OutboxAction,
    Publishing,
    ReceivedEvent,
)
from osm.regulation.blacklist import OutboxState


def is_on(connection: Connection) -> bool:
    """Whether the program may ask the network for this page at all."""
    off = connection.state in (ConnectionState.OFF, ConnectionState.STOPPED)
    return not off and connection.installation == this_installation()


def pages_read() -> Select[Connection]:
    """Those that do not fail, by their number."""
    of_pages = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    here = (Connection.state == ConnectionState.WORKING, Connection.installation == this_installation())
    return of_pages.where(*here).order_by(Connection.id)


# --- The connected pages as the administrator and the press centre see them
ENDS_SOON = timedelta(days=7)  # so long before its end a key is warned about


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page. Where it is not connected, `connection` is an empty one: everything is done by hand."""

    account: Account
    connection: Connection
    is_here: bool  # whether it was switched on in this installation; else it is off until a person says so

    @property
    def title(self) -> str:
        return self.account.name

    @property
    def is_connected(self) -> bool:
        return self.connection.version > 0

    @property
    def works(self) -> bool:
        """Whether it is being read."""
        works = self.connection.state in (ConnectionState.WORKING, ConnectionState.FAILING)
        return self.is_connected and self.is_here and works

    @property
    def needs_key(self) -> bool:
        """Whether somebody must make another key, of a page that is switched on (`guarding.waiting.key_waits`)."""
        return self.is_connected and (
            self.connection.state is ConnectionState.STOPPED
            or (self.connection.state is not ConnectionState.OFF and self.connection.refused_at is not None)
        )

    @property
    def is_troubled(self) -> bool:
        """Whether somebody must look after it."""
        is_on = self.is_connected and self.connection.state is not ConnectionState.OFF
        return is_on and (self.needs_key or not self.is_here)

    @property
    def reasons(self) -> list[str]:
        """Why it cannot do what it cannot, each once."""
        return list(dict.fromkeys(one["why"] for one in self.connection.cannot))

    def end_soon(self, now: datetime) -> dict[str, datetime]:
        """Keys that end within ENDS_SOON, or have ended."""
        ends = {name: datetime.fromisoformat(at) for name, at in self.connection.expires.items()}
        return {name: at for name, at in ends.items() if at - ENDS_SOON <= now}


def pages() -> list[PageRow]:
    """All of them by network and title."""
    query = select(Account).options(joinedload(Account.connection)).order_by(Account.network, Account.title, Account.id)
    return [_row(account) for account in db.session.scalars(query).unique()]


def page(account_id: int) -> PageRow | None:
    """One of them, None where there is none."""
    account = db.session.get(Account, account_id, options=[joinedload(Account.connection)])
    return _row(account) if account else None


def waiting_for_person(account_id: int) -> int:
    """Acts of this page that the program leaves to people."""
    query = (
        select(func.count())
        .select_from(OutboxAction)
        .join(Comment, Comment.id == OutboxAction.comment_id)
        .where(Comment.account_id == account_id, OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person)
    )
    return db.session.scalar(query) or 0


def events_waiting(account_id: int) -> int:
    """Stored calls that are not worked off."""
    of_page = select(func.count()).select_from(ReceivedEvent).join(Connection)
    query = of_page.where(Connection.account_id == account_id, ReceivedEvent.worked_at.is_(None))
    return db.session.scalar(query) or 0


def _row(account: Account) -> PageRow:
    connection = account.connection or Connection(
        version=0, state=ConnectionState.OFF, said="", can=[], cannot=[], key_names=[], whose={}, expires={},
        publish=Publishing.ASK, moderate=Moderating.AUTO, answers=Answering.ASK, acts_failed=0, elsewhere=False,
        administrators=[], hearing=Hearing.ASK, confirmation="",
    )  # fmt: skip
    is_here = account.connection is None or connection.installation == this_installation()
    return PageRow(account, connection, is_here)
