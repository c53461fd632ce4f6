"""Repeats on the screens (П.15): proposed to the curator, answered by one button, earlier answers by the editor."""

from __future__ import annotations

import re

import pytest

from osm.answers.queries.drafting import earlier_answers, executor_of_earlier
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import repeats
from osm.messages.acts import closing, routing
from osm.models import Author, LinkState, Message, MessageLink, User, UserRole
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Role, Status
from tests.desk import NOW


def same_author(*messages: Message) -> None:
    """They come from one profile, and the worker has read them."""
    with transaction() as session:
        author = Author(network="vk", name="Пётр Ильин", profile_url="https://vk.com/petr")
        session.add(author)
        for message in messages:
            session.get_one(Message, message.id).author = author
    repeats.read_due(NOW)


@pytest.fixture
def pair(desk) -> tuple[Message, Message]:
    """An answered message, and a later one by its author about the same thing."""
    earlier = desk.in_status(Status.ANSWERED, text="Яма на Лазо, 7, пробил колесо")
    later = desk.in_status(Status.NEW, text="Яму на Лазо, 7 так и не засыпали")
    same_author(earlier, later)
    return desk.again(earlier), desk.again(later)


def link() -> MessageLink:
    db.session.rollback()
    return db.session.scalars(db.select(MessageLink)).one()


def of_pair(later: Message, earlier: Message) -> MessageLink:
    db.session.rollback()
    both = {MessageLink.later_id: later.id, MessageLink.earlier_id: earlier.id}
    return db.session.scalars(db.select(MessageLink).where(*(key == value for key, value in both.items()))).one()


def answer(send, message: Message, said: str):
    """By `submit` or `htmx` of a browser."""
    found = link()
    other = found.earlier_id if found.later_id == message.id else found.later_id
    return send(f"/messages/{message.id}/links/{other}", {"version": found.version, "answer": said})


def test_the_curator_confirms_a_repeat_and_everybody_sees_it(desk, pair, anna, boris):
    earlier, later = pair
    page = anna.get(f"/messages/{later.id}").text
    assert "Возможно, повторное" in page
    assert f"№ {earlier.number}" in page
    assert answer(anna.submit, later, "yes").status_code == 303
    assert link().state is LinkState.CONFIRMED
    assert desk.again(later).is_repeat
    assert [event.action for event in desk.log(later)][-1] == "repeat_confirmed"
    assert [event.action for event in desk.log(earlier)][-1] == "repeated_later"
    assert desk.log(later)[-1].changes["is_repeat"] == [False, True]
    assert f"№ {later.number}" in anna.get(f"/messages/{earlier.id}").text
    routing.route_message(later.id, later.version, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
    editor = boris.get(f"/messages/{later.id}/answer").text
    assert "Уже отвечали" in editor
    assert "Здравствуйте! Яму засыпали." in editor


def test_another_matter_is_proposed_no_more(desk, pair, anna):
    _, later = pair
    answer(anna.submit, later, "no")
    assert link().state is LinkState.REJECTED
    assert not desk.again(later).is_repeat
    assert "Возможно, повторное" not in anna.get(f"/messages/{later.id}").text


def test_a_confirmed_link_can_be_taken_back(desk, pair, anna):
    _, later = pair
    answer(anna.submit, later, "yes")
    answer(anna.submit, later, "no")
    assert not desk.again(later).is_repeat


def test_the_mark_goes_to_the_pair_that_was_there_first(desk):
    """Not to the row that happens to be first."""
    earlier = [desk.in_status(Status.NEW, text="Яма на Лазо, 7, пробил колесо") for _ in range(4)]
    later = desk.in_status(Status.NEW, text="Яму на Лазо, 7 так и не засыпали")
    same_author(*earlier, later)
    for message, confirmed in [*((message, True) for message in earlier), (earlier[0], False)]:
        found = of_pair(later, message)
        closing.decide_link(later.id, message.id, found.version, confirmed=confirmed, actor=desk.anna, now=NOW)
    pairs = [of_pair(later, message) for message in earlier[1:]]
    assert [pair for pair in pairs if pair.marks] == [min(pairs, key=lambda pair: pair.id)]


def test_of_earlier_answers_of_one_instant_the_latest_comes_first(desk):
    earlier = [desk.in_status(Status.ANSWERED, text="Яма на Лазо, 7, пробил колесо") for _ in range(3)]
    later = desk.in_status(Status.NEW, text="Яму на Лазо, 7 так и не засыпали")
    same_author(*earlier, later)
    for message in earlier:
        closing.decide_link(later.id, message.id, 1, confirmed=True, actor=desk.anna, now=NOW)
    assert [answer.message_id for answer in earlier_answers(later.id)] == [message.id for message in earlier[::-1]]


def test_of_namesakes_in_the_department_the_first_has_the_repeat(desk, pair):
    _, later = pair
    with transaction() as session:
        session.get_one(User, desk.boris.id).is_active = False
        same = {"name": "Аркадий Ильин", "password_hash": "-", "created_at": NOW, "department": desk.boris.department}
        namesakes = [User(login=f"arkadij{number}", **same) for number in range(3)]
        session.add_all(namesakes)
        session.flush()
        for person in reversed(namesakes):
            person.role_rows.append(UserRole(role=Role.EXECUTOR))
            session.flush()
        first = min(person.id for person in namesakes)
    assert executor_of_earlier(later.id) == first


def test_only_the_curator_answers_and_sees_proposals(pair, gleb, vera):
    _, later = pair
    assert "Возможно, повторное" not in gleb.get(f"/messages/{later.id}").text
    assert answer(vera.submit, later, "yes").status_code == 403
    assert link().state is LinkState.PROPOSED


def test_two_curators_at_once_one_wins_the_other_gets_a_conflict(desk, pair):
    with transaction() as session:
        second = session.get_one(User, desk.vera.id)
    earlier, later = pair
    closing.decide_link(later.id, earlier.id, 1, confirmed=True, actor=desk.anna, now=NOW)
    with pytest.raises(StaleVersion):
        closing.decide_link(later.id, earlier.id, 1, confirmed=False, actor=second, now=NOW)
    assert link().state is LinkState.CONFIRMED


def test_htmx_gets_the_section_alone(pair, anna):
    _, later = pair
    page = answer(anna.htmx, later, "yes").text
    assert page.lstrip().startswith("<section")
    assert "Отмечено: повторное" in page


def test_a_repeat_goes_to_who_had_the_earlier_one(desk, pair, anna):
    _, later = pair
    chosen = re.search(r'<option value="(\d+)" selected>', anna.get(f"/messages/{later.id}").text)
    assert chosen is not None
    assert int(chosen.group(1)) == desk.boris.id
    assert desk.boris.has(Role.EXECUTOR)


def test_a_stale_press_changes_nothing_and_shows_what_there_is(desk, pair, anna):
    earlier, later = pair
    closing.decide_link(later.id, earlier.id, 1, confirmed=True, actor=desk.anna, now=NOW)
    page = anna.htmx(f"/messages/{later.id}/links/{earlier.id}", {"version": 1, "answer": "no"}).text
    assert "уже решили" in page
    assert "notice-success" not in page
    assert link().state is LinkState.CONFIRMED


def test_only_a_pair_of_this_message_is_answered(desk, pair, anna):
    earlier, _ = pair
    stranger = desk.in_status(Status.NEW, text="Когда включат отопление?")
    anna.submit(f"/messages/{stranger.id}/links/{earlier.id}", {"version": 1, "answer": "yes"})
    assert link().state is LinkState.PROPOSED


def test_the_mark_of_the_export_stays_when_a_link_is_taken_back(desk, pair, anna):
    _, later = pair
    with transaction() as session:
        session.get_one(Message, later.id).is_repeat = True
    answer(anna.submit, later, "yes")
    answer(anna.submit, later, "no")
    assert desk.again(later).is_repeat


def test_an_executor_reads_no_card_of_others_through_a_link(desk, pair, anna, boris):
    earlier, later = pair
    answer(anna.submit, later, "yes")
    routing.route_message(later.id, later.version, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
    page = boris.get(f"/messages/{later.id}").text
    assert f"№ {earlier.number}" in page
    assert "пробил колесо" not in page
