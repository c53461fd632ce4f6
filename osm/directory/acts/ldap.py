"""Ask an LDAP server who a person is: Active Directory, ALD Pro, FreeIPA, OpenLDAP.

The connection is always encrypted and the certificate checked against the name in the settings. A person is searched
by the account of the program, his password is checked by a bind under the name that the search found.
"""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ldap3 import BASE, NO_ATTRIBUTES, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from pyasn1.error import PyAsn1Error

from osm.base.application import Memory
from osm.base.numbers import whole
from osm.base.supervised import why
from osm.directory.acts.people import DirectoryAway, Found
from osm.models import Source
from osm.regulation.words import Role
from osm.settings.directory import LdapSettings

TIMEOUT_SECONDS = 5  # for the connection, and for each answer
AGAIN_SECONDS = 20.0
"""After a failure log-ins are refused at once for this time, so that they do not hold all threads."""
AWAY = Memory(lambda _: (0.0, ""))
PAGE = 500

_SUCCESS, _NO_SUCH_OBJECT = 0, 32
_UNAVAILABLE = {51: "сервер занят", 52: "сервер недоступен", 80: "внутренняя ошибка сервера"}
_REFUSALS = {
    4: "нашлось слишком много записей",
    7: "не тот способ входа",
    8: "сервер требует другой способ входа",
    32: "нет такого места, проверьте OSM_LDAP_BASE",
    49: "учётная запись программы не подошла, проверьте OSM_LDAP_BIND_DN и пароль",
    50: "учётной записи программы не хватает прав",
}
"""Code of a result → why, for what the program asks under its own account."""
_FAULTS = (
    ("hostname mismatch", "сертификат сервера выдан другому имени"),
    ("ip address mismatch", "сертификат сервера выдан другому имени"),
    ("has expired", "срок сертификата сервера истёк"),
    ("certificate", "сертификат сервера не подтверждён, проверьте OSM_CA_BUNDLE"),
    ("timed out", f"нет ответа за {TIMEOUT_SECONDS} с"),
    ("temporarily unavailable", f"нет ответа за {TIMEOUT_SECONDS} с"),
    ("refused", "соединение отклонено"),
    ("getaddrinfo", "такого имени в сети нет"),
    ("invalid server address", "такого имени в сети нет"),
    ("name or service", "такого имени в сети нет"),
    ("starttls", "сервер не начал шифрование StartTLS"),
    ("ssl", "шифрование не установлено"),
)
"""Part of an error in English → why; the first that fits."""

_IDS = ("objectGUID", "entryUUID", "ipaUniqueID", "nsUniqueId")
"""What names an entry for ever, also after a new name; the first that the server gives."""
_NAMES = ("displayName", "cn")
_DEPARTMENTS = ("department", "departmentNumber", "ou")
_DISABLED = ("userAccountControl", "accountExpires", "nsAccountLock", "pwdAccountLockedTime")
_LOCKED_FOR_EVER = "000001010000Z"
_NESTED = ":1.2.840.113556.1.4.1941:"  # active Directory only: also through groups in groups
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = (0, 2**63 - 1)


class _CheckedTls(Tls):  # type: ignore[misc]
    """Certificate and host name are checked by Python itself, also where the host is an IP address."""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002  as ldap3 calls it
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)


@dataclass(frozen=True, slots=True)
class _Entry:
    dn: str
    values: Mapping[str, list[bytes]]  # attribute in lower case → its values

    def text(self, *attributes: str) -> str:
        """The first value of the first of these attributes that has one."""
        found = (values[0] for name in attributes if (values := self.values.get(name.lower())))
        return " ".join(next(found, b"").decode("utf-8", "replace").replace("\0", "").split())


class Directory:
    """The server, spoken to under the account of the program."""

    def __init__(self, settings: LdapSettings, connection: Connection, url: str, now: datetime) -> None:
        self._settings, self._connection, self.url, self._now = settings, connection, url, now

    def by_login(self, login: str) -> Found | None:
        """The person with this login, compared without regard to case. None: no person, or several."""
        return self._one(self._settings.filter.replace("{login}", escape_filter_chars(login)))

    def by_id(self, external_id: str) -> Found | None:
        """The person with this id if the filter of the settings still lets him in."""
        attribute, _, value = external_id.partition("=")
        if attribute == "objectGUID":
            value = "".join(rf"\{value[at : at + 2]}" for at in range(0, len(value), 2))
        else:
            value = escape_filter_chars(value)
        return self._one(f"(&({attribute}={value}){self._settings.filter.replace('{login}', '*')})")

    def checked(self, login: str, password: str) -> Found | None:
        """The person if the password is his; an empty one is never sent, because servers take it for a guest's."""
        entry = self._entry(self._settings.filter.replace("{login}", escape_filter_chars(login)))
        # Another spelling of the same login would be throttled apart.
        if not password or entry is None or entry.text(self._settings.login_attribute).lower() != login:
            return None
        with _connected(self._settings, self.url, entry.dn, password) as (_, code):
            if code in _UNAVAILABLE:
                raise DirectoryAway(_UNAVAILABLE[code])
        return self._found(entry) if code == _SUCCESS else None

    def people(self) -> int:
        """How many the filter finds, PAGE at most."""
        everybody = self._settings.filter.replace("{login}", "*")
        return len(self._search(self._settings.base, SUBTREE, everybody, (), paged_size=PAGE))

    def has_group(self, group: str) -> bool:
        return bool(self._search(group, BASE, "(objectClass=*)", (), may_be_missing=True))

    def _one(self, filter_: str) -> Found | None:
        entry = self._entry(filter_)
        return self._found(entry) if entry else None

    def _entry(self, filter_: str) -> _Entry | None:
        login = self._settings.login_attribute
        wanted = (login, "mail", *_IDS, *_NAMES, *_DEPARTMENTS, *_DISABLED)
        entries = self._search(self._settings.base, SUBTREE, filter_, wanted)
        return entries[0] if len(entries) == 1 else None

    def _found(self, entry: _Entry) -> Found:
        name = next((one for one in _IDS if entry.values.get(one.lower())), "")
        if not name:
            raise DirectoryAway("у записи нет постоянного номера: " + ", ".join(_IDS))
        value = entry.values[name.lower()][0]
        login = entry.text(self._settings.login_attribute).lower()
        return Found(
            source=Source.LDAP,
            external_id=f"{name}={value.hex() if name == 'objectGUID' else value.decode('utf-8', 'replace')}",
            login=login, name=entry.text(*_NAMES) or login, email=entry.text("mail"),
            department=entry.text(*_DEPARTMENTS), roles=self._roles(entry, login),
            is_disabled=_is_disabled(entry, self._now),
        )  # fmt: skip

    def _roles(self, entry: _Entry, login: str) -> tuple[Role, ...]:
        """Asked group by group, so that the server compares the names: a DN can be written in many ways."""
        found: set[Role] = set()
        dn, login = escape_filter_chars(entry.dn), escape_filter_chars(login)
        in_groups = f"(member{_NESTED}={dn})" if "objectguid" in entry.values else ""
        is_member = f"(|(member={dn})(uniqueMember={dn})(memberUid={login}){in_groups})"
        for group, roles in self._settings.roles.items():
            of_person = f"(memberOf={escape_filter_chars(group)})"
            if self._search(group, BASE, is_member, (), may_be_missing=True) or self._search(
                entry.dn, BASE, of_person, (), may_be_missing=True
            ):
                found.update(roles)
        return tuple(sorted(found))

    def _search(
        self, base: str, scope: Any, filter_: str, wanted: tuple[str, ...], *, may_be_missing: bool = False, **more: Any
    ) -> list[_Entry]:
        asked = self._connection
        with _faults():
            asked.search(
                base, filter_, scope, attributes=list(wanted) or NO_ATTRIBUTES, time_limit=TIMEOUT_SECONDS, **more
            )
            code, answers = asked.result["result"], asked.response or []
        if code == _NO_SUCH_OBJECT and may_be_missing:
            return []
        if code != _SUCCESS:  # not the same as an empty answer
            raise DirectoryAway(_words_of(code))
        return [
            _Entry(one["dn"], {name.lower(): list(values) for name, values in one["raw_attributes"].items()})
            for one in answers
            if one["type"] == "searchResEntry"  # referrals to other servers are not followed
        ]


@contextmanager
def directory(settings: LdapSettings, now: datetime, *, patiently: bool = False) -> Iterator[Directory]:
    """The first server that answers. Raises DirectoryAway, at once for AGAIN_SECONDS after a failure. `patiently`: ask
    all the same, because no person waits at a screen."""
    until, reason = AWAY.get()
    if time.monotonic() < until and not patiently:
        raise DirectoryAway(reason)
    try:
        with _first(settings) as (connection, url):
            AWAY.forget()
            yield Directory(settings, connection, url, now)
    except _Silent as error:
        AWAY.set((time.monotonic() + AGAIN_SECONDS, error.why))
        raise


class _Silent(DirectoryAway):
    """It did not answer at all; what it refuses is answered at once and may be asked again."""


@contextmanager
def _first(settings: LdapSettings) -> Iterator[tuple[Connection, str]]:
    with ExitStack() as stack:
        for left, url in zip(range(len(settings.urls) - 1, -1, -1), settings.urls, strict=True):
            try:
                found = _connected(settings, url, settings.bind_dn, settings.bind_password)
                connection, code = stack.enter_context(found)
                break
            except _Silent:
                if not left:
                    raise
        if code != _SUCCESS:
            raise DirectoryAway(_words_of(code))
        yield connection, url


@contextmanager
def _connected(settings: LdapSettings, url: str, dn: str, password: str) -> Iterator[tuple[Connection, int]]:
    """A connection on which this name has tried to bind, and the code of the answer."""
    parts = urlsplit(url)
    secure = parts.scheme == "ldaps"
    with _faults():
        server = Server(
            parts.hostname, port=parts.port or (636 if secure else 389), use_ssl=secure, get_info=NONE,
            tls=_CheckedTls(ca_certs_file=settings.ca or None), connect_timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        # As bytes: ldap3 changes a text (NFKC, no soft hyphens) and refuses some, but the directory has what was typed.
        asked = Connection(
            server, dn or None, password.encode() or None, auto_referrals=False, read_only=True, check_names=False,
            receive_timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
    try:
        with _faults():
            asked.open(read_server_info=False)
            if not secure:
                asked.start_tls(read_server_info=False)
            asked.bind(read_server_info=False)
        yield asked, asked.result["result"]
    finally:
        with suppress(LDAPException, OSError):
            asked.unbind()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (LDAPException, PyAsn1Error, OSError, LookupError, ValueError, TypeError) as error:  # of nonsense too
        raise _Silent(_words(error)) from error


def _words(error: Exception) -> str:
    """Most of what ldap3 raises has its cause as text only."""
    said = str(error).lower()
    found = (words for part, words in _FAULTS if part in said)
    return next(found, why(error) if isinstance(error, OSError) and error.errno else "сервер ответил непонятно")


def _words_of(code: int) -> str:
    return _REFUSALS.get(code) or _UNAVAILABLE.get(code) or f"отказ с кодом {code}"


def _is_disabled(entry: _Entry, now: datetime) -> bool:
    flags, expires = (whole(entry.text(name), 19) or 0 for name in ("userAccountControl", "accountExpires"))
    return (
        bool(flags & 2)
        or (expires not in _NEVER and expires <= (now - _EPOCH) / timedelta(microseconds=1) * 10)
        or entry.text("nsAccountLock").lower() == "true"
        or entry.text("pwdAccountLockedTime") == _LOCKED_FOR_EVER
    )
