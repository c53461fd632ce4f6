"""The register of official pages, now or at a past time, and the looks at profiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, lazyload

from osm.base.database import db
from osm.models import Account, AccountEdition, Connection, ConnectionState, Event, Office, OfficeSettings, ProfileCheck
from osm.networks.catalogue import NETWORKS, changed_on
from osm.people.queries import handovers, people
from osm.regulation import own_pages

# --- Looks at a profile
SHOWN = 10


def looks(account_id: int) -> list[ProfileCheck]:
    return list(db.session.scalars(_looks(account_id).limit(SHOWN)))


def latest(account_id: int, *, told: bool | None = None) -> ProfileCheck | None:
    """The newest look. `told`: True only of the network, False only of a person."""
    wanted = _looks(account_id)
    if told is not None:
        wanted = wanted.where(ProfileCheck.told.is_not(None) if told else ProfileCheck.told.is_(None))
    return db.session.scalar(wanted.limit(1))


def newest_photo(account_id: int) -> ProfileCheck | None:
    """The newest look with a picture."""
    return db.session.scalar(_looks(account_id).where(ProfileCheck.photo_sha256 != "").limit(1))


def photo_of(check_id: int) -> ProfileCheck | None:
    """The look with this picture, None if it has no picture."""
    row = db.session.get(ProfileCheck, check_id)
    return row if row is not None and row.photo_sha256 else None


def _looks(account_id: int) -> Select[ProfileCheck]:
    return (
        select(ProfileCheck)
        .where(ProfileCheck.account_id == account_id)
        .order_by(ProfileCheck.at.desc(), ProfileCheck.id.desc())
        .options(joinedload(ProfileCheck.by).lazyload("*"))
    )


# --- The register
_ORDER = (*NETWORKS,)


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition and its changes; empty for the first one."""

    row: AccountEdition
    changes: tuple[Change, ...]


def register(at: datetime | None = None) -> list[AccountEdition]:
    """All pages now, or just before `at`: open ones first, then by network."""
    if at is None:
        when: ColumnElement[bool] = AccountEdition.until.is_(None)
    else:
        when = (AccountEdition.since < at) & or_(AccountEdition.until.is_(None), AccountEdition.until >= at)
    return sorted(db.session.scalars(_editions().where(when)), key=in_order)


def entry(account_id: int) -> AccountEdition | None:
    """The edition in force; None if the page is not in the register."""
    wanted = _editions().where(AccountEdition.account_id == account_id, AccountEdition.until.is_(None))
    return db.session.scalars(wanted).one_or_none()


def editions(account_id: int) -> list[Edition]:
    """Editions of a page, newest first."""
    wanted = _editions().where(AccountEdition.account_id == account_id).order_by(AccountEdition.number.desc())
    rows = db.session.scalars(wanted).all()
    return [Edition(new, changes(old, new)) for new, old in zip(rows, [*rows[1:], None], strict=True)]


def every_edition() -> list[AccountEdition]:
    """Editions of all pages, newest first."""
    wanted = _editions().order_by(
        AccountEdition.since.desc(), AccountEdition.account_id.desc(), AccountEdition.id.desc()
    )
    return list(db.session.scalars(wanted))


def without_mistakes(newest_first: Iterable[AccountEdition]) -> list[AccountEdition]:
    """Remove the editions that a correction declares wrong: the one before it and earlier ones with the same values."""
    shown: list[AccountEdition] = []
    after: dict[int, AccountEdition] = {}
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


def unentered() -> list[Account]:
    """Pages that were connected or came with comments, and are not in the register."""
    has_entry = select(AccountEdition.id).where(AccountEdition.account_id == Account.id).exists()
    wanted = select(Account).where(~has_entry).options(lazyload("*")).order_by(Account.network, Account.title)
    return list(db.session.scalars(wanted))


def connection_of(account_id: int) -> ConnectionState | None:
    """State of the connection; None if the page is not connected."""
    return db.session.scalar(select(Connection.state).where(Connection.account_id == account_id))


def changes(old: AccountEdition | None, new: AccountEdition) -> tuple[Change, ...]:
    """Differences in words, in the order of the form."""
    if old is None:
        return ()
    return tuple(
        Change(field, label, said(field, getattr(old, field)), said(field, getattr(new, field)))
        for field, label in own_pages.FIELD_LABELS.items()
        if getattr(old, field) != getattr(new, field)
    )


def said(field: str, value: object) -> str:
    """The value in words; «—» if empty."""
    if field == "state":
        return own_pages.PageState(str(value)).label
    if isinstance(value, bool):
        return "есть" if value else "нет"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(value or "—")


def in_order(row: AccountEdition) -> tuple[bool, int, str, str, int]:
    """Sort key: open pages first, then by network, body and title."""
    order = _ORDER.index(row.network) if row.network in _ORDER else len(_ORDER)
    return row.state is own_pages.PageState.CLOSED, order, row.body, row.title, row.account_id


def _editions() -> Select[AccountEdition]:
    return select(AccountEdition).options(
        joinedload(AccountEdition.account, innerjoin=True).lazyload("*"), joinedload(AccountEdition.by).lazyload("*")
    )


# --- Detecting changes
Stamp = tuple[int | None, ...]


def stamp(today: date) -> Stamp:
    """Changes whenever the register may look different: editions, unentered accounts, versions of the office's details
    and settings, restrictions that begin on a day."""
    office = select(Office.version).where(Office.id == people.OFFICE_ID).scalar_subquery()
    settings = select(OfficeSettings.version).where(OfficeSettings.id == handovers.SETTINGS_ID).scalar_subquery()
    accounts = select(func.max(Account.id)).scalar_subquery()
    found = db.session.execute(
        select(func.max(AccountEdition.id), func.count(AccountEdition.id), office, settings, accounts)
    ).one()
    return (*found, changed_on(today).toordinal())


def last_change(today: date, zone: tzinfo) -> datetime | None:
    """When the register, the office's details or settings, or a restriction last changed; None if never."""
    edition = db.session.scalar(select(func.max(AccountEdition.since)))
    account = db.session.scalar(select(func.max(Account.created_at)))
    office = db.session.scalar(
        select(func.max(Event.at)).where(
            Event.object_kind.in_(("office", "office_settings")), Event.object_id == people.OFFICE_ID
        )
    )
    changed = [one for one in (edition, account, office) if one]
    restricted = datetime.combine(changed_on(today), time(), zone)
    return max(*changed, restricted) if changed else None
