"""The menu: what this person may open, with the numbers of what waits there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ScalarSelect, Select, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from osm.clock import current_now
from osm.extensions import db
from osm.flow.acts.clocks import in_force
from osm.log.queries.history import happened_after, latest_event
from osm.regulation.words import PRESS_CENTRE, Role
from osm.store.models import User
from osm.web.access import declared, may, me, signed_in
from osm.web.days import working_time_words
from osm.web.filters import badge_number
from osm.web.form_values import asked_id

#: Addresses in the order of the menu. One that the person may not open is left out.
ITEMS: tuple[tuple[str, str], ...] = (
    ("/", "Ждёт меня"),
    ("/messages", "Сообщения"),
    ("/approvals", "Согласование"),
    ("/promises", "Обещания"),
    ("/instructions", "Поручения"),
    ("/reports/urgent", "Срочные доклады"),
    ("/reports/bursts", "Всплески"),
    ("/emergencies", "Режим ЧС"),
    ("/shift", "Смена"),
    ("/im", "Внести в ИМ"),
    ("/moderation", "Комментарии"),
    ("/plan", "План"),
    ("/plan/news", "Новости отделов"),
    ("/plan/tasks", "Задания края"),
    ("/blacklist", "Чёрный список"),
    ("/reports/shortcomings", "Недостатки"),
    ("/imports", "Загрузки"),
    ("/reports", "Отчёты"),
    ("/journal", "Журнал учёта"),
    ("/accounts", "Реестр страниц"),
    ("/admin", "Управление"),
    ("/help", "Помощь"),
)

#: Screens that are not opened every day: under «Другое» for people with more entries than MOST_IN_ROW.
UNDER_MORE = frozenset(
    {
        "/promises",
        "/plan/news",
        "/plan/tasks",
        "/blacklist",
        "/instructions",
        "/reports",
        "/reports/urgent",
        "/reports/bursts",
        "/reports/shortcomings",
        "/emergencies",
        "/shift",
        "/imports",
        "/journal",
        "/accounts",
        "/admin",
        "/help",
    }
)
MOST_IN_ROW = 8
_FOR_LEADERS = frozenset({"/instructions", "/reports/urgent", "/reports"})
"""What whoever leads opens every day."""
_BELONGS = {"/reports/memos": "/reports/shortcomings", "/duty": "/shift", "/complaints": "/moderation"}
"""Pages without an entry of their own → the entry that they belong to."""

#: Screens under «Управление»; its entry in the menu leads to the first of them that the person may open.
ADMIN = "/admin"
ADMIN_PAGES: tuple[tuple[str, str], ...] = (
    (ADMIN, "Обзор"),
    ("/admin/users", "Пользователи"),
    ("/admin/logins", "Вход"),
    ("/admin/departments", "Отделы"),
    ("/admin/office", "Администрация"),
    ("/admin/mail", "Почта"),
    ("/admin/pages", "Страницы"),
    ("/admin/security", "Защита страниц"),
    ("/admin/topics", "Темы"),
    ("/admin/absences", "Отсутствия"),
    ("/admin/calendar", "Календарь"),
    ("/admin/sources", "Источники"),
    ("/admin/regulation", "Регламент"),
    ("/admin/templates", "Шаблоны"),
    ("/admin/forms", "Формы"),
    ("/admin/dictionary", "Словарь"),
    ("/admin/rules", "Проверка"),
    ("/admin/log", "Журнал"),
    ("/admin/backups", "Копии"),
)

#: Where somebody begins after log-in: by the first of these roles that he has. The head sees there what is overdue.
STARTS: tuple[tuple[frozenset[Role], str], ...] = (
    (frozenset({Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD}), "/"),
    (frozenset({Role.ADMIN}), ADMIN),
)

COUNTED_ANEW = timedelta(minutes=5)
"""A poll counts after this at the latest, whatever the log says: some of it waits from a certain day on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What waits at one address. `age`: how long the oldest has waited, `words`: the same in full."""

    number: int
    age: str = ""
    words: str = ""
    is_late: bool = False
    """Longer than the office's own target."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A count that is read in one statement with all others; `read` makes it of the columns.

    The columns are built once for the program: the statement of a menu is kept by them.
    """

    columns: tuple[ScalarSelect[Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    """Of the bind parameters; a name has the same value in all counts of a person."""
    read: Callable[..., Any] = int
    """Gives an int or a Counted."""

    def __add__(self, other: Asked) -> Asked:
        mine = len(self.columns)
        return Asked(
            self.columns + other.columns,
            {**self.values, **other.values},
            lambda *row: self.read(*row[:mine]) + other.read(*row[mine:]),
        )


Count = Callable[[User, datetime], int | Counted | Asked]

blueprint = Blueprint("nav", __name__, url_prefix="/nav")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of one person's menu. `counted` is None for an entry without a number."""

    path: str
    label: str
    counted: Counted | None
    is_current: bool
    is_under_more: bool = False

    @property
    def number(self) -> int | None:
        return self.counted.number if self.counted else None

    @property
    def badge_id(self) -> str:
        return "badge-" + (self.path.strip("/").replace("/", "-") or "inbox")


def count_at(app: Flask, path: str, count: Count) -> None:
    """Show `count(user, now)`, a number, an object with one or what to ask for it, in the menu entry of `path`.

    The blueprint of that screen declares it once. A name instead of a path: for `may_be_some`.
    """
    app.extensions["osm_counts"][path] = count


def may_be_some(name: str) -> bool:
    """Whether there is something to ask for: False only if it was counted with the menu of this request, as 0."""
    counted: dict[str, Counted] = g.get("osm_counted", {})
    return name not in counted or counted[name].number > 0


def menu(user: Any) -> list[Item]:
    """The menu of a person, in order; counted once a request."""
    if not user.is_authenticated or user.must_change_password:
        return []
    if "osm_menu" not in g:
        g.osm_menu = _menu(user)
    found: list[Item] = g.osm_menu
    return found


def _menu(user: Any) -> list[Item]:
    counts: dict[str, Count] = current_app.extensions["osm_counts"]
    now = current_now()
    entries = [(path, label, address) for path, label in ITEMS if (address := _address(path, user))]
    folds = len(entries) > MOST_IN_ROW
    leads = user.has(Role.HEAD) and not user.has(*PRESS_CENTRE)
    there = {path for path, _, _ in entries}
    counted = g.osm_counted = _read(
        {path: count(user, now) for path, count in counts.items() if path in there or not path.startswith("/")}
    )
    return [
        Item(
            address,
            label,
            counted.get(path),
            _is_current(path),
            folds and path in UNDER_MORE and not (leads and path in _FOR_LEADERS),
        )
        for path, label, address in entries
    ]


def _read(counts: Mapping[str, int | Counted | Asked]) -> dict[str, Counted]:
    """Ask for everything in one statement."""
    asked = {path: one for path, one in counts.items() if isinstance(one, Asked)}
    columns = tuple({id(column): column for one in asked.values() for column in one.columns}.values())
    values = {name: value for one in asked.values() for name, value in one.values.items()}
    row = db.session.execute(_together(columns), values).one() if columns else ()
    number = dict(zip(columns, row, strict=True))
    found = {**counts} | {path: one.read(*(number[column] for column in one.columns)) for path, one in asked.items()}
    return {path: one if isinstance(one, Counted) else Counted(one) for path, one in found.items()}


@lru_cache(maxsize=64)
def _together(columns: tuple[ScalarSelect[Any], ...]) -> Select[Any]:
    return select(*columns)


def admin_menu(user: Any) -> list[Item]:
    """What this person may open under «Управление», in order; for templates/admin/_nav.html."""
    return [
        Item(path, label, None, request.path == path if path == ADMIN else _is_inside(path))
        for path, label in ADMIN_PAGES
        if may_open(path, user)
    ]


def start_of(user: User) -> str:
    """The first page of this person."""
    return next((address for roles, address in STARTS if user.has(*roles)), "/")


def _address(path: str, user: Any) -> str:
    """Where an entry of the menu leads; empty where this person may open nothing there."""
    # An executor enters his own absences by his own menu: he administers nothing.
    if path == ADMIN and user.roles <= {Role.EXECUTOR, Role.HEAD}:
        return ""
    pages = [page for page, _ in ADMIN_PAGES] if path == ADMIN else [path]
    return next((page for page in pages if may_open(page, user)), "")


def _is_inside(path: str) -> bool:
    return request.path == path or (path != "/" and request.path.startswith(f"{path}/"))


def _is_current(path: str) -> bool:
    """Whether this entry leads nearest to the page: of `/reports` and `/reports/urgent` only one does."""
    if any(request.path.startswith(inner) for inner, outer in _BELONGS.items() if outer != path):
        return False
    nearer = any(_is_inside(other) for other, _ in ITEMS if other.startswith(f"{path}/"))
    belongs = any(request.path.startswith(inner) for inner, outer in _BELONGS.items() if outer == path)
    return belongs or (_is_inside(path) and not nearer)


def may_open(path: str, user: Any) -> bool:
    """Whether there is a page at this address, and this person may see it."""
    endpoint = _endpoint(current_app.url_map, path)
    return endpoint is not None and may(declared(current_app, endpoint), user)


@lru_cache(maxsize=256)
def _endpoint(pages: Map, path: str) -> str | None:
    try:
        found: str = pages.bind("").match(path, method="GET")[0]
    except HTTPException:
        return None
    return found


def waiting_words() -> str:
    """«🔔2 (5) » for the title of the page: reminders that are new, and what waits; empty where there is nothing."""
    number = next((item.number for item in menu(current_user) if item.path == "/"), 0)
    rings = current_user.unseen if current_user.is_authenticated else 0
    return (f"🔔{rings if rings < 100 else '99+'} " if rings else "") + (f"({badge_number(number)}) " if number else "")


@blueprint.get("/badges")
@signed_in
def badges() -> ResponseReturnValue:
    """Polled by every open page. One small statement while there are no new events.

    The number of new reminders is loaded with the person.
    """
    seen, at, bell = asked_id("seen"), request.args.get("at", 0, int), request.args.get("bell", -1, int)
    counted_lately = 0 <= int(current_now().timestamp()) - at < COUNTED_ANEW.total_seconds()
    if seen is not None and counted_lately and bell == me().unseen and happened_after(seen) is None:
        return "", 204
    # First: what comes later is asked for again.
    look = {"seen": latest_event(), "at": int(current_now().timestamp()), "bell": me().unseen}
    return render_template("_badges.html", items=menu(current_user), look=look)


def init_app(app: Flask) -> None:
    app.extensions["osm_counts"] = {}
    app.register_blueprint(blueprint)
    app.context_processor(_page_values)
    app.add_template_global(lambda path: may_open(path, current_user), "page_is_open")


def _page_values() -> dict[str, Any]:
    """Functions, so that a fragment which shows no menu costs nothing."""
    return {
        "menu": lambda: menu(current_user),
        "waiting_words": waiting_words,
        "admin_menu": lambda: admin_menu(current_user),
        "today_now": current_now,
        "working_time": lambda: working_time_words(in_force().calendar, current_now()),
    }
