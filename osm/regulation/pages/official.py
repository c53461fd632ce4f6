"""The register of official pages: states of a page and how it is presented (Пр.1.2.1, 2.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from osm.regulation.labelled import Labelled


# --- The register of official pages (Пр.1.2.1, 1.3): states of a page, and what the office writes down of each
class PageState(Labelled):
    """A page is never deleted from the register: it is closed."""

    ACTIVE = "active", "действует"
    SUSPENDED = "suspended", "приостановлен"
    CLOSED = "closed", "закрыт"


PAGE_STATE_LABELS = {one: one.label for one in PageState}

FIELD_LABELS: dict[str, str] = {
    "body": "Орган или организация",
    "body_inn": "ИНН",
    "title": "Название страницы",
    "url": "Адрес страницы",
    "state": "Состояние",
    "state_on": "В этом состоянии с",
    "opened_on": "Ведётся с",
    "unit": "Ответственное подразделение",
    "email": "Почта",
    "phone": "Телефон",
    "act": "Основание",
    "act_number": "Номер документа",
    "act_on": "Дата документа",
    "verified": "Отметка Госуслуг",
    "verified_on": "Отметка Госуслуг с",
}
"""Everything that the register says of a page besides its network. All of it may be shown to anybody (Пр.1.3)."""

WANTED: dict[str, str] = {
    "opened_on": "с какого дня ведётся",
    "unit": "кто отвечает",
    "phone": "телефон",
    "email": "почта",
    "act": "основание",
}
"""What a whole entry has; it may be entered without."""

ASKED: dict[str, tuple[str, ...]] = {"unit": ("unit",), "contact": ("phone", "email"), "act": ("act",)}
"""What strangers look for: an entry without is shown on the site only after it was asked about."""
ASKED_WORDS: dict[str, str] = {"unit": "кто отвечает", "contact": "телефон или почта", "act": "основание"}


# --- What an official page shows of itself (Пр.2.4): description, cover, avatar, mark, links, widgets
class ProfileItem(Labelled):
    """What Пр.2.4 names, in its order."""

    DESCRIPTION = "description", "Описание"
    COVER = "cover", "Обложка"
    AVATAR = "avatar", "Аватар"
    MARK = "mark", "Указание, что страница официальная"
    SITE_LINK = "site_link", "Ссылка на официальный сайт"
    PAGE_LINKS = "page_links", "Ссылки на другие официальные страницы"
    WIDGETS = "widgets", "Виджеты, приложения, динамическая обложка"


class Seen(StrEnum):
    """Whether it is there; `unknown`: not looked at, or not said by the network."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


ITEM_LABELS = {one: one.label for one in ProfileItem}
ITEM_HINTS: dict[ProfileItem, str] = {
    ProfileItem.DESCRIPTION: "Чья страница и о чём она.",
    ProfileItem.COVER: "Фирменный стиль, красивый пейзаж или знакомое место.",
    ProfileItem.AVATAR: "Герб.",
    ProfileItem.MARK: "Слово «официальная» в названии или описании, отметка соцсети или Госуслуг.",
    ProfileItem.SITE_LINK: "В описании или среди ссылок.",
    ProfileItem.PAGE_LINKS: "Чтобы из одной соцсети находили остальные.",
    ProfileItem.WIDGETS: "Рекомендуется, не обязательно.",
}
RECOMMENDED = frozenset({ProfileItem.WIDGETS})  # Пр.2.4 recommends them; that they are not there is nothing to mend
_OFFICIAL = "официальн"


@dataclass(frozen=True, slots=True)
class ToldProfile:
    """A page as its network describes it. None: it does not say."""

    title: str = ""
    url: str = ""
    description: str = ""
    avatar: bool | None = None
    cover: bool | None = None
    verified: bool | None = None
    links: tuple[str, ...] = ()
    widgets: bool | None = None


def judged(told: ToldProfile, site: str, pages: Iterable[str]) -> dict[ProfileItem, Seen]:
    """What is there according to the network. `site`: host of the official site, `pages`: the office's other pages,
    each as host and path («vk.com/priozerny»). Without links to look for, the answer is unknown."""
    words = f"{told.title} {told.description}".lower()
    said = " ".join([words, *(link.lower() for link in told.links)])
    others = [page.lower() for page in pages]
    official = _OFFICIAL in words or bool(told.verified)
    return {
        ProfileItem.DESCRIPTION: _seen(bool(told.description.strip())),
        ProfileItem.COVER: _seen(told.cover),
        ProfileItem.AVATAR: _seen(told.avatar),
        ProfileItem.MARK: _seen(official),
        ProfileItem.SITE_LINK: _seen(site.lower() in said if site else None),
        ProfileItem.PAGE_LINKS: _seen(any(page in said for page in others) if others else None),
        ProfileItem.WIDGETS: _seen(told.widgets),
    }


def lacking(marks: Mapping[ProfileItem, Seen]) -> tuple[ProfileItem, ...]:
    """What has been looked for and is not there, without what is only recommended."""
    return tuple(item for item in ProfileItem if marks.get(item) is Seen.NO and item not in RECOMMENDED)


def _seen(there: bool | None) -> Seen:
    return Seen.UNKNOWN if there is None else Seen.YES if there else Seen.NO
