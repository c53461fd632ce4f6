"""The menu shows what a person may open, with the numbers of what waits there."""

from __future__ import annotations

import re

import pytest

from osm.base.transaction import transaction
from osm.models import UserRole
from osm.regulation.words import Role
from osm.shell.frame import ROWS, SECTIONS
from osm.shell.frame.nav import COUNTS, INSIDE
from osm.version import VERSION
from tests.cast import Browser, browser_of
from tests.statements import counted as statements

from .routes import ROUTES
from .test_access import ROLES

PEOPLE = ("anna", "boris", "vera", "gleb", "dina", "efim")

ACCOUNT = "Как напоминать · Где выполнен вход · Сменить пароль"
#: Login → the entries of the row; those under the name.
MENUS = {
    "anna": (
        "Ждёт меня · Сообщения · Комментарии · План · Срочное · Контроль · Отчёты · Страницы",
        f"Смена и дежурства · Отсутствия · Шаблоны · Администрация · {ACCOUNT}",
    ),
    "vera": (
        "Ждёт меня · Комментарии · Сообщения · План · Страницы",
        f"Срочное · Контроль · Отчёты · Смена и дежурства · Отсутствия · Шаблоны · {ACCOUNT}",
    ),
    "boris": ("Ждёт меня · Сообщения", f"Новости отделов · Контроль · Отчёты · Отсутствия · {ACCOUNT}"),
    "gleb": (
        "Ждёт меня · Срочное · Контроль · Отчёты",
        f"Сообщения · Комментарии · План · Страницы · Смена и дежурства · Отсутствия · {ACCOUNT}",
    ),
    "dina": ("Управление", f"Ждёт меня · Поручения · {ACCOUNT}"),
    "efim": ("Ждёт меня", ACCOUNT),
}

#: Address → its tabs for the curator, the current one first in the second part.
TABS = {
    "/messages": ("Все · Журнал учёта · Согласование · Внести в ИМ · Общие ответы · ПОС · Организации", "Все"),
    "/journal": ("Все · Журнал учёта · Согласование · Внести в ИМ · Общие ответы · ПОС · Организации", "Журнал учёта"),
    "/im": ("Все · Журнал учёта · Согласование · Внести в ИМ · Общие ответы · ПОС · Организации", "Внести в ИМ"),
    "/blacklist": (
        "Очередь · По записям · Решения · Сделать в соцсетях · Жалобы · Чёрный список · Загрузить · Словарь",
        "Чёрный список",
    ),
    "/plan/tasks": ("Неделя · Новости отделов · Задания края", "Задания края"),
    "/plan/dates": ("Неделя · Новости отделов · Задания края", "Неделя"),
    "/emergencies": ("Всплески · Срочные доклады · Режим ЧС", "Режим ЧС"),
    "/instructions": ("Недостатки · Записки · Поручения · Обещания · Сбои соцсетей", "Поручения"),
    "/admin/forms": ("Показатели · Оценки ПОС · Шаблоны форм", "Шаблоны форм"),
    "/admin/security": ("Реестр · Подключение · Защита · Остановка", "Защита"),
    "/duty": ("Смена · График дежурств", "График дежурств"),
}

#: What the menu of release 1 led to.
LED_TO = (
    "/", "/messages", "/approvals", "/promises", "/instructions", "/reports/urgent", "/reports/bursts", "/emergencies",
    "/shift", "/duty", "/im", "/moderation", "/moderation/posts", "/moderation/decided", "/moderation/outbox",
    "/moderation/import", "/complaints", "/plan", "/plan/news", "/plan/tasks", "/blacklist", "/reports/shortcomings",
    "/reports/memos", "/reports/outages", "/imports", "/reports", "/journal", "/accounts", "/help",
    "/admin", "/admin/users", "/admin/logins", "/admin/departments", "/admin/office", "/admin/pages", "/admin/security",
    "/admin/topics", "/admin/absences", "/admin/calendar", "/admin/sources", "/admin/regulation", "/admin/templates",
    "/admin/forms", "/admin/dictionary", "/admin/dictionary/changes", "/admin/dictionary/history", "/admin/rules",
    "/admin/rules/lessons", "/admin/log", "/admin/backups", "/reminders/wishes", "/sessions", "/password",
)  # fmt: skip


def labels(part: str) -> str:
    """The words of the links, without their numbers."""
    found = re.findall(r'<a [^>]*href="[^"]*"[^>]*>(.*?)</a>', part, re.DOTALL)
    return " · ".join(re.sub(r"<span id.*|<[^>]+>", "", words, flags=re.DOTALL).strip() for words in found)


def row(page: str) -> str:
    return page.split('data-menu="main"')[1].split("</nav>")[0]


def own(page: str) -> str:
    return page.split("top-user")[1].split("</details>")[0]


def tabs(page: str) -> list[str]:
    """The rows of tabs of a page."""
    return re.findall(r'<nav class="tabs.*?</nav>', page, re.DOTALL)


def current(part: str) -> str:
    return labels("".join(re.findall(r"<a [^>]*aria-current.*?</a>", part, re.DOTALL)))


@pytest.fixture
def person(app, cast, request):
    return browser_of(app, cast, request.param)


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
def test_each_role_has_its_entries(person):
    page = person.get("/help").text
    assert (labels(row(page)), labels(own(page))) == MENUS[person.login]


def test_who_has_several_roles_has_their_entries_in_one_order(app, cast, vera, dina):
    with app.app_context(), transaction() as session:
        session.add(UserRole(user_id=cast["vera"], role=Role.HEAD))
        session.add(UserRole(user_id=cast["dina"], role=Role.EXECUTOR))
    both = vera.get("/help").text
    assert labels(row(both)) == MENUS["anna"][0]
    page = dina.get("/admin/users").text
    assert labels(row(page)) == MENUS["boris"][0]
    assert labels(own(page)).endswith("Сменить пароль · Управление")
    assert current(own(page)) == "Управление"


def test_nobody_has_more_than_eight_entries():
    assert max(len(entries) for entries in ROWS.values()) == 8
    assert {label for entries in ROWS.values() for label in entries} <= set(SECTIONS)


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
def test_every_screen_is_reached_by_links_and_has_one_entry(person: Browser):
    """A page of the help alone has no entry: it is reached from the page that it explains."""
    seen, to_read = {"/"}, ["/"]
    while to_read:
        path = to_read.pop()
        answer = person.get(path, follow_redirects=True)
        found = set(re.findall(r'href="(/[^"?#.\d]*)(?=["?#])', answer.text)) - seen
        new = {link for link in found if not link.startswith("/help/") or "/help" not in seen}
        seen |= new
        to_read += sorted(new)
        if answer.status_code == 200 and 'data-menu="main"' in answer.text and not path.startswith("/help"):
            assert (row(answer.text) + own(answer.text)).count("aria-current") == 1, path
            marked = {one.count("aria-current") for one in tabs(answer.text)}
            assert marked <= {1} or path == "/admin", path
    may_open = {route.rule for route in ROUTES if not route.access or ROLES.get(person.login) in route.access}
    assert {path for path in LED_TO if path in may_open} <= seen


@pytest.mark.parametrize("address", TABS)
def test_the_screens_of_a_section_are_tabs(anna, address):
    shown, here = TABS[address]
    (found,) = tabs(anna.get(address).text)
    assert (labels(found), current(found)) == (shown, here)


def test_a_tab_with_several_screens_shows_them_below(anna, dina):
    first, second = tabs(anna.get("/admin/rules").text)
    assert current(first) == "Словарь"
    assert labels(second) == "Слова · Что изменилось · История · Правила · Чему научили решения"
    assert current(second) == "Правила"
    first, second = tabs(dina.get("/admin/office").text)
    assert labels(first) == (
        "Люди · Вход · Сроки и календарь · Темы и отделы · Источники · Страницы · Проверка текста · Хранение"
    )
    assert (current(first), labels(second)) == ("Темы и отделы", "Темы · Отделы · Администрация")


def test_one_message_has_no_tabs(desk, anna):
    message = desk.incident("25.11 09:30")
    page = anna.get(f"/messages/{message.id}").text
    assert tabs(page) == []
    assert current(row(page)) == "Сообщения"


def test_the_menu_of_the_person_ends_with_the_version(app, anna):
    assert f"ОСМ {VERSION}</p>" in anna.get("/help").text.split("</header>")[0]
    assert VERSION not in app.test_client().get("/login").text, "who is not logged in learns nothing"


@pytest.fixture
def counted(app, monkeypatch):
    numbers = {"/": 1234, "/approvals": 3, "/moderation": 0, "/blacklist": 2, "/plan": 1, "/plan/news": 4}
    counts = {path: lambda *_, path=path: numbers[path] for path in numbers}
    monkeypatch.setitem(app.extensions["osm"].remembers, COUNTS, counts)
    monkeypatch.setitem(app.extensions["osm"].remembers, INSIDE, {"/moderation/outbox": lambda *_: 7})


def test_an_entry_has_the_sum_of_its_tabs_and_a_tab_its_own(counted, anna):
    page = anna.get("/blacklist").text
    assert 'id="badge-section-moderation" class="count">2<' in row(page)
    assert 'id="badge-section-plan" class="count">5<' in row(page)
    assert "badge-section-messages" not in page, "«Ждёт меня» has counted it"
    (found,) = tabs(page)
    assert 'id="badge-moderation" class="count" hidden>0<' in found
    assert 'id="badge-blacklist" class="count">2<' in found
    assert 'id="badge-moderation-outbox" class="count">7<' in found


def test_badges_poll_as_out_of_band_pieces(counted, anna):
    pieces = anna.htmx("/nav/badges", method="GET", headers={"HX-Current-URL": "http://localhost/approvals?x=1"}).text
    assert "<nav" not in pieces
    assert (
        'id="badge-inbox" class="count" hx-swap-oob="true"><span title="1 234"><span aria-hidden="true">999+<' in pieces
    )
    assert 'id="badge-section-moderation" class="count" hx-swap-oob="true">2<' in pieces
    assert 'id="badge-approvals" class="count" hx-swap-oob="true">3<' in pieces
    assert "badge-blacklist" not in pieces, "the page that asked has no such tab"


@pytest.mark.parametrize("login", ["anna", "boris", "vera", "gleb", "dina"])
def test_all_numbers_of_the_menu_take_one_statement(app, desk, request, login):
    browser = request.getfixturevalue(login)
    browser.get("/help")
    with statements(app) as seen:
        page = browser.get("/help")
    assert page.text.count('id="badge-') > 1 or login == "dina"
    # Before it: the session, the calendar, who is absent; the settings of those who publish; late messages of the head.
    assert len([one for one in seen if one.startswith("SELECT")]) <= 6, "\n".join(seen)


def test_login_and_pages_without_login_have_no_menu(client):
    assert "data-menu" not in client.get("/login").text
