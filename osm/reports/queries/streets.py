"""The street of a message's place, and the figures of a period by department, executor, topic, network and street."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from string import digits
from typing import Any

from sqlalchemy import func, literal, or_, select, union_all

from osm.base.database import db
from osm.base.types import Span
from osm.models import Assignment, Department, Message, Topic, User
from osm.networks.catalogue import NETWORKS
from osm.regulation.words import Labelled
from osm.regulation.working_time import worktime
from osm.reports.queries import counting
from osm.reports.queries.figures import Figures, figures_of


# --- Streets
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS: dict[str, str] = {
    word: kind
    for kind, words in {
        "ул.": "ул улица улице улицы улицу улицей улиц",
        "пер.": "пер переулок переулке переулка переулку переулком",
        "пр-т": "пр-т пр-кт просп проспект проспекте проспекта проспекту проспектом",
        "проезд": "проезд проезде проезда проезду проездом",
        "б-р": "б-р бульвар бульваре бульвара бульвару бульваром",
        "пл.": "пл площадь площади",
        "наб.": "наб набережная набережной набережную",
        "шоссе": "шоссе",
        "тупик": "туп тупик тупике тупика тупику тупиком",
    }.items()
    for word in words.split()
}
_MASCULINE = frozenset({"пер.", "пр-т", "проезд", "б-р", "тупик"})
_BENT = _words(
    "улице улицы улицу улицей улиц площади набережной набережную переулке переулку переулком проспекте проспекту "
    "проспектом проезде проезду проездом бульваре бульвару бульваром тупике тупику тупиком"
)
"""Kinds after which the name is inflected too: «на улице Калининской», «по переулку Тихому»."""
_MONTHS = _words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_SMALL = _MONTHS | _words("лет имени народов партсъезда")  # words in a name without a capital letter
_CROSSING = _words("на по вдоль угол перекресток пересечение")
_HOUSE = _CROSSING | _words(
    "д дом дома доме домом домов домами кв корп корпус к стр строение подъезд двор дворе и во в у возле около рядом "
    "напротив против между от до за с со через"
)
_TOWN = _words(
    "г гор город городской городского лесозаводск лесозаводский с село п пос поселок пгт дер деревня мкр микрорайон "
    "станция ст край приморский район р-н округ"
)
_LANDMARK = re.compile(
    r"(?:школ|гимнази|поликлиник|больниц|аптек|остановк|котельн|почт|церк)(?:а|ы|е|у|и|ю|я|ой|ей|ов[ьи])?$|"
    r"(?:детсад|садик|сад|магазин|лице|общежити|памятник|парк|сквер|рын|вокзал|стадион|переезд|храм|техникум|колледж|"
    r"бассейн|гараж|каф|музе|библиотек)(?:а|е|у|ом|ок|ка|ку|ке|й|я|ю|и|ы|ей)?$|детск(?:ий|ого|ому|им|ом)$|"
    r"(?:дк|мфц|тц|мбоу|мбдоу|дом|парк)$"
)
_STREET_LIKE = re.compile(
    r"(?:ск|н|в|т|р|л|д|г|ж|ш|ч|щ|к|х)(?:ая|ой|ую)$|(?:няя|ней|нюю)$|[оеё]ва$|[иы]на$|(?:ого|его)$|[шчл]ко$"
)
_SETTLEMENT_LIKE = re.compile(r"(?:[оеё]во|ино|ка|ск)$")
_OF_WOMEN = _words("крупской космодемьянской ковалевской терешковой осипенко гризодубовой расковой чайкиной толстой")
_ENDINGS = ((re.compile(r"(?:ой|ую)$"), "ая"), (re.compile(r"(?<=н)(?:ей|юю)$"), "яя"))
_BENT_MASCULINE = re.compile(r"(?:ому?|ым|(?<=[нжшчщ])ему?|(?<=[нкгхжшчщ])им)$")
_STRESSED = _words(
    "берегов больш боков глух городск заводск ключев кольцев кругов крут лесн лугов молод морск "
    "мостов объездн полев прям речн степн сух трудов углов"
)
"""Stems of names that end with «ой»: «Луговой»."""
_PIECES = re.compile(r"[,;/()]|\s[-–—]\s")
_QUOTED = re.compile(r"[«\"“][^»\"”]*[»\"”]")
_WORD = re.compile(r"[^\W_]+(?:[-–][^\W_]+)*")
_ORDINAL = re.compile(r"\d+-?(?:я|й|ая|ый|ой|го)$")


@lru_cache(maxsize=20_000)
def street_of(place: str) -> str:
    """«ул. Калининская, за домом 12», «школа на Калининской» → «ул. Калининская»; empty if there is no street."""
    pieces = [_WORD.findall(piece) for piece in _PIECES.split(_QUOTED.sub(" ", place.replace("ё", "е")))]
    for words in pieces:
        if found := _with_kind(words):
            return found
    for number, words in enumerate(pieces):
        housed = number + 1 < len(pieces) and bool(pieces[number + 1]) and _is_house(pieces[number + 1][0])
        if found := _across(words) or _alone(words, housed):
            return found
    return ""


def places_in(street: str) -> list[str]:
    """The places in this street, as in messages."""
    longest = max(_WORD.findall(street), key=len, default="")
    # The first letter and the ending may differ.
    part = longest[1:-2].replace("е", "_") or longest
    asked = select(Message.place).where(or_(*(Message.place.like(f"%{one}%") for one in (part, part.upper()))))
    return [place for place in db.session.scalars(asked.distinct()) if street_of(place) == street]


def _with_kind(words: list[str]) -> str:
    for at, word in enumerate(words):
        kind = KINDS.get(word.lower())
        if kind is None or (at + 1 < len(words) and words[at + 1].lower() in ("ул", "улица")):  # «Набережная ул.»
            continue
        bent = word.lower() in _BENT or (at > 0 and words[at - 1].lower() in _CROSSING)
        name = _name(words[at + 1 :])
        if not name and at and words[at - 1][0].isupper() and not _is_no_name(words[at - 1]):
            first = at - 2 if at > 1 and (_ORDINAL.match(words[at - 2]) or words[at - 2][0].isupper()) else at - 1
            name = [_cased(one) for one in words[first:at]]
        if name:
            return f"{kind} {_nominative(name, kind) if bent else ' '.join(name)}"
    return ""


def _across(words: list[str]) -> str:
    """«школа на Пушкинской», «перекрёсток Советской и Лесной»: the street without its kind."""
    for at, word in enumerate(words[:-1]):
        after = words[at + 1]
        if word.lower() in _CROSSING and after[0].isupper() and _STREET_LIKE.search(after.lower()):
            return f"ул. {_nominative([_cased(after)], 'ул.')}"
    return ""


def _alone(words: list[str], housed: bool) -> str:
    """«Калининская, 12»: in an address a single name is a street."""
    name = _name(words) if words and (words[0][0].isupper() or words[0][0] in digits) else []
    if not name or any(_is_no_name(one) for one in name):
        return ""
    rest = words[len(name) :]
    last = name[-1].lower()
    if rest and not (_is_house(rest[0]) or rest[0].lower() in _HOUSE):
        return ""
    if not _STREET_LIKE.search(last) and not ((rest or housed) and not _SETTLEMENT_LIKE.search(last)):
        return ""
    return " ".join(name) if last.endswith(("ий", "ый")) else f"ул. {' '.join(name)}"


def _name(words: list[str]) -> list[str]:
    """The words of the name at the beginning of these."""
    found: list[str] = []
    for word, after in pairwise([*words, ""]):
        plain = word.lower()
        if word[0] in digits:
            if found or not (after.lower() in _SMALL or (_ORDINAL.match(plain) and after)):
                break
            found.append(word)
        elif found and plain in _SMALL:
            found.append(plain if word.isupper() or word.islower() else word)
        elif len(word) == 1 and word.isupper() and not found and after[:1].isupper():
            found.append(f"{word}.")
        elif plain in _HOUSE or (found and (word[0].islower() or len(word) == 1 or _LANDMARK.match(plain))):
            break
        else:
            found.append(_cased(word))
            if word[0].islower():
                break
    return found


def _cased(word: str) -> str:
    return word.capitalize() if word.isupper() or word[0].islower() else word


def _is_house(word: str) -> bool:
    return word[0] in digits or word.lower() in ("д", "дом")


def _is_no_name(word: str) -> bool:
    plain = word.lower()
    return plain in _TOWN or plain in _HOUSE or bool(_LANDMARK.match(plain))


def _nominative(name: list[str], kind: str) -> str:
    """«Пушкинской» → «Пушкинская», «Тихому» → «Тихий». Names of people keep their form: «Крупской». «Переулка Тихого»
    is kept too, as it may be a surname."""
    last = name[-1]
    if kind in _MASCULINE:
        last = _BENT_MASCULINE.sub(_masculine_ending, last)
    elif last.lower() not in _OF_WOMEN:
        for ending, instead in _ENDINGS:
            last = ending.sub(instead, last)
    return " ".join([*name[:-1], last])


def _masculine_ending(bent: re.Match[str]) -> str:
    stem = bent.string[: bent.start()].lower()
    if stem in _STRESSED:
        return "ой"
    return "ий" if stem[-1:] in "кгхжшчщ" or bent.group()[0] in "еи" else "ый"


# --- Breakdowns
COUNTED = ("received", "answered", "returned")


class By(Labelled):
    """The kinds of breakdown, in the words of the register's address."""

    DEPARTMENT = "department", "По отделам"
    EXECUTOR = "executor", "По исполнителям"
    TOPIC = "topic", "По темам"
    NETWORK = "network", "По соцсетям"
    PLACE = "place", "По улицам"


WORKERS = (By.DEPARTMENT, By.EXECUTOR)


@dataclass(slots=True)
class Row:
    """One line. `kept`: clocks in time of all that counted: for departments and executors their own (П.10, П.12, П.14),
    else those for the author (П.8, П.9, П.13). `key`: for a department its id or key; None: without any."""

    key: Any
    name: str = ""
    received: int = 0
    answered: int = 0
    returned: int = 0
    kept: int = 0
    owed: int = 0

    @property
    def is_rest(self) -> bool:
        """«не направлено», «без темы», «без улицы»: no department, topic or street."""
        return not self.key or self.key in counting.NAMES

    @property
    def share(self) -> str:
        """The share in time, in words; empty without clocks."""
        return worktime.share_words(self.kept, self.owed) if self.owed else ""

    def judge(self, verdict: int, number: int = 1) -> None:
        self.owed += number
        self.kept += number if verdict == counting.KEPT else 0


def total_of(rows: Iterable[Row]) -> Row:
    """The sum of the rows by department."""
    total = Row(None, "Всего")
    for row in rows:
        for name in (*COUNTED, "kept", "owed"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


Breakdowns = Mapping[By, list[Row]]


class _Rows(dict[Any, Row]):
    def __missing__(self, key: Any) -> Row:
        return self.setdefault(key, Row(key))


def breakdowns_of(span: Span, now: datetime, scope: counting.Scope, clocks: Sequence[Any]) -> Breakdowns:
    """Most received first. `clocks`: those of the period (`read_clocks`)."""
    found = {by: _Rows() for by in By}
    _count_messages(found, span, scope)
    _count_executors(found[By.EXECUTOR], span, scope)
    for row in clocks:
        if row.verdict is not None and row.kind in counting.TO_THE_AUTHOR:
            for by, key in _of(row):
                found[by][key].judge(row.verdict)
    for department, executor_id, verdict, number in counting.own_clocks(span, now, scope):
        for by, key in ((By.DEPARTMENT, department), (By.EXECUTOR, executor_id)):
            if key is not None:
                found[by][key].judge(verdict, number)
    return {by: _named(rows.values(), _names(by)) for by, rows in found.items()}


def received_by_topic(span: Span, scope: counting.Scope) -> dict[int | None, int]:
    """Topic → number of messages received."""
    received = counting.SOURCES["received"](span, scope).with_only_columns(Message.topic_id, func.count())
    return dict(db.session.execute(received.group_by(Message.topic_id)).all())


def _of(row: Any) -> Iterable[tuple[By, Any]]:
    return (By.TOPIC, row.topic_id), (By.NETWORK, row.network), (By.PLACE, street_of(row.place))


def _count_messages(found: dict[By, _Rows], span: Span, scope: counting.Scope) -> None:
    counted = _counted(span, scope)
    department = counting.department_of_message().label("department")
    query = select(counted.c.code, department, Message.topic_id, Message.network, Message.place)
    for row in db.session.execute(query.join(Message, Message.id == counted.c.id)):
        for by, key in ((By.DEPARTMENT, row.department), *_of(row)):
            _add(found[by][key], row.code)


def _count_executors(found: _Rows, span: Span, scope: counting.Scope) -> None:
    """Each present or final executor of a message counts."""
    counted = _counted(span, scope)
    query = (
        select(counted.c.code, Assignment.executor_id)
        .join(Message, Message.id == counted.c.id)
        .join(Assignment, (Assignment.message_id == Message.id) & counting.is_or_was_in_the_end())
    )
    for code, key in db.session.execute(query if scope.is_everything else query.where(scope.of_assignment())):
        _add(found[key], code)


def _counted(span: Span, scope: counting.Scope) -> Any:
    """Code and message id of all that is counted."""
    sources = [(code, counting.SOURCES[code](span, scope).subquery()) for code in COUNTED]
    return union_all(*(select(literal(code).label("code"), found.c.id) for code, found in sources)).subquery()


def _add(row: Row, code: str) -> None:
    setattr(row, code, getattr(row, code) + 1)


def _names(by: By) -> Callable[[Any], str]:
    match by:
        case By.DEPARTMENT:
            named = _stored(Department.id, Department.name)
            return lambda key: counting.NAMES.get(key) or named(key)
        case By.EXECUTOR:
            return _stored(User.id, User.name)
        case By.TOPIC:
            named = _stored(Topic.id, Topic.name)
            return lambda key: "без темы" if key is None else named(key)
        case By.PLACE:
            return lambda key: key or "без улицы"
        case By.NETWORK:
            return lambda key: NETWORKS[key].label if key in NETWORKS else key


def _stored(key: Any, name: Any) -> Callable[[Any], str]:
    names: dict[Any, str] = dict(db.session.execute(select(key, name)).all())
    return lambda one: str(names.get(one, "—"))


def _named(rows: Iterable[Row], name: Callable[[Any], str]) -> list[Row]:
    """The rows with their names, sorted as on the page, in the file and in the forms."""
    named = list(rows)
    for row in named:
        row.name = name(row.key)
    return sorted(
        named, key=lambda row: (-row.received, -row.answered, row.is_rest, counting.as_read(row.name), str(row.key))
    )


# --- A period compared with the one before
@dataclass(frozen=True, slots=True)
class Report:
    """The figures of two periods, and the later one by department, executor, topic, network and place."""

    span: Span
    figures: Figures
    before: Figures
    by: Breakdowns


def report_of(
    span: Span, now: datetime, calendar: worktime.WorkCalendar, scope: counting.Scope = counting.EVERYTHING
) -> Report:
    """A dozen statements for any period."""
    clocks = counting.read_clocks(span, now, scope)
    return Report(
        span,
        figures_of(span, now, calendar, scope, clocks),
        figures_of(span.before, now, calendar, scope),
        breakdowns_of(span, now, scope, clocks),
    )
