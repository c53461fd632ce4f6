"""What every connector returns: a citizen's message as its source shows it, and the fate of other rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ConnectorError(Exception):
    """Something outside could not be used; `str(error)` says what happened, what was kept, what to do."""


class SourceState(StrEnum):
    """Our reading of the source's own status: an answered or closed message opens no clocks (design §6)."""

    OPEN = "open"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message that came in. Empty text and None mean «the source does not say»; instants are aware and in UTC.

    `key` (at most 80 characters) is by what a second import knows the message again: its number, else its canonical
    address, else network, author, time and text. `provided` names the fields that the source has a column for, even
    where this row leaves it empty: a re-import may change these and no others. `fingerprint` is a hash of the provided
    fields: equal fingerprints mean that nothing of the source's own has changed.
    """

    row: int  # row of the sheet or record of the CSV, the header counted; 0 where a message did not come from a file
    key: str
    fingerprint: str
    text: str  # as it came, only outer white space is gone; at most MAX_TEXT characters
    network: str = ""  # code of `osm.networks.catalogue.NETWORKS`
    number: str = ""
    url: str = ""
    canonical_url: str = ""
    author: str = ""
    author_url: str = ""  # canonical
    published_at: datetime | None = None  # in the network
    received_at: datetime | None = None  # receipt in the source system: the anchor of П.7
    deadline_at: datetime | None = None  # the source's own deadline; our terms are counted by `osm.regulation`
    municipality: str = ""
    place: str = ""
    topic: str = ""
    subtopic: str = ""
    responsible: str = ""
    curator: str = ""
    status: str = ""  # the source's own word
    state: SourceState = SourceState.OPEN
    important: bool = False  # high importance (П.9)
    is_repeat: bool = False  # the source calls it a repeated message (П.15)
    answer: str = ""
    answered_at: datetime | None = None
    answer_url: str = ""
    rating: str = ""  # the author's own rating, as the source has it: a mark, «да», «не решено»
    tone: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    """Heading → text of the filled cells of columns that are no field of ours."""
    provided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot become a message, with the reason for the person who imports, and its cells."""

    row: int
    reason: str
    cells: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row with the key of an earlier row of the same file: the first wins, this one changes nothing."""

    row: int
    first_row: int
    key: str

    @property
    def reason(self) -> str:
        return f"Повтор строки {self.first_row}: то же сообщение."


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no message and no fault: a total («Итого …»), a repeated header, the numbers of the columns."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class RowWarning:
    """Something to look at in a row; what became of the row itself is said by another item."""

    row: int
    reason: str


RowResult = IncomingMessage | Rejected | Duplicate | Skipped | RowWarning
