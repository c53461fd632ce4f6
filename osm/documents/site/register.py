"""The register as strangers see it, and where its files lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from osm.networks.catalogue import NETWORKS
from osm.regulation.own_pages import PAGE_STATE_LABELS, PageState

# --- Where the files of the site lie, seen from each other: on our own server, or in a folder of somebody else's site
PAGE, EMBED, FRAGMENT = "accounts.html", "accounts-embed.html", "accounts-fragment.html"
JSON, SCHEMA, CSV, ATOM = "accounts.json", "accounts.schema.json", "accounts.csv", "accounts.atom"
STYLE = "accounts.css"
OPEN_DATA = "opendata"
LIST = f"{OPEN_DATA}/list.csv"
PASSPORT = f"{OPEN_DATA}/index.html"


@dataclass(frozen=True, slots=True)
class Places:
    """`base`: the beginning of every address; empty where it is not known. On our server it is scheme and host, for a
    folder the address of the folder with its slash. `own`: names with another address on our server, from its root
    on."""

    base: str = ""
    root: str = ""  # the folder of the set on our server, «/public/»; empty: the links are from file to file
    own: Mapping[str, str] = field(default_factory=dict)

    def full(self, name: str) -> str:
        """The whole address, as far as it is known."""
        return self.base + (self._rooted(name) if self.root else name)

    def beside(self, name: str, where: str) -> str:
        """The address as a link in the file `where` of the same set."""
        return self._rooted(name) if self.root else "../" * where.count("/") + name

    def _rooted(self, name: str) -> str:
        return self.own.get(name, self.root + name)


# --- What may be public of the register: these fields and no others, in the order in which every file has them
@dataclass(frozen=True, slots=True)
class PublicPage:
    """One official page as anybody may see it. Texts are empty and days None where the office has written nothing."""

    id: int
    owner: str
    owner_inn: str
    network: str
    network_title: str
    title: str
    url: str
    status: PageState
    status_since: date | None
    created_on: date | None
    unit: str
    phone: str
    email: str
    act: str
    act_number: str
    act_date: date | None
    verified: bool
    verified_on: date | None
    updated_at: datetime  # local time, with its offset
    note: str  # how its network is restricted in Russia; the law wants it said with the name

    @property
    def status_words(self) -> str:
        """«приостановлен с 01.11.2026»."""
        words = PAGE_STATE_LABELS[self.status]
        tells = self.status_since and self.status is not PageState.ACTIVE
        return f"{words} с {self.status_since:%d.%m.%Y}" if tells else words

    @property
    def ground(self) -> str:
        """«Постановление администрации от 04.02.2022 № 215»."""
        day = f" от {self.act_date:%d.%m.%Y}" if self.act_date else ""
        return f"{self.act}{day}" + (f" № {self.act_number}" if self.act_number else "")

    @property
    def is_closed(self) -> bool:
        return self.status is PageState.CLOSED


PUBLIC_FIELDS = tuple(field.name for field in fields(PublicPage))


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A page came into the register, or what it says changed: for the feed, and for the passport of the data."""

    page: PublicPage
    number: int
    words: tuple[str, ...]  # «Название страницы: … → …», in the order of the form; empty where the page came in
    is_new: bool = False  # no edition of it was shown before

    @property
    def title(self) -> str:
        name = f"{self.page.network_title}, «{self.page.title}»"
        if self.is_new:
            return f"Внесена страница: {name}"
        closed = self.page.is_closed and any(words.startswith("Состояние:") for words in self.words)
        return f"Страница закрыта: {name}" if closed else f"Сведения изменены: {name}"


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """Everything that is shown. `changed_at` is None while the register is empty; local time like all instants."""

    owner: str
    inn: str
    site: str
    pages: tuple[PublicPage, ...]
    changes: tuple[PublicChange, ...] = ()  # newest first
    past: Mapping[datetime, tuple[PublicPage, ...]] | None = None
    """The pages as they stood at the end of the minutes in which they changed, newest first."""
    leaves_out: bool = False
    """There are pages in networks that are blocked or forbidden in Russia, and they are not shown."""
    is_whole: bool = False
    """An administrator has said that the office keeps no other page, and the program knows of none."""

    @property
    def changed_at(self) -> datetime | None:
        return self.changes[0].page.updated_at if self.changes else None

    @property
    def kept(self) -> tuple[PublicPage, ...]:
        return tuple(page for page in self.pages if not page.is_closed)

    @property
    def closed(self) -> tuple[PublicPage, ...]:
        return tuple(page for page in self.pages if page.is_closed)


def network_title(code: str) -> str:
    return NETWORKS[code].label if code in NETWORKS else code
