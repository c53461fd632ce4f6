"""States, formats and steps of publications (Пр.2.3); «7 из 10», gaps and crowds (Пр.2.2); memorable dates."""

import tomllib
from calendar import isleap, monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from osm.regulation.errors import MissingInput, RegulationError, WrongParameters, refuse
from osm.regulation.words import PRESS_CENTRE, Labelled, Role


# --- States, acts and formats
class PublicationState(Labelled):
    IDEA = "idea", "Идея"
    DRAFT = "draft", "Черновик"
    SUBMITTED = "submitted", "На согласовании"  # waits for approval of its last version
    APPROVED = "approved", "Согласовано"
    SCHEDULED = "scheduled", "Запланировано"
    PUBLISHED = "published", "Опубликовано"
    FAILED = "failed", "Не вышло"
    CANCELLED = "cancelled", "Отменено"
    FOUND = "found", "Мимо плана"  # found on a page, not from the plan; it cannot be changed here


class PlanAct(Labelled):
    WRITE = "write", "Сохранить"
    SUBMIT = "submit", "Отправить на согласование"
    TAKE_BACK = "take_back", "Отозвать с согласования"
    APPROVE = "approve", "Согласовать"
    RETURN = "return", "Вернуть на доработку"
    CORRECT = "correct", "Исправить"
    MOVE = "move", "Перенести"
    SCHEDULE = "schedule", "Запланировать"
    UNSCHEDULE = "unschedule", "Снять с времени"
    PLACE = "place", "Размещено"
    FAIL = "fail", "Не вышло"
    CANCEL = "cancel", "Отменить"
    RESTORE = "restore", "Вернуть в план"


HELD = "Придержано на время режима ЧС. Назначьте новое время или разместите руками."
HELD_UNTIL = "Придержано на время режима ЧС. После него выйдет, если ещё не поздно."
"""Shown for a page where an emergency has stopped the post: one that failed elsewhere, and one that goes out later."""


class Format(Labelled):
    TEXT = "text", "Текст"
    PHOTO = "photo", "Фото"
    VIDEO = "video", "Видео"
    CARD = "card", "Карточки, инфографика"
    POLL = "poll", "Опрос"
    LIVE = "live", "Прямой эфир"
    CONTEST = "contest", "Конкурс"
    ACTION = "action", "Акция"


# --- Extra fields of each format (Пр.2.3)
LONGEST_LINE = 300
MOST_OPTIONS = 10  # VK takes ten answers in a poll


@dataclass(frozen=True, slots=True)
class FormatField:
    """An extra field. `is_list`: one item a line; `before`: the error if it is empty, empty for optional fields."""

    name: str
    label: str
    before: str = ""
    is_list: bool = False
    is_link: bool = False


FIELDS: dict[Format, tuple[FormatField, ...]] = {
    Format.TEXT: (),
    Format.PHOTO: (FormatField("credit", "Кто снял"),),
    Format.VIDEO: (
        FormatField("link", "Ссылка на видео или где лежит файл", "Укажите, где взять видео."),
        FormatField("length", "Длительность"),
    ),
    Format.CARD: (FormatField("cards", "Тексты карточек, по одной в строке", is_list=True),),
    Format.POLL: (
        FormatField("question", "Вопрос", "Напишите вопрос."),
        FormatField("options", "Варианты ответа, по одному в строке", "Нужно хотя бы два варианта.", is_list=True),
        FormatField("until", "До какого дня голосуют"),
    ),
    Format.LIVE: (
        FormatField("speaker", "Кто ведёт и кто отвечает", "Напишите, кто в эфире."),
        FormatField("link", "Ссылка на эфир", is_link=True),
        FormatField("length", "Сколько идёт"),
    ),
    Format.CONTEST: (
        FormatField("rules", "Условия или ссылка на них", "Напишите условия."),
        FormatField("until", "До какого дня участвуют", "Укажите, до какого дня."),
        FormatField("prize", "Что получит победитель"),
    ),
    Format.ACTION: (
        FormatField("where", "Где и когда", "Напишите, где и когда."),
        FormatField("join", "Как присоединиться"),
    ),
}
BY_PROGRAM = frozenset({Format.TEXT, Format.PHOTO, Format.CARD, Format.CONTEST, Format.ACTION})
"""The program posts text and pictures; videos, polls and live broadcasts are placed by hand."""
OF_PHOTOS = frozenset({Format.PHOTO, Format.CARD})  # formats that need a picture
NAMES = tuple(dict.fromkeys(field.name for fields in FIELDS.values() for field in fields))


def kept_fields(form: Format, given: Mapping[str, str]) -> dict[str, str]:
    """Keep the fields of this format, without empty lines. Raises MissingInput if a value is wrong."""
    kept: dict[str, str] = {}
    for field in FIELDS[form]:
        lines = [" ".join(line.split()) for line in given.get(field.name, "").replace("\0", "").splitlines()]
        lines = [line for line in lines if line]
        if any(len(line) > LONGEST_LINE for line in lines):
            raise MissingInput(field.name, f"{field.label}: строка длиннее {LONGEST_LINE} знаков. Сократите.")
        refuse(field.name, len(lines) > MOST_OPTIONS, f"{field.label}: больше {MOST_OPTIONS} строк. Уберите лишние.")
        if not field.is_list:
            lines = [" ".join(lines)] if lines else []
        if lines and field.is_link and not lines[0].startswith(("https://", "http://")):
            raise MissingInput(field.name, f"{field.label}: нужен адрес, который начинается с https://.")
        if lines:
            kept[field.name] = "\n".join(lines)
    return kept


def check_whole(form: Format, kept: Mapping[str, str], *, has_photos: bool = False) -> None:
    if form in OF_PHOTOS and not has_photos:
        raise MissingInput("format", "В публикации нет ни одного фото. Добавьте его или выберите другой формат.")
    for field in FIELDS[form]:
        least = 2 if field.is_list else 1
        refuse(field.name, field.before and len(kept.get(field.name, "").splitlines()) < least, field.before)


# --- Table of steps
IDEA, DRAFT, SUBMITTED = PublicationState.IDEA, PublicationState.DRAFT, PublicationState.SUBMITTED
APPROVED, SCHEDULED = PublicationState.APPROVED, PublicationState.SCHEDULED
PUBLISHED, FAILED, CANCELLED = PublicationState.PUBLISHED, PublicationState.FAILED, PublicationState.CANCELLED

OPEN = (IDEA, DRAFT, SUBMITTED, APPROVED, SCHEDULED, FAILED)  # states before publishing
CURATOR = frozenset({Role.CURATOR})
WORKER = frozenset({Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table. `target` None: the state does not change."""

    act: PlanAct
    sources: tuple[PublicationState, ...]
    target: PublicationState | None
    roles: frozenset[Role]


STEPS: tuple[Step, ...] = (
    Step(PlanAct.WRITE, (IDEA, DRAFT), DRAFT, PRESS_CENTRE),
    Step(PlanAct.SUBMIT, (DRAFT,), SUBMITTED, PRESS_CENTRE),
    Step(PlanAct.TAKE_BACK, (SUBMITTED,), DRAFT, PRESS_CENTRE),
    Step(PlanAct.RETURN, (SUBMITTED,), DRAFT, CURATOR),
    Step(PlanAct.APPROVE, (DRAFT, SUBMITTED), APPROVED, CURATOR),
    Step(PlanAct.CORRECT, (SUBMITTED, APPROVED, SCHEDULED, FAILED), None, CURATOR),
    Step(PlanAct.CORRECT, (SUBMITTED, APPROVED, SCHEDULED, FAILED), DRAFT, PRESS_CENTRE - CURATOR),
    Step(PlanAct.MOVE, OPEN, None, PRESS_CENTRE),
    Step(PlanAct.SCHEDULE, (APPROVED, FAILED), SCHEDULED, PRESS_CENTRE),
    Step(PlanAct.UNSCHEDULE, (SCHEDULED,), APPROVED, PRESS_CENTRE),
    Step(PlanAct.PLACE, (APPROVED, SCHEDULED, FAILED), PUBLISHED, PRESS_CENTRE | WORKER),
    Step(PlanAct.FAIL, (SCHEDULED,), FAILED, WORKER),
    Step(PlanAct.CANCEL, OPEN, CANCELLED, PRESS_CENTRE),
    Step(PlanAct.RESTORE, (CANCELLED,), DRAFT, PRESS_CENTRE),
)


GRACE = timedelta(minutes=2)  # a post within this time is not late


def is_too_late(at: datetime | None, late_minutes: int, now: datetime) -> bool:
    """Whether it is later than its author allows (Пр.1.2.4)."""
    return at is not None and now > at + timedelta(minutes=late_minutes) + GRACE


class StepNotAllowed(RegulationError):
    """The table has no such step from this state or for this person; nothing was changed."""

    def __init__(self, state: PublicationState, act: PlanAct, roles: Collection[Role] = ()) -> None:
        self.state, self.act = state, act
        label = act.label
        if roles:
            people = ", ".join(role.label.lower() for role in Role if role in roles and role is not Role.SYSTEM)
            words = f"«{label}» может {people}. Ничего не изменено."
        else:
            words = (
                f"«{label}» сейчас нельзя: публикация в состоянии «{state.label}». "
                "Ничего не изменено, обновите страницу."
            )
        super().__init__(words)


def next_state(state: PublicationState, act: PlanAct, roles: Collection[Role]) -> PublicationState:
    """Return the state after this act. A curator who is also a moderator acts as curator. Raises StepNotAllowed."""
    rows = [step for step in STEPS if step.act is act and state in step.sources]
    for step in rows:
        if not step.roles.isdisjoint(roles):
            return step.target or state
    raise StepNotAllowed(state, act, frozenset[Role]().union(*(step.roles for step in rows)))


def acts_from(state: PublicationState, roles: Collection[Role]) -> tuple[PlanAct, ...]:
    """Acts that a person with these roles may do now, in the order of the table."""
    found = (step.act for step in STEPS if state in step.sources and not step.roles.isdisjoint(roles))
    return tuple(dict.fromkeys(found))


# --- «7 из 10» (Пр.2.2, reading 9), gaps and crowds. Days are local. It is only a recommendation.
WEEKLY = 10  # publications a week recommended by Пр.2.2
CROWD = 5
CROWD_SPAN = timedelta(hours=1)  # five posts of one page within an hour: readers then hide the page
GAP_DAYS = 2  # this many days in a row without a post are a gap


@dataclass(frozen=True, slots=True)
class Post:
    """A post on one page, in local time. `matter` is the same on all pages of a publication."""

    matter: str
    page: int
    at: datetime
    is_placed: bool  # true: placed; False: planned
    has_time: bool = True  # false: only the day is known, so it is not counted in crowds


@dataclass(frozen=True, slots=True)
class Count:
    placed: int
    planned: int
    of: int = WEEKLY

    @property
    def in_all(self) -> int:
        return self.placed + self.planned


@dataclass(frozen=True, slots=True)
class WeekCount:
    monday: date
    total: Count
    pages: Mapping[int, Count]


@dataclass(frozen=True, slots=True)
class Crowd:
    page: int
    since: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Gap:
    page: int
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def count_week(monday: date, posts: Iterable[Post], pages: Collection[int], weekly: int = WEEKLY) -> WeekCount:
    """Count placed and planned posts of this week, for each page and in all. In all, a publication on three pages
    counts once, as placed if it is placed on at least one. Twice on the same page is two posts of that page."""
    within = [post for post in posts if monday <= post.at.date() < monday + timedelta(days=7)]
    placed, coming = Counter[int](), Counter[int]()
    for post in within:
        (placed if post.is_placed else coming)[post.page] += 1
    placed_matters = {post.matter for post in within if post.is_placed}
    planned = {post.matter for post in within} - placed_matters
    by_page = {page: Count(placed[page], coming[page], weekly) for page in pages}
    return WeekCount(monday, Count(len(placed_matters), len(planned), weekly), by_page)


def crowds(posts: Iterable[Post]) -> list[Crowd]:
    """Runs of at least CROWD posts of one page within an hour, without overlaps, in order of time."""
    found = []
    for page, instants in sorted(_by_page(post for post in posts if post.has_time).items()):
        start = 0
        while start < len(instants):
            end = start
            while end < len(instants) and instants[end] - instants[start] < CROWD_SPAN:
                end += 1
            if end - start >= CROWD:
                found.append(Crowd(page, instants[start], end - start))
                start = end
            else:
                start += 1
    return sorted(found, key=lambda crowd: (crowd.since, crowd.page))


def gaps(posts: Iterable[Post], pages: Collection[int], first: date, last: date) -> list[Gap]:
    """Runs of at least GAP_DAYS days between two days (both included) without a post, for each page."""
    taken = {page: {instant.date() for instant in instants} for page, instants in _by_page(posts).items()}
    found = []
    for page in pages:
        run: list[date] = []
        for number in range((last - first).days + 2):
            day = first + timedelta(days=number)
            if day <= last and day not in taken.get(page, set()):
                run.append(day)
                continue
            if len(run) >= GAP_DAYS:
                found.append(Gap(page, run[0], run[-1]))
            run = []
    return found


def _by_page(posts: Iterable[Post]) -> dict[int, Sequence[datetime]]:
    pages: dict[int, list[datetime]] = defaultdict(list)
    for post in posts:
        pages[post.page].append(post.at)
    return {page: sorted(instants) for page, instants in pages.items()}


# --- Memorable dates (Пр.1.2.4)
FILE = Path(__file__).with_name("memorable_ru.toml")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Memorable:
    """A yearly date. With `weekday`, `number` is that of the weekday in the month, -1 for the last; else the day."""

    name: str
    month: int
    number: int
    weekday: int | None = None

    def in_year(self, year: int) -> date:
        """The date in this year; 29 February becomes the 28th in other years."""
        if self.weekday is None:
            kept = 28 if (self.month, self.number) == (2, 29) and not isleap(year) else self.number
            return date(year, self.month, kept)
        last = monthrange(year, self.month)[1]
        days = [day for day in range(1, last + 1) if date(year, self.month, day).weekday() == self.weekday]
        return date(year, self.month, days[self.number if self.number < 0 else self.number - 1])


def rule(words: str, name: str) -> Memorable:
    """Parse «05-09» or «-1 sun 11». Raises WrongParameters."""
    try:
        if "-" in words[1:]:
            month, number = (int(part) for part in words.split("-"))
            found = Memorable(name, month, number)
        else:
            which, weekday, month_words = words.split()
            found = Memorable(name, int(month_words), int(which), _WEEKDAYS.index(weekday))
        found.in_year(2028)
        if found.number == 0 or found.number > (31 if found.weekday is None else 4):
            raise ValueError(words)
    except (ValueError, IndexError):
        raise WrongParameters(FILE.name, f"«{words}» — не день и не правило") from None
    return found


@cache
def known_days() -> tuple[Memorable, ...]:
    """Dates shipped with the product, in the order of the file."""
    rows = tomllib.loads(FILE.read_text("utf-8"))["days"]
    return tuple(rule(words, name) for words, name in rows)


def between(first: date, last: date, days: Iterable[Memorable]) -> Iterator[tuple[date, str]]:
    """Dates that fall on these days, both included."""
    for year in range(first.year, last.year + 1):
        for one in days:
            day = one.in_year(year)
            if first <= day <= last:
                yield day, one.name
