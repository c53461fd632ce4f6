"""What a rule is, and the masks of the word groups that rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    contempt: int
    insulted: int
    target: int
    second: int
    first: int
    third: int
    official: int
    human: int
    family: int
    property: int
    report: int
    threat_report: int
    police: int
    office_thing: int
    bystander: int
    soft: int
    animal: int
    pest: int
    adjective: int
    mild_adjective: int
    flock: int
    obscene: int
    disguised: int
    fact: int
    face: int
    brain: int
    lack: int
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
    sure: int
    will_form: int
    punch: int
    struck: int
    arson: int
    building: int
    burn: int
    survive: int
    fate: int
    injury: int
    outcome: int
    cue: int
    mine: int
    armed: int
    catch: int
    scene: int
    projectile: int
    fly: int
    means: int
    deadly: int
    throw: int
    weak_cue: int
    verb: int
    rule: int
    remote: int
    tool: int
    crowd: int
    grave: int
    get: int
    nature: int
    nature_cue: int
    dark: int
    lawful: int
    civic: int
    remove: int
    punish: int
    noise: int
    beware: int
    home: int
    stalk: int
    talk: int
    gang: int
    hazard: int
    captive: int
    receive: int
    vanish: int
    bed: int
    execute: int
    made: int
    suffer: int
    coming: int
    meet: int
    seek: int
    pay: int
    kind: int
    decent: int
    invite: int
    dear: int
    private: int
    watch: int
    well: int
    fuel: int
    time_to: int
    doomed: int
    alive: int
    laid: int


# Name of the bits → the list that they stand for.
_LISTS = {
    "second": "people.second",
    "first": "people.first",
    "third": "people.third",
    "official": "people.official",
    "human": "people.human",
    "family": "people.family",
    "property": "people.property",
    "report": "people.report",
    "threat_report": "people.threat_report",
    "police": "people.police",
    "office_thing": "people.office_thing",
    "bystander": "people.bystander",
    "soft": "insult.soft",
    "animal": "insult.animal",
    "pest": "insult.pest",
    "adjective": "insult.adjective",
    "mild_adjective": "insult.mild_adjective",
    "flock": "insult.group",
    "obscene": "insult.obscene",
    "disguised": "insult.disguised",
    "fact": "insult.fact",
    "face": "insult.face",
    "brain": "insult.brain",
    "lack": "insult.lack",
    "kill": "threat.kill",
    "loose": "threat.loose",
    "hurt": "threat.hurt",
    "breaking": "threat.break",
    "body": "threat.body",
    "weapon": "threat.weapon",
    "come": "threat.come",
    "call": "threat.call",
    "self_harm": "threat.self",
    "ambiguous": "threat.ambiguous",
    "office": "threat.office",
    "come_weapon": "threat.come_weapon",
    "stake_verb": "threat.stake_verb",
    "sure": "threat.sure",
    "will_form": "threat.will_form",
    "punch": "threat.punch",
    "struck": "threat.face",
    "arson": "threat.arson",
    "building": "threat.building",
    "burn": "threat.burn",
    "survive": "threat.survive",
    "fate": "threat.fate",
    "injury": "threat.injury",
    "outcome": "threat.outcome",
    "cue": "threat.cue",
    "mine": "threat.mine",
    "armed": "threat.armed",
    "catch": "threat.catch",
    "scene": "threat.scene",
    "projectile": "threat.projectile",
    "fly": "threat.fly",
    "means": "threat.means",
    "throw": "threat.throw",
    "deadly": "threat.deadly",
    "weak_cue": "threat.weak_cue",
    "verb": "insult.verb",
    "rule": "people.rule",
    "remote": "threat.remote",
    "tool": "threat.tool",
    "crowd": "threat.crowd",
    "grave": "threat.grave",
    "get": "threat.get",
    "nature": "threat.nature",
    "nature_cue": "threat.nature_cue",
    "dark": "threat.dark",
    "lawful": "threat.lawful",
    "civic": "threat.civic",
    "remove": "threat.remove",
    "punish": "threat.punish",
    "noise": "insult.noise",
    "beware": "threat.beware",
    "home": "threat.home",
    "stalk": "threat.stalk",
    "talk": "threat.talk",
    "gang": "threat.gang",
    "hazard": "threat.hazard",
    "captive": "threat.captive",
    "receive": "threat.receive",
    "vanish": "threat.vanish",
    "bed": "threat.bed",
    "execute": "threat.execute",
    "made": "threat.made",
    "suffer": "threat.suffer",
    "coming": "threat.coming",
    "meet": "threat.meet",
    "seek": "threat.seek",
    "pay": "threat.pay",
    "kind": "threat.kind",
    "decent": "threat.decent",
    "invite": "threat.invite",
    "dear": "threat.dear",
    "private": "threat.private",
    "watch": "threat.watch",
    "well": "threat.well",
    "fuel": "threat.fuel",
    "time_to": "threat.time_to",
    "doomed": "threat.doomed",
    "alive": "threat.alive",
    "laid": "threat.laid",
}
_CONTEMPT = ("insult.strong", "insult.form", "insult.obscene")


def make_groups(reader: WordReader) -> Groups:
    """The masks for the lists of this reader."""
    mask = reader.group_mask
    return Groups(
        contempt=mask(*_CONTEMPT),
        insulted=mask(*_CONTEMPT, "insult.soft", "insult.animal"),
        target=mask("people.second", "people.official"),
        **{name: mask(group) for name, group in _LISTS.items()},
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check. ``groups`` and ``shape`` say which words wake it: without them it is not even called."""

    name: str
    category: Category
    title: str
    find: Callable[[Document, Groups], Iterable[Hit]]
    groups: tuple[str, ...] = ()
    shape: int = 0
    phrases: str = ""  # the rule is nothing but this list of phrases: without one of them it is not called
