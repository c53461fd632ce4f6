"""The connected pages; of acts the page, whether «Остановить публикации» holds it, and the list for people."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, outerjoin

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
    Stop,
)
from osm.regulation.blacklist import OutboxKind, OutboxState


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


# --- The page of an act, whether «Остановить публикации» holds it, and the list of acts for people
OF_AUTHOR = (OutboxKind.BAN, OutboxKind.UNBAN)
"""Acts on a person, anywhere he wrote; all others are about one text on one page."""
MODERATING = (OutboxKind.DELETE, OutboxKind.RESTORE, *OF_AUTHOR)
"""Acts that a page does without a person only if its setting «Удаляет и блокирует» says so."""
WITHOUT_PAGE = (OutboxKind.WEBHOOK,)  # acts outside of the networks: no page, no keys, no stop
SHOWN = 100


def page_of_act() -> ColumnElement[int | None]:
    """The page, in a statement that joins the act with its comment; for a person, the page where he last wrote."""
    by_author = aliased(Comment)
    latest = (
        select(by_author.account_id)
        .where(by_author.author_id == OutboxAction.author_id, by_author.account_id.is_not(None))
        .order_by(by_author.id.desc())
        .limit(1)
        .correlate(OutboxAction)
        .scalar_subquery()
    )
    of_author = case((OutboxAction.kind.in_(OF_AUTHOR), latest))
    return func.coalesce(OutboxAction.account_id, of_author, Comment.account_id)


def is_held(page: Any) -> ColumnElement[bool]:
    """Whether a stop holds the acts on this page."""
    return exists().where(holds(page)).correlate_except(Stop)


def holds(page: Any) -> ColumnElement[bool]:
    """Whether this stop holds the act on this page; not if a person has released it since."""
    here = Stop.account_id.is_(None) | (Stop.account_id == page)
    let_out = OutboxAction.let_out_at.is_not(None) & (OutboxAction.let_out_at >= Stop.since)
    return and_(here, not_(let_out))


IS_STOPPED = select(exists().where(Stop.id.is_not(None))).scalar_subquery()


def stops() -> Sequence[Stop]:
    """The stops in force, that of all pages first."""
    query = select(Stop).options(joinedload(Stop.account), joinedload(Stop.by))
    return db.session.scalars(query.order_by(Stop.account_id.is_not(None), Stop.id)).all()


def held_acts() -> Sequence[tuple[OutboxAction, Connection]]:
    """What the program would do, the oldest first, at most SHOWN."""
    rows = db.session.execute(_held_query().options(contains_eager(OutboxAction.comment)).limit(SHOWN))
    return rows.all()


def count_held() -> int:
    ids = _held_query().with_only_columns(OutboxAction.id).order_by(None)
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _held_query() -> Select[OutboxAction, Connection]:
    page = page_of_act()
    return (
        select(OutboxAction, Connection)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Connection, Connection.account_id == page)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.leased_until.is_(None),
            OutboxAction.created_at >= Connection.switched_on_at,
            OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
            is_held(page),
        )
        .options(joinedload(OutboxAction.author), joinedload(Connection.account))
        .order_by(OutboxAction.id)
    )


# --- Actions in the networks
COUNTED = 1000
PAGE = 50
SETTLED_SHOWN = 20  # recently done actions shown, so that a wrong mark can be undone

_BY_HAND = OutboxAction.kind.not_in((OutboxKind.PUBLISH, OutboxKind.POST, *WITHOUT_PAGE))
"""Without answers and posts: an answer is handled by the curator on its own page, a post in the plan. What goes to no
network is the administrator's."""


_ON_PAGE = and_(
    Connection.id.is_not(None),
    OutboxAction.created_at >= Connection.switched_on_at,
    OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
    Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)),
)
BY_ITSELF = and_(OutboxAction.for_person.is_(False), or_(_ON_PAGE, OutboxAction.kind.in_(WITHOUT_PAGE)))
"""Whether the program does the act, in a statement about `ACTS_WITH_PAGE`; else it waits for a person."""
ACTS_WITH_PAGE = outerjoin(OutboxAction, Comment, Comment.id == OutboxAction.comment_id).outerjoin(
    Connection, Connection.account_id == page_of_act()
)


def _number_pending() -> ScalarSelect[int]:
    some = (
        select(OutboxAction.id)
        .select_from(ACTS_WITH_PAGE)
        .where(OutboxAction.state == OutboxState.PENDING, _BY_HAND, not_(BY_ITSELF))
        .limit(COUNTED)
    )
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


NUMBER_PENDING = _number_pending()
"""Actions that wait for people, at most COUNTED, as a column; those that the program will do are not counted."""


def count_pending() -> int:
    """The same, read by itself."""
    return db.session.scalar(select(NUMBER_PENDING)) or 0


def pending(after: int | None = None) -> tuple[list[OutboxAction], bool]:
    """Waiting actions, oldest first, and whether there are more; `after`: the last action already shown."""
    query = _whole().where(OutboxAction.state == OutboxState.PENDING, _BY_HAND, OutboxAction.id > (after or 0))
    rows = list(db.session.scalars(query.order_by(OutboxAction.id).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def on_pages(actions: Iterable[OutboxAction]) -> Sequence[tuple[OutboxAction, Connection]]:
    """Those whose page the program works on, with its connection."""
    of_these = OutboxAction.id.in_([one.id for one in actions])
    query = select(OutboxAction, Connection).select_from(ACTS_WITH_PAGE).where(of_these, _ON_PAGE)
    return db.session.execute(query).all()


def settled() -> list[OutboxAction]:
    """Recently done actions, latest first."""
    done = (OutboxState.DONE_BY_HAND, OutboxState.DONE, OutboxState.FAILED)
    query = _whole().where(OutboxAction.state.in_(done), _BY_HAND).limit(SETTLED_SHOWN)
    return list(db.session.scalars(query.order_by(OutboxAction.settled_at.desc(), OutboxAction.id.desc())))


def every(states: Collection[OutboxState] = (OutboxState.PENDING,)) -> Iterator[OutboxAction]:
    """All actions in these states, oldest first, streamed, for the command."""
    last = 0
    while True:
        query = _whole().where(OutboxAction.state.in_(states), OutboxAction.id > last)
        rows = list(db.session.scalars(query.order_by(OutboxAction.id).limit(PAGE)))
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1].id
        db.session.expunge_all()


def _whole() -> Select[OutboxAction]:
    return select(OutboxAction).options(
        joinedload(OutboxAction.comment), joinedload(OutboxAction.author), joinedload(OutboxAction.draft),
        joinedload(OutboxAction.created_by), joinedload(OutboxAction.settled_by),
    )  # fmt: skip


def placed_by_others(action: OutboxAction) -> frozenset[str]:
    others = (OutboxAction.network == action.network, OutboxAction.id != action.id)
    names = select(OutboxAction.placed_name).where(*others, OutboxAction.placed_name.is_not(None))
    return frozenset(name for name in db.session.scalars(names) if name)
