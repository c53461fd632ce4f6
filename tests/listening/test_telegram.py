"""A channel of Telegram in the queue: the ground of the office, one bot for one page, what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.comments.acts import comments, deletions
from osm.comments.acts.comments import Choice, Chosen
from osm.files.acts.files import sha256_of
from osm.files.queries import of_comments
from osm.listening.acts import hearing
from osm.models import Author, Comment, Connection, Event, OutboxAction, ThreadOffer
from osm.outbox.acts import orders, rounds
from osm.pages.acts import connecting
from osm.plan.acts import planning, posting
from osm.regulation.blacklist import OutboxState
from osm.regulation.errors import MissingInput
from tests.connectors.networks import TELEGRAM_PAGE
from tests.desk import NOW
from tests.emulators.serving import Trouble
from tests.emulators.telegram import CHANNEL, GROUP, KEYS, TOKEN, Bot, telegram_network
from tests.pictures import picture
from tests.worker.killing import schedule
from tests.worker.test_outbox_killed import answered

GROUND = "Распоряжение от 01.11.2026 № 12"
SIZES = {"small": 90, "large": 1280}
OTHER = Bot("7000002:other", CHANNEL - 1, GROUP - 1, "selo")


@pytest.fixture
def world(app, desk):
    with telegram_network(limits=False, bots={TOKEN: Bot(), OTHER.token: replace(OTHER)}) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"telegram": found.base})
        yield found
        app.extensions["osm"].settings = kept


def connect(desk, page=TELEGRAM_PAGE, keys=KEYS, ground=GROUND, now=NOW):
    given = {"ground": ground, "publish": "auto", "actor": desk.anna, "now": now}
    return connecting.connect_page("telegram", page, keys, **given).account_id


def listen(now=NOW):
    db.session.rollback()
    hearing.run(now, WHOLE)


def act():
    db.session.rollback()
    return db.session.scalars(select(OutboxAction)).one()


def test_a_page_is_connected_with_a_ground_that_is_logged(world, desk):
    with pytest.raises(MissingInput, match="41-ФЗ") as refused:
        connect(desk, ground=" ")
    assert refused.value.field == "ground"
    assert db.session.scalars(select(Connection)).all() == []
    connect(desk)
    assert db.session.scalars(select(Connection)).one().ground == GROUND
    (event,) = db.session.scalars(select(Event).where(Event.action == "connect_page"))
    assert event.changes["network_ground"] == [None, GROUND]


def test_the_network_is_asked_through_the_proxy_of_the_settings(app, world, desk):
    settings = app.extensions["osm"].settings
    away = {"telegram": "http://api.telegram.invalid"}
    app.extensions["osm"].settings = replace(settings, network_urls=away, networks_proxy=world.base)
    connect(desk)
    assert db.session.scalars(select(Connection)).one().whose == {"access_token": "@gorod_bot"}


def test_one_bot_reads_one_page(world, desk):
    first = connect(desk)
    with pytest.raises(MissingInput, match="уже читает") as refused:
        connect(desk, "1700000002", KEYS)
    assert refused.value.field == "keys"
    second = connect(desk, "1700000002", {"access_token": OTHER.token})
    with pytest.raises(MissingInput, match="уже читает"):
        connecting.replace_keys(second, 1, KEYS, actor=desk.anna, now=NOW)
    assert connect(desk) == first


@pytest.fixture
def ordered(world, desk):
    """An approved answer to a comment that was heard."""
    thread = world.post("График вывоза мусора")
    connect(desk, now=NOW - timedelta(hours=1))
    listen()
    world.write(thread, 100500, "Анна Тестова", "Когда вывезут?")
    listen()
    comment = db.session.scalars(select(Comment)).one()
    message = answered(comment, desk)
    ordering.order(message.id, message.version, actor=desk.anna, now=NOW - ordering.UNDO)
    return message.id


def test_a_clear_refusal_is_tried_again_by_the_program(world, desk, ordered):
    world.refuse.append((429, "Too Many Requests: retry after 7"))
    rounds.run("this process", NOW, WHOLE)
    assert (act().state, act().for_person, act().sent_at) == (OutboxState.PENDING, False, None)
    rounds.run("this process", NOW + timedelta(minutes=5), WHOLE)
    assert act().state is OutboxState.DONE
    assert sum(world.effects.values()) == 1


def test_what_the_author_writes_under_our_answer_is_offered_to_his_message(world, desk, ordered):
    rounds.run("this process", NOW, WHOLE)
    answer = int(act().placed["id"].partition("/")[2])
    world.write(1, 100500, "Анна Тестова", "Так и не вывезли", answer)
    listen()
    (offer,) = db.session.scalars(select(ThreadOffer))
    assert (offer.message_id, offer.own_id) == (ordered, None)


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER, Trouble.SERVER_ERROR], ids=str)
def test_an_unclear_end_waits_for_a_person_who_may_repeat_it(world, desk, ordered, trouble):
    world.serving.always = lambda _asked: trouble
    rounds.run("this process", NOW, WHOLE)
    world.serving.always = lambda _asked: None
    done = sum(world.effects.values())
    rounds.run("this process", NOW + timedelta(minutes=5), WHOLE)
    assert (act().state, act().for_person) == (OutboxState.PENDING, True)
    assert "посмотрите" in act().error
    assert sum(world.effects.values()) == done
    one = act()
    orders.try_again(one.id, one.version, message_id=ordered, actor=desk.anna, now=NOW)
    rounds.run("this process", NOW + timedelta(minutes=6), WHOLE)
    assert act().state is OutboxState.DONE
    assert sum(world.effects.values()) == done + 1


def test_a_post_with_an_unclear_end_waits_and_is_posted_when_a_person_says_so(world, desk):
    schedule("Каток открыт", connect(desk, now=NOW - timedelta(hours=1)), desk, NOW)
    later = NOW + timedelta(minutes=2)
    posting.run_posts(later)
    world.serving.trouble("sendPhoto", Trouble.CUT_BEFORE)
    for minutes in (0, 5):
        rounds.run("this process", later + timedelta(minutes=minutes), WHOLE)
    assert (act().state, act().for_person, world.texts(CHANNEL)) == (OutboxState.PENDING, True, [])
    row = act().placement.publication
    planning.try_again(row.id, row.version, actor=desk.anna, now=later)
    rounds.run("this process", later + timedelta(minutes=6), WHOLE)
    assert (act().state, world.texts(CHANNEL)) == (OutboxState.DONE, ["Каток открыт"])


def test_the_photos_of_a_comment_are_kept_before_it_is_deleted(world, desk):
    thread = world.post("График вывоза мусора")
    connect(desk, now=NOW - timedelta(hours=1))
    listen()
    world.files = {"large": picture()}
    sizes = [{"file_id": name, "file_unique_id": name, "width": at, "height": at} for name, at in SIZES.items()]
    number = world.write(thread, 100500, "Анна Тестова", "", caption="Смотрите", photo=sizes)
    listen()
    row = db.session.scalars(select(Comment)).one()
    assert (row.text, row.pictures, [one["kind"] for one in row.things]) == ("Смотрите", ["large"], ["photo"])
    comments.decide([Chosen(row.id, row.version)], Choice.DELETE, ground="insult", actor=desk.vera, now=NOW)
    later = NOW + deletions.UNDO
    rounds.run("this process", later, WHOLE)
    assert (GROUP, number) in world.messages, "the deletion waits for the photo"
    assert deletions.keep_pictures(later, WHOLE) == 1
    rounds.run("this process", later, WHOLE)
    assert (GROUP, number) not in world.messages
    assert [one.sha256 for one in of_comments([row.id])[row.id]] == [sha256_of(picture())]


def test_an_author_is_the_same_whatever_he_is_called(world, desk):
    """One known from a file is met again by his address; a name that was given up is another's."""
    thread = world.post("График вывоза мусора")
    connect(desk, now=NOW - timedelta(hours=1))
    listen()
    with transaction() as session:
        session.add(Author(network="telegram", name="Анна Ким", profile_url="https://t.me/anna_kim"))
    for number, called in ((100500, "anna_kim"), (100500, "anna_lesoz"), (100501, "anna_kim")):
        sender = {"id": number, "is_bot": False, "first_name": "Анна", "username": called}
        world.write(thread, number, "Анна", "Когда вывезут?", **{"from": sender})
        listen()
    first, second = db.session.scalars(select(Author).order_by(Author.id)).all()
    assert [first.profile_url, second.profile_url] == ["https://t.me/anna_lesoz", "https://t.me/anna_kim"]
    written = db.session.scalars(select(Comment.author_id).order_by(Comment.id)).all()
    assert written == [first.id, first.id, second.id]
