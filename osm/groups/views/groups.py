"""The screens of common answers: the text for each message, the checklist, and who can join."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import g

from osm.answers.acts.drafting import BEGINNING, text_for
from osm.answers.views import AnswerView, Checklist, answer_view, common_checklist, may_publish
from osm.approvals.rules import FactChange, changed_facts
from osm.base.database import db
from osm.base.errors import NotFound
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import RowClock, running_clocks
from osm.flow.queries.duties import DUTIES
from osm.groups import queries
from osm.messages.queries.parts import Card
from osm.models import AnswerGroup, GroupState, Message, User
from osm.people import views as roster
from osm.people.queries.absences import may_see
from osm.regulation.words import Role, Status
from osm.shell import filters
from osm.shell.form_values import Typed


@dataclass(frozen=True, slots=True)
class Member:
    """One message with its text. `may_publish`: its approved answer waits for this person."""

    row: queries.MemberRow
    text: str
    may_publish: bool
    may_leave: bool

    @property
    def greeting(self) -> str:
        first, mark, _ = self.text.partition("!")
        return first + mark if len(first) < 60 and "\n" not in first else f"{self.text[:60]}…"


@dataclass(frozen=True, slots=True)
class GroupView:
    """The page. `answer`: the screen of the first open message; its editor has the common text."""

    group: AnswerGroup
    members: tuple[Member, ...]
    answer: AnswerView | None
    is_mine: bool
    checklist: Checklist | None  # of the text in the editor; `of_text`: of the text that was sent
    of_text: Checklist | None
    changes: tuple[FactChange, ...]
    """Figures, dates and names that the correction would change; shown after it was sent without a confirmation."""
    is_correcting: bool
    can_withdraw: bool
    executors: tuple[str, ...]
    tasks: tuple[str, ...]
    chip: filters.Chip  # the next term of the work to do now
    clock: RowClock | None
    late: tuple[Message, ...]
    may_decide: bool
    finals: tuple[Member, ...]
    """Messages for which this person can begin a common final answer: they had this interim one (П.13)."""

    @property
    def final_executors(self) -> tuple[str, ...]:
        return tuple({member.row.executor_id: member.row.executor for member in self.finals}.values())

    @property
    def open(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.row.published_at is None)

    @property
    def acted_upon(self) -> tuple[Member, ...]:
        return tuple(member for member in self.open if member.row.status in _ACTED[self.group.state])

    @property
    def published(self) -> int:
        return len(self.members) - len(self.open)

    @property
    def writes(self) -> bool:
        return self.group.state is GroupState.DRAFT and bool(self.acted_upon)

    @property
    def waits(self) -> bool:
        return self.group.state is GroupState.SUBMITTED and bool(self.acted_upon)


_ACTED: dict[GroupState, tuple[Status, ...]] = {
    GroupState.DRAFT: (Status.IN_WORK, Status.REWORK),
    GroupState.SUBMITTED: (Status.ON_APPROVAL,),
    GroupState.APPROVED: (Status.APPROVED,),
}


def group_view(group_id: int, person: User, now: datetime, typed: Typed | None = None) -> GroupView:
    """Raises NotFound if the person may not see its messages."""
    group = db.session.get(AnswerGroup, group_id)
    rows = queries.members_of(group_id)
    if group is None or (rows and not may_see(person, rows[0].id)) or (not rows and not person.has(Role.CURATOR)):
        raise NotFound("Общий ответ")
    waiting = [row for row in rows if row.published_at is None]
    lead = next(iter(waiting), None)
    card = roster.visible_card(lead.id, person) if lead else None
    answer = _answer(group, card, person, now, typed) if card else None
    edited = answer.editor.text if answer else group.text
    text = edited if group.state is GroupState.DRAFT else group.text
    decides = person.has(Role.CURATOR)
    clock = next_clock(waiting, group.state)
    return GroupView(
        group=group, members=tuple(_member(row, text, card, person) for row in rows), answer=answer,
        is_mine=bool(waiting) and all(row.executor_id == person.id for row in waiting),
        checklist=common_checklist(card, edited, answer.kind) if card and answer else None,
        of_text=common_checklist(card, text, answer.kind) if card and answer else None, changes=_changes(group, typed),
        is_correcting=typed is not None or bool(answer and answer.unsent and edited != group.text),
        can_withdraw=group.state is GroupState.SUBMITTED and queries.sender_of(group.id) == person.id,
        executors=tuple(dict.fromkeys(row.executor for row in waiting if row.executor)),
        tasks=answer.tasks if answer else (),
        chip=filters.running_chip(clock, now, in_force().calendar) if clock else filters.NO_CLOCK, clock=clock,
        late=tuple(queries.late_for([row.id for row in rows])) if decides and waiting else (), may_decide=decides,
        finals=_finals(group_id, rows, person),
    )  # fmt: skip


def _finals(group_id: int, rows: Sequence[queries.MemberRow], person: User) -> tuple[Member, ...]:
    due = set(queries.final_due_ids(group_id)) if any(row.status is Status.AWAITING_FINAL for row in rows) else set()
    found = [row for row in rows if row.id in due]
    may = person.has(Role.CURATOR) or all(row.executor_id == person.id for row in found)
    return tuple(Member(row, "", False, False) for row in found) if may and len(found) > 1 else ()


def next_clock(waiting: Sequence[queries.MemberRow], state: GroupState) -> RowClock | None:
    """The first due clock for the next step; None if there is no step to do."""
    role = Role.EXECUTOR if state is GroupState.DRAFT else Role.CURATOR
    clocks_of = {duty.status: duty.clocks for duty in reversed(DUTIES) if duty.role is role}
    kinds = {status: clocks_of.get(status, ()) for status in _ACTED[state]}
    running, _ = running_clocks([row.id for row in waiting if row.status in kinds])
    found = [
        next((clocks[kind] for kind in kinds[row.status] if kind in clocks), None)
        for row in waiting
        if (clocks := running.get(row.id))
    ]
    return min(
        (clock for clock in found if clock),
        key=lambda clock: (clock.due_at is not None, clock.due_at.timestamp() if clock.due_at else 0.0),
        default=None,
    )


def _changes(group: AnswerGroup, typed: Typed | None) -> tuple[FactChange, ...]:
    if typed is None or "confirmed" not in typed.errors:
        return ()
    return changed_facts(group.text, typed.values["text"])


def common_answer(card: Card) -> int | None:
    """The common answer of a message, loaded once per request."""
    found: dict[int, int | None] = g.setdefault("osm_common_answers", {})
    if card.id not in found:
        found[card.id] = queries.group_of(card.id) if "group_member" in card.rows_in else None
    return found[card.id]


def common_interim(card: Card) -> int | None:
    """The common interim answer after which the final one can be common too."""
    is_possible = card.status is Status.AWAITING_FINAL and "group_member" in card.rows_in
    return queries.interim_group_of(card.id) if is_possible else None


def joinable_groups(card: Card, person: User) -> Sequence[AnswerGroup]:
    """The common answers that this message can join with one click."""
    if not person.has(Role.CURATOR) or card.status not in queries.JOINING or common_answer(card):
        return []
    return queries.late_groups(card.id)


def may_begin_group(card: Card, person: User) -> bool:
    """Whether a common answer can begin with this message."""
    return person.has(Role.CURATOR) and card.status in queries.JOINING and common_answer(card) is None


def _answer(group: AnswerGroup, card: Card, person: User, now: datetime, typed: Typed | None) -> AnswerView:
    view = answer_view(card, person, now, typed)
    if typed is not None and "text" in typed.values:
        return view
    if not view.unsent or (view.version is not None and view.editor.text == view.version.text):
        view = replace(view, editor=replace(view.editor, text=group.text or BEGINNING))
    return replace(view, kind=group.kind if group.text else view.kind)


def _member(row: queries.MemberRow, text: str, card: Card | None, person: User) -> Member:
    ready = text_for(text, author=row.author, place=row.place, turn=row.id)
    publishes = row.status is Status.APPROVED and card is not None and may_publish(card, person)
    leaves = person.has(Role.CURATOR) and row.published_at is None
    return Member(row, ready, publishes, leaves)
