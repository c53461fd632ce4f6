"""«Проверить»: ask the directory and the provider now, and say in words what they answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from osm.directory.acts.found import DirectoryAway, Found
from osm.directory.acts.ldap import PAGE, Directory, directory
from osm.directory.acts.provider import NotProven, Provider
from osm.login.acts.passwords import normal_login
from osm.regulation.words import ROLE_LABELS
from osm.settings.directory import DirectorySettings, LdapSettings, OidcSettings


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
            words = ", ".join(ROLE_LABELS[role] for role in roles)
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
    return "да, роли: " + ", ".join(ROLE_LABELS[role] for role in found.roles)


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
