"""Settings of one installation, read once from the environment and checked (table: docs/settings.md)."""

import os
import shlex
import shutil
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from osm.base.supervised import SettingsError as SettingsError
from osm.base.supervised import why
from osm.regulation.control import Period
from osm.regulation.words import Role
from osm.settings.directory import DirectorySettings, load_directory
from osm.settings.environment import (
    NEW_KEY,
    SETTINGS,
    SHORTEST_KEY,
    InboxSettings,
    MailSettings,
    ReminderSettings,
    SiteSettings,
    given,
    load_hosts,
    load_inbox,
    load_mail,
    load_reminders,
    load_site,
    number,
    own_key,
)

ROOT = Path(__file__).resolve().parents[2]

DEVELOPMENT, PRODUCTION = "development", "production"
_YES, _NO = {"1", "true", "yes", "on", "да"}, {"0", "false", "no", "off", "нет"}

_AS_POSTGRES = "Нужно как postgresql://имя@узел/osm."


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one installation to another. Keys are kept out of the representation."""

    host: str
    port: int
    environment: str
    data_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_key: str = field(repr=False)
    now: datetime | None
    time_zone: ZoneInfo
    https: bool
    trusted_proxy: str
    threads: int
    web_processes: int = 1  # how many of them share the port
    installation: str = ""
    """The name that all machines of one installation share; empty: there is one machine, which is known by itself."""
    second_person_approves: bool = False
    backup_dir: Path | None = None  # where the worker puts a backup every night; None: it makes none
    backup_copies: int = 7  # how many of those are kept
    backup_recipients: tuple[str, ...] = ()  # public keys of age for which backups are encrypted; empty: they are not
    repeat_days: int = 30  # within how many days two messages may be a repeat (П.15)
    copies_mailing: int = 5  # from how many near copies on they count as a mailing
    network_urls: Mapping[str, str] = field(default_factory=dict)
    """Network → scheme, host and port that stand in for its own (OSM_VK_URL and the like)."""
    national_roots: Path | None = None
    """Roots that are trusted besides the usual ones, by networks alone that need them."""
    networks_proxy: str = field(default="", repr=False)
    """Through which networks are asked that need it; it may hold a password. Empty: through none."""
    memo_period: Period = Period.MONTH  # of which period the worker prepares the memo of shortcomings (П.19)
    ban_spam_at_once: bool = False
    """Whether a moderator may have spam bots banned before the curator decides; he decides afterwards (П.17)."""
    second_factor: frozenset[Role] = frozenset()  # roles that need a second factor
    scan_command: tuple[str, ...] = ()  # looks for viruses in files that come in; empty: nothing does
    mail: MailSettings | None = None
    site: SiteSettings = field(default_factory=SiteSettings)  # what strangers see of the register of pages (Пр.1.3)
    reminders: ReminderSettings = field(default_factory=lambda: load_reminders({}))
    metrics_token: str = field(default="", repr=False)
    """With it /metrics is read from elsewhere; empty: from this server only."""
    webhook_hosts: tuple[str, ...] = ()  # hosts that may receive events; none: no webhook can be switched on
    webhook_roots: Path | None = None  # more roots that are trusted there
    inbox_dir: Path | None = None  # where exports are put to be loaded by themselves; None: nowhere
    inbox_mail: InboxSettings | None = None  # the mailbox from which exports are loaded by themselves
    directory: DirectorySettings = field(default_factory=DirectorySettings)
    """Who else may log in, beside local accounts."""

    @property
    def is_production(self) -> bool:
        return self.environment == PRODUCTION

    @property
    def uploads_dir(self) -> Path:
        """Where files that people upload are kept."""
        return self.data_dir / "uploads"

    @property
    def seals_file(self) -> Path:
        """Where the seals of the log are written outside the database."""
        return self.data_dir / "seals.jsonl"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; SettingsError says in Russian what is wrong and what to set."""
    env = os.environ if environ is None else environ
    environment = _one_of(env, "OSM_ENV", DEVELOPMENT, PRODUCTION)
    production = environment == PRODUCTION
    data_dir = _data_dir(env)
    secret_key = own_key(env, "OSM_SECRET_KEY", data_dir / "secret.key", production)
    encryption_key = own_key(env, "OSM_ENCRYPTION_KEY", data_dir / "encryption.key", production)
    if production and secret_key == encryption_key:
        raise SettingsError(
            "OSM_SECRET_KEY и OSM_ENCRYPTION_KEY одинаковы: кто узнает один, узнает оба. Рабочий сервер с ними не "
            f"запускается. Смените OSM_SECRET_KEY, данных это не затронет. {NEW_KEY}"
        )
    return Settings(
        host=given(env, "HOST"),
        port=number(env, "PORT", 65535),
        environment=environment,
        data_dir=data_dir,
        database_url=checked_url(
            given(env, "OSM_DATABASE_URL") or f"sqlite:///{data_dir / 'osm.sqlite3'}", "OSM_DATABASE_URL"
        ),
        secret_key=secret_key,
        encryption_key=encryption_key,
        now=_instant(env, production),
        time_zone=_zone(env),
        https=_flag(env, "OSM_HTTPS", production),
        trusted_proxy=given(env, "OSM_TRUSTED_PROXY"),
        threads=number(env, "OSM_THREADS", 64),
        web_processes=number(env, "OSM_WEB_PROCESSES", 64),
        installation=given(env, "OSM_INSTALLATION"),
        second_person_approves=_flag(env, "OSM_SECOND_PERSON_APPROVES"),
        backup_dir=_folder(env, "OSM_BACKUP_DIR", data_dir / "backups" if production else None),
        backup_copies=number(env, "OSM_BACKUP_COPIES", 366),
        backup_recipients=_recipients(env, "OSM_BACKUP_RECIPIENT"),
        inbox_dir=_folder(env, "OSM_INBOX_DIR", None),
        inbox_mail=load_inbox(env),
        repeat_days=number(env, "OSM_REPEAT_DAYS", 3660),
        copies_mailing=number(env, "OSM_COPIES_MAILING", 1000, lowest=2),
        network_urls=_network_urls(env),
        national_roots=_roots(env, "OSM_NATIONAL_ROOTS"),
        networks_proxy=_proxy(env, "OSM_NETWORKS_PROXY"),
        memo_period=Period(_one_of(env, "OSM_MEMO_PERIOD", Period.MONTH, Period.QUARTER, Period.WEEK)),
        ban_spam_at_once=_flag(env, "OSM_BAN_SPAM_AT_ONCE"),
        second_factor=_roles(env, "OSM_SECOND_FACTOR"),
        scan_command=_command(env, "OSM_SCAN_COMMAND"),
        mail=load_mail(env),
        site=load_site(env, _flag(env, "OSM_SHOW_FORBIDDEN_NETWORKS"), number(env, "OSM_PUBLIC_PER_SECOND", 10_000)),
        reminders=load_reminders(env),
        metrics_token=_token(env, "OSM_METRICS_TOKEN"),
        webhook_hosts=load_hosts(env),
        directory=load_directory(env),
        webhook_roots=_roots(env, "OSM_CA_BUNDLE"),
    )


def _one_of(env: Mapping[str, str], name: str, *known: str) -> str:
    value = given(env, name).lower()
    if value not in known:
        raise SettingsError(f"{name} = «{value}»: такого значения нет. Укажите {' или '.join(known)}.")
    return value


def _data_dir(env: Mapping[str, str]) -> Path:
    path = Path(given(env, "OSM_DATA_DIR") or ROOT / "var").expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise SettingsError(
            f"Каталог данных {path} нельзя создать ({why(error)}). "
            "Укажите в OSM_DATA_DIR каталог, доступный для записи."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingsError(f"В каталог данных {path} нельзя писать. Дайте права на запись или смените OSM_DATA_DIR.")
    return path


def checked_url(url: str, name: str) -> str:
    """The address of a database as SQLAlchemy takes it; SettingsError names where it came from."""
    scheme, separator, rest = url.partition("://")
    dialect = scheme.partition("+")[0]
    if dialect in ("postgres", "postgresql"):
        return _postgres(f"postgresql+psycopg://{rest}", name)
    if dialect == "sqlite" and rest.startswith("/") and rest.strip("/") not in ("", ":memory:"):
        return url
    if dialect == "sqlite" and separator:
        raise SettingsError(f"{name}: для SQLite нужен файл, например sqlite:////var/lib/osm/osm.sqlite3.")
    raise SettingsError(f"{name} не разобран. Примеры: sqlite:////путь/osm.sqlite3, postgresql://имя@узел/osm.")


def _postgres(url: str, name: str) -> str:
    try:
        made = make_url(url)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"{name} не разобран. {_AS_POSTGRES}") from error
    if not (made.database or made.query.get("dbname")):
        # PostgreSQL would take the database named as the user, which may be somebody else's, and fill it.
        raise SettingsError(f"{name}: нет имени базы. {_AS_POSTGRES}")
    return url


def _instant(env: Mapping[str, str], production: bool) -> datetime | None:
    text = given(env, "OSM_NOW")
    if not text:
        return None
    if production:
        raise SettingsError("OSM_NOW останавливает часы, на рабочем сервере это запрещено. Уберите OSM_NOW.")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"OSM_NOW = «{text}» не разобран. Пример: 2026-04-30T10:00+10:00.") from error
    if instant.tzinfo is None:
        raise SettingsError(f"OSM_NOW = «{text}»: нет часового пояса. Пример: 2026-04-30T10:00+10:00.")
    return instant.astimezone(UTC)


def _zone(env: Mapping[str, str]) -> ZoneInfo:
    name = given(env, "OSM_TIME_ZONE")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"OSM_TIME_ZONE = «{name}»: такого пояса нет. Пример: Asia/Vladivostok.") from error


def _folder(env: Mapping[str, str], name: str, default: Path | None) -> Path | None:
    """A folder that need not be there yet: a disk of the network may be away when the server starts. «0»: none."""
    text = given(env, name)
    if text.lower() in _NO:
        return None
    return Path(text).expanduser().absolute() if text else default


def _recipients(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    keys = tuple(given(env, name).replace(",", " ").split())
    if keys:
        from osm.store.archive import BadKey, recipient  # the library is not small, and few have such a key

        try:
            for key in keys:
                recipient(key)
        except BadKey as error:
            raise SettingsError(f"{name}: {error}") from error
    return keys


def _roles(env: Mapping[str, str], name: str) -> frozenset[Role]:
    codes = given(env, name).lower().replace(",", " ").split()
    known = [role for role in Role if role is not Role.SYSTEM]
    for code in codes:
        if code not in known:
            raise SettingsError(f"{name}: роли «{code}» нет. Через запятую: {', '.join(known)}.")
    return frozenset(map(Role, codes))


def _command(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(given(env, name)))
    except ValueError as error:
        raise SettingsError(f"{name}: кавычки не закрыты. Пример: clamdscan --no-summary --fdpass.") from error
    if words and shutil.which(words[0]) is None:
        raise SettingsError(f"{name}: программы «{words[0]}» на сервере нет. Установите её или уберите настройку.")
    return words


def _token(env: Mapping[str, str], name: str) -> str:
    token = given(env, name)
    if token and (len(token) < SHORTEST_KEY or not token.isascii() or " " in token):
        raise SettingsError(f"{name}: нужно не меньше {SHORTEST_KEY} знаков латиницей, без пробелов. {NEW_KEY}")
    return token


def _network_urls(env: Mapping[str, str]) -> dict[str, str]:
    """Where networks are asked instead of at their own addresses: in tests, or behind a gateway."""
    found = {}
    for name, network in ((name, one["network"]) for name, one in SETTINGS.items() if "network" in one):
        url = given(env, name).rstrip("/")
        if not url:
            continue
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise SettingsError(f"{name} = «{url}»: нужны схема, узел и порт, например http://127.0.0.1:8081.")
        found[network] = url
    return found


def _roots(env: Mapping[str, str], name: str) -> Path | None:
    text = given(env, name)
    if not text:
        return None
    try:
        ssl.create_default_context(cafile=text)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"{name} = «{text}»: это не файл сертификатов PEM ({why(error)}).") from error
    return Path(text)


def _proxy(env: Mapping[str, str], name: str) -> str:
    text = given(env, name)
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname and parts.port)
    except ValueError:
        is_one = False
    if text and not is_one:
        raise SettingsError(f"{name}: это не адрес прокси. Нужно как http://узел:порт.")
    return text


def _flag(env: Mapping[str, str], name: str, default: bool = False) -> bool:
    text = given(env, name).lower()
    if not text:
        return default
    if text not in _YES | _NO:
        raise SettingsError(f"{name} = «{text}»: укажите 1 или 0.")
    return text in _YES
