"""A message of «Инцидент Менеджмент» is answered where its link leads, on our page or a foreign one."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.answers.acts.ordering import NotByItself
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Connection, Message, OutboxAction
from osm.networks.pages import coded_comment, comment_at
from osm.outbox.acts import rounds
from osm.pages.acts import connecting
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import Status
from osm.threads.acts import link_key
from tests.connections.conftest import CITIZEN
from tests.emulators.instagram import KEYS as INSTAGRAM_KEYS
from tests.emulators.instagram import PAGE as INSTAGRAM_PAGE
from tests.emulators.ok import KEYS as OK_KEYS
from tests.emulators.serving import Trouble
from tests.emulators.vk_world import World
from tests.office import at

APPROVED, SENT = at("17.03 12:00"), at("17.03 12:02")
ASKED, TEXT = "Когда вывезут мусор?", "Здравствуйте! Мусор вывезут 18 марта."
FOREIGN = 200000777

ADDRESSES = {
    "https://vk.com/wall-77_5?reply=9": ("77", "comment", "5", "9", ""),
    "https://m.vk.com/wall-77_5?reply=9&thread=7": ("77", "comment", "5", "9", "7"),
    "vk.com/wall-77_5_r9": ("77", "comment", "5", "9", ""),
    "https://vk.ru/feed?w=wall-77_5_r9": ("77", "comment", "5", "9", ""),
    "https://vk.com/club77?w=wall-77_5&reply=9": ("77", "comment", "5", "9", ""),
    "https://vk.com/topic-77_5?post=9": ("77", "discussion", "5", "9", ""),
    "https://ok.ru/group/55/topic/66?comment=abc%3A1": ("55", "comment", "66", "abc:1", ""),
    "https://m.ok.ru/group/55/album/photo/66?reply=9": ("55", "photo_comment", "66", "9", ""),
    "https://ok.ru/Nash.Gorod/topic/66?comment=9": ("nash.gorod", "comment", "66", "9", ""),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_every_form_of_an_address_names_its_comment(url):
    found = comment_at(url)
    assert (found.page, found.kind, found.place, found.id, found.thread) == ADDRESSES[url]


@pytest.mark.parametrize("url", ["", "https://vk.com/wall-77_5", "https://vk.com/wall77_5?reply=9", "https://t.me/a/1"])
def test_what_names_no_comment_of_a_community_is_left_to_people(url):
    assert comment_at(url) is None


@pytest.fixture
def approved(vk, connect, office):
    """A message that came with a link; its answer is approved. `world`: the community with the wall of the link."""

    def approved(world=None, *without, text=ASKED, thread=False):
        connect(*without, when=at("17.03 08:00"))
        world = world or vk.world
        post = world.post("Пост")
        top = world.write(post, CITIZEN, "Первый") if thread else None
        number = world.write(post, CITIZEN, ASKED, top)
        message = office.routed("17.03 09:00", "17.03 09:10")
        with transaction():
            message = db.session.get_one(Message, message.id)
            message.url, message.text = f"https://vk.com/wall{world.owner}_{post}?reply={number}", text
        office.submitted(message, "17.03 11:00", TEXT)
        office.approved(message, "17.03 12:00")
        return message

    return approved


def order(message, office):
    fresh = db.session.get_one(Message, message.id, populate_existing=True)
    return ordering.order(message.id, fresh.version, actor=office.anna, now=APPROVED)


def send(now=SENT):
    return rounds.run("this process", now, WHOLE)


def answers(world):
    return [one for one in world.comments.values() if one["from_id"] == -200000001]


@pytest.mark.parametrize("thread", [False, True], ids=["of its own", "in a thread"])
@pytest.mark.parametrize("trouble", [None, Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_it_is_answered_under_the_comment_once_although_it_was_never_heard(vk, office, approved, thread, trouble):
    message = approved(thread=thread, text=ASKED[:12])  # the export cuts long texts
    order(message, office)
    if trouble:
        vk.serving.trouble("wall.createComment", trouble)
        send()
    vk.world.guids.clear()
    assert send(at("17.03 12:10")) == 1
    (answer,) = answers(vk.world)
    asked = next(one for one in vk.world.comments.values() if one["text"] == ASKED)
    assert (answer["text"], answer["reply_to_comment"]) == (TEXT, asked["id"])
    assert db.session.get_one(Message, message.id, populate_existing=True).status is Status.ANSWERED


def test_what_was_heard_of_it_is_used(vk, office, approved):
    message = approved()
    hearing.run(at("17.03 09:00"), WHOLE)
    assert order(message, office).comment_id is None
    vk.world.write(next(iter(vk.world.posts)), CITIZEN, "Ещё")
    hearing.run(at("17.03 09:00"), WHOLE)
    assert (send(), len(answers(vk.world))) == (1, 1)


@pytest.fixture
def foreign(vk):
    world = World(group=FOREIGN, now=vk.world.now)
    world.people = vk.world.people
    vk.add(world)
    return world


def allow(elsewhere):
    row = db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()
    connecting.arrange(
        row.account_id, row.version, publish="ask", moderate="auto", elsewhere=elsewhere, actor=None, now=APPROVED
    )


def test_into_a_foreign_community_only_where_the_setting_says_so(vk, foreign, office, approved):
    message = approved(foreign)
    with pytest.raises(NotByItself):
        order(message, office)
    allow(True)
    order(message, office)
    assert (send(), [one["text"] for one in answers(foreign)]) == (1, [TEXT])


@pytest.mark.parametrize("why", ["closed", 15, 27])
def test_refused_there_it_waits_for_a_person_and_our_page_continues(vk, foreign, office, approved, why):
    message = approved(foreign)
    allow(True)
    order(message, office)
    if why == "closed":
        foreign.closed.update(foreign.posts)
    else:
        vk.refuse["wall.createComment"].append(why)
    assert send() == 0
    row = db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).one()
    assert row.state is OutboxState.FAILED
    assert "reply" in db.session.scalars(select(Connection).execution_options(populate_existing=True)).one().can


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.instagram.com/p/B-1_x/?comment_id=9", ("instagram", "B-1_x", "9")),
        ("https://www.instagram.com/p/B-1_x/c/9/", ("instagram", "B-1_x", "9")),
        ("https://instagram.com/gorod/reel/B-1_x/c/8/r/9/?igsh=1", ("instagram", "B-1_x", "9")),
        ("https://www.instagram.com/p/B-1_x/", None),
        ("https://www.instagram.com/gorod/", None),
        ("https://vk.com/p/B-1_x/c/9/", None),
    ],
)
def test_addresses_of_instagram_name_the_post_by_its_code(url, found):
    assert coded_comment(url) == found


def linked(office, url):
    """A message that came by this link, its answer approved."""
    message = office.routed("17.03 09:00", "17.03 09:10")
    with transaction():
        message = db.session.get_one(Message, message.id)
        message.url, message.text = url, ASKED
    office.submitted(message, "17.03 11:00", TEXT)
    office.approved(message, "17.03 12:00")
    return message


@pytest.mark.parametrize("learned", ["when connected", "when checked"])
def test_a_group_of_ok_is_known_by_the_name_in_its_address(ok, office, learned):
    if learned == "when connected":
        ok.world.profile["shortname"] = "Nash.Gorod"
    group = connecting.connect_page("ok", ok.world.group, OK_KEYS, actor=office.anna, now=at("17.03 08:00")).account_id
    topic = ok.world.post("Пост")
    asked = ok.world.write(topic, str(CITIZEN), ASKED)
    message = linked(office, f"https://ok.ru/nash.gorod/topic/{topic}?comment={quote(asked, safe='')}")
    if learned == "when checked":
        with pytest.raises(NotByItself):
            order(message, office)
        ok.world.profile["shortname"] = "nash.gorod"
        connecting.check_page(group, now=at("17.03 11:30"))
    order(message, office)
    assert send() == 1
    (answer,) = [one for one in ok.world.comments[topic] if one["author_id"] == ok.world.group]
    assert (answer["text"], answer["reply_to_comment_id"]) == (TEXT, asked)


def test_two_links_of_one_comment_of_ok_are_the_same():
    by_number, by_name = (f"https://ok.ru/{page}/topic/66?comment=9" for page in ("group/55", "gorod"))
    assert link_key(by_number) == link_key(by_name)


@pytest.mark.parametrize("form", ["{}c/{}/", "{}?comment_id={}"])
def test_a_link_of_instagram_leads_to_the_comment_that_was_heard(instagram, office, form):
    given = {"has_read": True, "actor": office.anna, "now": at("17.03 08:00")}
    connecting.connect_page("instagram", INSTAGRAM_PAGE, INSTAGRAM_KEYS, **given)
    hearing.run(at("17.03 08:00"), WHOLE)
    media = instagram.post("Пост")
    for text in ("Первый", ASKED):
        asked = instagram.write(media, "100500", "anna", text)
    message = linked(office, form.format(instagram._permalink(media), asked))
    with pytest.raises(NotByItself):
        order(message, office)
    hearing.run(at("17.03 08:02"), WHOLE)
    order(message, office)
    assert send() == 1
    (answer,) = [one for one in instagram.comments.values() if one["text"] == TEXT]
    assert answer["parent"] == asked
