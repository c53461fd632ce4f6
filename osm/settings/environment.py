"""What the environment gives: every setting by name, the two keys, letters and reminders, what is seen from outside."""

import os
import re
import secrets
import tempfile
import tomllib
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from osm.base.numbers import whole
from osm.base.supervised import SettingsError, why
from osm.regulation.control import BEFORE
from osm.regulation.words import ClockKind

SETTINGS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("settings.toml").read_text(encoding="utf-8")
)


def given(env: Mapping[str, str], name: str) -> str:
    """What the environment says, else the default."""
    return env.get(name, "").strip() or SETTINGS[name].get("default", "")


def number(env: Mapping[str, str], name: str, highest: int, *, lowest: int = 1, default: int | None = None) -> int:
    text = given(env, name)
    found = default if default is not None and not text else whole(text)
    if found is None or not lowest <= found <= highest:
        raise SettingsError(f"{name} = «{text}»: нужно целое число от {lowest} до {highest}.")
    return found


def table() -> str:
    """docs/settings.md, for administrators."""
    rows = []
    for name, one in SETTINGS.items():
        without = one.get("shown") or (f"`{one['default']}`" if "default" in one else "–")
        rows.append(f"| `{name}` | {without} | {one['meaning']} |\n")
    return (
        "# Настройки\n\nВсе настройки берутся из переменных окружения. О неверной программа говорит одной строкой и не "
        "запускается.\n"
        "В `osm.env` значение пишут в одинарных кавычках: `OSM_SECOND_FACTOR='admin, curator'`.\n"
        "Эту таблицу печатает `python -m osm.settings`.\n\n"
        "| настройка | без неё | что значит |\n|---|---|---|\n" + "".join(rows)
    )


SHORTEST_KEY = 32  # characters; `secrets.token_urlsafe(32)` makes 43
NEW_KEY = 'Получите ключ командой python3 -c "import secrets; print(secrets.token_urlsafe(32))".'


def own_key(env: Mapping[str, str], name: str, path: Path, production: bool) -> str:
    """The key from the environment; a development installation makes and keeps one."""
    value = env.get(name, "").strip()
    if value:
        if production and len(value) < SHORTEST_KEY:
            raise SettingsError(
                f"{name} короче {SHORTEST_KEY} знаков: такой ключ можно подобрать, рабочий сервер с ним не "
                f"запускается. {NEW_KEY}"
            )
        if production and _is_guessable(value):
            raise SettingsError(
                f"{name} легко подобрать: в нём повторяются или идут подряд одни и те же знаки. Рабочий сервер с таким "
                f"ключом не запускается. {NEW_KEY}"
            )
        return value
    if production:
        raise SettingsError(
            f"Не задан {name}: без него рабочий сервер не запускается. "
            f"{NEW_KEY} Передайте его в {name}; храните ключ отдельно от данных."
        )
    try:
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise SettingsError(f"Ключ {path} не записан ({why(error)}). Освободите место или задайте {name}.") from error
    return _kept_key(name, path)


def _is_guessable(key: str) -> bool:
    """Of few different characters (aaaa…), mostly in the order of the alphabet (0123…), or one piece repeated. No drawn
    key is, not even one of 32 digits."""
    step = Counter(ord(second) - ord(first) for first, second in pairwise(key)).most_common(1)[0][1]
    periods = range(1, len(key) * 2 // 3)
    return len(set(key)) < 6 or step > len(key) / 2 or any(key[by:] == key[:-by] for by in periods)


def _make_key(path: Path) -> None:
    """Whole or not at all: several processes may start at once, and any may die; the first one's key is used."""
    descriptor, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        os.unlink(made)


def _kept_key(name: str, path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Ключ из файла {path} не прочитан. Восстановите файл или задайте {name}.") from error
    if not key:
        raise SettingsError(f"Файл ключа {path} пуст. Удалите его (будет создан новый ключ) или задайте {name}.")
    return key


ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[\w-]+(\.[\w-]+)+")
"""A mailbox as people have them; the domain may be Russian."""

_MINUTES = re.compile(r"(\d{1,2}):([0-5]\d)")


class Security(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


_PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True)
class MailSettings:
    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    base_url: str = ""  # Where people open the program: links in letters begin with it. Empty: letters have none.

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """The mailbox that exports come to, always by TLS, and whose exports are taken."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    senders: frozenset[str]
    ca: str = ""  # file with the certificates that are trusted; empty: those of the system


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """What holds with and without letters. `before`: minutes of working time for each clock."""

    before: Mapping[ClockKind, int]
    digest_times: tuple[time, ...]


def load_mail(env: Mapping[str, str]) -> MailSettings | None:
    """None without a server: reminders are then only on the page. Raises SettingsError."""
    host = given(env, "OSM_SMTP_HOST")
    if not host:
        return None
    security = given(env, "OSM_SMTP_SECURITY").lower()
    if security not in set(Security):
        raise SettingsError(f"OSM_SMTP_SECURITY = «{security}»: укажите starttls, tls или none.")
    sender = given(env, "OSM_MAIL_FROM")
    if not ADDRESS.fullmatch(sender):
        raise SettingsError("OSM_MAIL_FROM: нужен адрес, от которого идут письма, например osm@example.ru.")
    base_url = given(env, "OSM_BASE_URL").rstrip("/")
    if base_url and not re.fullmatch(r"https?://[^\s/]+", base_url):
        raise SettingsError(f"OSM_BASE_URL = «{base_url}»: нужен адрес программы, например https://osm.example.ru.")
    port = number(env, "OSM_SMTP_PORT", 65535, default=_PORTS[Security(security)])
    user, password = given(env, "OSM_SMTP_USER"), env.get("OSM_SMTP_PASSWORD", "")
    if user and security == Security.NONE:
        raise SettingsError("OSM_SMTP_USER: пароль ушёл бы открытым. Укажите OSM_SMTP_SECURITY starttls или tls.")
    return MailSettings(host, port, Security(security), sender, user, password, base_url)


def load_inbox(env: Mapping[str, str]) -> InboxSettings | None:
    """None without a server. Raises SettingsError."""
    host = given(env, "OSM_IMAP_HOST")
    if not host:
        return None
    port = number(env, "OSM_IMAP_PORT", 65535)
    user, password = given(env, "OSM_IMAP_USER"), env.get("OSM_IMAP_PASSWORD", "")
    if not user or not password:
        raise SettingsError("OSM_IMAP_USER и OSM_IMAP_PASSWORD: без них почтовый ящик не открыть.")
    senders = given(env, "OSM_IMAP_SENDERS").lower().replace(",", " ").split()
    if not senders or not all(map(ADDRESS.fullmatch, senders)):
        raise SettingsError("OSM_IMAP_SENDERS: нужны адреса, от которых принимаются выгрузки, через запятую.")
    return InboxSettings(host, port, user, password, frozenset(senders), given(env, "OSM_CA_BUNDLE"))


def load_reminders(env: Mapping[str, str]) -> ReminderSettings:
    """Raises SettingsError."""
    return ReminderSettings(BEFORE | _before(given(env, "OSM_REMIND_BEFORE")), _times(given(env, "OSM_DIGEST_TIMES")))


def _before(text: str) -> dict[ClockKind, int]:
    """«answer=1:30, route=0:00»."""
    found: dict[ClockKind, int] = {}
    for pair in text.replace(",", " ").split():
        name, _, length = pair.partition("=")
        match = _MINUTES.fullmatch(length)
        if name not in set(ClockKind) or match is None:
            raise SettingsError(
                f"OSM_REMIND_BEFORE: «{pair}» не разобрано. Нужно как answer=1:00, часы и минуты рабочего времени; "
                f"сроки: {', '.join(ClockKind)}."
            )
        found[ClockKind(name)] = int(match[1]) * 60 + int(match[2])
    return found


def _times(text: str) -> tuple[time, ...]:
    """«9:00, 16:00»."""
    matches = [_MINUTES.fullmatch(word) for word in text.replace(",", " ").split()]
    if not matches or any(match is None or int(match[1]) > 23 for match in matches):
        raise SettingsError(f"OSM_DIGEST_TIMES = «{text.strip()}»: нужны часы и минуты через запятую, как 9:00, 16:00.")
    return tuple(sorted(time(int(match[1]), int(match[2])) for match in matches if match))


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`url`: scheme and host at which strangers open the public part; empty: not known."""

    url: str = ""
    links: str = ""  # the same, only where OSM_PUBLIC_URL says so: strangers get one-time links there
    frames: tuple[str, ...] = ()
    """Origins of the sites that may show the register in a frame; empty: the office's own site alone."""
    show_forbidden: bool = False
    """Whether pages in networks that are forbidden in Russia are shown, with the note that the law wants."""
    per_second: int = 60  # requests to the public part that one web process answers in a second


def load_site(environ: Mapping[str, str], show_forbidden: bool, per_second: int) -> SiteSettings:
    """SettingsError names the setting and what to write."""
    return SiteSettings(
        links=_origin(environ, "OSM_PUBLIC_URL"),
        url=_origin(environ, "OSM_PUBLIC_URL") or _origin(environ, "OSM_BASE_URL", strictly=False),
        frames=_origins(environ, "OSM_SITE_ORIGINS"),
        show_forbidden=show_forbidden,
        per_second=per_second,
    )


def load_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts of webhooks. Raises SettingsError."""
    hosts = given(environ, "OSM_WEBHOOK_HOSTS").lower().replace(",", " ").split()
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(f"OSM_WEBHOOK_HOSTS: «{host}» не имя узла. Через запятую, например im.example.ru.")
    return tuple(dict.fromkeys(hosts))


def origin_of(address: str) -> str:
    """«https://xn--….xn--p1ai:8443» of an address, as a browser names it; empty where it is none."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return ""
    return f"{parts.scheme}://{host}{port}" if parts.scheme in ("http", "https") and _HOST.fullmatch(host) else ""


def _origin(environ: Mapping[str, str], name: str, *, strictly: bool = True) -> str:
    address = given(environ, name).rstrip("/")
    found = origin_of(address)
    if address and strictly and (not found or urlsplit(address).path or urlsplit(address).query):
        raise SettingsError(f"{name} = «{address}»: нужны схема и узел, например https://osm.example.ru.")
    return found


def _origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = []
    for address in given(environ, name).replace(",", " ").split():
        origin = origin_of(address)
        if not origin or urlsplit(address).path.strip("/") or urlsplit(address).query:
            raise SettingsError(f"{name}: «{address}» не адрес сайта. Нужно, например, https://priozerny.example.")
        found.append(origin)
    return tuple(dict.fromkeys(found))
