"""The one door: a password, checked here or by the directory, or a name that the proxy has checked, opens a session."""

import logging
from collections.abc import Mapping
from datetime import datetime

from osm.base.transaction import give_up, transaction
from osm.directory.acts import people
from osm.directory.acts.found import Found, ProviderAway
from osm.directory.acts.ldap import directory
from osm.directory.acts.provider import NotProven, Provider
from osm.login.acts import logins, passwords
from osm.login.acts.attempts import LONGEST_ADDRESS, NO_MARKS, Marks, count_attempt
from osm.login.acts.sessions import LoginRefused, Origin, begin_session
from osm.models import Source, Way
from osm.settings.directory import DirectorySettings, LdapSettings

log = logging.getLogger(__name__)


def log_in(
    of: DirectorySettings, login: str, password: str, address: str, *, now: datetime, marks: Marks = NO_MARKS,
    browser: str = "",
) -> str:  # fmt: skip
    """Open a session; returns the secret for the cookie. A local account is never asked for in the directory. `marks`:
    the users who are known in this browser; `browser`: its User-Agent. Raises LoginRefused, TooManyAttempts,
    DirectoryAway, NoRights."""
    ldap, login, address = of.ldap, passwords.normal_login(login), address[:LONGEST_ADDRESS]
    if ldap is None or people.source_of(login) is Source.LOCAL:
        return logins.log_in(login, password, address, now=now, marks=marks, browser=browser)
    attempt_id = count_attempt(login, address, marks, now)
    found = _checked(ldap, login, password, now)
    if found is None:
        log.warning("log-in refused", extra={"way": Way.LDAP, "address": address})
        raise LoginRefused
    user_id = people.let_in(found, now)
    return begin_session(
        user_id, address, now=now, marks=marks, browser=browser, attempt_id=attempt_id, origin=Origin(Way.LDAP)
    )


def log_in_named(
    of: DirectorySettings, name: str, address: str, *, now: datetime, marks: Marks = NO_MARKS, browser: str = ""
) -> str:
    """The same for a name from the trusted proxy: «ivanov», «ADM\\ivanov» or «ivanov@adm.ru». Raises LoginRefused,
    DirectoryAway, NoRights, NotLinked."""
    ldap, login = of.ldap, named_login(name)
    if ldap is None or not login:
        raise LoginRefused
    with directory(ldap, now) as asked:
        found = asked.by_login(login)
    if found is None or found.login != login:
        raise LoginRefused
    user_id = people.let_in(found, now)
    return begin_session(user_id, address, now=now, marks=marks, browser=browser, origin=Origin(Way.PROXY))


def log_in_proven(
    of: DirectorySettings, came: Mapping[str, str], kept: Mapping[str, str], address: str, *, now: datetime,
    marks: Marks = NO_MARKS, browser: str = "",
) -> str:  # fmt: skip
    """The same for a person sent back by the provider of OpenID Connect. `kept`: what `Provider.begin` gave. Raises
    LoginRefused, NotProven, ProviderAway, NoRights, NotLinked."""
    if of.oidc is None:
        raise NotProven
    answer = Provider(of.oidc).finish(came, kept)
    user_id = people.let_in(answer.found, now)
    origin = Origin(Way.OIDC, answer.sid, answer.tokens)
    return begin_session(user_id, address, now=now, marks=marks, browser=browser, origin=origin)


def end_by_provider(of: DirectorySettings, token: str, *, now: datetime, computer_now: datetime) -> int:
    """The provider says that a session has ended, or all of a person. Returns how many ended here. Raises NotProven,
    ProviderAway."""
    if of.oidc is None:
        raise NotProven
    over = Provider(of.oidc).logged_out(token, computer_now)
    with transaction():
        return people.end_sessions_of(over.external_id, over.sid, now)


def log_out_address(of: DirectorySettings, id_hash: str) -> str:
    """Where a person who came by OpenID Connect logs out there too; empty: nowhere."""
    stored = people.tokens_of(id_hash)
    if of.oidc is None or not stored:
        return ""
    try:
        return Provider(of.oidc).log_out_address(stored)
    except ProviderAway:
        return ""


def named_login(name: str) -> str:
    """The login in what a proxy writes, without the domain."""
    return passwords.normal_login(name.rpartition("\\")[2].partition("@")[0])


def _checked(ldap: LdapSettings, login: str, password: str, now: datetime) -> Found | None:
    """No transaction is held while the server is asked."""
    if not login or not password:
        return None
    give_up()
    with directory(ldap, now) as asked:
        return asked.checked(login, password)
