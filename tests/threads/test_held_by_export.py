"""An approved answer that the program was about to publish is held after an export changed its message."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.imports.queries.editions import editions_of
from osm.messages.acts import executors
from osm.messages.acts.executors import AnswerHeld
from osm.models import Account, OutboxAction
from osm.outbox.acts import rounds
from osm.pages.acts import connecting
from osm.regulation.blacklist import OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from tests.connectors.conftest import reader_inside
from tests.connectors.files import incident
from tests.emulators.serving import Trouble
from tests.imports.conftest import folder
from tests.imports.desk import export, load
from tests.office import at
from tests.outbox.test_holding import begin, end, held_up
from tests.threads.conftest import fresh

__all__ = ["folder", "reader_inside"]

ANSWER = "Здравствуйте! Мусор вывезет управляющая компания «Уют» 18 марта."
ASKED, MORE = "Когда вывезут мусор?", "Когда вывезут мусор? У подъезда горит контейнер!"


def loaded(message, text, when):
    blank = {"Автор": "", "Дата публикации": "", "Дата поступления": "17.03.2026 09:00"}
    return load(export(incident(501, Ссылка=fresh(message).url, Текст=text, **blank)), now=at(when))


def arrange(office, publish):
    account = db.session.scalars(select(Account)).one()
    how = {"publish": publish, "moderate": "auto", "actor": office.anna, "now": at("17.03 09:30")}
    connecting.arrange(account.id, account.connection.version, **how)


def actions():
    db.session.rollback()
    return list(db.session.scalars(select(OutboxAction).order_by(OutboxAction.id)))


def sent(when):
    return rounds.run("this process", at(when), WHOLE)


@pytest.fixture
def message(thread, office, reader_inside, folder):
    found = thread.take()
    assert loaded(found, ASKED, "17.03 09:20").counts == {"updated": 1}
    return found


def fits(message, office, when):
    edition = editions_of(message.id)[-1].id
    return executors.answer_fits(message.id, fresh(message).version, edition, actor=office.anna, now=at(when))


def test_it_does_not_go_out_until_a_person_says_that_it_fits(thread, office, message):
    arrange(office, "auto")
    thread.approve(ANSWER)
    loaded(message, MORE, "17.03 11:00")
    assert (sent("17.03 11:05"), sent("17.03 11:30")) == (0, 0)
    (action,) = actions()
    assert (action.for_person, action.sent_at, fresh(message).status) == (True, None, Status.APPROVED)
    with pytest.raises(AnswerHeld):
        again = {"action_id": action.id, "action_version": action.version, "in_spite": False}
        ordering.try_again(message.id, fresh(message).version, **again, actor=office.anna, now=at("17.03 11:31"))
    fits(message, office, "17.03 11:32")
    assert sent("17.03 11:33") == 1
    assert fresh(message).status is Status.ANSWERED


def test_it_cannot_be_ordered_in_between(thread, office, message):
    arrange(office, "ask")
    thread.approve(ANSWER)
    loaded(message, MORE, "17.03 11:00")
    with pytest.raises(AnswerHeld):
        ordering.order(message.id, fresh(message).version, actor=office.anna, now=at("17.03 11:05"))
    assert ordering.order_all([fresh(message)], actor=office.anna, now=at("17.03 11:05")) == 0
    fits(message, office, "17.03 11:10")
    ordering.order(message.id, fresh(message).version, actor=office.anna, now=at("17.03 11:11"))
    assert [one.state for one in actions()] == [OutboxState.PENDING]


def test_a_page_from_before_the_export_orders_nothing(thread, office, message):
    arrange(office, "ask")
    thread.approve(ANSWER)
    seen = fresh(message).version
    loaded(message, MORE, "17.03 11:00")
    with pytest.raises(StaleVersion):
        ordering.order(message.id, seen, actor=office.anna, now=at("17.03 11:05"))


@pytest.mark.parametrize("trouble", ["refused", "cut off"])
def test_what_fails_while_an_export_comes_is_not_tried_again(thread, office, message, trouble):
    arrange(office, "auto")
    thread.approve(ANSWER)
    flood_control = 9
    if trouble == "refused":
        thread.vk.refuse["wall.createComment"].append(flood_control)
    else:
        thread.vk.serving.trouble("wall.createComment", Trouble.CUT_BEFORE)
    hands = begin(at("17.03 11:05"))
    loaded(message, MORE, "17.03 11:05")
    assert end(hands, at("17.03 11:06")) == 0
    assert sent("17.03 11:40") == 0
    (action,) = actions()
    assert (action.state, action.for_person, fresh(message).status) == (OutboxState.PENDING, True, Status.APPROVED)
    fits(message, office, "17.03 11:50")
    assert sent("17.03 11:51") == 1


def test_what_goes_out_while_an_export_comes_holds_nothing(thread, office, message):
    arrange(office, "auto")
    thread.approve(ANSWER)
    with held_up(thread.vk, "wall.createComment") as arrived:
        hands = begin(at("17.03 11:05"))
        assert arrived.wait(30)
        loaded(message, MORE, "17.03 11:05")
    assert end(hands, at("17.03 11:06")) == 1
    assert fresh(message).status is Status.ANSWERED
    assert [one.is_held for one in editions_of(message.id)][-1] is False


def test_what_has_gone_out_already_stays_and_nothing_opens_again(thread, office, message):
    arrange(office, "auto")
    thread.approve(ANSWER)
    assert sent("17.03 11:05") == 1
    loaded(message, MORE, "17.03 11:10")
    assert fresh(message).status is Status.ANSWERED
    assert [one.is_held for one in editions_of(message.id)][-1] is False
    assert [one.state for one in actions()] == [OutboxState.DONE]
