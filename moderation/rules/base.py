"""What a rule is, and the masks of the word groups that rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..tokens import Document
from ..verdict import Category, Severity
from ..words import WordReader


class Hit(NamedTuple):
    """A rule's find: words first … last, how serious, the lemma and the reason in one Russian sentence."""

    first: int
    last: int
    severity: Severity
    lemma: str
    why: str


@dataclass(frozen=True, slots=True)
class Groups:
    """Bits by which a word is known to stand in a list; made once for a vocabulary."""

    second: int
    first: int
    third: int
    official: int
    human: int
    family: int
    property: int
    report: int
    threat_report: int
    contempt: int
    soft: int
    animal: int
    pest: int
    adjective: int
    mild_adjective: int
    flock: int
    insulted: int
    kill: int
    loose: int
    hurt: int
    breaking: int
    body: int
    weapon: int
    come: int
    call: int
    self_harm: int
    ambiguous: int
    office: int
    come_weapon: int
    stake_verb: int
    obscene: int
    disguised: int
    sure: int
    will_form: int
    police: int
    fact: int

    @property
    def target(self) -> int:
        """Whoever clause 17 protects, and those whom an author names with contempt."""
        return self.second | self.official


def make_groups(reader: WordReader) -> Groups:
    """The masks for the lists of this reader."""
    mask = reader.group_mask
    return Groups(
        second=mask("people.second"), first=mask("people.first"), third=mask("people.third"), official=mask("people.official"),
        human=mask("people.human"), family=mask("people.family"), property=mask("people.property"), report=mask("people.report"),
        threat_report=mask("people.threat_report"), contempt=mask("insult.strong", "insult.form", "insult.obscene"),
        soft=mask("insult.soft"), animal=mask("insult.animal"), pest=mask("insult.pest"), adjective=mask("insult.adjective"),
        mild_adjective=mask("insult.mild_adjective"), flock=mask("insult.group"),
        insulted=mask("insult.strong", "insult.form", "insult.obscene", "insult.soft", "insult.animal"),
        kill=mask("threat.kill"), loose=mask("threat.loose"), hurt=mask("threat.hurt"), breaking=mask("threat.break"),
        body=mask("threat.body"), weapon=mask("threat.weapon"), come=mask("threat.come"), call=mask("threat.call"),
        self_harm=mask("threat.self"), ambiguous=mask("threat.ambiguous"), office=mask("threat.office"),
        come_weapon=mask("threat.come_weapon"), stake_verb=mask("threat.stake_verb"), obscene=mask("insult.obscene"), disguised=mask("insult.disguised"), sure=mask("threat.sure"), will_form=mask("threat.will_form"),
        police=mask("people.police"), fact=mask("insult.fact"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check. ``groups`` and ``shape`` say which words wake it: without them it is not even called."""

    name: str
    category: Category
    title: str
    find: Callable[[Document, Groups], Iterable[Hit]]
    groups: tuple[str, ...] = ()
    shape: int = 0


def phrase_hits(group: str, severity: Severity, why: str) -> Callable[[Document, Groups], Iterator[Hit]]:
    """A rule that reports every phrase of one list, unless it is quoted or told of."""

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        from .context import reported

        for first, last, entry in doc.found(group):
            if not reported(doc, groups, first):
                yield Hit(first, last, severity, entry.text.replace("=", ""), why)

    return find
