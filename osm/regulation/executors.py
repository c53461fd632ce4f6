"""Executors: several of one message with their turns and terms (П.14); substitutes on a day (П.3)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import PRESS_CENTRE, Labelled, Post, Role
from osm.regulation.working_time import worktime


class PartState(Labelled):
    WAITING = "waiting", "ждёт очереди"  # his number has not come: no clock runs yet
    ASKED = "asked", "готовит информацию"  # his clock of П.14 runs
    SENT = "sent", "информация отправлена"  # the curator has it
    RETURNED = "returned", "дорабатывает"  # the curator sent it back with remarks; the clock of the rework runs


OWED = (PartState.ASKED, PartState.RETURNED)  # states in which the executor has something to do now


@dataclass(frozen=True, slots=True)
class Line:
    """One executor in the order that the curator has set: equal numbers work at the same time."""

    id: int
    order_no: int
    state: PartState


@dataclass(frozen=True, slots=True)
class Turns:
    """Lines by id: where the clock of П.14 starts, and where it stops because others come first now."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]


def turns(lines: Collection[Line]) -> Turns:
    """What the order asks for now. A number begins when everybody before it has sent. An executor who already works
    continues while an earlier part is in rework; he is stopped when somebody who has sent nothing comes before him."""
    opens, closes = [], []
    for line in sorted(lines, key=lambda line: (line.order_no, line.id)):
        before = [other.state for other in lines if other.order_no < line.order_no]
        if line.state is PartState.WAITING and all(state is PartState.SENT for state in before):
            opens.append(line.id)
        elif line.state is PartState.ASKED and any(state in (PartState.WAITING, PartState.ASKED) for state in before):
            closes.append(line.id)
    return Turns(tuple(opens), tuple(closes))


@dataclass(frozen=True, slots=True)
class Fit:
    """The terms of the parts compared with the term of the common draft (П.10). `ends`: for each number in order, when
    its parts are due if everybody uses his whole time. `proposed`: working minutes for each number with which the last
    one ends in time; empty where the terms fit or there is no time."""

    ends: tuple[datetime, ...]
    fits: bool
    proposed: tuple[int, ...] = ()


STEP = 5  # proposed minutes are a multiple of it


def fit(minutes: Sequence[int], start: datetime, draft_due: datetime, calendar: worktime.WorkCalendar) -> Fit:
    """Whether parts of so many working minutes, a number after the other from `start`, are in before `draft_due`. Where
    they are not (reading 4: high importance leaves an hour), the time that is left is shared out equally, with one
    share kept for the curator, who has to write the common draft. Raises CalendarOutOfRange."""
    ends, at = [], start
    for length in minutes:
        at = calendar.add(at, length)
        ends.append(at)
    if not ends or ends[-1] <= draft_due:
        return Fit(tuple(ends), True)
    left = calendar.between(start, draft_due) if start < draft_due else 0
    share = int(left / (len(minutes) + 1)) // STEP * STEP
    return Fit(tuple(ends), False, (share,) * len(minutes) if share else ())


# --- Substitutes on a day (П.3): absences, chains of substitutes, and what an absence may not say
class AbsenceReason(Labelled):
    """Why somebody is away: the list of П.3, and what it calls other cases."""

    ILLNESS = "illness", "Болезнь"
    LEAVE = "leave", "Отпуск"
    TRIP = "trip", "Командировка"
    STUDY = "study", "Учёба"
    OTHER = "other", "Другая причина"


FITTING: dict[Role, frozenset[Role]] = {
    Role.CURATOR: PRESS_CENTRE,
    Role.MODERATOR: PRESS_CENTRE,
    Role.EXECUTOR: frozenset({Role.EXECUTOR}),
}
"""Role of the absent → roles of which his substitute must hold one (П.4, П.6: the press centre stands in for itself).

Who fits a substitute fits whom he stands in for, so chains stay fitting. A head's and an administrator's rights pass to
nobody."""

ABSENT = frozenset({*FITTING, Role.HEAD})
"""Roles with entered absences: those with a substitute, and leaders with an acting one (и. о.)."""

PASSED_ON = PRESS_CENTRE
"""Roles whose rights the substitute has for those days; an executor's messages go over to him one by one."""

ACTING = " (замещает: "

LONGEST_DAYS = 3 * 366  # a longer absence is a slip of the keyboard: parental leave is the longest there is


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is away from the first to the last day. `substitute_id` None: without a substitute. `acting_id`: who
    acts for a leader, by the act of this number."""

    person_id: int
    first_day: date
    last_day: date
    substitute_id: int | None
    acting_id: int | None = None
    act: str = ""

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Colleague:
    """What the rules need to know of a person."""

    name: str
    is_active: bool
    roles: frozenset[Role]
    post: Post | None = None

    @property
    def can_act(self) -> bool:
        """Whether he may act for a leader: a leader himself, who sees what the other sees."""
        return self.is_active and Role.HEAD in self.roles


People = Mapping[int, Colleague]


def stand_in(person_id: int, day: date, absences: Collection[Absence], people: People) -> int | None:
    """Who does this person's work on that day: he himself, the end of the chain of substitutes, or None. A substitute
    who is blocked or has lost the needed role does not count; a circle gives None."""
    met = {person_id}
    at = person_id
    while True:
        away = _absence_of(at, day, absences)
        if away is None:
            return at if at == person_id or _can_work(people.get(at)) else None
        following = away.substitute_id
        if following is None or following in met or not fits(people.get(person_id), people.get(following)):
            return None
        met.add(following)
        at = following


def fits(absent: Colleague | None, substitute: Colleague | None) -> bool:
    """Whether the substitute is at work at all and holds a fitting role for each role of the absent."""
    return absent is not None and _can_work(substitute) and not _lacking(absent, substitute)


def passed_on(roles: Iterable[Role]) -> frozenset[Role]:
    """What of an absent person's roles his substitute may use."""
    return PASSED_ON & set(roles)


def could_work_for(new: Absence, others: Collection[Absence]) -> set[int]:
    """Everybody who could get the absent person's work on one of these days: the substitute, his substitute, …"""
    reached: set[int] = set()
    following = [new.substitute_id]
    while following:
        person = following.pop()
        if person is not None and person not in reached:
            reached.add(person)
            following += [one.substitute_id for one in others if one.person_id == person and _overlap(new, one)]
    return reached


def check_absence(new: Absence, others: Collection[Absence], people: People) -> None:
    """Refuse an impossible absence: MissingInput names the field. `others`: all other valid absences."""
    refuse("last_day", new.last_day < new.first_day, "Последний день раньше первого. Проверьте даты.")
    if (new.last_day - new.first_day).days >= LONGEST_DAYS:
        raise MissingInput("last_day", "Больше трёх лет подряд не бывает. Проверьте год.")
    for other in others:
        if other.person_id == new.person_id and _overlap(new, other):
            raise MissingInput(
                "first_day",
                f"На эти дни уже внесено отсутствие: {period_words(other.first_day, other.last_day)}. "
                "Измените его или выберите другие дни.",
            )
    _check_acting(new, others, people)
    if new.substitute_id is None:
        return
    _check_substitute(new, people)
    circle = _circle(new, others)
    if circle is not None:
        day, last = circle
        raise MissingInput(
            "substitute_id",
            f"Получается круг: {day:%d.%m.%Y} {people[last].name} в отсутствии, а замещающим там указан тот, "
            "кого вы сейчас вносите. Выберите другого замещающего.",
        )


def named(absences: Iterable[Absence]) -> set[int]:
    """The ids of all people in these absences."""
    return {i for one in absences for i in (one.person_id, one.substitute_id, one.acting_id) if i is not None}


def acting_words(name: str, absent: str) -> str:
    """«Борис Ежов (замещает: Алла Ким)», where somebody acts for another: the nominative is right with every name."""
    return f"{name}{ACTING}{absent})" if absent else name


def period_words(first_day: date, last_day: date) -> str:
    """«01.12.2026» or «с 01.12 по 10.12.2026»."""
    if first_day == last_day:
        return f"{first_day:%d.%m.%Y}"
    year = "" if first_day.year == last_day.year else f".{first_day:%Y}"
    return f"с {first_day:%d.%m}{year} по {last_day:%d.%m.%Y}"


def _absence_of(person_id: int, day: date, absences: Iterable[Absence]) -> Absence | None:
    return next((one for one in absences if one.person_id == person_id and one.covers(day)), None)


def _can_work(person: Colleague | None) -> bool:
    return person is not None and person.is_active


def _lacking(absent: Colleague, substitute: Colleague | None) -> list[Role]:
    held = substitute.roles if substitute else frozenset()
    return [role for role in Role if role in absent.roles and role in FITTING and held.isdisjoint(FITTING[role])]


def _overlap(one: Absence, other: Absence) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _check_substitute(new: Absence, people: People) -> None:
    refuse("substitute_id", new.substitute_id == new.person_id, "Сам себя сотрудник не замещает. Выберите другого.")
    substitute = people.get(new.substitute_id or 0)
    refuse("substitute_id", not _can_work(substitute), "Этот сотрудник не работает. Выберите другого.")
    lacking = _lacking(people[new.person_id], substitute)
    if lacking:
        needed = " или ".join(role.label.lower() for role in Role if role in FITTING[lacking[0]])
        raise MissingInput("substitute_id", f"Замещающему нужна роль: {needed}. Выберите другого сотрудника.")


def _check_acting(new: Absence, others: Collection[Absence], people: People) -> None:
    if new.acting_id is None:
        refuse("acting_id", new.act, "Указан номер распоряжения. Выберите, кто исполняет обязанности.")
        return
    if Role.HEAD not in people[new.person_id].roles:
        raise MissingInput("acting_id", "Исполняющий обязанности бывает у руководителя. Оставьте поле пустым.")
    acting = people.get(new.acting_id)
    if new.acting_id == new.person_id or acting is None or not acting.can_act:
        raise MissingInput("acting_id", "Обязанности исполняет другой руководитель. Выберите его.")
    refuse("act", not new.act, "Укажите номер и дату распоряжения об исполнении обязанностей.")
    for other in others:
        if other.person_id == new.acting_id and _overlap(new, other):
            days = period_words(other.first_day, other.last_day)
            raise MissingInput("acting_id", f"{acting.name} в отсутствии {days}. Выберите другого.")


def _circle(new: Absence, others: Collection[Absence]) -> tuple[date, int] | None:
    """The first day on which the substitutes lead back to the absent, and who names him there. All of a circle are away
    at once, so it exists already on the day on which the last of them goes."""
    days = {new.first_day} | {one.first_day for one in others if new.covers(one.first_day)}
    for day in sorted(days):
        at, met = new.substitute_id, {new.person_id}
        while at is not None and at not in met:
            met.add(at)
            away = _absence_of(at, day, others)
            if away is not None and away.substitute_id == new.person_id:
                return day, at
            at = away.substitute_id if away else None
    return None
