"""Settings of the reminders: the server that takes the letters, when digests go, how long before a term."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from osm.base.numbers import whole
from osm.base.supervised import SettingsError
from osm.regulation.control import BEFORE
from osm.regulation.words import ClockKind

from .declared import given

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
    port = given(env, "OSM_SMTP_PORT") or str(_PORTS[Security(security)])
    number = whole(port)
    if number is None or not 1 <= number <= 65535:
        raise SettingsError(f"OSM_SMTP_PORT = «{port}»: нужно целое число от 1 до 65535.")
    user, password = given(env, "OSM_SMTP_USER"), env.get("OSM_SMTP_PASSWORD", "")
    if user and security == Security.NONE:
        raise SettingsError("OSM_SMTP_USER: пароль ушёл бы открытым. Укажите OSM_SMTP_SECURITY starttls или tls.")
    return MailSettings(host, number, Security(security), sender, user, password, base_url)


def load_inbox(env: Mapping[str, str]) -> InboxSettings | None:
    """None without a server. Raises SettingsError."""
    host = given(env, "OSM_IMAP_HOST")
    if not host:
        return None
    number = whole(port := given(env, "OSM_IMAP_PORT"))
    if number is None or not 1 <= number <= 65535:
        raise SettingsError(f"OSM_IMAP_PORT = «{port}»: нужно целое число от 1 до 65535.")
    user, password = given(env, "OSM_IMAP_USER"), env.get("OSM_IMAP_PASSWORD", "")
    if not user or not password:
        raise SettingsError("OSM_IMAP_USER и OSM_IMAP_PASSWORD: без них почтовый ящик не открыть.")
    senders = given(env, "OSM_IMAP_SENDERS").lower().replace(",", " ").split()
    if not senders or not all(map(ADDRESS.fullmatch, senders)):
        raise SettingsError("OSM_IMAP_SENDERS: нужны адреса, от которых принимаются выгрузки, через запятую.")
    return InboxSettings(host, number, user, password, frozenset(senders), given(env, "OSM_CA_BUNDLE"))


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
