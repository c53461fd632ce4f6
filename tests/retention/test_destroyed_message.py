"""On a message whose words were destroyed nobody works any more: its card offers nothing and every act is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from osm.answers.acts.templates import template_of_answer
from osm.approvals.acts import return_draft
from osm.base.database import db
from osm.base.errors import WordsDestroyed
from osm.flow.acts.act import act
from osm.messages.acts.closing import dismiss_message
from osm.models import AnswerTemplate, Draft, Message
from osm.regulation.transitions import available_actions
from osm.regulation.words import REASONS, Status
from osm.retention.queries import ENDED
from tests.cast import browser_of
from tests.desk import WAYS
from tests.page_reading import words

from .office import purge_all

CLOSED = [status for status in Status if status in ENDED and status in WAYS]


def destroyed(desk, status: Status) -> int:
    message_id = desk.in_status(status).id
    purge_all()
    assert db.session.get_one(Message, message_id, populate_existing=True).purged_at
    return message_id


@pytest.mark.parametrize("status", CLOSED)
def test_every_act_is_refused(desk, clock, status):
    message_id = destroyed(desk, status)
    actions = available_actions(status, desk.anna.roles)
    for action in actions:
        with pytest.raises(WordsDestroyed), act(action, message_id, None, desk.anna, clock.now()):
            pass
    assert db.session.get_one(Message, message_id).status is status


@pytest.mark.parametrize("status", CLOSED)
def test_the_card_offers_nothing_and_its_history_is_in_words(app, desk, status):
    message_id = destroyed(desk, status)
    page = browser_of(app, desk.ids, "anna").get(f"/messages/{message_id}").text
    main = page[page.index("<main") : page.index("</main>")]
    assert "срок хранения истёк" in words(main)
    assert "уничтожено по сроку хранения" in words(main)
    assert "purge" not in words(main)
    assert re.findall(r"<form[^>]*>", main) == []
    assert "Доложить главе" not in main


def test_no_template_is_made_of_it(desk, clock):
    message_id = destroyed(desk, Status.ANSWERED)
    draft_id = db.session.scalar(db.select(Draft.id).where(Draft.reply.has(message_id=message_id)))
    with pytest.raises(WordsDestroyed):
        template_of_answer(draft_id, actor=desk.anna, now=clock.now() + timedelta(days=1))
    assert db.session.scalars(db.select(AnswerTemplate)).all() == []


def test_the_reasons_of_the_list_stay_with_the_figures_and_the_own_words_go(desk, clock):
    message = desk.in_status(Status.ON_APPROVAL)
    draft_id = db.session.scalar(db.select(Draft.id).where(Draft.reply.has(message_id=message.id)))
    remarks, given = f"{REASONS[4]}\nСпросите Петра Кима", {"actor": desk.anna, "now": clock.now()}
    return_draft(message.id, message.version, draft_id=draft_id, remarks=remarks, **given)
    dismiss_message(message.id, message.version, reason="Не о нас", **given)
    purge_all()
    assert db.session.get_one(Draft, draft_id, populate_existing=True).remarks == REASONS[4]
