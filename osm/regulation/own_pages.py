"""The official pages (Пр.1.2.1–1.2.3): states of a page, how it is presented, who manages and can restore it."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from osm.regulation.words import Labelled


# --- The register of official pages (Пр.1.2.1, 1.3): states of a page, and what the office writes down of each
class PageState(Labelled):
    """A page is never deleted from the register: it is closed."""

    ACTIVE = "active", "действует"
    SUSPENDED = "suspended", "приостановлен"
    CLOSED = "closed", "закрыт"


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


# --- Whether two are one person: by the number of a profile, else by the words of a name
_NUMBER = re.compile(r"(?:^|[/@]|id)(\d{1,19})/?$")
_ASIDE = re.compile(r"\([^)]*\)")


def profile_number(profile: str) -> str:
    """«77» of «77», «id77», «https://vk.com/id77»; empty where the profile is named by a word."""
    found = _NUMBER.search(profile.strip())
    return found[1] if found else ""


def is_same_person(one: str, other: str) -> bool:
    """Whether two names have the same words, in any order, with or without a patronymic; one word is not enough."""
    words = _words(one), _words(other)
    return min(map(len, words)) >= 2 and (words[0] <= words[1] or words[1] <= words[0])


def is_written_down(number: str, name: str, profile: str, who: str) -> bool:
    """Whether the administrator named by a network (`number`, `name`) is the one written down (`profile`, `who`). Where
    both numbers are known they alone decide."""
    known = profile_number(profile)
    return known == number if known and number else is_same_person(name, who)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", _ASIDE.sub(" ", name).lower().replace("ё", "е")))


# --- How a lost page comes back (Пр.1.2.3), by the public help of the networks
RECOVERY: dict[str, tuple[str, ...]] = {
    "vk": (
        "Администратор восстанавливает свой личный профиль: vk.com/restore.",
        "Другой администратор снимает права утраченного профиля: «Управление», «Участники», «Руководители».",
        (
            "Если войти не может никто, владелец сообщества пишет в поддержку: vk.com/support. Приложите документ, "
            "что страница официальная; у госпаблика сообщите, что он подтверждён через Госуслуги."
        ),
        "После возвращения смените пароли, завершите чужие сеансы, замените ключи доступа.",
    ),
    "ok": (
        "Администратор восстанавливает свой профиль: на странице входа ok.ru нажмите «Не получается войти?».",
        "Другой администратор назначает замену: сначала модератором группы, затем администратором.",
        (
            "Если войти не может никто, напишите в поддержку через ok.ru/help и докажите, что группа принадлежит "
            "администрации: реестр официальных страниц, документ, ссылка с сайта."
        ),
        "После возвращения смените пароли, уберите чужих из руководства группы, замените ключи доступа.",
    ),
    "instagram": (
        "На странице входа нажмите «Забыли пароль?»: ссылка придёт на почту или телефон профиля.",
        "Если их сменил взломщик, откройте instagram.com/hacked и подтвердите личность.",
        "В письме от security@mail.instagram.com о смене почты есть ссылка, которая отменяет смену.",
        "После возвращения смените пароль, включите второй фактор, завершите чужие сеансы, отключите приложения.",
    ),
}
"""Network → the steps, in their order."""
RECOVERY_ANYWHERE = (
    "Восстановите профиль администратора по телефону или почте, которые к нему привязаны.",
    "Другой администратор снимает права утраченного профиля.",
    "Если войти не может никто, напишите в поддержку сети и докажите, что страница принадлежит администрации.",
)
"""Where the network has no steps of its own here."""


# --- The check of a page (Пр.1.2.3): its questions, its answers, its term; who may do what on a page
class Right(Labelled):
    """What somebody may do on a page, in the words that networks share; the strongest first."""

    OWNER = "owner", "владелец"
    ADMIN = "admin", "администратор"
    EDITOR = "editor", "редактор"
    MODERATOR = "moderator", "модератор"
    ADVERTISER = "advertiser", "рекламодатель"
    OTHER = "other", "другое право"


class SecondFactor(Labelled):
    ON = "on", "включён"
    OFF = "off", "выключен"
    UNKNOWN = "unknown", "неизвестно"


class Question(Labelled):
    ADMINISTRATORS = "administrators", "Управляют страницей только те, кто записан, и право у каждого нужное для работы"
    SECOND_FACTOR = "second_factor", "Второй фактор включён у всех, кто управляет страницей"
    PASSWORD = "password_age", "Пароль сменён не больше года назад, и его знает только тот, чей он"
    RECOVERY = "recovery", "Телефон и почта для восстановления служебные и действуют"
    APPLICATIONS = "applications", "Подключены только нужные приложения"
    SESSIONS = "sessions", "В списке активных сеансов нет чужих устройств"


class Finding(Labelled):
    GOOD = "good", "да"
    BAD = "bad", "нет"
    NONE = "none", "здесь не бывает"


TERMS = (1, 3, 6, 12)  # months after which a page is checked again
USUAL_TERM = 3
FIRST_CHECK = timedelta(days=14)  # an unchecked page is due so long after it came into the program
PASSWORD_MONTHS = 12  # an older password is pointed out


FEWEST_KEEPERS = 2  # with fewer administrators a page is lost with one person
KEEPING = (Right.OWNER, Right.ADMIN)  # rights by which somebody can give the page to others
_OFFICE = re.compile("служебн|рабоч|при[её]мн|пресс|отдел|администрац|дежурн|городск", re.IGNORECASE)


def is_lone_phone(recovery: str) -> bool:
    """Whether the page can be recovered only by one telephone that is not marked as the office's; `recovery`: one a
    line."""
    lines = [line for line in recovery.splitlines() if line.strip()]
    is_phone = len(lines) == 1 and "@" not in lines[0] and len(re.findall(r"\d", lines[0])) >= 5
    return is_phone and not _OFFICE.search(lines[0])


def keeping_lacks(keepers: int, lone_phone: bool) -> tuple[str, ...]:
    """Why the page may be lost, in words; `keepers`: how many can give it to others."""
    found = []
    if keepers < FEWEST_KEEPERS:
        who = "записан один администратор" if keepers else "не записан ни один администратор"
        found.append(f"Передать страницу могут меньше двух человек: {who}")
    if lone_phone:
        found.append("Доступ восстанавливает один телефон, и он не назван служебным")
    return tuple(found)


def after_months(day: date, months: int) -> date:
    """The same day so many months later; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_old_password(changed_on: date, today: date) -> bool:
    """Whether a password has served longer than PASSWORD_MONTHS."""
    return after_months(changed_on, PASSWORD_MONTHS) < today


def bad_answers(answers: Mapping[str, str]) -> list[Question]:
    return [question for question in Question if answers.get(question) == Finding.BAD]


# --- What looks like a password, a key or a recovery code
_MARK = (
    r"(?:парол[а-яё]*|passw(?:or)?d|pwd|pass|пин(?:-?код)?|pin|токен[а-яё]*|token|ключ[а-яё]* доступа|"
    r"код[а-яё]* восстановления|резервн[а-яё]+ код[а-яё]*|секретн[а-яё]+ (?:слов|ответ)[а-яё]*|"
    r"кодов[а-яё]+ слов[а-яё]*)"
)
_NAMED = re.compile(rf"(?<![\w-]){_MARK}\s*(?:[:=]\s*|\s+)(\S+)", re.IGNORECASE)
_COLON = re.compile(rf"(?<![\w-]){_MARK}\s*[:=]\s*(\S+)", re.IGNORECASE)
_RUSSIAN = re.compile(r"[а-яё-]*", re.IGNORECASE)
_KEY = re.compile(r"vk1\.a\.[\w-]{10,}|(?<![\w/.-])[A-Za-z0-9_-]{32,}(?![\w/.-])")
_CODES = re.compile(r"(?:(?<!\d)\d{4}[ -]?\d{4}(?!\d)[\s,;]*){3,}")
"""Three or more groups of eight figures in a row; a telephone has more figures or another shape."""
_SIGNS = set("!#$%^&*?~=|<>{}[]\\@")
_PLAIN = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|(https?://|www\.)\S+|[\w-]+(\.[\w-]+)+(/\S*)?|@[\w.]+|#\w+")
_SHORTEST, _LONGEST = 8, 64


def secret_in(text: str) -> str:
    """What the text seems to hold, in words; empty where nothing looks like a secret."""
    return next((what for rule, what in RULES if rule(text)), "")


def _named_value(text: str) -> bool:
    """«пароль: …», but no plain Russian word («Пароль: сменить до пятницы»); without a colon only «пароль Qwerty12»."""
    if not all(_RUSSIAN.fullmatch(found[1].strip('.,;:()«»"—–')) for found in _COLON.finditer(text)):
        return True
    return any(re.search(r"[A-Za-z]\S*\d|\d\S*[A-Za-z]|\d{4,}", found[1]) for found in _NAMED.finditer(text))


def _bare_password(text: str) -> bool:
    """A word that mixes letters, figures and signs as no name does."""
    words = (word.strip(".,;:()«»\"'") for word in text.split())
    return any(_is_mixed(word) for word in words if _SHORTEST <= len(word) <= _LONGEST and not _PLAIN.fullmatch(word))


def _is_mixed(word: str) -> bool:
    has_letter, has_figure = bool(re.search(r"[^\W\d_]", word)), bool(re.search(r"\d", word))
    if has_letter and has_figure and _SIGNS.intersection(word):
        return True
    # Letters and figures that change places often: «a7Kq29xB»; a name with its number («SMM2go») changes once or twice.
    changes = len(re.findall(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", word))
    return changes >= 3


RULES: tuple[tuple[Callable[[str], object], str], ...] = (
    (_KEY.search, "ключ доступа"),
    (_CODES.search, "коды восстановления"),
    (_named_value, "пароль или код"),
    (_bare_password, "пароль"),
)
"""In this order; each with what it says to have seen."""
