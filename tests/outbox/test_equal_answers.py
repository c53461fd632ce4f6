"""Common answers share their text: each act finds its own in every network and thread, also after cut connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Comment, Message, OutboxAction, Reply
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import Status
from tests.by_day import by_day
from tests.connections.conftest import CITIZEN
from tests.emulators import instagram as instagram_emulator
from tests.emulators import ok as ok_emulator
from tests.emulators.serving import Trouble
from tests.emulators.vk import KEYS
from tests.office import OVERRIDE, at

HEARD, SENT = at("17.03 09:00"), at("17.03 12:02")
TEXT = "Здравствуйте! Мусор вывезет управляющая компания «Уют» 18 марта."


@dataclass
class There:
    """One network: `write(text, under)`; `answers()` gives our answers with what the network says they answer."""

    write: Callable[[str, str], str]
    answers: Callable[[], list[tuple[str, str]]]
    serving: object
    writes: Callable[[object], bool]
    says_what_is_answered: bool = True


@pytest.fixture(params=["vk", "ok", "instagram"])
def there(request, office):
    network = request.param
    world = request.getfixturevalue(network)
    found, page, keys = _networks[network](world)
    connect_page(network, page, keys, publish="auto", has_read=True, actor=office.anna, now=at("17.03 08:00"))
    hearing.run(HEARD, WHOLE)
    return found


def _vk(vk):
    post, world = vk.world.post("Пост"), vk.world
    world.honours_guid = False  # VK promises nothing of a repeated guid

    def answers():
        own = [one for one in world.comments.values() if one["from_id"] == world.owner]
        return [(str(one["id"]), str(one["reply_to_comment"])) for one in own]

    def write(text, under=""):
        return str(world.write(post, CITIZEN, text, int(under or 0) or None))

    return There(write, answers, vk.serving, lambda asked: "createComment" in asked.path), str(world.group), KEYS


def _ok(ok):
    world = ok.world
    topic = world.post("Пост")

    def answers():
        own = [one for one in world.comments[topic] if one["author_id"] == world.group]
        return [(one["id"], one["reply_to_comment_id"]) for one in own]

    def write(text, under=""):
        return world.write(topic, str(CITIZEN), text, under)

    there = There(write, answers, ok.serving, lambda asked: "addDiscussionComment" in asked.query.get("method", ""))
    return there, world.group, ok_emulator.KEYS


def _instagram(instagram):
    media = instagram.post("Пост")

    def answers():
        own = [one for one in instagram.comments.values() if one["author"] == instagram_emulator.PAGE]
        return [(one["id"], one["parent"]) for one in own]

    def write(text, under=""):
        return instagram.write(media, "1784", "anna", text, under)

    writes = lambda asked: asked.verb == "POST" and asked.path.endswith("/replies")  # noqa: E731
    there = There(write, answers, instagram.serving, writes, says_what_is_answered=False)
    return there, instagram_emulator.PAGE, instagram_emulator.KEYS


_networks = {"vk": _vk, "ok": _ok, "instagram": _instagram}


@pytest.fixture
def two(there, office):
    """Two approved answers of one text: to comments under one post, or one of them answering the other."""

    def two(place):
        first = there.write("Когда вывезут мусор?")
        asked = [first, there.write("И у нас не вывезли", first if place == "thread" else "")]
        hearing.run(HEARD + timedelta(minutes=5), WHOLE)
        return asked, [_approved(office, number) for number in asked]

    return two


def _approved(office, number, when="17.03 12:00"):
    comment = db.session.scalars(select(Comment).where(Comment.external_id.endswith(f"_{number}"))).one()
    message = office.routed("17.03 09:10", "17.03 09:20")
    with transaction():
        comment.message_id = message.id
        db.session.get_one(Message, message.id).network = comment.network
    message = db.session.get_one(Message, message.id, populate_existing=True)
    office.submitted(message, "17.03 11:00", TEXT)
    draft = message.replies[-1].drafts[-1]

    def act():
        return approval.approve_draft(
            message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=office.anna, now=at(when)
        )

    ordering.approve_and_order(act, message.id, actor=office.anna, now=at(when))
    return message.id


def cut(there, *troubles):
    """The faults of the first answers that are written, in order; None: no fault."""
    left = list(troubles)
    there.serving.always = lambda asked: left.pop(0) if there.writes(asked) and left else None


def send(now):
    return rounds.run("this process", now, WHOLE)


def acts():
    rows = select(OutboxAction).order_by(OutboxAction.id).execution_options(populate_existing=True)
    return db.session.scalars(rows).all()


BEFORE, AFTER = Trouble.CUT_BEFORE, Trouble.CUT_AFTER
CUTS = [(None, None), (BEFORE, None), (AFTER, None), (None, BEFORE), (None, AFTER)]
CUTS += [(BEFORE, BEFORE), (AFTER, AFTER), (BEFORE, AFTER), (AFTER, BEFORE)]


def check_answers(there, asked, messages):
    """Each comment has its answer once, and the register has exactly this answer."""
    answers = dict(there.answers())
    assert len(answers) == 2
    links = {}
    for number, message_id in zip(asked, messages, strict=True):
        message = db.session.get_one(Message, message_id, populate_existing=True)
        assert message.status is Status.ANSWERED
        (action,) = [one for one in acts() if one.message_id == message_id]
        assert action.state is OutboxState.DONE
        links[message.replies[0].published_url] = action.placed["id"]
        if there.says_what_is_answered:
            assert answers[action.placed["id"]] == number
    assert set(links.values()) == set(answers)


@pytest.mark.parametrize("cuts", by_day(CUTS, 3), ids=[f"{one}-{other}" for one, other in CUTS])
@pytest.mark.parametrize("place", ["post", "thread"])
def test_each_author_is_answered_once_despite_any_cuts(there, two, place, cuts):
    asked, messages = two(place)
    cut(there, *cuts)
    for minute in range(6):
        send(SENT + timedelta(minutes=minute))
    check_answers(there, asked, messages)


@pytest.mark.parametrize("cuts", [(AFTER, BEFORE), (BEFORE, AFTER)], ids=["after-before", "before-after"])
def test_two_looked_for_at_one_moment_do_not_get_the_same_one(there, two, cuts):
    """Both look before either has finished."""
    asked, messages = two("thread")
    cut(there, *cuts)
    send(SENT)
    later = SENT + timedelta(minutes=1)
    ongoing = rounds.Ongoing()
    assert rounds._begin(ongoing, "this process", later) == 2 or there.says_what_is_answered
    rounds.wait([answer for _errand, answer in ongoing.busy.values()])
    rounds._collect(ongoing, later)
    for minute in range(2, 6):
        send(SENT + timedelta(minutes=minute))
    check_answers(there, asked, messages)


def lose_one(there):
    """One of the two answers was placed, but its act does not know this and is left to a person. Return that act."""
    cut(there, AFTER)
    send(SENT)
    (lost,) = [one for one in acts() if one.state is OutboxState.PENDING]
    with transaction():
        lost.for_person = True
    return lost


def test_ordered_again_it_is_looked_for_and_another_ones_link_is_refused(there, two, office):
    asked, messages = two("thread")
    first = lose_one(there)
    message = db.session.get_one(Message, first.message_id, populate_existing=True)
    ordering.stop(message.id, message.version, actor=office.anna, now=SENT)
    message = db.session.get_one(Message, first.message_id, populate_existing=True)
    ordering.order(message.id, message.version, actor=office.anna, now=SENT)
    send(SENT + timedelta(minutes=5))
    with transaction():
        db.session.delete(db.session.get_one(OutboxAction, first.id))
    check_answers(there, asked, messages)


def test_a_link_that_a_person_has_entered_is_no_other_acts(there, two, office):
    asked, _messages = two("thread")
    lost = lose_one(there)
    stands = set(dict(there.answers())) - {one.placed["id"] for one in acts() if one.placed}
    message = db.session.get_one(Message, lost.message_id, populate_existing=True)
    url = next(one.published_url for one in _replies() if one.published_url).replace(
        next(one.placed["id"] for one in acts() if one.placed), stands.pop()
    )
    publication.publish_by_hand(message.id, message.version, url=url, published_at=None, actor=office.anna, now=SENT)
    third = there.write("А у нас?", asked[0])
    hearing.run(SENT + timedelta(minutes=5), WHOLE)
    number = _approved(office, third, "17.03 12:10")
    cut(there, BEFORE)
    for minute in range(10, 16):
        send(SENT + timedelta(minutes=minute))
    assert len(there.answers()) == 3
    (action,) = [one for one in acts() if one.message_id == number]
    assert (action.state, action.placed["id"] in url) == (OutboxState.DONE, False)


def _replies():
    return db.session.scalars(select(Reply).order_by(Reply.id).execution_options(populate_existing=True)).all()
