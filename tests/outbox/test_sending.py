"""The program deletes, bans and unbans in the network, each once; what it cannot do is left to a person."""

from __future__ import annotations

from datetime import timedelta
from threading import Event as Turn
from threading import Timer

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.durable import renew_installation
from osm.base.transaction import WHOLE, Pace, transaction
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.listening.acts import hearing
from osm.models import Comment, Connection, Event, OutboxAction
from osm.outbox.acts import asking, orders, rounds
from osm.outbox.acts import kinds as acts_kinds
from osm.outbox.acts.rounds import Ongoing
from osm.outbox.queries import count_pending
from osm.pages.acts import connecting
from osm.regulation.blacklist import CommentState, OutboxKind, OutboxState
from osm.regulation.errors import StaleVersion
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.emulators.vk import KEYS
from tests.emulators.vk_world import World

LATER = timedelta(seconds=11)


@pytest.fixture
def insult(vk, connect, office, now):
    """A comment on a connected page, heard and not yet decided."""

    def insult(*without, **given):
        connect(*without, **given)
        hearing.run(now, WHOLE)
        vk.world.write(vk.world.post("Пост"), CITIZEN, "Оскорбление")
        hearing.run(now, WHOLE)
        return db.session.scalars(select(Comment)).one()

    return insult


@pytest.fixture
def delete(office, insult, now):
    def delete(*without, **given):
        comment = insult(*without, **given)
        comments.decide(
            [Chosen(comment.id, comment.version)], Choice.DELETE, ground="insult", actor=office.anna, now=now
        )
        return comment

    return delete


def send(now):
    return rounds.run("this process", now, WHOLE)


def action():
    return db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).one()


def test_a_deletion_goes_out_after_the_undo_has_ended_and_once(vk, delete, now):
    delete()
    assert (send(now + timedelta(seconds=9)), len(vk.world.comments)) == (0, 1)
    assert (send(now + LATER), len(vk.world.comments)) == (1, 0)
    assert (send(now + LATER), sum(vk.world.effects.values())) == (0, 1)
    assert (action().state, action().settled_at) == (OutboxState.DONE, now + LATER)
    assert db.session.scalars(select(Event.action).where(Event.object_kind == "outbox_action")).all() == ["outbox_done"]


def test_undone_in_time_nothing_goes_out_and_afterwards_it_is_too_late(vk, delete, office, now):
    comment = delete()
    comments.undo(comment.id, comment.version, actor=office.anna, now=now + timedelta(seconds=5))
    assert (send(now + LATER), len(vk.world.comments)) == (0, 1)
    comments.decide([Chosen(comment.id, comment.version)], Choice.DELETE, ground="insult", actor=office.anna, now=now)
    vk.serving.trouble("wall.deleteComment", Trouble.CUT_AFTER)
    send(now + LATER)
    with pytest.raises(orders.GoneOut):  # it is not known yet whether it has happened
        comments.undo(comment.id, comment.version, actor=office.anna, now=now + LATER)


def test_undoing_a_deletion_later_restores_it_in_the_network_once(vk, delete, office, now):
    comment, then = delete(), now + timedelta(minutes=1)
    send(now + LATER)
    hearing.run(now + LATER, WHOLE)
    comments.undo(comment.id, comment.version, actor=office.anna, now=then)
    assert (send(then + timedelta(seconds=9)), len(vk.world.comments)) == (0, 0)
    vk.serving.trouble("wall.restoreComment", Trouble.CUT_AFTER)
    assert (send(then + LATER), send(then + timedelta(minutes=1))) == (0, 1)
    assert vk.world.effects == {("delete", comment.target["id"]): 1, ("restore", comment.target["id"]): 1}
    again = db.session.get_one(Comment, comment.id, populate_existing=True)
    assert (again.state, again.gone_at) == (CommentState.WAITING, None)
    comments.decide([Chosen(comment.id, again.version)], Choice.KEEP, actor=office.anna, now=then)
    assert comments.undo(comment.id, again.version, actor=office.anna, now=then).state is CommentState.WAITING


def test_deleted_again_before_it_came_back_it_stays_deleted(vk, delete, office, now):
    comment, then = delete(), now + timedelta(minutes=1)
    send(now + LATER)
    comments.undo(comment.id, comment.version, actor=office.anna, now=then)
    again = [Chosen(comment.id, comment.version)]
    comments.decide(again, Choice.DELETE, ground="insult", actor=office.anna, now=then)
    assert (send(then + LATER), vk.world.comments) == (1, {})
    kinds = select(OutboxAction.kind, OutboxAction.state).order_by(OutboxAction.id)
    assert [str(state) for _kind, state in db.session.execute(kinds)] == ["done", "cancelled", "done"]


def test_what_the_network_cannot_bring_back_is_not_undone(vk, delete, office, now):
    comment = delete()
    send(now + LATER)
    with transaction() as session:
        session.scalars(select(Connection)).one().can = ["read", "delete"]
    with pytest.raises(orders.GoneOut):
        comments.undo(comment.id, comment.version, actor=office.anna, now=now + LATER)


def test_without_the_key_a_person_deletes_and_reads_which_is_missing(vk, delete, now):
    delete("user")
    assert send(now + LATER) == 0
    assert action().for_person
    assert "Нужен ключ администратора" in action().error


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER, Trouble.SERVER_ERROR], ids=str)
def test_after_an_unclear_end_it_has_happened_once(vk, delete, now, trouble):
    delete()
    vk.serving.trouble("wall.deleteComment", trouble)
    assert send(now + LATER) == 0
    assert (action().state, action().attempts, action().leased_until) == (OutboxState.PENDING, 1, None)
    assert action().try_at > now + LATER
    assert send(now + timedelta(minutes=1)) == 1
    assert vk.world.effects == {("delete", action().comment.target["id"]): 1}


def test_killed_while_sending_it_is_left_to_the_next_process(vk, delete, now):
    delete()
    ongoing = Ongoing()
    rounds._begin(ongoing, "a process", now + LATER)
    rounds.wait([answer for _errand, answer in ongoing.busy.values()])
    # The process dies here, before it notes the result.
    assert send(now + timedelta(minutes=1)) == 0
    assert send(now + timedelta(minutes=4)) == 1
    assert sum(vk.world.effects.values()) == 1


def test_what_a_dead_process_was_sending_is_continued_at_once(vk, delete, now):
    delete()
    rounds._begin(Ongoing(), "gone:1", now + LATER)
    acts_kinds.release_of(lambda owner: owner != "gone:1")
    assert action().leased_until is not None
    acts_kinds.release_of(lambda owner: owner == "gone:1")
    assert action().leased_until is None


def test_of_two_workers_one_sends(vk, delete, now):
    delete()
    first, second = Ongoing(), Ongoing()
    assert (
        rounds._begin(first, "a process", now + LATER),
        rounds._begin(second, "a process", now + LATER),
    ) == (1, 0)
    rounds.wait([answer for _errand, answer in first.busy.values()])
    assert rounds._collect(first, now + LATER) == 1


FAILURES = {
    "closed comments": (212, "failed", False),
    "a captcha": (14, "pending", True),
    "a right that is gone": (27, "pending", True),
}


@pytest.mark.parametrize(("code", "state", "for_person"), FAILURES.values(), ids=FAILURES)
def test_what_does_not_work_is_left_to_a_person_with_the_reason(vk, delete, office, now, code, state, for_person):
    delete()
    vk.refuse["wall.deleteComment"].append(code)
    send(now + LATER)
    row = action()
    assert (row.state, row.for_person) == (OutboxState(state), for_person)
    assert "as the test asks" in row.error
    asked = len(vk.serving.asked)
    send(now + timedelta(days=1))
    assert len(vk.serving.asked) == asked
    orders.mark_done_by_hand(row.id, row.version, at=None, actor=office.anna, now=now + timedelta(days=1))
    assert action().state is OutboxState.DONE_BY_HAND


def test_after_a_look_it_is_tried_again(vk, delete, office, now):
    delete()
    vk.refuse["wall.deleteComment"].append(212)
    send(now + LATER)
    row = action()
    orders.try_again(row.id, row.version, actor=office.anna, now=now)
    with pytest.raises(StaleVersion):
        orders.try_again(row.id, row.version, actor=office.anna, now=now)
    assert send(now + LATER) == 1


def test_a_right_that_is_lost_makes_this_act_manual_and_no_other(vk, delete, now):
    delete()
    vk.refuse["wall.deleteComment"].append(27)
    send(now + LATER)
    connection = db.session.scalars(select(Connection)).one()
    assert "delete" not in connection.can
    assert {"ban", "read"} <= set(connection.can)


def test_flood_control_parks_the_page(vk, delete, now):
    delete()
    vk.refuse["wall.deleteComment"].append(9)
    send(now + LATER)
    page = db.session.scalars(select(Connection)).one()
    assert page.acts_rest_until >= now + timedelta(minutes=10)
    vk.world.write(next(iter(vk.world.posts)), CITIZEN, "Ещё")
    assert hearing.run(now + LATER, WHOLE) == 1, "it is read meanwhile"
    assert (send(now + timedelta(minutes=5)), send(now + timedelta(minutes=15))) == (0, 1)
    assert (page.acts_rest_until, page.acts_said) == (None, "")


@pytest.mark.parametrize("asked", [9, 29, Trouble.LATER], ids=str)
def test_anothers_success_does_not_end_a_pause_that_the_network_asked_for(vk, delete, now, asked):
    comment, when = delete(), now + LATER
    stands = vk.world.write(next(iter(vk.world.posts)), CITIZEN, "Стоит")
    with transaction() as session:
        about = {"network": "vk", "comment_id": None, "not_before": when, "created_at": now, "idempotency_key": "one"}
        target = {**comment.target, "id": str(stands)}
        session.add(OutboxAction(kind=OutboxKind.RESTORE, account_id=comment.account_id, target=target, **about))
    if isinstance(asked, Trouble):
        vk.serving.trouble("wall.deleteComment", asked)
    else:
        vk.refuse["wall.deleteComment"].append(asked)
    assert rounds.run("this process", when, Pace(seconds=1)) == 2
    rounds.wait([answer for _errand, answer in rounds._ongoing.busy.values()])
    assert rounds.run("this process", when, Pace(seconds=1)) == 1
    page = db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()
    assert page.acts_rest_until >= when + timedelta(minutes=10)
    assert (send(when + timedelta(minutes=5)), page.acts_failed) == (0, 0)
    assert send(page.acts_rest_until + timedelta(hours=1)) == 1
    assert page.acts_rest_until is None


def test_a_process_that_stops_begins_nothing_that_waits_for_its_turn(vk, delete, now, monkeypatch):
    delete()
    turn = Turn()
    monkeypatch.setattr(asking, "wait_turn_of", lambda *_: lambda *_: turn.wait(20))
    assert rounds.run("this process", now + LATER, Pace(seconds=1)) == 1
    Timer(0.2, turn.set).start()
    rounds.stop(now + LATER)
    assert (len(vk.world.comments), action().lease_token) == (1, "")
    assert (send(now + 9 * LATER), len(vk.world.comments)) == (1, 0)


def delete_on_second_page(vk, office, now, first):
    """Connect another page, where a comment is to be deleted too; return its world."""
    world = World(group=200000002, now=vk.world.now, people=vk.world.people)
    connecting.connect_page("vk", "200000002", vk.add(world), actor=office.anna, now=now)
    hearing.run(now, WHOLE)
    world.write(world.post("Пост"), CITIZEN, "Оскорбление")
    hearing.run(now, WHOLE)
    second = db.session.scalars(select(Comment).where(Comment.id != first.id)).one()
    comments.decide([Chosen(second.id, second.version)], Choice.DELETE, ground="insult", actor=office.anna, now=now)
    return world


def test_a_page_failing_in_a_row_rests_and_others_continue(app, vk, delete, office, now, dina):
    comment, when = delete(), now + LATER
    vk.serving.trouble("wall.deleteComment", *[Trouble.SERVER_ERROR] * orders.IN_A_ROW)
    for _ in range(orders.IN_A_ROW):
        send(when)
        when += timedelta(minutes=3)
    page = db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()
    assert (page.acts_failed, page.acts_rest_until > when - timedelta(minutes=3)) == (orders.IN_A_ROW, True)
    world = delete_on_second_page(vk, office, now, comment)
    with transaction():
        page.acts_rest_until = when + timedelta(hours=1)
    assert (send(when), len(vk.world.comments), len(world.comments)) == (1, 1, 0)
    assert "Отправка отдыхает до" in dina.get(f"/admin/pages/{comment.account_id}").text


def test_a_page_that_hangs_takes_a_few_places_and_leaves_the_others(vk, insult, now):
    comment = insult()
    with transaction() as session:
        for number in range(rounds.MOST_OF_PAGE + 2):
            about = {"network": "vk", "author_id": None, "comment_id": None, "not_before": now, "created_at": now}
            target = {"kind": "comment", "id": str(number), "place": "1", "owner": str(vk.world.owner)}
            given = {"account_id": comment.account_id, "target": target, "idempotency_key": f"restore:{number}"}
            session.add(OutboxAction(kind=OutboxKind.RESTORE, **{**about, **given}))
    ongoing = Ongoing()
    vk.serving.trouble("wall.restoreComment", *[Trouble.SILENT] * 9)
    rounds._begin(ongoing, "a process", now)
    assert len(ongoing.busy) == rounds.MOST_OF_PAGE
    assert rounds._begin(ongoing, "a process", now) == 0


@pytest.mark.parametrize("given", [{"moderate": "hand"}, {"without": ["user"]}], ids=["by hand", "no key"])
def test_without_a_key_or_by_hand_it_waits_for_a_person(vk, delete, now, given):
    asked = dict(given)  # the same on each database
    delete(*asked.pop("without", []), **asked)
    send(now + LATER)
    assert (action().state, len(vk.world.comments)) == (OutboxState.PENDING, 1)


def test_a_copy_sends_nothing_and_open_acts_wait_even_when_switched_on(vk, delete, office, now):
    comment = delete()
    renew_installation()
    assert send(now + LATER) == 0
    connecting.switch(comment.account_id, 1, on=True, actor=office.anna, now=now + LATER)
    assert send(now + timedelta(days=1)) == 0
    assert (len(vk.world.comments), action().for_person) == (1, True)


def test_switching_a_page_off_leaves_open_acts_to_people_unlike_new_keys(vk, delete, office, now):
    comment = delete()
    connecting.replace_keys(comment.account_id, 1, {"user": KEYS["user"]}, actor=office.anna, now=now)
    assert not action().for_person
    connecting.switch(comment.account_id, 2, on=False, actor=office.anna, now=now)
    assert action().for_person
    orders.try_again(action().id, action().version, actor=office.anna, now=now)
    connecting.switch(comment.account_id, 3, on=True, actor=office.anna, now=now)
    assert send(now + LATER) == 1


def test_what_the_network_refused_can_be_undone_here(vk, delete, office, now):
    comment = delete()
    vk.refuse["wall.deleteComment"].append(212)
    send(now + LATER)
    undone = comments.undo(comment.id, comment.version, actor=office.anna, now=now + LATER)
    assert (undone.state, action().state) == (CommentState.WAITING, OutboxState.CANCELLED)


def test_a_ban_and_its_end_reach_the_network_in_their_order(vk, insult, now):
    comment = insult()
    with transaction() as session:
        for number, kind in enumerate((OutboxKind.BAN, OutboxKind.UNBAN)):
            session.add(
                OutboxAction(
                    kind=kind,
                    network="vk",
                    author_id=comment.author_id,
                    ban_until=now + timedelta(days=30),
                    not_before=now,
                    created_at=now,
                    idempotency_key=f"{kind}:{number}",
                )
            )
    vk.serving.trouble("groups.ban", Trouble.CUT_AFTER)
    assert send(now) == 0
    assert set(vk.world.bans) == {CITIZEN}
    assert send(now + timedelta(minutes=1)) == 2
    assert vk.world.bans == {}
    assert vk.world.effects == {("ban", str(CITIZEN)): 1, ("unban", str(CITIZEN)): 1}


def test_a_ban_is_peoples_work_only_once_its_page_is_switched_off(vk, insult, office, now):
    comment = insult()
    about = {"network": "vk", "author_id": comment.author_id, "not_before": now, "created_at": now}
    with transaction() as session:
        session.add(OutboxAction(kind=OutboxKind.BAN, idempotency_key="ban", **about))
    assert count_pending() == 0
    connecting.switch(comment.account_id, 1, on=False, actor=office.anna, now=now)
    assert (action().for_person, count_pending()) == (True, 1)


@pytest.fixture
def spam(ok, group, office, now):
    """Spam in OK; its deletion and a ban of its author are ordered."""
    ok.world.write(ok.world.post("Пост"), str(CITIZEN), "Заработок")
    hearing.run(now + timedelta(minutes=1), WHOLE)
    (comment,) = db.session.scalars(select(Comment))
    with transaction() as session:
        for kind, number in ((OutboxKind.BAN, None), (OutboxKind.DELETE, comment.id)):
            session.add(
                OutboxAction(
                    kind=kind,
                    network="ok",
                    comment_id=number,
                    author_id=comment.author_id,
                    not_before=now,
                    created_at=now,
                    idempotency_key=f"{kind}:1",
                )
            )
    return comment


def states():
    rows = select(OutboxAction).order_by(OutboxAction.id).execution_options(populate_existing=True)
    return [(row.state, row.for_person) for row in db.session.scalars(rows)]


def test_where_bans_exist_only_with_a_deletion_one_call_does_both(ok, spam, now):
    assert send(now + LATER) == 2
    assert states() == [(OutboxState.DONE, False)] * 2
    assert ok.world.effects == {("delete", spam.target["id"]): 1, ("ban", str(CITIZEN)): 1}


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_both_have_happened_once_after_an_unclear_end(ok, spam, now, trouble):
    ok.serving.trouble("discussions.deleteDiscussionComment", trouble)
    assert send(now + LATER) == 0
    assert states() == [(OutboxState.PENDING, True), (OutboxState.PENDING, False)]
    assert send(now + timedelta(minutes=1)) == 2
    assert ok.world.effects == {("delete", spam.target["id"]): 1, ("ban", str(CITIZEN)): 1}


def test_if_the_comment_is_already_gone_a_person_bans_the_author(ok, spam, now):
    ok.world.delete(spam.target["place"], spam.target["id"])
    assert send(now + LATER) == 1
    assert states() == [(OutboxState.PENDING, True), (OutboxState.DONE, False)]
    assert ok.world.banned == set()
    ban = db.session.scalars(select(OutboxAction).where(OutboxAction.kind == OutboxKind.BAN)).one()
    assert "заблокируйте на сайте" in ban.error


def test_a_missing_right_in_ok_makes_the_act_manual_and_says_so(ok, spam, now):
    ok.lost.add("discussions.deleteDiscussionComment")
    send(now + LATER)
    assert states() == [(OutboxState.PENDING, True)] * 2
    (page,) = db.session.scalars(select(Connection))
    assert ("delete" in page.can, "reply" in page.can) == (False, True)
    assert "api-support@ok.ru" in page.said
