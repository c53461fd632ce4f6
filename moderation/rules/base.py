"""Definition of a rule, and the masks of word groups that rules use."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from moderation.text.tokens import Document
from moderation.text.words import WordReader
from moderation.verdict import Category, Severity


class Hit(NamedTuple):
    """A rule's finding: words first … last, severity, lemma and the reason in one Russian sentence."""

    first: int
    last: int
    severity: Severity
    lemma: str
    why: str


_CONTEMPT = ("insult.strong", "insult.form", "insult.obscene", "insult.stem")
# Names of the lists in rules.
_LISTS: dict[str, str | tuple[str, ...]] = {
    "contempt": _CONTEMPT, "insulted": (*_CONTEMPT, "insult.soft", "insult.animal"),
    "target": ("people.second", "people.official"),
    "second_sense": "profanity.second", "kennel": "profanity.kennel",
    "literal": ("insult.literal", "insult.title", "insult.animal"), "thing": "insult.literal", "scene": "insult.scene",
    "ambiguous": "threat.ambiguous", "animal": "insult.animal",
    "arson": "threat.arson", "body": "threat.body", "breaking": "threat.break", "building": "threat.building",
    "call": "threat.call", "catch": "threat.catch", "disguised": "insult.disguised", "fact": "insult.fact",
    "family": "people.family", "first": "people.first", "guessed": "insult.stem", "hazard": "threat.hazard",
    "human": "people.human", "hurt": "threat.hurt", "kill": "threat.kill", "laid": "threat.laid",
    "loose": "threat.loose", "office": "threat.office", "office_head": "threat.office_head",
    "official": "people.official", "pest": "insult.pest", "police": "people.police", "projectile": "threat.projectile",
    "property": "people.property", "punch": "threat.punch", "report": "people.report",
    "second": "people.second", "self_harm": "threat.self", "soft": "insult.soft", "soil": "threat.soil",
    "sport": "threat.sport", "struck": "threat.face", "third": "people.third",
    "threat_report": "people.threat_report", "vehicle": "threat.vehicle",
    "weapon": "threat.weapon", "will_form": "threat.will_form",
}  # fmt: skip


class Groups:
    """The bit of each list: ``groups.soft``. Built once for a reader."""

    def __init__(self, reader: WordReader) -> None:
        for name, lists in _LISTS.items():
            setattr(self, name, reader.group_mask(*([lists] if isinstance(lists, str) else lists)))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check. ``groups`` and ``shape``: words without which it is not called."""

    name: str
    category: Category
    title: str
    find: Callable[[Document, Groups], Iterable[Hit]]
    groups: tuple[str, ...] = ()
    shape: int = 0
    last: bool = False  # called only if no other rule of its category has a finding
