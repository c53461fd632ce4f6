"""A common answer with real threads: decided once, joined or decided, published once under each message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from osm.answers.acts import publication
from osm.approvals.acts import Override
from osm.base.database import db
from osm.base.errors import BulkRefused
from osm.base.transaction import transaction
from osm.flow.acts.act import load_message
from osm.groups.acts.groups import approve_group, return_group, submit_group
from osm.groups.acts.members import begin_common_final, create_group, join_group, leave_group
from osm.messages.acts.bulk import Chosen
from osm.models import AnswerGroup, Draft, Event, GroupMember, GroupState, Message, OverrideReason, Promise, Reply, User
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.words import Status
from tests.desk import NOW, Desk
from tests.office import at

from .test_races_of_parts import race

ROUNDS = 6
TEXT = "{приветствие} МКУ «Дорожник» засыплет яму на Калининской, 12 до 30 ноября."
WAITS = "{приветствие} МКУ «Дорожник» ждёт асфальт, яму засыплет до 27 ноября."
OVERRIDE = Override(OverrideReason.IS_THERE)
Doing = Callable[[], object]
REFUSED = (StaleVersion, TransitionNotAllowed, BulkRefused)


def chosen(desk: Desk, messages: list[Message]) -> list[Chosen]:
    return [Chosen(m.id, desk.again(m).version) for m in messages]


def begun(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    messages = [desk.incident("25.11 10:05") for _ in range(3)]
    group = create_group(
        chosen(desk, messages), executor_id=desk.ids["boris"], name="", task="", actor=desk.anna, now=at("25.11 10:10")
    )
    return group, messages


def sent(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = begun(desk)
    submit_group(
        group.id, group.version, chosen(desk, messages), text=TEXT, kind="final", confirmed=True, actor=desk.boris,
        now=at("25.11 10:20"),
    )  # fmt: skip
    return group, messages


def approved(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = sent(desk)
    approve_group(
        group.id, group.version, chosen(desk, messages), override=OVERRIDE, actor=desk.anna, now=at("25.11 10:30")
    )
    return group, messages


def by(desk: Desk, login: str, service: Callable[..., object], *args: object, **given: object) -> Doing:
    person = desk.ids[login]
    return lambda: service(*args, **given, actor=db.session.get_one(User, person), now=NOW)


def approving(desk: Desk, group: AnswerGroup, messages: list[Message], login: str = "anna") -> Doing:
    return by(desk, login, approve_group, group.id, group.version, chosen(desk, messages), override=OVERRIDE)


def returning(desk: Desk, group: AnswerGroup, messages: list[Message], login: str = "galina") -> Doing:
    return by(desk, login, return_group, group.id, group.version, chosen(desk, messages), remarks="Короче")


def joining(desk: Desk, group: AnswerGroup, late: Message, login: str = "galina") -> Doing:
    return by(desk, login, join_group, group.id, group.version, chosen(desk, [late]))


def leaving(desk: Desk, group: AnswerGroup, message: Message, login: str = "galina") -> Doing:
    version = desk.again(message).version
    return by(
        desk, login, leave_group, group.id, group.version, message.id, message_version=version, reason="Другой дом"
    )


def publishing(desk: Desk, message: Message, login: str = "anna") -> Doing:
    link, version = f"https://vk.com/wall-1_1?reply={login}", desk.again(message).version
    return by(desk, login, publication.publish_by_hand, message.id, version, url=link, published_at=None)


def seen(desk: Desk, group: AnswerGroup) -> AnswerGroup:
    """The group as the screens show it before the race."""
    db.session.rollback()
    return db.session.get_one(AnswerGroup, group.id, populate_existing=True)


def texts_of(message: Message) -> list[str]:
    """The state of every version that the message has."""
    of_message = db.select(Reply.id).where(Reply.message_id == message.id)
    return [draft.state for draft in db.session.scalars(db.select(Draft).where(Draft.reply_id.in_(of_message)))]


def logged(desk: Desk, messages: list[Message]) -> Counter[str]:
    db.session.rollback()
    return Counter(event.action for m in messages for event in desk.log(m))


def log_of_groups() -> Counter[str]:
    return Counter(db.session.scalars(db.select(Event.action).where(Event.object_kind == "answer_group")))


@pytest.mark.parametrize("other", [approving, returning], ids=["approve", "return"])
def test_two_curators_decide_one_common_answer(app, two_curators, other):
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = sent(desk)
        group = seen(desk, group)
        refusals = race(app, approving(desk, group, messages), other(desk, group, messages, "galina"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"]
        group = seen(desk, group)
        approves = other is approving or refusals[0] is None
        assert group.state is (GroupState.APPROVED if approves else GroupState.DRAFT)
        assert {desk.again(m).status for m in messages} == {Status.APPROVED if approves else Status.REWORK}
        count = logged(desk, messages)
        assert count["approve_draft"] + count["return_draft"] == len(messages), "each was decided once"
        assert all(len(texts_of(m)) == 1 for m in messages)


@pytest.mark.parametrize("decision", [approving, returning], ids=["approve", "return"])
def test_a_late_message_joins_while_it_is_decided(app, two_curators, decision):
    """The second is refused; afterwards joining brings the message to the step that the common answer has reached."""
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = sent(desk)
        late, group = desk.incident("25.11 10:25"), seen(desk, group)
        decided, joined = race(app, decision(desk, group, messages, "anna"), joining(desk, group, late))
        assert (decided is None) != (joined is None), (decided, joined)
        assert isinstance(decided or joined, StaleVersion)
        group = seen(desk, group)
        if joined is not None:
            assert desk.again(late).status is Status.NEW
            assert texts_of(late) == []
            joining(desk, group, late)()
        else:
            assert desk.again(late).status is Status.ON_APPROVAL
            decision(desk, group, [*messages, late], "anna")()
        stand = {desk.again(m).status for m in (*messages, late)}
        expected = {Status.APPROVED} if decision is approving else {Status.REWORK, desk.again(late).status}
        assert stand == expected
        assert len(texts_of(late)) == (0 if desk.again(late).status is Status.IN_WORK else 1)
        assert db.session.query(GroupMember).filter_by(message_id=late.id).count() == 1


def test_a_late_message_joins_while_one_is_published(app, two_curators):
    """They do not hinder each other: one message is published, the other is ready to be."""
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = approved(desk)
        late, group = desk.incident("25.11 10:35"), seen(desk, group)
        assert race(app, publishing(desk, messages[0]), joining(desk, group, late)) == [None, None]
        assert [desk.again(m).status for m in (messages[0], late)] == [Status.ANSWERED, Status.APPROVED]
        assert texts_of(late) == ["approved"]


def test_one_late_message_joins_two_common_answers(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        groups = [seen(desk, approved(desk)[0]) for _ in range(2)]
        late = desk.incident("25.11 10:35")
        doings = [joining(desk, group, late, login) for group, login in zip(groups, ("anna", "galina"), strict=True)]
        refusals = race(app, *doings)
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["BulkRefused", "NoneType"]
        told = next(filter(None, refusals))
        assert [refusal.number for refusal in told.refusals] == [late.number]
        db.session.rollback()
        assert db.session.query(GroupMember).filter_by(message_id=late.id).count() == 1
        assert texts_of(late) == ["approved"]


def test_one_message_of_a_common_answer_is_published_once(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        _, messages = approved(desk)
        refusals = race(app, publishing(desk, messages[0]), publishing(desk, messages[0], "galina"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"]
        assert logged(desk, messages)["publish_final"] == 1
        assert [desk.again(m).status for m in messages] == [Status.ANSWERED, Status.APPROVED, Status.APPROVED]


def test_what_they_promise_is_controlled_once_though_all_are_published_at_once(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        _, messages = approved(desk)
        doings = [publishing(desk, m, login) for m, login in zip(messages, ("anna", "galina", "anna"), strict=True)]
        assert race(app, *doings) == [None, None, None]
        db.session.rollback()
        ids = [m.id for m in messages]
        assert db.session.query(Promise).filter(Promise.message_id.in_(ids)).count() == 1


def test_publishing_and_returning(app, two_curators):
    """What is published is not taken back, and what was taken back is not marked as published."""
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = approved(desk)
        group = seen(desk, group)
        published, taken = race(app, publishing(desk, messages[0]), returning(desk, group, messages))
        assert published is None or taken is None
        assert published is None or isinstance(published, REFUSED)
        if taken is not None:
            # It was published while the return waited for it: the curator sees which one, and nothing was returned.
            assert [refusal.number for refusal in taken.refusals] == [messages[0].number]
        first = Status.ANSWERED if published is None else Status.REWORK
        others = Status.REWORK if taken is None else Status.APPROVED
        assert [desk.again(m).status for m in messages] == [first, others, others]
        assert all(len(texts_of(m)) == 1 for m in messages)


def test_publishing_and_taking_out(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = approved(desk)
        group = seen(desk, group)
        published, taken = race(app, publishing(desk, messages[0]), leaving(desk, group, messages[0]))
        assert (published is None) != (taken is None), (published, taken)
        assert isinstance(published or taken, REFUSED) or "опубликован" in str(taken), (published, taken)
        first = Status.ANSWERED if published is None else Status.REWORK
        assert [desk.again(m).status for m in messages] == [first, Status.APPROVED, Status.APPROVED]


def test_one_press_of_two_windows_makes_one_common_answer(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        messages = [desk.incident("25.11 10:05") for _ in range(3)]
        given = {"executor_id": desk.ids["boris"], "name": "", "task": ""}
        before = log_of_groups()["group_created"]
        refusals = race(
            app, *(by(desk, who, create_group, chosen(desk, messages), **given) for who in ("anna", "galina"))
        )
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["BulkRefused", "NoneType"]
        db.session.rollback()
        assert log_of_groups()["group_created"] == before + 1
        ids = [m.id for m in messages]
        assert db.session.query(GroupMember).filter(GroupMember.message_id.in_(ids)).count() == 3


def waiting_for_the_final(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    """Three messages with one published interim answer."""
    group, messages = begun(desk)
    given = {"text": WAITS, "kind": "interim", "confirmed": True}
    submit_group(group.id, group.version, chosen(desk, messages), **given, actor=desk.boris, now=at("25.11 10:20"))
    now = at("25.11 10:30")
    approve_group(group.id, group.version, chosen(desk, messages), override=OVERRIDE, actor=desk.anna, now=now)
    for message in messages:
        publishing(desk, message)()
    return seen(desk, group), messages


def test_a_common_final_answer_begins_while_one_is_prepared_alone(app, two_curators):
    """The message is in the group or outside; an act that comes in between is refused."""
    desk = two_curators
    for _ in range(ROUNDS):
        group, messages = waiting_for_the_final(desk)
        before = chosen(desk, messages)
        together = by(desk, "anna", begin_common_final, group.id, group.version, before)
        alone = by(desk, "galina", publication.prepare_final, before[-1].message_id, before[-1].version)
        refusals = race(app, together, alone)
        assert None in refusals
        assert all(refusal is None or isinstance(refusal, REFUSED) for refusal in refusals), refusals
        assert logged(desk, messages[-1:])["prepare_final"] == 1


@pytest.mark.postgresql
def test_a_message_read_before_its_lock_is_read_again(app, two_curators):
    """On PostgreSQL others write between the reading and the lock."""
    desk = two_curators
    _, messages = waiting_for_the_final(desk)
    one = messages[0].id
    with transaction():
        read = db.session.get_one(Message, one)
        version, replies = read.version, len(read.replies)
        assert race(app, by(desk, "galina", publication.prepare_final, one, version)) == [None]
        found = load_message(one)
        assert (found.version, found.status, len(found.replies)) == (version + 1, Status.IN_WORK, replies + 1)
