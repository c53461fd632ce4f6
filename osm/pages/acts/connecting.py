"""A page is connected: its keys are checked by the network, stored encrypted, replaced, removed; each act is logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.base import database, durable
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.contract import Report
from osm.connectors.registry import BESIDE_KEYS, CONNECTED, Network, traits_of
from osm.connectors.transport import NetworkError
from osm.flow.acts.moving import locked, one_line, settle
from osm.log.acts.record import Change, record
from osm.models import Account, Answering, Connection, ConnectionState, Moderating, Publishing, User
from osm.networks import catalogue, pages
from osm.outbox.acts import asking
from osm.outbox.acts import keys as acts_keys
from osm.outbox.acts.keys import connection_of, ends_at, found
from osm.outbox.acts.orders import leave_to_people
from osm.regulation.errors import EveryField, MissingInput, one_of, refuse

LONGEST_KEY, LONGEST_GROUND = 2000, 500
_ELSEWHERE = "Решено в другой установке программы: проверьте на сайте, выполнено ли."
_OFF = "Страница выключена: выполните на сайте."


@dataclass(frozen=True, slots=True)
class Connected:
    """The page and what its keys can."""

    account_id: int
    report: Report


_WRONG = "Такого выбора нет."


def connect_page(
    network: str, page_id: str, keys: Mapping[str, str], *, title: str = "", publish: str = Publishing.ASK,
    moderate: str = Moderating.AUTO, has_read: bool = False, ground: str = "", actor: User | None, now: datetime,
) -> Connected:  # fmt: skip
    """Connect the page, or replace its keys. It is read from now on.

    `has_read`: the person has read the warning about the network's status, where it has one; `ground`: why the office
    uses the network all the same, where that is asked instead.

    MissingInput names a wrong field. Keys that the network refuses are stored all the same: the page is then shown as
    stopped, with what is to be done.
    """
    known = _known(network)
    page_id = page_id.strip().lstrip("-")
    no_number = "Это не номер страницы: он стоит в её адресе или в настройках, например 200000001."
    with EveryField() as check:
        check(refuse, "id", not known.page_id.fullmatch(page_id), no_number)
        if known.asks_ground:
            missing = f"{known.warning} Укажите, на каком основании страница всё же нужна."
            ground = check(one_line, "ground", "Основание", ground, LONGEST_GROUND, missing=missing)
        else:
            ground, unread = "", known.warning and not has_read
            check(refuse, "has_read", unread, f"{known.warning} Отметьте, что это прочитано.")
        given = check(_checked_keys, known, keys)
        ways = (
            check(one_of, "publish", publish, Publishing, _WRONG),
            check(one_of, "moderate", moderate, Moderating, _WRONG),
        )
        title = check(one_line, "title", "Название", title, 200)
    _serves_no_other(network, page_id, given)
    report = _checked(network, page_id, given)
    with transaction() as session:
        url = known.page_url.format(page_id)
        _take_up_by_name(network, page_id, report.url)
        fresh = database.insert_into(Account).values(network=network, external_id=page_id, url=url, created_at=now)
        session.execute(fresh.on_conflict_do_nothing())
        same = (Account.network == network, Account.external_id == page_id)
        account = session.scalars(select(Account).where(*same).with_for_update(of=Account)).one()
        account.title = title or report.title or account.title or page_id
        account.url = report.url or account.url
        connection = account.connection or Connection(account=account, switched_on_at=now)
        session.add(connection)
        before, ground_before = connection.key_names or [], connection.ground or None
        connection.publish, connection.moderate = ways
        connection.ground = ground
        _use(connection, given, report, now)
        account.version += 1
        changes: dict[str, Change] = {
            "key_names": (before, connection.key_names),
            "publish": (None, ways[0]),
            "moderate": (None, ways[1]),
            **({"network_ground": (ground_before, ground)} if ground else {}),
        }
        record("connect_page", at=now, actor=actor, about=account, changes=changes)
        return Connected(account.id, report)


def replace_keys(
    account_id: int, version: int, keys: Mapping[str, str], *, actor: User | None, now: datetime
) -> Connected:
    """These keys instead of their forerunners; the others stay, their end is forgotten. MissingInput, StaleVersion."""
    connection = connection_of(account_id)
    account = connection.account
    known, connection_id = CONNECTED[account.network], connection.id
    network, page_id = account.network, account.external_id
    kept = {name: key for name, key in acts_keys.opened(connection.keys).items() if name not in BESIDE_KEYS}
    given = _checked_keys(known, keys)
    all_keys = {**kept, **given}
    _serves_no_other(network, page_id, given)
    report = _checked(network, page_id, all_keys)
    with transaction():
        connection = locked(Connection, connection_id, version, "Подключение")
        before = connection.key_names
        _use(connection, all_keys, report, now)
        changes = {
            "key_names": (before, connection.key_names),
            "replaced": (None, sorted(set(given) - set(BESIDE_KEYS))),
        }
        settle("replace_keys", connection, changes, actor=actor, now=now)
        return Connected(account_id, report)


def check_page(account_id: int, *, actor: User | None = None, now: datetime) -> Report:
    """Ask the network again what the keys can. ServiceError where it does not answer: it knows nothing of them."""
    connection = connection_of(account_id)
    account = connection.account
    sealed, connection_id = connection.keys, connection.id
    keys = acts_keys.opened(sealed)
    try:
        report = _asked(account.network, account.external_id, keys)
    except NetworkError as error:
        raise ServiceError(f"Проверить не получилось: {error.in_full} Ничего не изменено, попробуйте позже.") from error
    with transaction() as session:
        asked = session.get(Connection, connection_id, with_for_update=True)
        if asked is not None and asked.keys == sealed:  # what other keys can was not asked
            was = asked.state
            found(asked, keys, report, now)
            if asked.state is not was:
                changes = {"connection_state": (was, asked.state)}
                record("check_page", at=now, actor=actor, object_kind="account", object_id=account_id, changes=changes)
        return report


def switch(account_id: int, version: int, *, on: bool, actor: User | None, now: datetime) -> Connection:
    """Switch reading and writing of the page on or off. Raises StaleVersion."""
    connection = connection_of(account_id)
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        was = connection.state
        if on:
            connection.state, connection.said = ConnectionState.WORKING, ""
            connection.failed_at = None
            _belongs_here(connection, now)
            connection.gap_since = connection.gap_since or connection.read_at
        else:
            connection.state = ConnectionState.OFF
            leave_to_people(account_id, _OFF, now)
        changes = {"connection_state": (was, connection.state)}
        settle("switch_connection", connection, changes, actor=actor, now=now)
        return connection


def arrange(
    account_id: int, version: int, *, publish: str, moderate: str, answers: str = Answering.ASK,
    elsewhere: bool = False, actor: User | None, now: datetime,
) -> Connection:  # fmt: skip
    """When and where answers are published, and what is automatic: deletions, bans, answers of authors. Raises
    MissingInput, StaleVersion."""
    ways = (one_of("publish", publish, Publishing, _WRONG), one_of("moderate", moderate, Moderating, _WRONG))
    taken = one_of("answers", answers, Answering, _WRONG)
    connection = connection_of(account_id)
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        changes: dict[str, Change] = {
            "publish": (connection.publish, ways[0]),
            "moderate": (connection.moderate, ways[1]),
            "answers": (connection.answers, taken),
            "elsewhere": (connection.elsewhere, elsewhere),
        }
        connection.publish, connection.moderate = ways
        connection.answers, connection.elsewhere = taken, elsewhere
        settle("arrange_connection", connection, changes, actor=actor, now=now)
        return connection


def disconnect(account_id: int, version: int, *, actor: User | None, now: datetime) -> None:
    """The keys are gone; the page stays in the register and everything on it is done by hand. StaleVersion."""
    connection = connection_of(account_id)
    with transaction() as session:
        connection = locked(Connection, connection.id, version, "Подключение")
        changes: dict[str, Change] = {"key_names": (connection.key_names, [])}
        settle("disconnect_page", connection, changes, actor=actor, now=now)
        leave_to_people(account_id, _OFF, now)
        session.delete(connection)


def _checked(network: str, page_id: str, keys: Mapping[str, str]) -> Report:
    try:
        return _asked(network, page_id, keys)
    except NetworkError as error:
        raise MissingInput("keys", f"{error.in_full} Ключи не сохранены, попробуйте ещё раз.") from error


def _asked(network: str, page_id: str, keys: Mapping[str, str]) -> Report:
    return asking.answer_now(asking.connector_for(network, page_id, keys, acts=True, at_screen=True).check)


def _use(connection: Connection, keys: Mapping[str, str], report: Report, now: datetime) -> None:
    connection.keys, connection.key_names = acts_keys.sealed(keys), sorted(set(keys) - set(BESIDE_KEYS))
    _belongs_here(connection, now)
    found(connection, keys, report, now)


def _take_up_by_name(network: str, page_id: str, url: str) -> None:
    """The register may have the page under the name in its address: it gets its number, which is known only now."""
    try:
        _code, name, _url = pages.page_of(url)
    except ValueError:
        return
    if name == page_id:
        return
    theirs = (Account.network == network, Account.external_id == name)
    account = db.session.scalars(select(Account).where(*theirs).with_for_update(of=Account)).one_or_none()
    numbered = select(Account.id).where(Account.network == network, Account.external_id == page_id)
    if account is not None and account.connection is None and db.session.scalar(numbered) is None:
        account.external_id = page_id


def _belongs_here(connection: Connection, now: datetime) -> None:
    """Switched on in this installation. Where it was another one, what was decided before waits for a person."""
    here = durable.this_installation()
    if connection.installation != here:
        connection.installation, connection.switched_on_at = here, now
        leave_to_people(connection.account_id, _ELSEWHERE, now)


def _known(network: str) -> Network:
    if network not in CONNECTED:
        label = catalogue.NETWORKS[network].label if network in catalogue.NETWORKS else network
        raise MissingInput("network", f"К «{label}» программа подключаться не умеет. Есть: {', '.join(CONNECTED)}.")
    return CONNECTED[network]


def _serves_no_other(network: str, page_id: str, keys: Mapping[str, str]) -> None:
    """MissingInput where the network has one queue for each key and another page is read with one of these."""
    if not traits_of(network).one_page_a_key:
        return
    others = select(Connection).join(Connection.account)
    for one in db.session.scalars(others.where(Account.network == network, Account.external_id != page_id)):
        if set(keys.values()).intersection(acts_keys.opened(one.keys).values()):
            raise MissingInput("keys", f"Этот ключ уже читает страницу «{one.account.title}»: нужен другой.")


def _checked_keys(known: Network, keys: Mapping[str, str]) -> dict[str, str]:
    given = {name: value.strip() for name, value in keys.items() if value.strip()}
    if unknown := sorted(set(given) - {*known.keys, *BESIDE_KEYS}):
        raise MissingInput("keys", f"Ключа «{unknown[0]}» здесь не бывает. Есть: {', '.join(known.keys)}.")
    refuse("keys", given.keys() <= set(BESIDE_KEYS), "Вставьте хотя бы один ключ.")
    for name, value in given.items():
        if len(value) > LONGEST_KEY or not value.isascii() or not value.isprintable() or " " in value:
            label = known.keys.get(name, name).capitalize()
            raise MissingInput("keys", f"{label} скопирован неверно: вставьте его целиком.")
    if "expires_at" in given:
        ends_at(given["expires_at"])
    return given
