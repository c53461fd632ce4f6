"""What a rule is, and the masks of the word groups that rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
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
    guessed: int
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
    perish: int
    wishing: int
    resting: int
    die: int
    corpse: int
    carried: int
    leaving: int
    waiting: int
    going_out: int
    alone: int
    at_hand: int
    dare: int
    bomb: int
    planted: int
    missile: int
    whereabouts: int
    visiting: int
    taking_up: int
    bullies: int
    sending: int
    care: int
    mind: int
    slap: int
    rue: int
    left: int
    dear_life: int
    medic: int
    needed: int
    stock: int
    fist: int
    flight: int
    vehicle: int
    driving: int
    remedy: int
    pouring: int
    vessel: int
    seal: int
    rescue: int
    guard: int
    office_head: int
    borne: int
    stab: int
    charge: int
    bring: int
    mourning: int
    warns: int
    sport: int
    shoot: int
    rough: int
    coarse_part: int
    hole: int
    child_place: int
    spied: int
    nod: int
    frail: int
    retreat: int
    mishap: int
    spare: int
    set_on: int
    beast: int
    head: int
    soil: int
    answering: int
    riot: int
    paper: int
    pity: int
    livestock: int
    car_part: int
    massacre: int


# Name of the bits → the list that they stand for; where none is named, the list of threats of that name.
_LISTS = {
    "guessed": "insult.stem",
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
    "breaking": "threat.break",
    "self_harm": "threat.self",
    "struck": "threat.face",
    "verb": "insult.verb",
    "rule": "people.rule",
    "noise": "insult.noise",
}
_SUMS = ("contempt", "insulted", "target")
_CONTEMPT = ("insult.strong", "insult.form", "insult.obscene", "insult.stem")


def make_groups(reader: WordReader) -> Groups:
    """The masks for the lists of this reader."""
    mask = reader.group_mask
    return Groups(
        contempt=mask(*_CONTEMPT),
        insulted=mask(*_CONTEMPT, "insult.soft", "insult.animal"),
        target=mask("people.second", "people.official"),
        **{name: mask(_LISTS.get(name, f"threat.{name}")) for name in Groups.__slots__ if name not in _SUMS},
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
    last: bool = False  # asked only where no other rule of its category has found anything
    also: Collection[str] = ()  # lists or very forms; without a word of any of them it could find nothing
    also_shape: int = 0  # the same of shapes
    phrases: str = ""  # the rule is nothing but this list of phrases: without one of them it is not called
