"""Log in by a directory, a proxy or a provider; ask them again about those who may; «Проверить»."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from osm.base.transaction import Pace, give_up, put_away, transaction
from osm.directory.acts import people, provider
from osm.directory.acts.ldap import PAGE, Directory, directory
from osm.directory.acts.people import DirectoryAway, Found, ProviderAway
from osm.directory.acts.provider import NotProven, Provider
from osm.login.acts import passwords, sessions
from osm.login.acts.attempts import LONGEST_ADDRESS, NO_MARKS, Marks, count_attempt
from osm.login.acts.passwords import normal_login
from osm.login.acts.sessions import LoginRefused, Origin, begin_session
from osm.models import Source, Way
from osm.reminders.acts.mailing import end_trouble, note_trouble
from osm.settings.directory import DirectorySettings, LdapSettings, OidcSettings

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
        return sessions.log_in(login, password, address, now=now, marks=marks, browser=browser)
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


SERVER, PROVIDER = "directory server", "login provider"  # the names of the troubles; the job itself does not fail
SECONDS = 300.0  # between two rounds of questions
_MOST_IN_A_ROW = 3  # after so many sessions without an answer the provider is asked again in the next round
_FEWEST = 3  # if all of at least so many people are gone from the directory at once, its settings are wrong


def run(now: datetime, pace: Pace, of: DirectorySettings) -> int:
    """Return the number of changed people. Without an answer no person is blocked."""
    return _told(SERVER, of.ldap, _follow_ldap, now, pace) + _told(PROVIDER, of.oidc, _follow_oidc, now, pace)


def _told(name: str, of: Any, follow: Callable[..., int], now: datetime, pace: Pace) -> int:
    """What a source of people says; a lasting silence becomes an alarm."""
    try:
        changed = follow(of, now, pace) if of is not None else 0
    except DirectoryAway as error:
        put_away()
        log.warning("the directory does not answer", extra={"reason": error.why})
        note_trouble(name, now, error.why)
        return 0
    end_trouble(name)
    return changed


def _follow_oidc(of: OidcSettings, now: datetime, pace: Pace) -> int:
    """Each session is refreshed: the provider gives no new tokens to a person who is out."""
    changed, failed, in_a_row = 0, None, 0
    waiting = people.sessions_to_ask_about(now)
    put_away()
    for id_hash, user_id, stored in waiting:
        if not pace.may_continue() or in_a_row == _MOST_IN_A_ROW:
            break
        try:
            found = provider.Provider(of).refreshed(stored, partial(people.keep_tokens, id_hash))
        except provider.Ended as ended:
            changed += people.end_session(id_hash, now)
            if ended.is_gone:
                people.follow(user_id, None, now, Source.OIDC)
        except (ProviderAway, provider.NotProven) as error:  # the others are asked about all the same
            failed, in_a_row = error, in_a_row + 1
        else:
            in_a_row = 0
            changed += people.follow(user_id, found, now, Source.OIDC) if found else 0
        put_away()
    if failed is not None:
        raise failed if isinstance(failed, ProviderAway) else ProviderAway("ответ не подтверждён")
    return changed


def _follow_ldap(ldap: LdapSettings, now: datetime, pace: Pace) -> int:
    answers = _ask(ldap, now, pace)
    return sum(people.follow(user_id, found, now, Source.LDAP) for user_id, found in answers.items())


def _ask(ldap: LdapSettings, now: datetime, pace: Pace) -> dict[int, Found | None]:
    """Ask about all people of the directory, as far as the time allows. No transaction is open while it waits."""
    known = people.people_of(Source.LDAP)
    put_away()
    answers: dict[int, Found | None] = {}
    with directory(ldap, now, patiently=True) as asked:
        for user_id, external_id in known:
            if not pace.may_continue():
                break
            answers[user_id] = asked.by_id(external_id)
    if len(answers) >= _FEWEST and not any(answers.values()):
        raise DirectoryAway("в нём нет никого из наших сотрудников, проверьте OSM_LDAP_FILTER и права")
    return answers


@dataclass(frozen=True, slots=True)
class Line:
    ok: bool
    what: str
    say: str


def check(of: DirectorySettings, login: str, now: datetime) -> list[Line]:
    """A line for each thing that is asked; `login`: also what the directory says of this person."""
    lines: list[Line] = []
    if of.ldap is not None:
        lines += _try("Каталог", _ldap(of.ldap, normal_login(login), now))
    if of.oidc is not None:
        lines += _try("Единый вход", _oidc(of.oidc))
    return lines or [Line(False, "Каталог", "не настроен: люди входят с паролями программы")]


def _try(what: str, lines: Iterator[Line]) -> Iterator[Line]:
    try:
        yield from lines
    except (DirectoryAway, NotProven) as error:
        yield Line(False, what, error.why if isinstance(error, DirectoryAway) else "ответ не подтверждён")


def _ldap(of: LdapSettings, login: str, now: datetime) -> Iterator[Line]:
    with directory(of, now, patiently=True) as asked:
        yield Line(True, "Каталог", f"{asked.url} отвечает, сертификат проверен")
        found = asked.people()
        many = f"{PAGE} или больше" if found >= PAGE else str(found)
        yield Line(found > 0, "Люди", f"фильтр находит: {many}" if found else "фильтр не находит никого")
        for group, roles in of.roles.items():
            words = ", ".join(role.label for role in roles)
            there = asked.has_group(group)
            yield Line(there, group, f"роль: {words}" if there else "такой группы нет, или её не видно")
        if login:
            yield from _person(asked, login)


def _person(asked: Directory, login: str) -> Iterator[Line]:
    found = asked.by_login(login)
    if found is None:
        yield Line(False, login, "не найден, или таких несколько")
        return
    yield Line(found.may_enter, login, ", ".join(filter(None, (found.name, found.email, found.department))))
    yield Line(found.may_enter, "Войдёт ли", _may_enter(found))


def _may_enter(found: Found) -> str:
    if found.is_disabled:
        return "нет: в каталоге учётная запись отключена"
    if not found.roles:
        return "нет: он ни в одной из групп, у которых есть роль"
    return "да, роли: " + ", ".join(role.label for role in found.roles)


def _oidc(of: OidcSettings) -> Iterator[Line]:
    provider = Provider(of)
    about = provider.description()
    yield Line(True, "Единый вход", f"{of.issuer} отвечает")
    yield Line(provider.keys() > 0, "Ключи подписи", f"получено: {provider.keys()}")
    for name, words in (
        ("userinfo_endpoint", "сведения о человеке"),
        ("end_session_endpoint", "выход из единого входа"),
    ):
        yield Line(bool(about.get(name)), words, "есть" if about.get(name) else "провайдер этого не умеет")
