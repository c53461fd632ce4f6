"""Two moderators never hold the same comment; a hold ends with its time, with its page, or with the decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.comments.acts import comments, holds
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.comments.acts.holds import LENGTH, TOGETHER
from osm.comments.queries.comments import QueueFilter, at_work
from osm.models import Comment

from .conftest import CIVIL, NOW, RUDE, SPAM, THREAT, line, read


def take(office, who: str, key: str = "", *, now=NOW, **options) -> list[int]:
    asked = options.pop("asked", QueueFilter())
    return holds.take(asked.conditions(), key or who, actor=getattr(office, who), now=now, **options)


def test_the_worst_comes_first_and_never_what_another_has(office, add):
    rows = add(CIVIL, SPAM, RUDE, THREAT)
    assert take(office, "vera") == [row.id for row in reversed(rows)]
    assert take(office, "anna") == []
    assert at_work(office.anna, NOW) == [(office.vera.name, 4)]
    assert at_work(office.vera, NOW) == []


def test_a_hold_runs_out_and_is_renewed(office, add):
    (row,) = add(RUDE)
    take(office, "vera")
    shown = [(row.id, row.version)]
    holds.renew("vera", shown, actor=office.vera, now=NOW + timedelta(minutes=4))
    assert take(office, "anna", now=NOW + LENGTH) == []
    assert take(office, "anna", now=NOW + timedelta(minutes=4) + LENGTH) == [row.id]
    assert holds.renew("vera", shown, actor=office.vera, now=NOW + timedelta(minutes=10)) == []


def test_what_stays_free_in_between_is_the_pages_again(office, add):
    rude, spam, edited = add(RUDE, SPAM, CIVIL)
    shown = [(rude.id, rude.version), (spam.id, spam.version), (edited.id, edited.version)]
    take(office, "vera")
    decided = comments.decide([Chosen(rude.id, rude.version)], Choice.KEEP, actor=office.vera, now=NOW)[0].version
    undone = comments.undo(rude.id, decided, actor=office.vera, now=NOW).version
    late = NOW + timedelta(minutes=10)
    again = [(rude.id, undone), *shown[1:2], (edited.id, edited.version + 1)]
    # An undone decision leaves no hold; a changed comment has to be read again.
    assert holds.renew("vera", again, actor=office.vera, now=late) == [rude.id, spam.id]
    assert take(office, "anna", now=late) == [edited.id]


def test_the_late_minute_of_one_page_takes_nothing_from_the_next(office, add):
    """The same person's next page has the comments: the first may go on with them, but cannot give them back."""
    (row,) = add(RUDE)
    shown = [(row.id, row.version)]
    take(office, "vera", "first")
    take(office, "vera", "second")
    late = NOW + timedelta(minutes=4)
    assert holds.renew("first", shown, actor=office.vera, now=late) == [row.id]
    holds.release("first", actor=office.vera)
    assert take(office, "anna", now=late) == []
    assert take(office, "anna", now=NOW + LENGTH) == []  # the first was seen at the fourth minute
    assert holds.renew("first", shown, actor=office.vera, now=late + LENGTH) == [row.id]
    holds.release("first", actor=office.vera)  # the second is long gone: now it is the first one's own
    assert take(office, "anna", now=late + LENGTH) == [row.id]


def test_a_comment_that_has_changed_is_anybodys_at_once(office, add):
    (row,) = add(RUDE)
    shown = [(row.id, row.version)]
    take(office, "vera")
    read(line(id=row.external_id, text=f"{RUDE} И мост!"))
    assert holds.renew("vera", shown, actor=office.vera, now=NOW) == []
    assert take(office, "anna") == [row.id]
    assert holds.renew("vera", shown, actor=office.vera, now=NOW) == []
    assert take(office, "boris") == []  # what another has by now is not freed


def test_who_goes_gives_all_back(office, add):
    (row,) = add(RUDE)
    take(office, "vera")
    holds.release_all(actor=office.anna)
    assert take(office, "anna") == []
    holds.release_all(actor=office.vera)
    assert take(office, "anna") == [row.id]


def test_the_page_that_is_left_gives_back_its_own_only(office, add):
    (row,) = add(RUDE)
    take(office, "vera", "first")
    take(office, "vera", "second")  # the same tab went on: its word of leaving the first page comes late
    holds.release("first", actor=office.vera)
    assert take(office, "anna") == []
    holds.release("second", actor=office.anna)  # another person's word counts for nothing
    assert take(office, "anna") == []
    holds.release("second", actor=office.vera)
    assert take(office, "anna") == [row.id]


def test_a_page_asks_for_more_and_keeps_what_it_has(office, add):
    rows = add(*(f"{CIVIL} {number}" for number in range(TOGETHER + 3)))
    first = take(office, "vera")
    more = take(office, "vera", more=True)
    assert (first, more) == ([row.id for row in rows[:TOGETHER]], [row.id for row in rows[TOGETHER:]])
    assert take(office, "anna") == []


def test_what_another_holds_is_not_decided_by_me(office, add):
    (row,) = add(RUDE)
    take(office, "vera")
    chosen = [Chosen(row.id, row.version)]
    with pytest.raises(CommentsRefused, match=f"сейчас разбирает {office.vera.name}"):
        comments.decide(chosen, Choice.KEEP, actor=office.anna, now=NOW)
    comments.decide(chosen, Choice.KEEP, actor=office.anna, now=NOW + LENGTH)


def test_a_decided_comment_has_no_holder(office, add):
    (row,) = add(RUDE)
    take(office, "vera")
    comments.decide([Chosen(row.id, row.version)], Choice.KEEP, actor=office.vera, now=NOW)
    assert db.session.get_one(Comment, row.id).held_by_id is None
    assert at_work(office.anna, NOW) == []


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        (QueueFilter(category="insult"), [RUDE]),
        (QueueFilter(category="none"), [CIVIL]),
        (QueueFilter(network="ok"), []),
        (QueueFilter(kind="discussion"), []),
        (QueueFilter(post="https://vk.com/wall-1_1"), [RUDE, CIVIL]),
        (QueueFilter(post="https://vk.com/wall-1_2"), []),
    ],
)
def test_a_filter_holds_only_what_it_shows(office, add, asked, texts):
    add(CIVIL, RUDE)
    ids = take(office, "vera", asked=asked)
    assert [db.session.get_one(Comment, one).text for one in ids] == texts
