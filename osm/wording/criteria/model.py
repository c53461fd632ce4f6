"""Input and results of the criteria."""

from collections.abc import Sequence
from dataclasses import dataclass

from osm.regulation import words
from osm.wording.text import AnswerText, Span


class Key(words.Labelled):
    """The criteria of П.16, and of П.15 for a repeated message, in the order of the clause."""

    GREETING = "greeting", "приветствие"
    POLITE = "polite", "вежливо"
    FORMAT = "format", "формат сети"
    RESPONSIBLE_BODY = "responsible_body", "кто отвечает"
    MEASURES = "measures", "меры"
    TERMS = "terms", "срок"
    ATTACHMENTS = "attachments", "фото"
    REPEAT_MEASURES = "repeat_measures", "работы по повтору"


LABELS = {one: one.label for one in Key}


@dataclass(frozen=True, slots=True)
class Rudeness:
    """A finding of the moderation library in the answer: where, and why in Russian."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to be judged. `attachments`: files attached to it; `rudeness`: what moderation found in the text."""

    text: AnswerText
    network: str
    kind: words.ReplyKind
    is_repeat: bool = False
    attachments: int = 0
    rudeness: Sequence[Rudeness] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """`met`: None where it does not apply or is for a person to judge; `advice` says which. `evidence` decided it."""

    key: Key
    met: bool | None
    evidence: tuple[Span, ...] = ()
    advice: str = ""
    needs_a_person: bool = False  # where `met` is None: somebody must look; otherwise it does not apply
    is_owed: bool = True  # false: better met, but not required

    @property
    def is_missing(self) -> bool:
        return self.met is False and self.is_owed
