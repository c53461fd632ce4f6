"""Pictures of a comment are links; before we delete it they are stored, but only from the network's own hosts."""

from __future__ import annotations

from concurrent.futures import wait
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, Pace
from osm.comments.acts import comments, deletions
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.acts.deletions import Fetching
from osm.files.acts.files import sha256_of, stored_path
from osm.files.queries import of_comments
from osm.listening.acts import hearing
from osm.models import Comment, Event, OutboxAction
from osm.outbox.acts import rounds
from osm.regulation.blacklist import OutboxState
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.waiting import PATIENCE_S

LATER = timedelta(seconds=11)


def png():
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def account(vk, connect, now):
    number = connect()
    hearing.run(now, WHOLE)
    return number


@pytest.fixture
def write(vk, account, office, now):
    """A comment with pictures at these addresses; it is heard and ordered to be deleted."""

    def write(*urls):
        photos = [
            {"type": "photo", "photo": {
                "id": number, "owner_id": CITIZEN, "album_id": 1, "date": 1, "has_tags": False,
                "sizes": [{"type": "x", "url": url, "width": 8, "height": 8}],
            }}
            for number, url in enumerate(urls, 1)
        ]  # fmt: skip
        vk.world.write(vk.world.post("Пост"), CITIZEN, "Смотрите", attachments=photos)
        hearing.run(now, WHOLE)
        row = db.session.scalars(select(Comment)).one()
        chosen = [Chosen(row.id, row.version)]
        comments.decide(chosen, Choice.DELETE, ground="insult", actor=office.vera, now=now)
        return row.id

    return write


def kept(comment_id):
    return [one.sha256 for one in of_comments([comment_id]).get(comment_id, ())]


def state():
    return db.session.scalars(select(OutboxAction.state)).one()


def test_they_are_links_in_the_queue_and_kept_before_the_deletion(vk, write, vera, clock, now):
    vk.pictures["1"], url = png(), f"{vk.base}/picture/1"
    comment_id = write(url)
    assert url in vera.get("/moderation/decided").text
    rounds.run("this process", now + LATER, WHOLE)
    assert (state(), kept(comment_id)) == (OutboxState.PENDING, [])  # it waits for the pictures
    assert deletions.keep_pictures(now + LATER, WHOLE) == 1
    rounds.run("this process", now + LATER, WHOLE)
    assert (state(), kept(comment_id)) == (OutboxState.DONE, [sha256_of(png())])
    assert stored_path(sha256_of(png())).read_bytes() == png()
    assert deletions.keep_pictures(now + LATER, WHOLE) == 0


def test_how_many_were_kept_is_in_the_log(vk, write, now):
    vk.pictures["1"] = png()
    comment_id = write(f"{vk.base}/picture/1", f"{vk.base}/picture/2")
    deletions.keep_pictures(now + LATER, WHOLE)
    told = db.session.scalars(select(Event).where(Event.action == "pictures_not_kept")).one()
    assert (told.object_id, told.changes) == (comment_id, {"pictures_kept": [2, 1]})
    assert len(kept(comment_id)) == 1


@pytest.mark.parametrize("url", ["https://evil.example/1.png", "https://vk.com.evil.example/1", "http://vk.com/1"])
def test_hosts_outside_the_network_are_never_asked(write, url, now):
    comment_id = write(url)
    assert deletions.keep_pictures(now + LATER, WHOLE) == 1
    rounds.run("this process", now + LATER, WHOLE)
    assert (state(), kept(comment_id)) == (OutboxState.DONE, [])


@pytest.mark.words
@pytest.mark.parametrize("trouble", [Trouble.REDIRECT, Trouble.HTML], ids=str)
def test_what_is_no_picture_of_theirs_is_not_kept_and_hinders_nothing(vk, write, trouble, now):
    vk.pictures["1"] = png()
    comment_id = write(f"{vk.base}/picture/1")
    vk.serving.trouble("/picture/1", trouble)
    deletions.keep_pictures(now + LATER, WHOLE)
    rounds.run("this process", now + LATER, WHOLE)
    assert (state(), kept(comment_id)) == (OutboxState.DONE, [])


def shown(vera):
    return vera.get("/moderation/decided").text


@pytest.mark.parametrize(
    "trouble", [Trouble.CUT_BEFORE, Trouble.SERVER_ERROR, Trouble.HUGE, Trouble.REDIRECT_NOWHERE], ids=str
)
def test_what_fails_once_is_asked_again_while_the_deletion_waits(vk, write, trouble, now):
    vk.pictures["1"], vk.pictures["2"] = png(), png()
    comment_id = write(f"{vk.base}/picture/1", f"{vk.base}/picture/2")
    vk.serving.trouble("/picture/2", trouble)
    assert deletions.keep_pictures(now + LATER, WHOLE) == 0
    rounds.run("this process", now + LATER, WHOLE)
    assert state() is OutboxState.PENDING
    assert deletions.keep_pictures(now + 2 * LATER, WHOLE) == 1
    rounds.run("this process", now + 2 * LATER, WHOLE)
    assert (state(), kept(comment_id)) == (OutboxState.DONE, [sha256_of(png())])
    assert db.session.scalar(select(Event).where(Event.action == "pictures_not_kept")) is None


def test_a_picture_that_was_too_slow_is_still_fetched_after_the_deletion(vk, write, vera, clock, now):
    vk.pictures["1"] = png()
    comment_id = write(f"{vk.base}/picture/1")
    vk.serving.trouble("/picture/1", *[Trouble.SERVER_ERROR] * 2)
    for later in (LATER, timedelta(seconds=60)):
        assert deletions.keep_pictures(now + later, WHOLE) == 0
        rounds.run("this process", now + later, WHOLE)
    assert (state(), vk.world.comments) == (OutboxState.DONE, {})
    assert "Изображения из соцсети сохраняются" in shown(vera)
    assert deletions.keep_pictures(now + timedelta(minutes=5), WHOLE) == 1
    assert kept(comment_id) == [sha256_of(png())]
    assert "Изображения" not in shown(vera)


def test_it_is_given_up_after_an_hour_and_the_page_says_so(vk, write, vera, clock, now):
    write(f"{vk.base}/picture/1")
    vk.serving.trouble("/picture/1", *[Trouble.SERVER_ERROR] * 3)
    for minutes, settled in ((1, 0), (60, 0), (62, 1), (70, 0)):
        assert deletions.keep_pictures(now + timedelta(minutes=minutes), WHOLE) == settled
    assert "соцсеть отдала 0 из 1. Если есть снимок экрана, приложите его" in shown(vera)


def test_the_pauses_grow_in_one_process(vk, write, monkeypatch, now):
    monkeypatch.setattr(deletions, "_fetching", Fetching())
    write(f"{vk.base}/picture/1")
    vk.serving.trouble("/picture/1", *[Trouble.CUT_BEFORE] * 9)
    at = []
    for seconds in range(120):
        moment, asked = now + timedelta(seconds=seconds), len(vk.serving.asked)
        deletions.keep_pictures(moment, Pace(seconds=1))
        wait(deletions._fetching.under_way.values(), timeout=PATIENCE_S)
        at += [seconds] * (len(vk.serving.asked) - asked)
    assert at == [0, 11, 32, 73]  # a try is noted one round later


def test_an_undone_decision_keeps_no_pictures(vk, write, office, now):
    vk.pictures["1"] = png()
    comment_id = write(f"{vk.base}/picture/1")
    row = db.session.get_one(Comment, comment_id)
    comments.undo(row.id, row.version, actor=office.vera, now=now)
    assert deletions.keep_pictures(now + LATER, WHOLE) == 0
    assert kept(comment_id) == []


def test_a_hanging_host_delays_the_deletion_for_a_minute_at_most(vk, write, now):
    write(f"{vk.base}/picture/1")
    rounds.run("this process", now + timedelta(seconds=59), WHOLE)
    assert state() is OutboxState.PENDING
    rounds.run("this process", now + timedelta(seconds=60), WHOLE)
    assert state() is OutboxState.DONE


def test_comments_under_photos_and_videos_are_called_so(vk, account, vera, clock, now):
    author = {"from_id": CITIZEN, "date": vk.world.tick()}
    for number, kind in enumerate(("photo", "video"), 1):
        place = {f"{kind}_id": 7, f"{kind}_owner_id": vk.world.owner}
        vk.world.tell(f"{kind}_comment_new", {"id": number, "text": f"Под {kind}", **author, **place})
    hearing.run(now, WHOLE)
    shown = vera.get("/moderation").text
    assert ("Комментарий под фото" in shown, "Комментарий под видео" in shown) == (True, True)
    assert 'href="/moderation?kind=video_comment"' in shown
    only = vera.get("/moderation?kind=video_comment").text
    assert ("Под photo" in only, "Под video" in only) == (False, True)
