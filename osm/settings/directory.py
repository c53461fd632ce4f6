"""Settings of the log-in by the organisation's directory: LDAP, OpenID Connect, the header of the proxy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from osm.base.supervised import SettingsError
from osm.regulation.words import GIVEN_ROLES, Role
from osm.settings.environment import given

_LOGIN_OF = re.compile(r"\(([A-Za-z][\w;-]*)=\{login\}\)")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")

Roles = Mapping[str, tuple[Role, ...]]  # group → the roles of its members


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """`urls`: servers of one directory, asked one after the other. `filter` has `{login}` in place of the login."""

    urls: tuple[str, ...]
    base: str
    filter: str
    roles: Roles
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    ca: str = ""  # file of root certificates; empty: those of the system

    @property
    def login_attribute(self) -> str:
        """The attribute that holds the login: the first that the filter compares with it."""
        found = _LOGIN_OF.search(self.filter)
        assert found  # checked when the settings were read
        return found[1]


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`groups`: the claim with the names of groups, a path with points; `base_url`: where people open the program."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles: Roles
    groups: str
    scope: str
    base_url: str
    ca: str = ""


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """The ways to log in beside local accounts; None and empty: this way is off."""

    ldap: LdapSettings | None = None
    oidc: OidcSettings | None = None
    header: str = ""  # the header in which the trusted proxy names the person it has checked


def load_directory(env: Mapping[str, str]) -> DirectorySettings:
    """SettingsError names the setting and what to write."""
    ca = given(env, "OSM_CA_BUNDLE")
    if ca and not Path(ca).is_file():
        raise SettingsError(f"OSM_CA_BUNDLE = «{ca}»: такого файла нет. Нужен файл сертификатов в формате PEM.")
    ldap = _ldap(env, ca)
    return DirectorySettings(ldap, _oidc(env, ca), _header(env, ldap))


def _ldap(env: Mapping[str, str], ca: str) -> LdapSettings | None:
    urls = tuple(given(env, "OSM_LDAP_URL").replace(",", " ").split())
    if not urls:
        return None
    for url in urls:
        if _host(url, "ldap", "ldaps") is None:
            raise SettingsError(f"OSM_LDAP_URL = «{url}»: нужно ldaps://узел или ldap://узел (тогда StartTLS).")
    base, filter_ = given(env, "OSM_LDAP_BASE"), given(env, "OSM_LDAP_FILTER")
    if not base:
        raise SettingsError("Не задан OSM_LDAP_BASE: где в каталоге искать людей, например dc=example,dc=ru.")
    if not _LOGIN_OF.search(filter_) or filter_.count("(") != filter_.count(")"):
        raise SettingsError(f"OSM_LDAP_FILTER = «{filter_}»: нужен фильтр в скобках с {{login}}, как (uid={{login}}).")
    dn, password = given(env, "OSM_LDAP_BIND_DN"), env.get("OSM_LDAP_BIND_PASSWORD", "")
    if bool(dn) != bool(password):
        raise SettingsError(
            "OSM_LDAP_BIND_DN и OSM_LDAP_BIND_PASSWORD нужны вместе: с пустым паролем сервер пускает всех."
        )
    return LdapSettings(urls, base, filter_, _roles(env, "OSM_LDAP_ROLES"), dn, password, ca)


def _oidc(env: Mapping[str, str], ca: str) -> OidcSettings | None:
    issuer = given(env, "OSM_OIDC_ISSUER")
    if not issuer:
        return None
    if _host(issuer, "https") is None and not _is_here(_host(issuer, "http")):
        raise SettingsError(f"OSM_OIDC_ISSUER = «{issuer}»: нужен адрес https://, как его называет сам провайдер.")
    client_id, secret = given(env, "OSM_OIDC_CLIENT_ID"), env.get("OSM_OIDC_CLIENT_SECRET", "").strip()
    if not client_id or not secret:
        raise SettingsError("OSM_OIDC_CLIENT_ID и OSM_OIDC_CLIENT_SECRET нужны вместе с OSM_OIDC_ISSUER.")
    base_url = given(env, "OSM_BASE_URL").rstrip("/")
    if _host(base_url, "http", "https") is None:
        raise SettingsError("OSM_BASE_URL: единому входу нужен адрес программы, например https://osm.example.ru.")
    scope = given(env, "OSM_OIDC_SCOPE")
    if "openid" not in scope.split():
        raise SettingsError(f"OSM_OIDC_SCOPE = «{scope}»: среди слов нужно openid.")
    roles, groups = _roles(env, "OSM_OIDC_ROLES"), given(env, "OSM_OIDC_GROUPS")
    return OidcSettings(issuer, client_id, secret, roles, groups, scope, base_url, ca)


def _header(env: Mapping[str, str], ldap: LdapSettings | None) -> str:
    name = given(env, "OSM_REMOTE_USER_HEADER")
    if not name:
        return ""
    if not _HEADER.fullmatch(name):
        raise SettingsError(f"OSM_REMOTE_USER_HEADER = «{name}»: нужно имя заголовка, например X-Remote-User.")
    if ldap is None:
        raise SettingsError(
            "OSM_REMOTE_USER_HEADER: имени от прокси мало, кто это — говорит каталог. Задайте OSM_LDAP_URL."
        )
    try:
        ip_address(given(env, "OSM_TRUSTED_PROXY"))
    except ValueError:
        raise SettingsError(
            "OSM_REMOTE_USER_HEADER: заголовку верят только от прокси. Укажите в OSM_TRUSTED_PROXY его адрес, не *."
        ) from None
    return name


def _roles(env: Mapping[str, str], name: str) -> Roles:
    """«cn=press,ou=groups,dc=example=curator; …»: the role follows the last sign of equality."""
    found: dict[str, tuple[Role, ...]] = {}
    for pair in filter(None, map(str.strip, given(env, name).split(";"))):
        group, _, role = (part.strip() for part in pair.rpartition("="))
        if not group or role not in GIVEN_ROLES:
            known = ", ".join(GIVEN_ROLES)
            raise SettingsError(f"{name}: «{pair}» не разобрано. Нужно «группа=роль; группа=роль», роли: {known}.")
        found[group] = (*found.get(group, ()), Role(role))
    if not found:
        raise SettingsError(
            f"Не задан {name}: каким группам какие роли, «группа=роль; группа=роль». Без ролей не войти."
        )
    return found


def _host(url: str, *schemes: str) -> str | None:
    """The host of an address of one of these schemes; None if it is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in schemes and parts.port != 0 and "@" not in parts.netloc else None
    except ValueError:
        return None


def _is_here(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
