"""Every row of the table of transitions through its service: which clocks run afterwards, and how the others ended.

17 March 2026 is a Tuesday: 9:00–13:00 and 13:48–18:00. Unless said otherwise, a message is received at 9:00 and
routed to Boris at 9:30, so its answer is due at 17:18 and its draft at 14:18.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.flow.acts.act import act
from osm.groups.acts import members
from osm.messages.acts import bulk, closing, executors, routing
from osm.messages.acts.executors import PartOrder
from osm.models import Deadline, Message
from osm.regulation.errors import MissingInput
from osm.regulation.transitions import TRANSITIONS, Condition, Transition
from osm.regulation.words import Action, DeadlineState, Role
from osm.talk import acts
from tests.office import OVERRIDE, VLADIVOSTOK, Office, at
from tests.parts.sharing import row_of, send, shared
from tests.people.handing_over import away, offers, take

Situation = Callable[[Office], Message]
Doing = Callable[[Office, Message], object]


def find(action: Action) -> Transition:
    return next(row for row in TRANSITIONS if row.action is action)


# --- Situations


def new(office: Office) -> Message:
    return office.incident("17.03 09:00")


def routed(office: Office) -> Message:
    return office.routed("17.03 09:00", "17.03 09:30")


def submitted(office: Office, kind: str = "final") -> Message:
    message = routed(office)
    office.submitted(message, "17.03 10:00", kind=kind)
    return message


def approved(office: Office, kind: str = "final") -> Message:
    message = submitted(office, kind)
    office.approved(message, "17.03 10:10")
    return message


def published(office: Office, kind: str = "final") -> Message:
    message = approved(office, kind)
    office.published(message, "17.03 10:20")
    return message


def several(office: Office) -> Message:
    """Boris and Nina at once, Oleg after them: directed at 9:10."""
    return shared(office)


def pair(office: Office) -> Message:
    return shared(office, "boris 1, nina 1")


def one_sent(office: Office) -> Message:
    message = several(office)
    send(office, message, "boris", "17.03 09:40")
    return message


def high(office: Office) -> Message:
    return office.routed("17.03 09:00", "17.03 09:30", high=True)


def dismissed(office: Office) -> Message:
    message = routed(office)
    dismiss(office, message)
    return message


def excluded(office: Office) -> Message:
    message = routed(office)
    exclude(office, message)
    return message


# --- Acts at 10:30, unless said otherwise

NOW = at("17.03 10:30")


def with_act(service: Callable[..., object], **given: object) -> Doing:
    return lambda office, message: service(message.id, message.version, **given, actor=office.anna, now=NOW)


def on_draft(service: Callable[..., object], **given: object) -> Doing:
    return lambda office, message: service(
        message.id,
        message.version,
        draft_id=message.replies[-1].drafts[-1].id,
        **given,
        actor=office.anna,
        now=NOW,
    )


exclude = with_act(closing.exclude_message, ground="insult", note="")
dismiss = with_act(closing.dismiss_message, reason="Не наше")
publish = with_act(publication.publish_by_hand, url="https://vk.com/wall-1_1?reply=2", published_at=at("17.03 10:20"))


def route(office: Office, message: Message) -> None:
    orders = [PartOrder(office.ids["boris"]), PartOrder(office.ids["nina"], 2)]
    routing.route_to_several(message.id, message.version, orders=orders, actor=office.anna, now=NOW)


def just_shared(office: Office) -> Message:
    message = new(office)
    route(office, message)
    return message


def reroute(office: Office, message: Message) -> None:
    routing.reroute_message(
        message.id, message.version, executor_id=office.ids["nina"], task="", actor=office.anna, now=NOW
    )


def substitute(office: Office, _message: Message) -> None:
    away(office, "nina", 17, 20, "oleg")
    take(office, offers()[0], "17.03 10:30")


def add_executor(office: Office, message: Message) -> None:
    order = PartOrder(office.ids["nina"], 1)
    executors.add_executor(message.id, message.version, order=order, actor=office.anna, now=NOW)


def remove_executor(office: Office, message: Message) -> None:
    row = row_of(office, message, "nina")
    executors.remove_executor(message.id, message.version, assignment_id=row.id, actor=office.anna, now=NOW)


def arrange(office: Office, message: Message) -> None:
    row = row_of(office, message, "nina")
    orders = {row.id: PartOrder(office.ids["nina"], 1, row.task, 30)}
    executors.arrange_executors(message.id, message.version, orders=orders, actor=office.anna, now=NOW)


def decline(office: Office, message: Message) -> None:
    acts.decline(message.id, message.version, reason="Это дороги", department_id=None, actor=office.boris, now=NOW)


def submit_part(office: Office, message: Message) -> None:
    send(office, message, "nina", "17.03 10:30")


def return_part(office: Office, message: Message) -> None:
    row = row_of(office, message, "boris")
    members.return_part(row.id, row.version, remarks="Когда?", actor=office.anna, now=NOW)


def submit_draft(office: Office, message: Message) -> None:
    office.submitted(message, "17.03 10:30")


def withdraw(office: Office, message: Message) -> None:
    drafting.withdraw_draft(message.id, message.version, actor=office.boris, now=NOW)


def tell_facts(office: Office, message: Message) -> None:
    with_act(routing.tell_facts, department_id=office.boris.department_id, facts="Затоплен подвал", asked="Откачать")(
        office, message
    )


def prepare_final(office: Office, message: Message) -> None:
    publication.prepare_final(message.id, message.version, actor=office.boris, now=NOW)


def restore(office: Office, message: Message) -> None:
    now = at("17.03 11:30")
    closing.restore_message(message.id, message.version, reason="Ошиблись", actor=office.anna, now=now)


class Row(NamedTuple):
    """`runs`: the clocks that run afterwards, each with its term; «boris part» is the clock of a part.

    `ends`: how those ended that ran before.
    """

    action: Action
    situation: Situation
    does: Doing
    runs: dict[str, str]
    ends: dict[str, str]


def of_kind(kind: str, situation: Callable[[Office, str], Message]) -> Situation:
    return lambda office: situation(office, kind)


def both(answer: str, draft: str) -> dict[str, str]:
    return {"answer": answer, "draft": draft}


FIRST = both("17:18", "14:18")
SHARED = both("16:58", "13:58")
FROM_NOW = both("18.03 09:18", "15:18")
WRITES_ON = {"text": "Калининская, 12", "url": ""}

ROWS = (
    Row(Action.SELECT, new, with_act(routing.select_message), {"route": "10:00", **FROM_NOW}, {}),
    Row(
        Action.DISMISS,
        pair,
        dismiss,
        {},
        {**both("closed", "closed"), "boris part": "closed", "nina part": "closed"},
    ),
    Row(
        Action.REDIRECT,
        routed,
        with_act(closing.redirect_message, recipient="Полиция", reason=""),
        {},
        both("closed", "closed"),
    ),
    Row(
        Action.EXCLUDE, routed, with_act(closing.exclude_message, ground="spam", note=""), {}, both("closed", "closed")
    ),
    Row(Action.MARK_WITHDRAWN, routed, with_act(closing.mark_withdrawn, note=""), {}, both("closed", "closed")),
    Row(
        Action.MARK_UNANSWERABLE,
        submitted,
        with_act(closing.mark_unanswerable, reason="Страница закрыта"),
        {},
        {"answer": "closed", "approve": "closed"},
    ),
    Row(Action.RESTORE, dismissed, restore, both("18.03 09:18", "15:18"), {}),
    Row(Action.ROUTE, new, route, {**FROM_NOW, "boris part": "12:30"}, {"route": "met"}),
    Row(
        Action.TAKE_ROUTING_BACK,
        just_shared,
        with_act(bulk.take_routing_back),
        {"route": "10:00", **FROM_NOW},
        {"boris part": "closed"},
    ),
    Row(Action.REROUTE, pair, reroute, SHARED, {"boris part": "closed", "nina part": "closed"}),
    # Nina's absence moves her work to another person: no term moves by that.
    Row(
        Action.SUBSTITUTE,
        pair,
        substitute,
        {**SHARED, "boris part": "11:10", "oleg part": "11:10"},
        {"nina part": "closed"},
    ),
    Row(Action.ADD_EXECUTOR, routed, add_executor, {**FIRST, "boris part": "12:30", "nina part": "12:30"}, {}),
    Row(Action.REMOVE_EXECUTOR, pair, remove_executor, {**SHARED, "boris part": "11:10"}, {"nina part": "closed"}),
    Row(
        Action.ARRANGE_EXECUTORS,
        pair,
        arrange,
        {**SHARED, "boris part": "11:10", "nina part": "09:40"},
        {"nina part": "replaced"},
    ),
    Row(Action.DECLINE, routed, decline, FIRST, {}),
    Row(Action.SUBMIT_PART, one_sent, submit_part, {**SHARED, "oleg part": "12:30"}, {"nina part": "met"}),
    Row(Action.RETURN_PART, one_sent, return_part, {**SHARED, "nina part": "11:10", "boris rework": "11:30"}, {}),
    Row(Action.SUBMIT_DRAFT, routed, submit_draft, {"answer": "17:18", "approve": "11:00"}, {"draft": "met"}),
    Row(Action.WITHDRAW_DRAFT, submitted, withdraw, FIRST, {"approve": "closed"}),
    Row(
        Action.APPROVE_DRAFT,
        submitted,
        on_draft(approval.approve_draft, override=OVERRIDE),
        {"answer": "17:18"},
        {"approve": "met"},
    ),
    Row(
        Action.CORRECT_AND_APPROVE,
        submitted,
        on_draft(approval.correct_and_approve, text="Здравствуйте! Засыпали.", override=OVERRIDE),
        {"answer": "17:18"},
        {"approve": "met"},
    ),
    Row(
        Action.RETURN_DRAFT,
        submitted,
        on_draft(approval.return_draft, remarks="Когда?"),
        {"answer": "17:18", "rework": "11:30"},
        {"approve": "met"},
    ),
    Row(
        Action.REVOKE_APPROVAL,
        approved,
        with_act(approval.revoke_approval, reason="Не та улица"),
        {"answer": "17:18", "rework": "11:30"},
        {},
    ),
    Row(Action.PUBLISH_CLARIFICATION, of_kind("clarification", approved), publish, {}, {"answer": "met"}),
    # The day of sending does not count: Wednesday, Thursday, and Friday closes at 17:00.
    Row(Action.PUBLISH_INTERIM, of_kind("interim", approved), publish, {"final": "20.03 17:00"}, {"answer": "met"}),
    Row(Action.PUBLISH_FINAL, approved, publish, {}, {"answer": "met"}),
    Row(
        Action.AUTHOR_ANSWERED,
        of_kind("clarification", published),
        with_act(publication.author_answered, **WRITES_ON),
        FROM_NOW,
        {},
    ),
    Row(
        Action.CLOSE_WITHOUT_ANSWER,
        of_kind("clarification", published),
        with_act(closing.close_without_answer, reason="Молчит"),
        {},
        {},
    ),
    Row(Action.PREPARE_FINAL, of_kind("interim", published), prepare_final, {"final": "20.03 17:00"}, {}),
    Row(Action.REOPEN, published, with_act(publication.reopen_message, **WRITES_ON), FROM_NOW, {}),
    Row(
        Action.CORRECT_PUBLICATION,
        of_kind("interim", published),
        with_act(
            publication.correct_publication,
            url="https://vk.com/wall-1_1?reply=9",
            published_at=at("17.03 10:15"),
            reason="Не та",
        ),
        {"final": "20.03 17:00"},
        {},
    ),
    Row(
        Action.CORRECT_ANSWER,
        of_kind("interim", published),
        with_act(approval.correct_text, text="Здравствуйте! Вывезут завтра.", reason="Не тот день"),
        {"final": "20.03 17:00"},
        {},
    ),
    Row(
        Action.RAISE_IMPORTANCE,
        routed,
        with_act(executors.raise_importance, detected_at=None, reason=""),
        both("14:18", "11:30"),
        both("replaced", "replaced"),
    ),
    Row(
        Action.LOWER_IMPORTANCE,
        high,
        with_act(executors.lower_importance, reason=""),
        FIRST,
        both("replaced", "replaced"),
    ),
    Row(Action.TELL_FACTS, excluded, tell_facts, {}, {}),
)


def name(deadline: Deadline) -> str:
    whose = f"{deadline.assignment.executor.name.lower()} " if deadline.assignment else ""
    return f"{whose}{deadline.kind}"


def running(message: Message) -> dict[int, str]:
    return {one.id: name(one) for one in message.deadlines if one.state is DeadlineState.OPEN}


def term(deadline: Deadline) -> str:
    return f"{deadline.due_at.astimezone(VLADIVOSTOK):%d.%m %H:%M}".removeprefix("17.03 ")


def test_no_row_is_left_out():
    assert [row.action for row in ROWS] == [row.action for row in TRANSITIONS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action)
def test_the_clocks_after_each_row(three, row):
    message = row.situation(three)
    before = running(message)
    row.does(three, message)
    db.session.expire_all()
    now = running(message)
    clocks = {one.id: one for one in message.deadlines}
    assert {now[one]: term(clocks[one]) for one in now} == row.runs
    assert {before[one]: clocks[one].state for one in before if one not in now} == row.ends


@pytest.mark.sqlite
@pytest.mark.parametrize("row", [row for row in ROWS if find(row.action).needs], ids=lambda row: row.action)
def test_what_a_row_needs_is_asked_for(three, row):
    message = row.situation(three)
    status, version = message.status, message.version
    who = three.anna if Role.CURATOR in find(row.action).roles else three.boris
    needs = find(row.action).needs
    for field, asked in needs.items():
        others = {name: "Сказано" for name in needs if name != field}
        for empty in (others, {**others, field: " \u200b\n"}):
            with (
                pytest.raises(MissingInput) as refused,
                act(row.action, message.id, version, who, NOW, texts=empty, given=set(Condition)),
            ):
                pytest.fail("the step began without what it needs")
            assert (refused.value.field, str(refused.value)) == (field, asked)
            assert (message.status, message.version) == (status, version)
