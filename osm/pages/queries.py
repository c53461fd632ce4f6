"""The register of official pages: as it stands, as it stood at an instant, one page with all its editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.networks.catalogue import NETWORKS, changed_on
from osm.people.queries.handovers import SETTINGS_ID
from osm.people.queries.people import OFFICE_ID
from osm.regulation.official import (
    FIELD_LABELS,
    ITEM_LABELS,
    PAGE_STATE_LABELS,
    RECOMMENDED,
    WANTED,
    PageState,
    ProfileItem,
    Seen,
    lacking,
)
from osm.store.models import (
    Account,
    AccountEdition,
    Connection,
    ConnectionState,
    Event,
    Office,
    OfficeSettings,
    ProfileCheck,
    User,
)

# --- How a page looked, each time that somebody or its network was asked
SHOWN = 10


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look. `title` and `url`: what the network calls the page, empty where it was not asked."""

    id: int
    at: datetime
    by: str
    marks: Mapping[ProfileItem, Seen]
    note: str
    is_told: bool
    title: str
    url: str
    photo_sha256: str

    @property
    def lines(self) -> list[tuple[str, Seen, bool]]:
        """Label, what was seen, whether it is only recommended; in the order of Пр.2.4."""
        return [(ITEM_LABELS[item], self.marks.get(item, Seen.UNKNOWN), item in RECOMMENDED) for item in ProfileItem]

    @property
    def lacks(self) -> tuple[str, ...]:
        return tuple(ITEM_LABELS[item] for item in lacking(self.marks))


def looks(account_id: int) -> list[LookRow]:
    return [_profile_row(*found) for found in db.session.execute(_looks(account_id).limit(SHOWN))]


def latest(account_id: int, *, told: bool | None = None) -> LookRow | None:
    """The newest look; `told`: the newest for which the network was asked, or (False) of a person."""
    wanted = _looks(account_id)
    if told is not None:
        wanted = wanted.where(ProfileCheck.told.is_not(None) if told else ProfileCheck.told.is_(None))
    found = db.session.execute(wanted.limit(1)).one_or_none()
    return _profile_row(*found) if found else None


def newest_photo(account_id: int) -> LookRow | None:
    """The newest look with a picture."""
    found = db.session.execute(_looks(account_id).where(ProfileCheck.photo_sha256 != "").limit(1)).one_or_none()
    return _profile_row(*found) if found else None


def photo_of(check_id: int) -> ProfileCheck | None:
    """The look whose picture is asked for; None where it has none."""
    row = db.session.get(ProfileCheck, check_id)
    return row if row is not None and row.photo_sha256 else None


def _looks(account_id: int) -> Select[ProfileCheck, str]:
    return (
        select(ProfileCheck, User.name)
        .outerjoin(User, User.id == ProfileCheck.by_id)
        .where(ProfileCheck.account_id == account_id)
        .order_by(ProfileCheck.at.desc(), ProfileCheck.id.desc())
        .options(lazyload("*"))
    )


def _profile_row(check: ProfileCheck, by: str | None) -> LookRow:
    told = check.told or {}
    marks = {ProfileItem(item): Seen(seen) for item, seen in check.marks.items()}
    return LookRow(
        check.id, check.at, by or "", marks, check.note, check.told is not None, str(told.get("title", "")),
        str(told.get("url", "")), check.photo_sha256,
    )  # fmt: skip


# --- The register of official pages
_ORDER = (*NETWORKS,)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What the register says of a page in one edition, and when that was so."""

    account_id: int
    number: int
    network: str
    since: datetime
    until: datetime | None
    by: str
    body: str
    body_inn: str
    title: str
    url: str
    state: PageState
    state_on: date | None
    opened_on: date | None
    unit: str
    email: str
    phone: str
    act: str
    act_number: str
    act_on: date | None
    verified: bool
    verified_on: date | None
    is_correction: bool

    @property
    def state_words(self) -> str:
        """«приостановлен с 01.11.2026»."""
        words = PAGE_STATE_LABELS[self.state]
        return f"{words} с {self.state_on:%d.%m.%Y}" if self.state_on and self.state is not PageState.ACTIVE else words

    @property
    def ground(self) -> str:
        """«Постановление администрации от 04.02.2022 № 215»; empty where nobody has written it down."""
        day = f" от {self.act_on:%d.%m.%Y}" if self.act_on else ""
        number = f" №\N{NO-BREAK SPACE}{self.act_number}" if self.act_number else ""
        return f"{self.act}{day}{number}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What the entry still lacks, in words."""
        if self.state is PageState.CLOSED:
            return ()
        return tuple(words for field, words in WANTED.items() if not getattr(self, field))


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a page became another."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition with what was new in it; nothing where it is the first."""

    row: EntryRow
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Unentered:
    """A page that is connected, and that the register does not name."""

    id: int
    network: str
    title: str
    url: str


def register(at: datetime | None = None) -> list[EntryRow]:
    """The pages as they stand, or as they stood just before `at`; those that are kept first, then by network."""
    if at is None:
        when: ColumnElement[bool] = AccountEdition.until.is_(None)
    else:
        when = (AccountEdition.since < at) & or_(AccountEdition.until.is_(None), AccountEdition.until >= at)
    rows = [_register_row(*found) for found in db.session.execute(_editions().where(when))]
    return sorted(rows, key=in_order)


def entry(account_id: int) -> EntryRow | None:
    """The edition that is in force; None where the register does not name the page."""
    wanted = _editions().where(AccountEdition.account_id == account_id, AccountEdition.until.is_(None))
    found = db.session.execute(wanted).one_or_none()
    return _register_row(*found) if found else None


def editions(account_id: int) -> list[Edition]:
    """Every edition of one page, newest first."""
    wanted = _editions().where(AccountEdition.account_id == account_id).order_by(AccountEdition.number)
    rows = [_register_row(*found) for found in db.session.execute(wanted)]
    return [*(Edition(new, changes(old, new)) for old, new in reversed([*pairwise(rows)])), *_first(rows)]


def every_edition() -> list[EntryRow]:
    """Every edition of every page, newest first."""
    wanted = _editions().order_by(
        AccountEdition.since.desc(), AccountEdition.account_id.desc(), AccountEdition.id.desc()
    )
    return [_register_row(*found) for found in db.session.execute(wanted)]


def without_mistakes(newest_first: Iterable[EntryRow]) -> list[EntryRow]:
    """The editions without those that a correction calls a mistake: the one before it, and all that said the same."""
    shown: list[EntryRow] = []
    after: dict[int, EntryRow] = {}
    wrong: dict[int, dict[str, object]] = {}
    for row in newest_first:
        later, said = after.get(row.account_id), wrong.get(row.account_id, {})
        said = {field: value for field, value in said.items() if getattr(row, field) == value}
        corrected = later is not None and later.is_correction
        if later is not None and corrected:
            changed = {change.field: getattr(row, change.field) for change in changes(row, later)}
            said |= {field: value for field, value in changed.items() if value}
        if not corrected and not said:
            shown.append(row)
        after[row.account_id], wrong[row.account_id] = row, said
    return shown


def unentered() -> list[Unentered]:
    """Pages that were connected, or came with comments, and that nobody has entered."""
    has_entry = select(AccountEdition.id).where(AccountEdition.account_id == Account.id).exists()
    wanted = select(Account).where(~has_entry).options(lazyload("*")).order_by(Account.network, Account.title)
    return [
        Unentered(account.id, account.network, account.title or account.external_id, account.url)
        for account in db.session.scalars(wanted)
    ]


def connection_of(account_id: int) -> ConnectionState | None:
    """How the program reads the page; None where it does not."""
    return db.session.scalar(select(Connection.state).where(Connection.account_id == account_id))


def changes(old: EntryRow | None, new: EntryRow) -> tuple[Change, ...]:
    """What differs, in words, in the order of the form."""
    if old is None:
        return ()
    return tuple(
        Change(field, label, said(field, getattr(old, field)), said(field, getattr(new, field)))
        for field, label in FIELD_LABELS.items()
        if getattr(old, field) != getattr(new, field)
    )


def said(field: str, value: object) -> str:
    """A value as a person reads it; «—» for nothing."""
    if field == "state":
        return PAGE_STATE_LABELS[PageState(str(value))]
    if isinstance(value, bool):
        return "есть" if value else "нет"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(value or "—")


def _first(rows: Sequence[EntryRow]) -> list[Edition]:
    return [Edition(rows[0], ())] if rows else []


def in_order(row: EntryRow) -> tuple[bool, int, str, str, int]:
    """Those that are kept first, by network, body and title."""
    order = _ORDER.index(row.network) if row.network in _ORDER else len(_ORDER)
    return row.state is PageState.CLOSED, order, row.body, row.title, row.account_id


def _editions() -> Select[AccountEdition, str, str]:
    return (
        select(AccountEdition, Account.network, User.name)
        .join(Account, Account.id == AccountEdition.account_id)
        .outerjoin(User, User.id == AccountEdition.by_id)
        .options(lazyload("*"))
    )


def _register_row(edition: AccountEdition, network: str, by: str | None) -> EntryRow:
    same = {name: getattr(edition, name) for name in EntryRow.__dataclass_fields__ if name not in ("network", "by")}
    return EntryRow(network=network, by=by or "", **same)


# --- By what one knows that the register may have changed
Stamp = tuple[int | None, ...]


def stamp(today: date) -> Stamp:
    """Every edit of the register adds an edition, a page that is not in it an account; every edit of the office's
    details or settings raises a version; restrictions of networks begin on a day."""
    office = select(Office.version).where(Office.id == OFFICE_ID).scalar_subquery()
    settings = select(OfficeSettings.version).where(OfficeSettings.id == SETTINGS_ID).scalar_subquery()
    accounts = select(func.max(Account.id)).scalar_subquery()
    found = db.session.execute(
        select(func.max(AccountEdition.id), func.count(AccountEdition.id), office, settings, accounts)
    ).one()
    return (*found, changed_on(today).toordinal())


def last_change(today: date, zone: tzinfo) -> datetime | None:
    """When the register, the office's details or settings, or a restriction changed last; None: nothing of the office
    ever has."""
    edition = db.session.scalar(select(func.max(AccountEdition.since)))
    account = db.session.scalar(select(func.max(Account.created_at)))
    office = db.session.scalar(
        select(func.max(Event.at)).where(
            Event.object_kind.in_(("office", "office_settings")), Event.object_id == OFFICE_ID
        )
    )
    changed = [one for one in (edition, account, office) if one]
    restricted = datetime.combine(changed_on(today), time(), zone)
    return max(*changed, restricted) if changed else None
