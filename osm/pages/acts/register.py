"""Keeps the register of official pages (Пр.1.2.1): pages are entered, changed, closed; old editions stay."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError
from osm.base.numbers import is_number
from osm.base.transaction import transaction
from osm.flow.acts.moving import one_line, settle
from osm.log.acts.record import Change, record
from osm.models import Account, AccountEdition, OfficeSettings, User
from osm.networks.catalogue import NETWORKS
from osm.networks.pages import page_of
from osm.pages.queries import unentered
from osm.people.acts.office import checked_inn, locked_settings
from osm.regulation.errors import EveryField, MissingInput, StaleVersion, one_of, refuse
from osm.regulation.own_pages import ASKED, ASKED_WORDS, FIELD_LABELS, PageState

# --- Check of the form (Пр.1.2.1)
LENGTHS = {"body": 300, "title": 200, "unit": 200, "phone": 200, "act": 300, "act_number": 50}
_ASKED = {"body": "Напишите, чья это страница.", "title": "Напишите, как страница называется."}
_MAIL = re.compile(r"[^@\s<>\"']+@[\w-]+(\.[\w-]+)+")
_FIRST_DAY = date(2006, 1, 1)  # Russian networks are not older


@dataclass(frozen=True, slots=True)
class Given:
    """Fields as typed; days as 2026-11-25 or 25.11.2026."""

    url: str
    title: str
    body: str
    body_inn: str = ""
    state: str = PageState.ACTIVE
    state_on: date | None = None
    opened_on: date | None = None
    unit: str = ""
    email: str = ""
    phone: str = ""
    act: str = ""
    act_number: str = ""
    act_on: date | None = None
    verified: bool = False
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    network: str
    name: str
    url: str


def checked(given: Given, today: date) -> tuple[Place, dict[str, Any]]:
    """Return the place of the page and the columns of its edition. Raises MissingInput with the field."""
    with EveryField() as check:
        place = check(place_of, given.url)
        columns: dict[str, Any] = {
            field: check(
                one_line, field, FIELD_LABELS[field], getattr(given, field), longest, missing=_ASKED.get(field, "")
            )
            for field, longest in LENGTHS.items()
        }
        columns |= {
            "body_inn": check(checked_inn, given.body_inn, "body_inn"),
            "email": check(_mail, given.email),
            "state": check(one_of, "state", given.state, PageState, "Выберите состояние."),
            "verified": given.verified,
            "verified_on": given.verified_on if given.verified else None,
            "state_on": given.state_on or given.opened_on,
            "opened_on": given.opened_on,
            "act_on": given.act_on,
        }
        for field in ("opened_on", "state_on", "act_on", "verified_on"):
            day = columns[field]
            check(refuse, field, day and day > today, "Этот день ещё не наступил.")
            check(refuse, field, day and day < _FIRST_DAY, "Соцсетей тогда ещё не было.")
    columns["url"] = place.url
    if columns["opened_on"] and columns["state_on"] and columns["state_on"] < columns["opened_on"]:
        raise MissingInput("state_on", "Это раньше, чем страницу начали вести.")
    if (columns["act_number"] or columns["act_on"]) and not columns["act"]:
        raise MissingInput("act", "Напишите, что это за документ, например «Постановление администрации».")
    return place, columns


def place_of(url: str) -> Place:
    """Raises MissingInput if it is not the address of a page in a known network."""
    known = ", ".join(network.label for network in NETWORKS.values() if network.hosts)
    try:
        return Place(*page_of(" ".join(url.split())))
    except ValueError:
        words = f"Нужен адрес страницы целиком, не записи на ней, например https://vk.com/priozerny. Соцсети: {known}."
        raise MissingInput("url", words) from None


def _mail(typed: str) -> str:
    mail = one_line("email", FIELD_LABELS["email"], typed, 200)
    refuse("email", mail and not _MAIL.fullmatch(mail), "Это не адрес почты. Нужен, например, press@priozerny.example.")
    return mail


# --- The register (Пр.1.2.1)
KIND = "official_page"  # kind in the log; the id is that of the account
_NO_FIELDS = {"id", "account_id", "number", "since", "until", "by_id", "is_correction"}
FIELDS = tuple(column.name for column in AccountEdition.__table__.columns if column.name not in _NO_FIELDS)
"""Columns of an edition that describe the page."""
_MISTAKE = "Исправление ошибки"


class PublishedWithout(MissingInput):
    """The public page would lack fields that visitors look for; the person has to confirm it. `lacks`: codes of ASKED,
    repeated by the confirmation."""

    def __init__(self, lacks: tuple[str, ...]) -> None:
        self.lacks = lacks
        words = ", ".join(ASKED_WORDS[one] for one in lacks)
        super().__init__("without", f"Официальный сайт покажет страницу сразу, а здесь не указано: {words}.")


def enter_page(given: Given, *, actor: User | None, now: datetime, zone: tzinfo, without: str | None = None) -> Account:
    """Enter a page, connected or new. Raises MissingInput with the field, also `url` if it is already in the register.
    `without`: fields that the person agreed to leave empty; PublishedWithout if others are empty too. None: do not ask.
    """
    place, columns = checked(given, now.astimezone(zone).date())
    _ask(_lacks(columns), without)
    try:
        return _entered(place, columns, actor, now)
    except IntegrityError:  # somebody entered it a moment earlier
        raise MissingInput("url", "Эту страницу только что внёс другой сотрудник.") from None


def _entered(place: Place, columns: dict[str, Any], actor: User | None, now: datetime) -> Account:
    with transaction():
        account = _known(place)
        if account is None:
            account = add_row(Account(network=place.network, external_id=place.name, created_at=now))
        elif in_force := _in_force(account.id):
            raise MissingInput("url", f"Эта страница уже в реестре: «{in_force.title}».")
        _put(account, 1, columns, actor, now)
        changes: dict[str, Change] = {"page_state": (None, columns["state"]), "version": (None, 1)}
        record("enter_page", at=now, actor=actor, object_kind=KIND, object_id=account.id, changes=changes)
        return account


def edit_page(
    account_id: int, version: int, given: Given, *, is_correction: bool = False, actor: User | None, now: datetime,
    zone: tzinfo, without: str | None = None,
) -> Account:  # fmt: skip
    """Save changes as a new edition. The old one keeps its period; it is hidden from the public if it was a mistake.
    `without`: as in `enter_page`, compared with the edition before. Raises MissingInput, StaleVersion, NotFound."""
    today = now.astimezone(zone).date()
    place, columns = checked(given, today)
    with transaction():
        account, edition = _locked(account_id, version)
        if place.network != account.network:
            label = NETWORKS[account.network].label if account.network in NETWORKS else account.network
            words = f"Страница внесена как {label}. Для другой соцсети внесите новую страницу, эту закройте."
            raise MissingInput("url", words)
        other = _known(place)
        if other is not None and other.id != account.id:
            raise MissingInput("url", f"Это адрес другой страницы: «{other.name}».")
        if account.connection is None and not is_number(account.external_id):
            account.external_id = place.name
        elif is_number(place.name) and is_number(account.external_id) and place.name != account.external_id:
            words = "Это адрес другой страницы: у этой другой номер. Внесите ту как новую, эту закройте."
            raise MissingInput("url", words)
        if columns["state"] != edition.state and not is_correction:
            _ask_since_when(given, edition, today)
        before = _lacks({field: getattr(edition, field) for field in FIELDS})
        had = frozenset(ASKED) if edition.state is PageState.CLOSED else frozenset(ASKED) - set(before)
        _ask(tuple(one for one in _lacks(columns) if one in had), without)
        _change(account, edition, columns, "edit_page", actor, now, is_correction)
        return account


def close_page(
    account_id: int, version: int, *, closed_on: date | None, actor: User | None, now: datetime, zone: tzinfo
) -> Account:
    """Close the page; the register still lists it. Raises MissingInput, StaleVersion, NotFound."""
    today = now.astimezone(zone).date()
    day = closed_on or today
    with transaction():
        account, edition = _locked(account_id, version)
        ServiceError.when(edition.state is PageState.CLOSED, "Страница уже закрыта. Ничего не изменено.")
        if day > today or (edition.opened_on and day < edition.opened_on):
            raise MissingInput("closed_on", "День закрытия не позже сегодняшнего и не раньше начала ведения.")
        columns = {field: getattr(edition, field) for field in FIELDS}
        columns |= {"state": PageState.CLOSED, "state_on": day}
        _change(account, edition, columns, "close_page", actor, now)
        return account


def _lacks(columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Empty fields that visitors look for; none for a closed page."""
    if columns["state"] is PageState.CLOSED:
        return ()
    return tuple(one for one, fields in ASKED.items() if not any(columns[field] for field in fields))


def _ask(lacks: tuple[str, ...], without: str | None) -> None:
    """Raises PublishedWithout."""
    if without is not None and not set(lacks) <= set(without.split(",")):
        raise PublishedWithout(lacks)


def _ask_since_when(given: Given, edition: AccountEdition, today: date) -> None:
    """Raise MissingInput if the state has changed but its day has not."""
    unsaid = given.state_on is None and given.state != PageState.ACTIVE
    if unsaid or (given.state_on == edition.state_on and given.state_on != today):
        raise MissingInput("state_on", "Состояние изменилось: укажите, с какого дня.")


def _change(
    account: Account, edition: AccountEdition, columns: dict[str, Any], action: str, actor: User | None, now: datetime,
    is_correction: bool = False,
) -> None:  # fmt: skip
    edited = [field for field in FIELDS if getattr(edition, field) != columns[field]]
    if not edited:
        return
    edition.until = now
    db.session.flush()  # only one edition may be in force
    number = edition.number + 1
    _put(account, number, columns | {"is_correction": is_correction}, actor, now)
    changes: dict[str, Change] = {
        "fields": ([], edited),
        "page_state": (edition.state, columns["state"]),
        "version": (edition.number, number),
    }
    note = _MISTAKE if is_correction else ""
    record(action, at=now, actor=actor, object_kind=KIND, object_id=account.id, changes=changes, note=note)


def _put(account: Account, number: int, columns: dict[str, Any], actor: User | None, now: datetime) -> None:
    """Add the edition that is now in force, and copy title and address to the account for other screens."""
    account.title, account.url = columns["title"], columns["url"]
    by_id = actor.id if actor else None
    db.session.add(AccountEdition(account_id=account.id, number=number, since=now, by_id=by_id, **columns))
    db.session.flush()


def _known(place: Place) -> Account | None:
    """Find the account of this page by its name in the network, or by any spelling of its address."""
    there = db.session.scalars(select(Account).where(Account.network == place.network).with_for_update(of=Account))
    return next((account for account in there.unique() if place.name in _names_of(account)), None)


def _names_of(account: Account) -> set[str]:
    try:
        return {account.external_id, page_of(account.url)[1]}
    except ValueError:
        return {account.external_id}


def _in_force(account_id: int) -> AccountEdition | None:
    wanted = select(AccountEdition).where(AccountEdition.account_id == account_id, AccountEdition.until.is_(None))
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _locked(account_id: int, seen: int) -> tuple[Account, AccountEdition]:
    """Lock the page under the version that the person saw; return it with its edition."""
    # Locked without the joined connection: an outer join cannot be locked.
    locking = select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    db.session.execute(locking)
    account, edition = db.session.get(Account, account_id), _in_force(account_id)
    if account is None or edition is None:
        raise NotFound("Страница")
    StaleVersion.unless_seen(seen, edition.number)
    return account, edition


# --- «Других страниц администрация не ведёт»
def say_whole(version: int, *, whole: bool, actor: User, now: datetime) -> OfficeSettings:
    """The administrator confirms that the register is complete, or withdraws this. Refused while a known page is
    missing in it. Raises StaleVersion, ServiceError."""
    with locked_settings(version) as row:
        if whole and (missing := unentered()):
            names = ", ".join(f"«{page.name}»" for page in missing[:3])
            raise ServiceError(f"Сначала внесите в реестр известные программе страницы: {names}. Ничего не изменено.")
        if whole == (row.no_others_at is not None):
            return row
        before, row.no_others_at = row.no_others_at, now if whole else None
        row.no_others_by_id = actor.id if whole else None
        action = "register_is_whole" if whole else "register_is_not_whole"
        settle(action, row, {"no_others_at": (before, row.no_others_at)}, actor=actor, now=now)
        return row
