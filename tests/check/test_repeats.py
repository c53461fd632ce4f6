"""The worker finds repeats (П.15) in any order of entry; decided answers stay untouched."""

from __future__ import annotations

import json

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due, repeats
from osm.messages.queries.parts import all_proposals, links_of
from osm.models import Author, LinkKind, LinkState, Message, MessageLink, MessageTraits, ReadingKind, TraitKey
from osm.networks.addresses import Sameness
from tests.office import at

NOW = at("20.03 12:00")


def written(office, received: str, text: str, author: str = "", place: str = "") -> int:
    message = office.incident(received, text=text)
    with transaction() as session:
        stored = session.get_one(Message, message.id)
        stored.place = place
        if author:
            url = f"https://vk.com/{author}"
            known = session.scalar(db.select(Author).where(Author.profile_url == url))
            stored.author = known or Author(network="vk", name=author, profile_url=url)
    return message.id


def numbers() -> dict[str, tuple[list[str], list[str]]]:
    return {found.number: (found.repeats, found.same_matter) for found in all_proposals()}


def number(message_id: int) -> str:
    return db.session.get_one(Message, message_id).number


def test_the_same_author_and_others_are_distinguished(office):
    first = written(office, "02.03 10:00", "Яма на Лазо у хлебозавода, пробил колесо", "ivan")
    other = written(office, "05.03 10:00", "У хлебозавода провал в асфальте, разбил бампер", "petr")
    again = written(office, "16.03 10:00", "Яму на Лазо так и не засыпали", "ivan")
    written(office, "16.03 11:00", "Когда придёт газ на Садовую?", "ivan")
    assert repeats.read_due(NOW) == 4
    assert numbers()[number(again)][0] == [number(first)]
    assert numbers()[number(other)][1] == [number(first)]
    assert number(other) in numbers()[number(first)][1]
    assert sum(bool(found[0]) for found in numbers().values()) == 1


def test_the_order_of_entry_does_not_matter(office):
    later = written(office, "16.03 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    repeats.read_due(NOW)
    earlier = written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    repeats.read_due(NOW)
    (link,) = links_of(later, [LinkState.PROPOSED])
    assert (link.pair.kind, link.other.id, link.other_is_earlier) == (LinkKind.REPEAT, earlier, True)
    (back,) = links_of(earlier, [LinkState.PROPOSED])
    assert (back.other.id, back.other_is_earlier) == (later, False)


@pytest.mark.parametrize(("bound", "author"), [("OF_AUTHOR", "ivan"), ("KEY_ROWS", "")])
def test_of_those_of_one_instant_the_latest_are_looked_at(office, monkeypatch, bound, author):
    """The limit may fall among them: the physical order of the rows does not matter."""
    text = "Протекает крыша на Чехова, 5"
    earlier = [written(office, "02.03 10:00", text, author) for _ in range(3)]
    repeats.read_due(NOW)
    with monkeypatch.context() as bounded:
        bounded.setattr(repeats, "OF_OTHERS", 0 if author else repeats.OF_OTHERS)
        bounded.setattr(repeats, bound, 1)
        later = written(office, "16.03 10:00", text, author)
        repeats.read_due(NOW)
    assert [link.other.id for link in links_of(later, [LinkState.PROPOSED])] == earlier[-1:]


def test_of_equally_likely_ones_the_latest_comes_first(office):
    text = "Протекает крыша на Чехова, 5"
    earlier = [written(office, "02.03 10:00", text, "ivan") for _ in range(3)]
    later = written(office, "16.03 10:00", text, "ivan")
    repeats.read_due(NOW)
    assert [link.other.id for link in links_of(later, [LinkState.PROPOSED])] == earlier[::-1]
    assert numbers()[number(later)][0] == [number(one) for one in earlier[::-1]]


def test_what_is_older_than_the_window_is_no_repeat(office):
    written(office, "01.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    later = written(office, "01.04 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    repeats.read_due(at("02.04 10:00"))
    assert links_of(later, list(LinkState)) == []


def test_read_again_after_a_change_and_a_decision_stays(office):
    first = written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    second = written(office, "05.03 10:00", "Нет воды на Лазо, 7", "ivan")
    third = written(office, "16.03 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    repeats.read_due(NOW)
    with transaction() as session:
        link = session.scalars(db.select(MessageLink).where(MessageLink.later_id == third)).one()
        link.state, link.decided_at, link.decided_by_id = LinkState.REJECTED, NOW, office.anna.id
        session.get_one(Message, second).text = "Крыша на Чехова, 5 течёт"
        due.enqueue([first, second, third], [ReadingKind.REPEATS])
    repeats.read_due(NOW)
    states = {(row.earlier_id, row.later_id): row.state for row in db.session.scalars(db.select(MessageLink))}
    assert states[first, third] is LinkState.REJECTED
    assert states[first, second] is states[second, third] is LinkState.PROPOSED
    assert number(first) not in numbers()[number(third)][0]


def test_reading_twice_changes_nothing(office):
    written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    later = written(office, "16.03 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    repeats.read_due(NOW)
    before = numbers(), db.session.scalar(db.select(db.func.count()).select_from(TraitKey))
    with transaction():
        due.enqueue([later], [ReadingKind.REPEATS])
    assert repeats.read_due(NOW) == 1
    assert (numbers(), db.session.scalar(db.select(db.func.count()).select_from(TraitKey))) == before


@pytest.mark.parametrize("author", ["ivan", ""])
def test_a_message_without_a_profile_is_no_repeat(office, author):
    written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", author)
    later = written(office, "16.03 10:00", "Протекает крыша на Чехова, 5", author)
    repeats.read_due(NOW)
    (link,) = links_of(later, [LinkState.PROPOSED])
    assert link.pair.kind is (LinkKind.REPEAT if author else LinkKind.SAME_MATTER)


def test_the_command_reads_what_is_queued_and_prints_each_message(office, app):
    first = written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    later = written(office, "16.03 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    expected = [
        {"number": number(first), "proposals": [], "same_matter": []},
        {"number": number(later), "proposals": [number(first)], "same_matter": []},
    ]
    result = app.test_cli_runner().invoke(args=["osm", "repeats", "--json"])
    assert [json.loads(line) for line in result.output.splitlines()] == expected
    said = app.test_cli_runner().invoke(args=["osm", "repeats"]).output
    assert said == f"№ {expected[1]['number']}: повторяет № {expected[0]['number']}\n"


def test_a_proposal_that_still_holds_keeps_its_row(office):
    written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    later = written(office, "16.03 10:00", "До сих пор течёт крыша, Чехова 5", "ivan")
    repeats.read_due(NOW)
    (before,) = links_of(later, [LinkState.PROPOSED])
    with transaction():
        due.enqueue([later], [ReadingKind.REPEATS])
    repeats.read_due(NOW)
    (after,) = links_of(later, [LinkState.PROPOSED])
    assert after.pair.id == before.pair.id


def test_what_other_rules_have_read_is_read_again(office):
    message = written(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "ivan")
    repeats.read_due(NOW)
    assert repeats.enqueue_outdated() == 0
    with transaction() as session:
        session.get_one(MessageTraits, message).rules = 0
    assert repeats.enqueue_outdated() == 1
    assert repeats.read_due(NOW) == 1


def named(office, received: str, text: str, name: str, network: str = "vk", profile: str | None = None) -> int:
    """By an author known by name alone from an export, unless a profile is given: each row has its own author."""
    message_id = written(office, received, text)
    with transaction() as session:
        message = session.get_one(Message, message_id)
        message.network, message.author = network, Author(network=network, name=name, profile_url=profile)
    return message_id


def test_without_an_address_one_name_in_one_network_proposes_one_author(office):
    first = named(office, "02.03 10:00", "Протекает крыша на Чехова, 5", "Пётр Ильин")
    named(office, "03.03 10:00", "Протекает крыша на Чехова, 5, верхний этаж", "Пётр Ильин", network="ok")
    repeats.read_due(NOW)
    again = named(office, "16.03 10:00", "До сих пор течёт крыша, так и не починили", "Петр  Ильин")
    repeats.read_due(NOW)
    (link,) = links_of(again, [LinkState.PROPOSED])
    assert (link.pair.kind, link.other.id, link.same_author) == (LinkKind.REPEAT, first, Sameness.NAME)
    assert numbers()[number(again)][0] == [number(first)]
    authors = {db.session.get_one(Message, one).author_id for one in (first, again)}
    assert len(authors) == 2, "a decision on an author rests on his own row"


@pytest.mark.parametrize(
    ("name", "profiles", "expected"),
    [
        ("Пётр Ильин", (None, "https://vk.com/petr"), LinkKind.REPEAT),
        ("Пётр Ильин", ("https://vk.com/petr", "https://vk.com/petr2"), LinkKind.SAME_MATTER),
        ("Аноним", (None, None), LinkKind.SAME_MATTER),
    ],
)
def test_two_addresses_are_two_authors_and_no_name_is_none(office, name, profiles, expected):
    text = "Протекает крыша на Чехова, 5"
    for received, profile in zip(("02.03 10:00", "16.03 10:00"), profiles, strict=True):
        later = named(office, received, text, name, profile=profile)
    repeats.read_due(NOW)
    assert [link.pair.kind for link in links_of(later, [LinkState.PROPOSED])] == [expected]
