"""The sections of the menu: which screens are in each, in what order, and for whom."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from osm.regulation.words import Role


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
    """A section as one person sees it."""

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
