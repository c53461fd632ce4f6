"""What the card shows to one person at one instant: chips, the next step, the offered acts, the text to copy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, url_for

from osm.answers.queries.drafting import executor_of_earlier
from osm.flow.acts.clocks import in_force
from osm.groups.views.parts import PartLine, part_lines
from osm.log.queries.history import HistoryLine
from osm.log.queries.objects import When
from osm.messages.queries.card import SourceChange, history_of, unseen_changes
from osm.messages.queries.parts import Card, CardClock, Worker
from osm.messages.views.addresses import Screen, further_screens, route_target, screen_for
from osm.models import InterimExplanation, User
from osm.people import views as roster
from osm.people.queries.handovers import DepartmentContacts, contacts
from osm.people.queries.people import RoutingChoices, routing_choices
from osm.regulation.deadlines import Reserve, length, reserve
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.transitions import CLOSED, available_actions
from osm.regulation.words import (
    Action,
    ClockKind,
    Ground,
    Importance,
    InterimGround,
    InterimReason,
    Role,
    Status,
    status_label,
)
from osm.regulation.working_time.worktime import duration
from osm.shell import filters
from osm.shell.filters import day_and_time, moment, network_label
from osm.topics.views import TopicHint, hint_for

# --- «Скопировать для чата»
LONGEST_TEXT = 1500  # characters of the message; a chat shows no more on one screen

#: What is asked of the person who is awaited, by status; in other statuses no line is added.
ASKED: dict[Status, str] = {
    Status.NEW: "Скажите, ваша ли это тема и кто ответит.",
    Status.SELECTED: "Скажите, ваша ли это тема и кто ответит.", Status.IN_WORK: "Подготовьте проект ответа.",
    Status.REWORK: "Доработайте проект ответа по замечаниям.", Status.ON_APPROVAL: "Проект ответа на согласовании.",
    Status.APPROVED: "Ответ согласован, его нужно опубликовать.",
    Status.AWAITING_FINAL: "Подготовьте окончательный ответ.",
}  # fmt: skip

PARTS_ASKED = "Пришлите информацию в своей части, сводный ответ напишет куратор."
"""What is asked of several executors (П.14)."""

#: The clocks in this text, in this order.
_TERMS: tuple[tuple[ClockKind, str], ...] = (
    (ClockKind.REWORK, "доработать до"), (ClockKind.DRAFT, "проект до"), (ClockKind.ANSWER, "ответ в соцсети до"),
    (ClockKind.FINAL, "окончательный ответ до"),
)  # fmt: skip


def chat_text(card: Card, *, network: str, address: str, now: datetime) -> str:
    """The text for the chat. `network`: its name, `address`: full address of the card."""
    high = " · ПОВЫШЕННАЯ ВАЖНОСТЬ" if card.importance is Importance.HIGH else ""
    parts = card.is_shared and card.status is Status.IN_WORK
    task = "" if parts else next((worker.task for worker in card.active if worker.task), "")
    remarks = next((v.remarks for v in card.current_reply.versions if v.remarks), "") if card.current_reply else ""
    blocks = (
        [
            f"№ {card.number} · {network}{high}",
            PARTS_ASKED if parts else ASKED.get(card.status, ""),
            *(_part(worker, now) for worker in card.missing_parts if parts),
            f"Задание: {task}" if task else "",
            f"Замечания: {remarks}" if remarks and card.status is Status.REWORK else "",
            _terms(card, now),
            f"Адрес: {card.place}" if card.place else "",
        ],
        [_cut(card.text.strip())],
        [f"Сообщение: {card.url}" if card.url else "", f"Карточка: {address}"],
    )
    return "\n\n".join("\n".join(filter(None, block)) for block in blocks)


def _part(worker: Worker, now: datetime) -> str:
    """«Борис Ежов (ЖКХ): кто починит фонарь; до 12:06»: the line of one of several executors (П.14)."""
    due = next((clock.due_at for clock in worker.clocks if clock.runs and clock.due_at), None)
    term = f"до {moment(due)}{' (срок прошёл)' if due < now else ''}" if due else "после коллег"
    return f"{worker.named}: {'; '.join(filter(None, (worker.task, term)))}"


def _terms(card: Card, now: datetime) -> str:
    due = {clock.kind: clock.due_at for clock in card.clocks if clock.runs and clock.due_at}
    terms = [
        f"{words} {moment(due[kind])}{' (срок прошёл)' if due[kind] < now else ''}"
        for kind, words in _TERMS
        if kind in due
    ]
    return f"Срок: {', '.join(terms)}" if terms else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rsplit(" ", 1)[0] + "…"


# --- Filters of the templates
GROUND_SHORT: dict[Ground, str] = {
    Ground.THREAT: "угроза", Ground.PROFANITY: "мат", Ground.INSULT: "оскорбление", Ground.SPAM: "спам",
    Ground.AD: "реклама",
}  # fmt: skip
"""A ground in one word, for a row of a list."""


def interim_words(why: InterimExplanation) -> str:
    """«ждём другую организацию: «экспертиза до четверга»»; a free reason is shown alone."""
    if why.reason is InterimReason.OTHER:
        return why.text
    return f"{why.reason.label}: «{why.text}»" if why.text else why.reason.label


def init_app(app: Flask) -> None:
    app.add_template_global(lambda: tuple(InterimReason.labels().items()), "interim_reasons")
    app.jinja_env.filters.update(
        ground_label=lambda code: Ground(code).label,
        ground_short=GROUND_SHORT.__getitem__,
        interim_grounds_words=lambda grounds: ", ".join(InterimGround(code).label for code in grounds),
        interim_words=interim_words,
    )


# --- The card for one person
#: The main step of the card, by status; if it is not offered the card shows who is awaited.
NEXT_STEP: dict[Status, Action] = {
    Status.NEW: Action.ROUTE, Status.SELECTED: Action.ROUTE, Status.AWAITING_AUTHOR: Action.AUTHOR_ANSWERED,
    Status.AWAITING_FINAL: Action.PREPARE_FINAL,
}  # fmt: skip

#: Rarer steps under «Ещё», in this order.
MORE: tuple[Action, ...] = (
    Action.SELECT, Action.REROUTE, Action.RAISE_IMPORTANCE, Action.LOWER_IMPORTANCE, Action.REOPEN,
    Action.CORRECT_PUBLICATION, Action.CORRECT_ANSWER, Action.CLOSE_WITHOUT_ANSWER, Action.DISMISS, Action.REDIRECT,
    Action.EXCLUDE, Action.MARK_WITHDRAWN, Action.MARK_UNANSWERABLE, Action.RESTORE,
)  # fmt: skip

#: Steps with a button next to «Доложить главе»: help without an answer (П.17).
HELP_STEPS: tuple[Action, ...] = (Action.TELL_FACTS,)

#: The clocks of an answer to the citizen; the source's deadline is compared with them.
ANSWERS = frozenset({ClockKind.ANSWER, ClockKind.FINAL})

#: Words of the line that says who is awaited.
WAITING: dict[Status, str] = {
    Status.NEW: "Ждёт куратора: направить исполнителю.", Status.SELECTED: "Ждёт куратора: направить исполнителю.",
    Status.IN_WORK: "Исполнитель готовит проект ответа.", Status.ON_APPROVAL: "Проект ответа ждёт решения куратора.",
    Status.REWORK: "Исполнитель дорабатывает проект по замечаниям.",
    Status.APPROVED: "Ответ согласован и ждёт публикации.",
    Status.AWAITING_AUTHOR: "Запрос опубликован, ждём ответа автора.",
    Status.AWAITING_FINAL: "Промежуточный ответ дан, нужен окончательный.", Status.ANSWERED: "Ответ дан.",
    **dict.fromkeys(CLOSED, "Сообщение закрыто, делать ничего не нужно."),
    Status.EXCLUDED: "Автору не отвечаем (п. 17). Если в сообщении беда, помочь можно и так.",
}  # fmt: skip


JUDGE_FIRST = "Сначала решите, верна ли отметка (п. 17): исключить сообщение или «Отметка ошибочна»."


@dataclass(frozen=True, slots=True)
class StripItem:
    clock: CardClock
    chip: filters.Chip


@dataclass(frozen=True, slots=True)
class CardView:
    card: Card
    status_words: str
    network: str
    parts: Sequence[PartLine]  # everybody who was asked for a part (П.14)
    strip: tuple[StripItem, ...]
    earlier: tuple[StripItem, ...]
    next_step: Action | None
    help_steps: tuple[Action, ...]
    more: tuple[Action, ...]
    screen: Screen | None  # the screen where this person continues, None if it is this card
    further: tuple[Screen, ...]
    waiting: str
    judge_first: bool  # the mark of П.17 has to be answered before any work
    route_target: datetime | None
    reserve: Reserve | None
    chat: str  # empty if no person is awaited
    history: list[HistoryLine]
    source_changes: tuple[SourceChange, ...]  # changes by later exports that are not acknowledged yet
    choices: RoutingChoices
    hint: TopicHint | None  # the topic that the words suggest, where one is being chosen
    had_earlier: int | None  # the executor of the earlier message that this one seems to repeat
    contacts: tuple[DepartmentContacts, ...]  # the departments concerned, with their telephones
    now: datetime
    terms: Mapping[Importance, str]  # how long П.8 and П.9 give for the answer: «7 рабочих часов»

    @property
    def offered(self) -> tuple[Action, ...]:
        return ((self.next_step,) if self.next_step else ()) + self.help_steps + self.more

    @property
    def next_item(self) -> StripItem | None:
        return next((item for item in self.strip if item.clock.mark == "next"), None)

    @property
    def is_settled(self) -> bool:
        """Whether the work on it has ended, so that the card proposes no step."""
        return self.card.status in CLOSED or self.card.status is Status.ANSWERED

    @property
    def source_term(self) -> str:
        """The source's deadline compared with ours, in words; empty if either is missing."""
        theirs = self.card.source_deadline
        ours = next((i.clock.due_at for i in self.strip if i.clock.runs and i.clock.kind in ANSWERS), None)
        if theirs is None or self.is_settled:
            return ""
        if theirs <= self.now:
            return "прошёл"
        return "раньше нашего срока ответа" if ours is not None and theirs < ours else ""

    @property
    def chosen_topic(self) -> int | None:
        return self.card.topic_id or (self.hint.topic_id if self.hint else None)

    @property
    def suggested(self) -> int | None:
        """The executor of the author's earlier message (П.15), else one of the department of the topic."""
        return self.had_earlier or self.choices.executor_for(self.chosen_topic)

    @property
    def is_high(self) -> bool:
        return self.card.importance is Importance.HIGH

    @property
    def reserve_words(self) -> str:
        """The unused time as one sentence, empty if it cannot be returned."""
        if self.reserve is None:
            return ""
        minutes, again = self.reserve.minutes, self.reserve.after_return
        if minutes == 0:
            return "Запас до срока ответа исчерпан: опоздает любой, кто не уложится в свой срок."
        if minutes < 0:
            return f"Запаса до срока ответа нет: если все используют свой срок, опоздание {duration(-minutes)}."
        after = f"останется {duration(again)}" if again >= 0 else "ответ опоздает"
        return f"Запас до срока ответа: {duration(minutes)}. После возврата на доработку {after}."


def card_view(
    card: Card, user: User, now: datetime, when: When = day_and_time, *, judge_first: bool = False
) -> CardView:
    """Decide what is shown. `when`: formats the history; `judge_first`: a mark of П.17 must be answered first."""
    calendar = in_force().calendar
    items = [StripItem(clock, filters.card_chip(clock, now, calendar)) for clock in card.clocks]
    offered = offered_actions(card, user)
    if judge_first:
        offered = tuple(action for action in offered if action not in (Action.ROUTE, Action.SELECT))
    routes = Action.ROUTE in offered or Action.REROUTE in offered
    choices = routing_choices(roster.roster_today()) if routes else RoutingChoices((), ())
    step = NEXT_STEP.get(card.status)
    network = network_label(card.network)
    hint = hint_for(card.text, choices.topics) if Action.ROUTE in offered else None
    return CardView(
        card=card,
        status_words=status_label(card.status, _final_day(card)),
        network=network,
        parts=part_lines(card, now) if card.with_parts else (),
        strip=tuple(item for item in items if item.clock.is_latest),
        earlier=tuple(item for item in items if not item.clock.is_latest),
        next_step=step if step in offered else None,
        help_steps=tuple(action for action in HELP_STEPS if action in offered),
        more=tuple(action for action in MORE if action in offered and action is not step),
        screen=_screen(card, user),
        further=()
        if judge_first or card.row.purged_at
        else further_screens(card.status, user.roles, shared=card.is_shared),
        waiting=JUDGE_FIRST if judge_first else waiting_words(card),
        judge_first=judge_first,
        route_target=route_target(card.importance, card.status, card.detected_at or card.received_at),
        reserve=_reserve(card, now),
        chat=chat_text(card, network=network, address=url_for("card.show", message_id=card.id, _external=True), now=now)
        if card.status in ASKED
        else "",
        history=history_of(card, when),
        source_changes=unseen_changes(card.log),
        choices=choices,
        hint=hint,
        had_earlier=executor_of_earlier(card.id) if Action.ROUTE in offered and card.is_linked else None,
        contacts=contacts(_concerned(card, choices, hint)),
        now=now,
        terms={kind: length(in_force().parameters.term(ClockKind.ANSWER, kind)) for kind in Importance},
    )


def _concerned(card: Card, choices: RoutingChoices, hint: TopicHint | None) -> list[int | None]:
    if card.active:
        return [worker.department_id for worker in card.active]
    topic = choices.topic(card.topic_id or (hint.topic_id if hint else None))
    return [topic.department_id] if topic else []


def waiting_words(card: Card) -> str:
    """Who is awaited; of several executors those with a missing part (П.14)."""
    if not card.is_shared or card.status not in (Status.IN_WORK, Status.REWORK):
        return WAITING.get(card.status, "")
    missing = [worker.named for worker in card.missing_parts] if card.status is Status.IN_WORK else []
    if missing:
        return f"Нет информации: {', '.join(missing)}. Сводный ответ пишет куратор (п. 14)."
    return "Вся информация поступила. Сводный ответ пишет куратор (п. 14)."


def offered_actions(card: Card, user: User) -> tuple[Action, ...]:
    """The acts that the table of transitions allows this person and that make sense for this message now."""
    actions = available_actions(card.status, user.roles) if card.row.purged_at is None else ()
    senseless = {Action.RAISE_IMPORTANCE if card.importance is Importance.HIGH else Action.LOWER_IMPORTANCE}
    if not card.active:
        senseless |= {Action.REOPEN, Action.REROUTE}
    if not card.published:
        senseless |= {Action.CORRECT_PUBLICATION, Action.CORRECT_ANSWER}
    mine = any(worker.person.id == user.id for worker in card.active)
    if not mine and not user.has(Role.CURATOR):
        senseless.add(Action.PREPARE_FINAL)
    return tuple(action for action in actions if action not in senseless)


def _screen(card: Card, user: User) -> Screen | None:
    """The screen of the role in which this person works on the message; an executor's own messages come first."""
    mine = any(worker.person.id == user.id for worker in card.active)
    roles = ([Role.EXECUTOR] if mine else []) + [role for role in (Role.CURATOR,) if role in user.roles]
    found = (screen_for(card.status, role, shared=card.is_shared) for role in roles)
    return next((screen for screen in found if screen), None)


def _final_day(card: Card) -> datetime | None:
    due = next((clock.due_at for clock in card.clocks if clock.kind is ClockKind.FINAL and clock.runs), None)
    return in_force().calendar.local(due) if due else None


def _reserve(card: Card, now: datetime) -> Reserve | None:
    rules = in_force()
    due = {clock.kind: clock.due_at for clock in card.clocks if clock.runs and clock.due_at}
    try:
        return reserve(card.status, due, card.importance, now=now, parameters=rules.parameters, calendar=rules.calendar)
    except CalendarOutOfRange:
        return None
