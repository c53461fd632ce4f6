"""How an official page looks is written down (Пр.2.4): by whoever looked, or as its network tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from osm.connectors.contract import TellsProfile
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.networks.pages import page_of
from osm.regulation.errors import MissingInput
from osm.regulation.official.profile import ProfileItem, Seen, ToldProfile, judged
from osm.regulation.official.register import PageState
from osm.services.accounts import keys as stored_keys
from osm.services.accounts.connecting import connector_for
from osm.services.accounts.waiting import answer_now
from osm.services.errors import NotFound, ServiceError
from osm.services.files.attachments import Upload, checked, keep
from osm.services.log.log import record
from osm.services.official.given import Given
from osm.services.official.register import FIELDS, KIND, edit_page
from osm.store.models import Account, ConnectionState, ProfileCheck, User
from osm.store.queries.official.profile import latest
from osm.store.queries.official.register import entry, register
from osm.store.queries.staff.leaders import office
from osm.store.transaction import transaction

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """What whoever looked at the page has seen; an item that is not named was not looked for."""

    marks: Mapping[str, str]
    note: str = ""
    photos: Sequence[Upload] = ()


def note_look(account_id: int, look: Look, *, actor: User, now: datetime) -> ProfileCheck:
    """A person has looked. MissingInput: nothing was looked for, or the picture is none; NotFound."""
    marks = _marks(look.marks)
    note = look.note.replace("\0", "").strip()
    if all(seen is Seen.UNKNOWN for seen in marks.values()) and not note and not look.photos:
        raise MissingInput("marks", "Отметьте хотя бы одно: есть или нет.")
    if len(note) > LONGEST_NOTE:
        raise MissingInput("note", f"Пояснение длиннее {LONGEST_NOTE} знаков. Сократите.")
    if len(look.photos) > 1:
        raise MissingInput("files", "Приложите один снимок: как страница выглядит целиком.")
    files = checked(look.photos)
    with transaction() as session:
        _entered(account_id)
        keep(files)
        row = ProfileCheck(account_id=account_id, at=now, by_id=actor.id, marks=_plain(marks), note=note)
        for file in files:
            row.photo_sha256, row.photo_type, row.photo_name = file.sha256, file.content_type, file.filename
        session.add(row)
        record("check_profile", at=now, actor=actor, object_kind=KIND, object_id=account_id)
        session.flush()
        return row


def ask_network(account_id: int, *, actor: User | None, now: datetime) -> ProfileCheck:
    """The page's network is asked; what it does not tell stays as a person saw it last. ServiceError, NotFound."""
    told = _told(account_id)
    with transaction() as session:
        _entered(account_id)
        own = [urlsplit(row.url) for row in register() if row.account_id != account_id and _is_kept(row.state)]
        pages = [f"{parts.hostname}{parts.path}".rstrip("/") for parts in own]
        found = judged(told, urlsplit(office().site).hostname or "", pages)
        before = latest(account_id)
        known = before.marks if before else {}
        marks = {item: known.get(item, Seen.UNKNOWN) if seen is Seen.UNKNOWN else seen for item, seen in found.items()}
        row = ProfileCheck(
            account_id=account_id, at=now, by_id=actor.id if actor else None, marks=_plain(marks),
            told={"title": told.title[:200], "url": _address(told.url)},
        )  # fmt: skip
        session.add(row)
        record("check_profile", at=now, actor=actor, object_kind=KIND, object_id=account_id)
        session.flush()
        return row


def take_over(account_id: int, version: int, *, actor: User, now: datetime, zone: tzinfo) -> Account:
    """Title and address of the register become those that the network told last. StaleVersion, ServiceError."""
    look, row = latest(account_id, told=True), entry(account_id)
    if row is None:
        raise NotFound("Страница")
    if look is None:
        raise ServiceError("Соцсеть об этой странице ещё не спрашивали. Ничего не изменено.")
    stored = {name: getattr(row, name) for name in FIELDS}
    told = {"title": look.title or row.title, "url": look.url or row.url}
    return edit_page(account_id, version, Given(**stored | told), actor=actor, now=now, zone=zone)


def _told(account_id: int) -> ToldProfile:
    account = db.session.get(Account, account_id)
    connection = account.connection if account else None
    if account is None or connection is None or connection.state is ConnectionState.OFF:
        raise ServiceError("Страница не подключена: спросить соцсеть нечем. Посмотрите сами и отметьте.")
    network, page_id, keys = account.network, account.external_id, stored_keys.opened(connection.keys)
    connector = connector_for(network, page_id, keys, at_screen=True)
    if not isinstance(connector, TellsProfile):
        raise ServiceError("Эта соцсеть об оформлении не рассказывает. Посмотрите сами и отметьте.")
    try:
        return answer_now(connector.profile)
    except NetworkError as error:
        raise ServiceError(f"Соцсеть не ответила: {error} Ничего не изменено, попробуйте позже.") from error


def _entered(account_id: int) -> None:
    if entry(account_id) is None:
        raise NotFound("Страница")


def _is_kept(state: PageState) -> bool:
    return state is not PageState.CLOSED


def _address(url: str) -> str:
    """What the network calls the address, where it is one of a page."""
    try:
        return page_of(url)[2]
    except ValueError:
        return ""


def _marks(given: Mapping[str, str]) -> dict[ProfileItem, Seen]:
    try:
        return {item: Seen(given.get(item) or Seen.UNKNOWN) for item in ProfileItem}
    except ValueError:
        raise MissingInput("marks", "Такого выбора нет.") from None


def _plain(marks: Mapping[ProfileItem, Seen]) -> dict[str, str]:
    return {str(item): str(seen) for item, seen in marks.items()}
