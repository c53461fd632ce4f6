"""What the checklist of an answer shows: criteria of П.16 and П.15 in words, officialese with its better wording."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from osm.clock import current_now
from osm.regulation.words import ReplyKind
from osm.services.answers import checking
from osm.services.answers.checking import Checked
from osm.services.answers.common_text import text_for
from osm.services.answers.promises import passed
from osm.services.answers.template_fields import unfilled
from osm.store.queries.messages.card_parts import Card
from osm.wording.criteria import LABELS, Criterion, Key
from osm.wording.style import StyleFinding

_WORDS = 3
"""So many deciding words are shown beside a criterion."""


class State(StrEnum):
    """How a criterion stands."""

    MET = "met"
    UNMET = "unmet"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion: label, deciding words, what to do."""

    key: Key
    label: str
    state: State
    words: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A finding of style; `start` in units of UTF-16, as the browser counts."""

    start: int
    fragment: str
    better: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checklist of one text. `digest` tells whether anything would look different."""

    rows: tuple[Row, ...]
    wordings: tuple[Wording, ...]
    is_empty: bool
    unfilled: tuple[str, ...] = ()
    """Fields of a template that still stand in the text: it cannot be sent with them."""
    passed: tuple[date, ...] = ()
    """Days that the text names as its terms and that are over."""

    @property
    def unmet(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state is State.UNMET)

    @property
    def safe(self) -> int:
        """How many findings can be replaced as they stand."""
        return sum(bool(wording.replacement) for wording in self.wordings)

    @property
    def digest(self) -> str:
        return hashlib.sha256(
            repr((self.rows, self.wordings, self.is_empty, self.unfilled, self.passed)).encode("utf-8", "replace")
        ).hexdigest()[:16]


def checklist_of(card: Card, text: str, kind: str, written_at: datetime | None = None) -> Checklist:
    """The checklist of a text for this message; an unknown kind is that of the reply. A text too long is cut for it.

    `written_at`: when it was submitted, if not now: from then «завтра» counts.
    """
    text = text.replace("\r\n", "\n")[: checking.MAX_CHECKED]
    reply = card.current_reply
    known = set(ReplyKind)
    checked = checking.check(
        text,
        network=card.network,
        kind=ReplyKind(kind) if kind in known else reply.kind if reply else ReplyKind.FINAL,
        is_repeat=card.is_repeat,
        attachments=len(reply.photos) if reply else 0,
    )
    return replace(_checklist(checked, text), passed=tuple(passed(text, now=current_now(), written_at=written_at)))


def _checklist(checked: Checked, text: str) -> Checklist:
    rows = tuple(_row(criterion) for criterion in checked.criteria if _concerns(criterion))
    wordings = tuple(_wording(finding, text) for finding in checked.style)
    return Checklist(rows, wordings, not text.strip(), unfilled(text))


def _concerns(criterion: Criterion) -> bool:
    """What does not apply is not shown; what a person must judge is."""
    return criterion.met is not None or (criterion.key in (Key.TERMS, Key.ATTACHMENTS) and criterion.needs_a_person)


def _row(criterion: Criterion) -> Row:
    state = State.MET if criterion.met else State.UNMET if criterion.is_missing else State.ASK
    words = tuple(dict.fromkeys(_short(span.fragment) for span in criterion.evidence))[:_WORDS]
    return Row(criterion.key, LABELS[criterion.key], state, words, criterion.advice)


def _short(fragment: str) -> str:
    line = " ".join(fragment.split())
    return line if len(line) <= 40 else line[:38].rstrip() + "…"


def _wording(finding: StyleFinding, text: str) -> Wording:
    start = len(text[: finding.start].encode("utf-16-le", "surrogatepass")) // 2
    return Wording(start, finding.fragment, finding.better, finding.replacement)


def common_checklist(card: Card, text: str, kind: str) -> Checklist:
    """The checklist of the common text as this message would get it; places of wordings are those of the text."""
    ready = text_for(text, author=card.author_name, place=card.place, turn=card.id)
    found = checklist_of(card, ready, kind)
    return replace(checklist_of(card, text, kind), rows=found.rows, unfilled=found.unfilled, passed=found.passed)
