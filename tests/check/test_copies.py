"""The worker groups near copies, for any authors, places and order; a crash doubles nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from threading import Barrier

from sqlalchemy import func

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import copies, due, index
from osm.check.acts.verdicts import digest
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.queries.copies import comments_like_message, group_of_comment
from osm.likeness.words import Folded
from osm.models import Comment, CopyGroup, CopyKey, CopyText, DueCommentReading, ReadingKind
from tests.likeness.wave import BAIT, CIVIL, DISGUISES, changed
from tests.office import at

NOW = at("20.03 12:00")
COPIES = ReadingKind.COPIES


def comment(text: str, written: datetime = NOW, network: str = "vk") -> int:
    """A comment as an import stores it, still to be read."""
    with transaction() as session:
        number = (session.scalar(db.select(func.max(Comment.id))) or 0) + 1
        stored = Comment(
            network=network,
            external_id=f"-1_{number}",
            text=text,
            text_digest=digest(text),
            published_at=written,
            stored_at=written,
        )
        session.add(stored)
        session.flush()
        due.enqueue_comments([stored.id], [COPIES])
        return stored.id


def groups() -> list[list[str]]:
    """«c7», «m3»: which texts belong together, in the order of ids."""
    db.session.rollback()
    found: dict[int, list[str]] = {}
    for row in db.session.scalars(db.select(CopyText).where(CopyText.group_id.isnot(None)).order_by(CopyText.id)):
        name = f"c{row.comment_id}" if row.comment_id else f"m{row.message_id}"
        found.setdefault(row.group_id, []).append(name)
    return sorted(sorted(names) for names in found.values())


def indexed() -> int:
    """How many texts the index has."""
    return db.session.scalar(db.select(func.count(func.distinct(CopyKey.text_id)))) or 0


def test_comments_and_messages_of_all_networks_meet(office):
    first, second = comment(BAIT), comment(DISGUISES["look-alikes"](BAIT), network="ok")
    others = [comment(text) for text in CIVIL]
    message = office.incident("19.03 10:00", text=changed(BAIT, 0.1, Random(1)))
    assert copies.read_due(NOW) == 3 + len(others)
    assert groups() == [sorted([f"c{first}", f"c{second}", f"m{message.id}"])]
    (group,) = db.session.scalars(db.select(CopyGroup))
    assert (group.size, group.first_at, group.last_at) == (3, at("19.03 10:00"), NOW)


def test_what_lies_further_apart_than_14_days_meets_by_what_lies_between(office):
    first, last = comment(BAIT, at("01.03 10:00")), comment(BAIT, at("16.03 10:00"))
    copies.read_due(NOW)
    assert groups() == []
    between = comment(BAIT, at("08.03 10:00"))
    copies.read_due(NOW)
    assert groups() == [sorted(f"c{one}" for one in (first, between, last))]


def test_a_wave_of_variants_is_one_group_and_takes_little_room(office):
    chance = Random(7)
    ids = [comment(changed(BAIT, 0.1, chance), NOW + timedelta(minutes=number)) for number in range(120)]
    copies.read_due(NOW)
    assert groups() == [sorted(f"c{one}" for one in ids)]
    assert indexed() <= 30


def test_a_text_that_two_groups_are_like_makes_them_one(office, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(copies.words, "likeness", lambda one, other: float(one == other))
        for text in (BAIT, changed(BAIT, 0.1, Random(3))):
            comment(text)
            comment(text)
        copies.read_due(NOW)
        assert [len(group) for group in groups()] == [2, 2]
    comment(changed(BAIT, 0.05, Random(5)))
    copies.read_due(NOW)
    assert [len(group) for group in groups()] == [5]
    assert db.session.scalar(db.select(func.count()).select_from(CopyGroup)) == 1


def test_read_again_without_a_change_nothing_moves(office):
    ids = [comment(BAIT), comment(BAIT), comment(CIVIL[0])]
    copies.read_due(NOW)
    before = groups(), indexed(), list(db.session.scalars(db.select(CopyText.id)))
    with transaction():
        due.enqueue_comments(ids, [COPIES])
    assert copies.read_due(NOW) == 3
    assert (groups(), indexed(), list(db.session.scalars(db.select(CopyText.id)))) == before


def test_a_text_that_changed_leaves_its_group_which_is_still_found(office):
    ids = [comment(BAIT, NOW + timedelta(minutes=number)) for number in range(3)]
    copies.read_due(NOW)
    with transaction() as session:
        session.get_one(Comment, ids[0]).text = CIVIL[0]
        due.enqueue_comments(ids[:1], [COPIES])
    copies.read_due(NOW)
    assert groups() == [sorted(f"c{one}" for one in ids[1:])]
    assert db.session.scalars(db.select(CopyGroup.size)).all() == [2]
    later = comment(BAIT, NOW + timedelta(hours=1))
    copies.read_due(NOW)
    assert groups() == [sorted(f"c{one}" for one in (*ids[1:], later))]


def test_a_crash_leaves_nothing_and_the_next_round_reads_it(office, monkeypatch):
    one, other = comment(BAIT), comment(BAIT)
    with monkeypatch.context() as patched:
        patched.setattr(index, "keep_keys", lambda kept: 1 / 0)
        assert copies.read_due(NOW) == 0
    assert groups() == []
    assert db.session.scalars(db.select(CopyText.id)).all() == []
    assert copies.read_due(NOW + timedelta(hours=2)) == 2
    assert groups() == [[f"c{one}", f"c{other}"]]


def test_the_index_forgets_and_the_groups_stay(office):
    ids = [comment(BAIT), comment(BAIT), comment(CIVIL[0])]
    copies.read_due(NOW)
    assert indexed() == 2
    copies.read_due(NOW + timedelta(days=13))
    assert indexed() == 2
    copies.read_due(NOW + timedelta(days=15))
    assert (indexed(), groups()) == (0, [[f"c{ids[0]}", f"c{ids[1]}"]])
    assert db.session.scalars(db.select(CopyText.letters)).all() == [None, None]


def test_a_growing_group_is_not_forgotten(office):
    first = comment(BAIT)
    copies.read_due(NOW)
    for days in (10, 20, 30):
        comment(BAIT, NOW + timedelta(days=days))
        copies.read_due(NOW + timedelta(days=days))
    assert len(groups()[0]) == 4
    assert f"c{first}" in groups()[0]
    assert indexed() == 1


def test_templates_of_a_town_do_not_swell_the_lists_of_the_index(office):
    chance = Random(11)
    words = " ".join(CIVIL).split()
    for number in range(120):
        tail = " ".join(chance.sample(words, 9))
        comment(f"Здравствуйте, уважаемая администрация города! {tail}", NOW + timedelta(minutes=number))
    copies.read_due(NOW)
    held = db.select(func.count()).select_from(CopyKey).group_by(CopyKey.key)
    assert max(db.session.scalars(held)) <= index.HOLDERS


def test_of_those_that_share_as_many_keys_the_latest_are_compared():
    found, folded = index.Named(), Folded("", (1, 2, 3))
    found.under |= {1: [7, 5, 8, 6], 2: [6]}
    assert found.ranked(folded, 3) == [6, 8, 7]


def test_of_those_read_at_one_instant_the_first_leaves_the_index_first(office):
    for text in CIVIL[:3]:
        comment(text)
    copies.read_due(NOW)
    ids = sorted(db.session.scalars(db.select(CopyText.id)))
    assert index.forget_old(NOW + timedelta(days=15), 1) == 1
    assert sorted(db.session.scalars(db.select(CopyText.id))) == ids[1:]


def test_one_that_is_deleted_while_it_is_read_holds_up_no_other(office, monkeypatch):
    first, gone, last = comment(BAIT), comment(BAIT), comment(BAIT)
    fold = copies.words.fold

    def and_delete(text: str):
        db.session.rollback()
        with transaction() as session:
            session.execute(db.delete(Comment).where(Comment.id == gone))
        return fold(text)

    with monkeypatch.context() as patched:
        patched.setattr(copies.words, "fold", and_delete)
        copies.read_due(NOW)
    assert groups() == [[f"c{first}", f"c{last}"]]
    assert db.session.scalar(db.select(func.count()).select_from(DueCommentReading)) == 0


def test_two_processes_at_once_put_a_wave_into_one_group(app, office, monkeypatch):
    monkeypatch.setattr(copies, "SLICE", 3)
    chance = Random(9)
    ids = [comment(changed(BAIT, 0.05, chance)) for _ in range(24)]
    together = Barrier(2)

    def work(_number: int) -> int:
        with app.app_context():
            together.wait()
            return copies.read_due(NOW)

    with ThreadPoolExecutor(2) as threads:
        done = sum(threads.map(work, range(2)))
    assert done == len(ids)
    assert groups() == [sorted(f"c{one}" for one in ids)]
    assert db.session.scalars(db.select(CopyGroup.size)).all() == [len(ids)]


def sizes() -> list[int]:
    db.session.rollback()
    return sorted(db.session.scalars(db.select(CopyGroup.size)))


def test_a_message_made_of_a_comment_is_no_copy_of_it(office):
    """A comment in work and its message count as one text; undone, the row of the register counts alone."""
    first, second = comment(BAIT), comment(DISGUISES["look-alikes"](BAIT), network="ok")
    copies.read_due(NOW)
    anna = office.anna
    taken = comments.decide([Chosen(first, version(first))], Choice.TAKE, actor=anna, now=NOW)
    message_id = taken[0].message_id
    copies.read_due(NOW)
    assert sizes() == [2]
    assert comments_like_message(message_id) == (second, 1)
    assert group_of_comment(first, anna, NOW).messages == ()
    assert [one.id for one in group_of_comment(second, anna, NOW).messages] == [message_id]
    comments.undo(first, version(first), actor=anna, now=NOW)
    copies.read_due(NOW)
    assert sizes() == [3], "the laid aside message is of no comment any more"


def version(comment_id: int) -> int:
    db.session.rollback()
    return db.session.get_one(Comment, comment_id).version
