"""The sections of the menu and the screens in them; what wires the web of an application together."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app
from flask.templating import Environment
from werkzeug.routing import IntegerConverter, Map

from osm.base.application import Memory, application
from osm.regulation.words import Role
from osm.shell import access, requests


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu. `tabs`: label → address, or a tab of several screens; without a label there is no tab."""

    tabs: Mapping[str, str | Mapping[str, str]]
    beside: tuple[str, ...] = ()  # pages that belong here without a tab
    icon: str = ""
    is_summed: bool = True  # false where «Ждёт меня» counts the same already


WAITING, MANAGEMENT = "Ждёт меня", "Управление"
ADMIN = "/admin"

#: Every screen has its place here. The names that follow «Страницы» lie under the name of the person.
SECTIONS: dict[str, Section] = {
    WAITING: Section({"": "/"}, beside=("/inbox", "/imports", "/facts"), icon="inbox"),
    "Сообщения": Section(
        {
            "Все": "/messages",
            "Журнал учёта": "/journal",
            "Согласование": "/approvals",
            "Внести в ИМ": "/im",
            "Общие ответы": "/groups",
            "ПОС": "/portal",
            "Организации": {"Вопросы": "/neighbours", "Список": "/neighbours/bodies"},
        },
        icon="messages",
        is_summed=False,
    ),
    "Комментарии": Section(
        {
            "Очередь": "/moderation",
            "По записям": "/moderation/posts",
            "Решения": "/moderation/decided",
            "Сделать в соцсетях": "/moderation/outbox",
            "Жалобы": "/complaints",
            "Чёрный список": "/blacklist",
            "Загрузить": "/moderation/import",
            "Словарь": {
                "Слова": "/admin/dictionary",
                "Что изменилось": "/admin/dictionary/changes",
                "История": "/admin/dictionary/history",
                "Правила": "/admin/rules",
                "Чему научили решения": "/admin/rules/lessons",
            },
        },
        icon="message-circle",
    ),
    "План": Section(
        {"Неделя": "/plan", "Новости отделов": "/plan/news", "Задания края": "/plan/tasks"}, icon="calendar-event"
    ),
    "Срочное": Section(
        {"Всплески": "/reports/bursts", "Срочные доклады": "/reports/urgent", "Режим ЧС": "/emergencies"},
        icon="alert-triangle",
    ),
    "Контроль": Section(
        {
            "Недостатки": "/reports/shortcomings",
            "Записки": "/reports/memos",
            "Поручения": "/instructions",
            "Обещания": "/promises",
            "Сбои соцсетей": "/reports/outages",
        },
        icon="checklist",
    ),
    "Отчёты": Section(
        {
            "Показатели": "/reports",
            "Оценки ПОС": "/reports/portal",
            "Шаблоны форм": "/admin/forms",
            "Журнал действий": "/admin/log",
        },
        icon="file-spreadsheet",
    ),
    "Страницы": Section(
        {
            "Реестр": "/accounts",
            "Подключение": "/admin/pages",
            "Защита": "/admin/security",
            "Остановка": "/admin/pages/stops",
        },
        beside=("/admin/pages",),
        icon="building",
    ),
    "Смена и дежурства": Section({"Смена": "/shift", "График дежурств": "/duty"}, icon="users"),
    "Отсутствия": Section({"": "/admin/absences"}, icon="calendar"),
    "Шаблоны": Section({"": "/admin/templates"}, icon="file-text"),
    "Администрация": Section({"Сведения": "/admin/office", "Темы и отделы": "/admin/topics"}, icon="building"),
    "Как напоминать": Section({"": "/reminders/wishes"}, beside=("/reminders",), icon="bell"),
    "Где выполнен вход": Section({"": "/sessions"}, icon="login"),
    "Сменить пароль": Section({"Пароль": "/password", "Второй фактор": "/second-factor"}, icon="key"),
    MANAGEMENT: Section(
        {
            "": ADMIN,
            "Люди": {
                "Пользователи": "/admin/users",
                "Проверяющие": "/admin/auditors",
                "Отсутствия": "/admin/absences",
                "Почта": "/admin/mail",
            },
            "Вход": {"Кто ждёт": "/admin/logins", "Каталог": "/admin/directory"},
            "Сроки и календарь": {"Календарь": "/admin/calendar", "Регламент": "/admin/regulation"},
            "Темы и отделы": {
                "Темы": "/admin/topics",
                "Отделы": "/admin/departments",
                "Администрация": "/admin/office",
            },
            "Источники": {"Источники": "/admin/sources", "Загрузки": "/imports", "Интеграторы": "/admin/integrators"},
            "Страницы": {
                "Подключение": "/admin/pages",
                "Защита": "/admin/security",
                "Остановка": "/admin/pages/stops",
                "Реестр": "/accounts",
            },
            "Проверка текста": {"Правила": "/admin/rules", "Чему научили решения": "/admin/rules/lessons"},
            "Хранение": {
                "Копии": "/admin/backups",
                "Сроки": "/admin/keeping",
                "Запросы людей": "/admin/keeping/requests",
                "Журнал": "/admin/log",
            },
        },
        icon="checklist",
    ),
}
_OWN = tuple(SECTIONS)[8:-1]

#: The entries of each role. What else a person may open lies under his name.
ROWS: dict[Role, tuple[str, ...]] = {
    Role.CURATOR: tuple(SECTIONS)[:8],
    Role.MODERATOR: (WAITING, "Комментарии", "Сообщения", "План", "Страницы"),
    Role.EXECUTOR: (WAITING, "Сообщения"),
    Role.HEAD: (WAITING, "Срочное", "Контроль", "Отчёты"),
    Role.ADMIN: (MANAGEMENT,),
    Role.AUDITOR: ("Сообщения", "Комментарии", "Контроль", "Отчёты"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """`screens`: label and address of those that the person may open."""

    label: str
    screens: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return self.screens[0][1]


@dataclass(frozen=True, slots=True)
class Opened:
    label: str
    pages: tuple[Tab, ...]  # the tabs, and before them what has none
    section: Section
    is_in_row: bool

    @property
    def tabs(self) -> tuple[Tab, ...]:
        return tuple(tab for tab in self.pages if tab.label)

    @property
    def path(self) -> str:
        return self.pages[0].path

    @property
    def addresses(self) -> set[str]:
        return {address for tab in self.pages for _, address in tab.screens}

    @property
    def places(self) -> Iterator[tuple[Tab | None, str]]:
        """Each address with its tab."""
        yield from ((tab if tab.label else None, address) for tab in self.pages for _, address in tab.screens)
        yield from ((None, address) for address in self.section.beside)


def sections_of(roles: frozenset[Role], may_open: Callable[[str], bool]) -> tuple[Opened, ...]:
    """What a person with these roles sees: the entries of his row, then those under his name. An entry under the name
    has a screen that no entry before it has. A later tab that is alone names its entry."""
    row = _row(roles)
    first = (*row, *_OWN, *([MANAGEMENT] if Role.ADMIN in roles else []))
    found: list[Opened] = []
    seen: set[str] = set()
    for label in dict.fromkeys((*first, *SECTIONS)):
        section = SECTIONS[label]
        pages = tuple(_pages(section, may_open))
        new = {address for tab in pages for _, address in tab.screens} - seen
        if not new or (label == MANAGEMENT and Role.ADMIN not in roles):
            continue
        seen |= new
        is_named_so = label in row or len(pages) > 1 or pages[0].label == next(iter(section.tabs))
        found.append(Opened(label if is_named_so else pages[0].label, pages, section, label in row))
    order = list(SECTIONS.values())
    return tuple(sorted(found, key=lambda one: -1 if one.is_in_row else order.index(one.section)))


def _row(roles: frozenset[Role]) -> tuple[str, ...]:
    """Of several roles: what each of them has, in the curator's order."""
    rows = [ROWS[role] for role in roles if role in ROWS]
    if len(rows) == 1:
        return rows[0]
    return tuple(label for label in ROWS[Role.CURATOR] if any(label in row for row in rows)) or (WAITING,)


def _pages(section: Section, may_open: Callable[[str], bool]) -> Iterator[Tab]:
    for label, there in section.tabs.items():
        screens = {label: there} if isinstance(there, str) else there
        opened = tuple((words, address) for words, address in screens.items() if may_open(address))
        if opened:
            yield Tab(label, opened)


# --- The screens, a package a subject. SCREENS lists the modules in the order they see a request
#: Largest request, bytes: a form with several photos from a telephone, or an export of a whole year.
LARGEST_REQUEST = 64 * 1024 * 1024

#: What every screen needs.
BASE = (
    "osm.shell.errors",
    "osm.shell.turns",
    "osm.shell.access",
    "osm.shell.filters",
    "osm.login.screens.entrance",
    "osm.people.views",
)
#: The screens. A new one adds its line.
SCREENS = (
    "osm.people.screens.users",
    "osm.people.screens.office",
    "osm.login.screens.second_factor",
    "osm.directory.screens",
    "osm.reminders.screens",
    "osm.shell.frame.nav",
    "osm.administration.screens.metrics",
    "osm.inbox.screens",
    "osm.talk.screens",
    "osm.messages.views.card",
    "osm.messages.screens",
    "osm.files.screens",
    "osm.messages.forms",
    "osm.answers.screens.drafting",
    "osm.answers.screens.publishing",
    "osm.groups.screens.parts",
    "osm.groups.screens.groups",
    "osm.approvals.screens",
    "osm.threads.screens",
    "osm.imports.screens.sources",
    "osm.comments.views",
    "osm.comments.screens.queue",
    "osm.comments.screens.copies",
    "osm.outbox.screens",
    "osm.complaints.screens",
    "osm.portal.screens",
    "osm.neighbours.screens",
    "osm.register.screens",
    "osm.dossier.screens",
    "osm.blacklist.screens",
    "osm.imports.screens.imports",
    "osm.shortcomings.screens",
    "osm.urgent.views",
    "osm.urgent.screens",
    "osm.bursts.screens",
    "osm.emergency.screens",
    "osm.plan.screens.week",
    "osm.plan.screens.publication",
    "osm.plan.screens.lists",
    "osm.register.views.page",
    "osm.reports.screens.reports",
    "osm.reports.screens.journals",
    "osm.calendar.screens",
    "osm.flow.screens",
    "osm.administration.screens.start",
    "osm.administration.screens.first_steps",
    "osm.pages.screens.connections",
    "osm.listening.screens",
    "osm.guarding.screens",
    "osm.pages.screens.register",
    "osm.people.screens.absences",
    "osm.topics.screens",
    "osm.check.screens",
    "osm.log.screens",
    "osm.integrators.screens",
    "osm.keeping.screens",
    "osm.retention.screens",
    "osm.help.screens",
)


_STAMPS: Memory[dict[object, str]] = Memory(lambda _: {})


class RowId(IntegerConverter):
    """The number of a row in an address; a larger one fits into no column, so there is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


class Templates(Environment):
    """Each template has its globals in one dict. Of Jinja's chain of two an import asks for each of a hundred names."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    """Add everything that answers over HTTP. RuntimeError when a view does not say who may call it."""
    settings = application(app).settings
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="osm_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session: a form may stay open for a day
        WTF_CSRF_SSL_STRICT=False,  # a proxy in front may hide the scheme; the token is what counts
    )
    requests.init_app(app)
    app.jinja_environment = Templates
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["int"] = RowId
    app.before_request(access.guard)
    for name in BASE:
        _add(app, name)
    access.csrf.init_app(app)
    for name in SCREENS:
        _add(app, name)
    macros = vars(app.jinja_env.get_template("_macros.html").module)
    app.jinja_env.globals.update({name: macro for name, macro in macros.items() if not name.startswith("_")})
    access.public(app.view_functions["static"])
    app.url_defaults(_stamp_of_static)
    access.require_declarations(app)


def _add(app: Flask, name: str) -> None:
    """The blueprints of a module, and what its `init_app` adds besides."""
    module = import_module(name)
    for one in vars(module).values():
        if isinstance(one, Blueprint) and one.import_name == name:
            app.register_blueprint(one)
    if hasattr(module, "init_app"):
        module.init_app(app)


def _stamp_of_static(endpoint: str, values: dict[str, object]) -> None:
    """A static address changes with its file, so that browsers may keep it for a year."""
    if endpoint != "static" or "v" in values:
        return
    stamps = _STAMPS.get()
    name = values["filename"]
    if name not in stamps or current_app.debug:
        file = Path(current_app.static_folder or "") / str(name)
        stamps[name] = f"{file.stat().st_mtime_ns // 1_000_000:x}" if file.is_file() else "0"
    values["v"] = stamps[name]
