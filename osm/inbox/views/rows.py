"""The kinds of rows of «Ждёт меня»: the filters above the list, and who shows the rows that are not messages."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from flask import Flask, Response, g, render_template, session, url_for
from markupsafe import Markup

from osm.base.application import Memory, current_now
from osm.check.queries import surest_ground
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import InboxRow
from osm.flow.queries.duties import DUTIES, HURRY
from osm.inbox.queries import inbox, news
from osm.inbox.queries.news import Earlier, earlier_of
from osm.messages.views import addresses as steps
from osm.models import User
from osm.people import views as roster
from osm.people.queries.handovers import may_answer_marked
from osm.people.queries.people import RoutingChoices, routing_choices
from osm.regulation import transitions, urgency, words
from osm.regulation.transitions import SLIP_UNDO
from osm.regulation.words import PRESS_CENTRE, Ground, Role
from osm.regulation.working_time import worktime
from osm.shell import filters, requests
from osm.shell.access import me
from osm.shell.form_values import Typed
from osm.topics.views import TopicHint, hints_of_rows

HANDOVER, UNCOVERED = -21, -22
"""Rows that are not read with the others: work of an absent person; a person without a substitute."""
COMMENTS, SOURCE, PLAN, NEWS, TASKS, BLACKLIST = -23, -24, -25, -26, -27, -28  # another list that is not empty


@dataclass(frozen=True, slots=True)
class Kind:
    """A filter. `key`: in the address; `duties`: numbers in DUTIES and kinds of `news`."""

    key: str
    label: str
    duties: frozenset[int]


def _verbs(*verbs: str) -> frozenset[int]:
    return frozenset(number for number, duty in enumerate(DUTIES) if duty.verb in verbs)


_NAMED = {"route": "Направить", "check": "Проверить", "review": "Рассмотреть", "publish": "Опубликовать"}

#: In the order of the page.
KINDS: tuple[Kind, ...] = (
    Kind("danger", "угроза жизни", frozenset({news.DANGER})),
    *(Kind(key, verb.lower(), _verbs(verb)) for key, verb in _NAMED.items()),
    Kind("answer", "подготовить", _verbs(*({duty.verb for duty in DUTIES} - {*_NAMED.values(), HURRY}))),
    Kind("handover", "передать", frozenset({HANDOVER, UNCOVERED})),
    Kind("urgent", "всплески, ЧС, смена, выгрузки", news.FIRST | {news.LOADING}),
    Kind("causes", "недостатки", frozenset({news.SHORTCOMING, news.MEMO})),
    Kind("instructions", "поручения", frozenset({news.INSTRUCTION})),
    Kind("promises", "обещания", frozenset({news.PROMISE})),
    Kind("notes", "вам написали", frozenset({news.NOTE})),
    Kind("network", "из соцсетей", frozenset({news.OFFER})),
    Kind("changes", "изменилось в ИМ", frozenset({news.EDITION, news.HELD_ROW})),
    Kind("complaints", "жалобы", frozenset({news.COMPLAINT})),
    Kind("facts", "помочь", frozenset({news.FACTS})),
    Kind("portal", "ПОС", frozenset({news.PORTAL})),
    Kind("neighbours", "организации", frozenset({news.NEIGHBOUR})),
    Kind("pages", "страницы", frozenset({news.PAGE_CHECK, news.PAGE_TASK, news.PAGE_KEY})),
    Kind("comments", "комментарии", frozenset({COMMENTS})),
    Kind("source", "внести в ИМ", frozenset({SOURCE})),
    Kind("plan", "план", frozenset({PLAN, NEWS, TASKS})),
    Kind("blacklist", "чёрный список", frozenset({BLACKLIST})),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Another list of the menu, one row here while something waits there."""

    path: str
    verb: str
    words: str
    query: str = ""  # of the link: what its page begins with


QUEUES: dict[int, Queue] = {
    COMMENTS: Queue("/moderation", "Разобрать", "Комментарии на проверке"),
    SOURCE: Queue("/im", "Внести в ИМ", "Ответы не внесены в «Инцидент Менеджмент»", "?copy=1"),
    PLAN: Queue("/plan", "Открыть", "Публикации ждут: согласовать, разместить или повторить"),
    NEWS: Queue("/plan/news", "Открыть", "Новости отделов"),
    TASKS: Queue("/plan/tasks", "Открыть", "Задания края"),
    BLACKLIST: Queue("/blacklist", "Рассмотреть", "Предложения в чёрный список"),
}


Load = Callable[[Collection[int]], Iterable[Any]]


_KINDS: Memory[dict[int, tuple[str, Load, Callable[[Any], Any]]]] = Memory(lambda _: {})


def show_kind(app: Flask, duty: int, template: str, load: Load, key: str = "id") -> None:
    """Show rows of this kind of `news` by this template. Declared by the screens of the subject. `load`: ids → what the
    template gets as `row`, also more than asked for; `key`: the attributes with the id in it, empty where it is the
    id."""
    _KINDS.get(app)[duty] = (template, load, attrgetter(key) if key else int)


def rows_of_kind(duty: int, ids: Collection[int]) -> tuple[str, dict[int, Any]]:
    """The template of a kind, and its rows by id."""
    template, load, key = _KINDS.get()[duty]
    return template, {key(row): row for row in load(ids)}


# --- One row
INBOX = "inbox"  # value of `from` in the address of a card opened from this list
OWN = "m"  # anchor of the rows that wait for this person


@dataclass(frozen=True, slots=True)
class Row:
    """A row for its template, with the chip of its deadline and the address of its duty."""

    message: InboxRow
    chip: filters.Chip
    address: str
    card: str  # the address of its card, with `from`
    suggested: int | None
    is_sure: bool  # whether the proposal can be accepted together with others by one press
    earlier: Earlier | None  # the message that it repeats (П.15)
    target: datetime | None  # the office's own target for routing this message of high importance
    route_missed: datetime | None  # the missed deadline of П.7, if the row shows that of П.9
    can_route: bool
    hint: TopicHint | None  # the topic suggested by its words, if it has none
    anchor: str  # the id of the row, because a message may be on the page twice
    marked: Ground | None  # the ground on which the check proposes to exclude it (П.17)
    must_judge: bool  # by the letter of П.17 this person has to answer the mark before the message can be directed
    hurried_at: datetime | None  # when the curator last reminded somebody of it
    final_due: datetime | None  # the final deadline (П.13), from one working day before it


def prepared(
    row: InboxRow, person: User, choices: RoutingChoices, now: datetime, hint: TopicHint | None = None,
    anchor: str = OWN, marked: Ground | None = None, hurried_at: datetime | None = None, earlier: Earlier | None = None,
) -> Row:  # fmt: skip
    must_judge = marked is not None and anchor == OWN and row.waits_for_executor and by_letter()
    can_route = anchor == OWN and row.waits_for_executor and person.has(Role.CURATOR) and not must_judge
    suggested, is_sure = _proposed(row, choices, hint, earlier)
    calendar = in_force().calendar
    return Row(
        message=row, chip=filters.running_chip(row.clock, now, calendar), address=_address(row),
        card=card_from_inbox(row.id), suggested=suggested, is_sure=can_route and is_sure and not marked,
        earlier=earlier if can_route else None,
        target=steps.route_target(row.importance, row.status, row.detected_at or row.received_at),
        route_missed=_route_missed(row, now), can_route=can_route, hint=hint, anchor=f"{anchor}-{row.id}",
        marked=marked, must_judge=must_judge, hurried_at=hurried_at, final_due=_reminded_of(row, now, calendar),
    )  # fmt: skip


def _proposed(
    row: InboxRow, choices: RoutingChoices, hint: TopicHint | None, earlier: Earlier | None
) -> tuple[int | None, bool]:
    """The executor of the repeated message, else of the topic; sure if the topic decides, both in one department."""
    by_topic = choices.executor(choices.executor_for(row.topic_id or (hint.topic_id if hint else None)))
    had_it = choices.executor(earlier.executor_id) if earlier else None
    is_sure = by_topic is not None and (row.topic_id is not None or (hint is not None and hint.is_alone))
    if by_topic and had_it:
        is_sure = is_sure and by_topic.department_id == had_it.department_id
    proposed = had_it or by_topic
    return proposed.id if proposed else None, is_sure


def card_from_inbox(message_id: int) -> str:
    return steps.address_of_message("card.show", message_id, **{"from": INBOX})


def marks_of(rows: Sequence[InboxRow], person: User) -> dict[int, Ground]:
    """Message id → the ground on which the check proposes to exclude it; only open ones, only for those who decide."""
    if not person.has(*PRESS_CENTRE):
        return {}
    return {row.id: surest_ground(row.proposed) for row in rows if row.proposed and row.status in transitions.OPEN}


def by_letter() -> bool:
    """Whether a mark of П.17 has to be answered before any work; asked once a request."""
    if "osm_by_letter" not in g:
        g.osm_by_letter = not may_answer_marked()
    return bool(g.osm_by_letter)


def _address(row: InboxRow) -> str:
    if row.group_id:
        return url_for("groups.show", group_id=row.group_id)
    return steps.step_address(row.status, row.role, row.id, shared=row.is_shared)


def _reminded_of(row: InboxRow, now: datetime, calendar: worktime.WorkCalendar) -> datetime | None:
    clock = row.clocks.get(words.ClockKind.FINAL)
    return clock.due_at if clock and urgency.is_reminded(clock.due_at, now, calendar) else None


def _route_missed(row: InboxRow, now: datetime) -> datetime | None:
    clock = row.clocks.get(words.ClockKind.ROUTE)
    is_hidden = clock is not None and row.clock is not None and row.clock.kind is words.ClockKind.ANSWER
    return clock.due_at if clock and is_hidden and clock.due_at and clock.due_at < now else None


def executor_options(choices: RoutingChoices, chosen: object) -> Markup:
    """The options of a quick form. A page has dozens of forms but few lists: each is rendered once a request."""
    ready: dict[tuple[RoutingChoices, str], Markup] = g.setdefault("osm_executor_options", {})
    key = (choices, str(chosen))
    if key not in ready:
        page = render_template("inbox/_executors.html", choices=choices, chosen=key[1])
        ready[key] = Markup(page)  # noqa: S704  output of our own template, escaped there
    return ready[key]


# --- Some rows of one person
def rows_of(person: User, now: datetime, message_ids: Sequence[int], choices: RoutingChoices) -> list[Row]:
    """The rows of these messages in this order, if they wait for this person; `choices`: of `choices_for`."""
    found = inbox.rows_of(roster.asker_of(person, now), message_ids)
    rows = [found[one] for one in message_ids if one in found]
    hints, marked, earlier = hints_of_rows(rows, choices), marks_of(rows, person), earlier_of(found)
    return [
        prepared(row, person, choices, now, hints.get(row.id), OWN, marked.get(row.id), None, earlier.get(row.id))
        for row in rows
    ]


def choices_for(person: User) -> RoutingChoices:
    return routing_choices(roster.roster_today()) if person.has(Role.CURATOR) else RoutingChoices((), ())


def row_again(message_id: int, typed: Typed | None = None) -> Response:
    """The row as it is now; after a refused quick form with its input, the reason, and what others did since."""
    person = me()
    choices = choices_for(person)
    row = next(iter(rows_of(person, current_now(), [message_id], choices)), None)
    page = render_template("inbox/_again.html", row=row, message_id=message_id, choices=choices, typed=typed)
    return requests.in_place(page, f"#{OWN}-{message_id}", "outerHTML")


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back as one, and for how many seconds still."""

    rows: list[Any]
    seconds: int


def undo_of_last() -> Undo | None:
    if requests.DONE_AT not in session:
        return None
    now = current_now()
    left = datetime.fromisoformat(session[requests.DONE_AT]) + SLIP_UNDO - now
    rows = inbox.just_done(me().id, now - SLIP_UNDO) if left.total_seconds() > 0 else []
    if not rows:
        session.pop(requests.DONE_AT)
        return None
    return Undo(rows, max(1, int((rows[0].at + SLIP_UNDO - now).total_seconds())))
