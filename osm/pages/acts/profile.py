"""Checks of a page's profile (Пр.2.4), and the files of the public register (Пр.1.3)."""

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from osm.base.database import add_row, db
from osm.base.durable import Busy, locked, replacing
from osm.base.errors import NotFound, ServiceError
from osm.base.supervised import why
from osm.base.transaction import transaction
from osm.connectors import contract, transport
from osm.documents import open_data
from osm.documents import public_register as site
from osm.documents.public_register import Places, PublicChange, PublicPage, PublicRegister, network_title
from osm.files.acts.files import Upload, checked, keep
from osm.log.acts.record import record
from osm.models import Account, AccountEdition, ConnectionState, ProfileCheck, User
from osm.networks.catalogue import is_closed_on, note_on
from osm.networks.pages import page_of
from osm.outbox.acts import keys as acts_keys
from osm.outbox.acts.asking import answer_now, connector_for
from osm.pages.acts.register import FIELDS, KIND, Given, edit_page
from osm.pages.queries import (
    Change,
    changes,
    entry,
    every_edition,
    in_order,
    latest,
    register,
    unentered,
    without_mistakes,
)
from osm.people.queries import handovers, people
from osm.regulation.errors import MissingInput, one_of, refuse
from osm.regulation.own_pages import PageState, ProfileItem, Seen, ToldProfile, judged
from osm.settings import ROOT

# --- Profile of a page (Пр.2.4)
LONGEST_NOTE = 2000


def note_look(
    account_id: int, seen: Mapping[ProfileItem, str], *, note: str, photos: Sequence[Upload], actor: User, now: datetime
) -> ProfileCheck:
    """Save a person's look; an item that is not given was not checked. Raises NotFound, and MissingInput if no item was
    checked or the picture is unreadable."""
    wrong = "Такого выбора нет."
    marks = {item: one_of("marks", seen.get(item) or Seen.UNKNOWN, Seen, wrong) for item in ProfileItem}
    note = note.replace("\0", "").strip()
    if all(mark is Seen.UNKNOWN for mark in marks.values()) and not note and not photos:
        raise MissingInput("marks", "Отметьте хотя бы одно: есть или нет.")
    refuse("note", len(note) > LONGEST_NOTE, f"Пояснение длиннее {LONGEST_NOTE} знаков. Сократите.")
    refuse("files", len(photos) > 1, "Приложите один снимок: как страница выглядит целиком.")
    files = checked(photos)
    with transaction():
        _entered(account_id)
        keep(files)
        row = ProfileCheck(account_id=account_id, at=now, by_id=actor.id, marks=_plain(marks), note=note)
        for file in files:
            row.photo_sha256, row.photo_type, row.photo_name = file.sha256, file.content_type, file.filename
        return _added(row, actor, now)


def ask_network(account_id: int, *, actor: User | None, now: datetime) -> ProfileCheck:
    """Ask the page's network; values it does not give stay as a person saw them last. Raises ServiceError, NotFound."""
    told = _told(account_id)
    with transaction():
        _entered(account_id)
        others = (row for row in register() if row.account_id != account_id and row.state is not PageState.CLOSED)
        pages = [f"{parts.hostname}{parts.path}".rstrip("/") for parts in (urlsplit(row.url) for row in others)]
        found = judged(told, urlsplit(people.office().site).hostname or "", pages)
        before = latest(account_id)
        known = before.seen if before else {}
        marks = {item: known.get(item, Seen.UNKNOWN) if seen is Seen.UNKNOWN else seen for item, seen in found.items()}
        row = ProfileCheck(
            account_id=account_id, at=now, by_id=actor.id if actor else None, marks=_plain(marks),
            told={"title": told.title[:200], "url": _address(told.url)},
        )  # fmt: skip
        return _added(row, actor, now)


def _added(row: ProfileCheck, actor: User | None, now: datetime) -> ProfileCheck:
    record("check_profile", at=now, actor=actor, object_kind=KIND, object_id=row.account_id)
    return add_row(row)


def take_over(account_id: int, version: int, *, actor: User, now: datetime, zone: tzinfo) -> Account:
    """Copy title and address from the network's last answer into the register. Raises StaleVersion, ServiceError."""
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
    network, page_id, keys = account.network, account.external_id, acts_keys.opened(connection.keys)
    connector = connector_for(network, page_id, keys, at_screen=True)
    if not isinstance(connector, contract.TellsProfile):
        raise ServiceError("Эта соцсеть об оформлении не рассказывает. Посмотрите сами и отметьте.")
    try:
        return answer_now(connector.profile)
    except transport.NetworkError as error:
        raise ServiceError(f"Соцсеть не ответила: {error} Ничего не изменено, попробуйте позже.") from error


def _entered(account_id: int) -> None:
    if entry(account_id) is None:
        raise NotFound("Страница")


def _address(url: str) -> str:
    try:
        return page_of(url)[2]
    except ValueError:
        return ""


def _plain(marks: Mapping[ProfileItem, Seen]) -> dict[str, str]:
    return {str(item): str(seen) for item, seen in marks.items()}


# --- Files of the public register (Пр.1.3)
STYLE_FILE = ROOT / "static" / "css" / "site.css"
VERSIONS = 12  # number of past versions of the data offered, the newest
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_SCHEMA_TYPE = "application/schema+json"
_PUBLIC = {
    "id": "account_id",
    "owner": "body",
    "owner_inn": "body_inn",
    "status": "state",
    "status_since": "state_on",
    "created_on": "opened_on",
    "act_date": "act_on",
    **{
        name: name
        for name in (
            "network", "title", "url", "unit", "phone", "email", "act", "act_number", "verified", "verified_on",
        )
    },
}  # fmt: skip
"""Public field → its column."""
_WITHOUT_VALUES = frozenset(("phone", "email", "unit"))  # for these the feed does not publish the values


@dataclass(frozen=True, slots=True)
class SiteFile:
    content: bytes
    content_type: str


def public_register(zone: tzinfo, today: date, *, show_forbidden: bool) -> PublicRegister:
    """The register as the public sees it today. Networks blocked or forbidden in Russia are left out unless a setting
    shows them; restricted ones have a note."""
    details = people.office()

    def is_shown(row: AccountEdition) -> bool:
        return show_forbidden or not is_closed_on(row.network, today)

    shown = without_mistakes(filter(is_shown, every_edition()))
    every = register()
    now = tuple(_page(row, zone, today) for row in every if is_shown(row))
    return PublicRegister(
        details.name, details.inn, details.site, now, _changes(shown, zone, today),
        {at.astimezone(zone): _as_of(shown, at, zone) for at in _minutes(shown)}, leaves_out=len(now) < len(every),
        is_whole=handovers.office_settings().no_others_at is not None and not unentered(),
    )  # fmt: skip


def site_files(found: PublicRegister, where: Places) -> dict[str, SiteFile]:
    """Files by name. Open data only if the office has entered its ИНН and there is a page."""
    made: dict[str, bytes] = {
        site.PAGE: site.page(found, where),
        site.EMBED: site.embedded(found, where),
        site.FRAGMENT: site.fragment(found, where),
        site.JSON: site.register_json(found),
        site.SCHEMA: site.schema_json(),
        site.CSV: open_data.table(found.pages),
        site.ATOM: site.feed(found, where),
        site.STYLE: STYLE_FILE.read_bytes(),
    }
    if found.inn and found.past:
        folder = f"{site.OPEN_DATA}/{open_data.set_name(found.inn)}"
        made |= {f"{folder}/{open_data.data_name(at)}": open_data.table(rows) for at, rows in found.past.items()}
        made[f"{folder}/{open_data.structure_name()}"] = open_data.structure()
        made[f"{folder}/meta.csv"] = open_data.meta(found, where)
        made[site.LIST] = open_data.list_of_sets(found, where)
        made[site.PASSPORT] = open_data.passport_page(found, where)
    return {name: SiteFile(content, _type(name)) for name, content in made.items()}


def _type(name: str) -> str:
    if name == site.SCHEMA:
        return _SCHEMA_TYPE
    return _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _page(row: AccountEdition, zone: tzinfo, day: date) -> PublicPage:
    return PublicPage(
        **{name: getattr(row, column) for name, column in _PUBLIC.items()},
        network_title=network_title(row.network),
        updated_at=row.since.astimezone(zone),
        note=note_on(row.network, day),
    )


def _changes(shown: list[AccountEdition], zone: tzinfo, today: date) -> tuple[PublicChange, ...]:
    """Changes between consecutive public editions, newest first."""
    before: dict[int, AccountEdition] = {}
    found = []
    for row in reversed(shown):
        earlier = before.get(row.account_id)
        words = tuple(_words(one) for one in changes(earlier, row))
        found.append(PublicChange(_page(row, zone, today), row.number, words, is_new=earlier is None))
        before[row.account_id] = row
    return tuple(reversed(found))


def _words(change: Change) -> str:
    """«Телефон: изменено»: an old value may have been a person's private one."""
    if change.field in _WITHOUT_VALUES:
        return f"{change.label}: изменено"
    return f"{change.label}: {change.old} → {change.new}"


def _minutes(shown: list[AccountEdition]) -> list[datetime]:
    """Minutes with a change, newest first; they name the versions of the data."""
    found: Mapping[datetime, None] = dict.fromkeys(row.since.replace(second=0, microsecond=0) for row in shown)
    return list(found)[:VERSIONS]


def _as_of(shown: list[AccountEdition], minute: datetime, zone: tzinfo) -> tuple[PublicPage, ...]:
    latest: dict[int, AccountEdition] = {}
    for row in reversed(shown):
        if row.since.replace(second=0, microsecond=0) <= minute:
            latest[row.account_id] = row
    day = minute.astimezone(zone).date()
    return tuple(_page(row, zone, day) for row in sorted(latest.values(), key=in_order))


# --- Export to a folder, for sites that only accept files
KEPT_BY = ".osm-site.json"  # lists the files written by the export; only these are ever deleted
_PART, _LOCK = ".osm-part-", ".osm-lock"
_READABLE = 0o644  # readable by the web server of the site


@dataclass(frozen=True, slots=True)
class Exported:
    """Numbers of files written, unchanged, deleted."""

    written: int
    unchanged: int
    removed: int


def export_files(files: Mapping[str, SiteFile], folder: Path) -> Exported:
    """Update the folder to these files, each written completely or not at all. Data before pages, so that links always
    work. Raises ServiceError for files that could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK):
            for part in folder.rglob(f"{_PART}*"):
                part.unlink(missing_ok=True)  # left by an interrupted export
            before = _names(folder)
            _remember(folder, before | set(files))
            written = sum(_put(folder / name, files[name].content) for name in sorted(files, key=_data_first))
            gone = before - set(files)
            for name in gone:
                (folder / name).unlink(missing_ok=True)
            _remember(folder, set(files))
            return Exported(written, len(files) - written, len(gone))
    except Busy:
        raise ServiceError(f"В папку {folder} сейчас пишет другая команда. Повторите, когда она закончит.") from None
    except OSError as error:
        raise ServiceError(f"В папку {folder} не удалось записать: {why(error)}. Прежние файлы целы.") from error


def _data_first(name: str) -> tuple[int, str]:
    return (1 if name.endswith(("meta.csv", "list.csv")) else 2 if name.endswith(".html") else 0), name


def _put(file: Path, content: bytes) -> bool:
    """Write the file if it differs; return whether it did."""
    if file.is_file() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file, _PART) as part:
        part.write(content)
        Path(part.name).chmod(_READABLE)
    return True


def _names(folder: Path) -> set[str]:
    """File names of the earlier export, only those inside the folder."""
    try:
        found = json.loads((folder / KEPT_BY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return {name for name in names if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts}


def _remember(folder: Path, names: set[str]) -> None:
    _put(folder / KEPT_BY, (json.dumps(sorted(names), ensure_ascii=False, indent=1) + "\n").encode())
