"""A common answer as others see it: the head, the press centre, colleagues; and when it is no longer offered."""

from __future__ import annotations

import re

import pytest

from osm.answers.acts import publication
from osm.base.transaction import transaction
from osm.models import LinkKind, LinkState, Message, MessageLink
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.desk import Desk
from tests.office import at
from tests.page_reading import sections

from .test_groups import begin, fresh, group, rows, send, three

__all__ = ["three"]


@pytest.mark.parametrize("login", ["gleb", "vera"])
def test_who_reads_every_card_reads_the_common_answer_and_changes_nothing(desk, anna, boris, three, request, login):
    page = begin(anna, desk, three)
    send(boris, three)
    reader = request.getfixturevalue(login)
    assert f'href="{page}"' in reader.get(f"/messages/{three[0].id}").text
    text = reader.get(page).text
    assert "МКУ «Дорожник» засыплет яму" in text
    assert all(f"№ {message.number}" in text for message in three)
    assert not re.findall(r'<form[^>]*action="(/groups[^"]*)"', text)
    assert f'href="{page}"' in reader.get("/groups").text


def test_the_head_sees_a_late_common_answer_in_one_row_counted(desk, anna, boris, gleb, three, clock):
    alone = desk.in_status(Status.IN_WORK)
    page = begin(anna, desk, three)
    clock.set(at("25.11 16:30"))
    listed = gleb.get("/?kind=late").text
    assert listed.count(f'<a href="{page}">Общий ответ № {group().id}</a>') == listed.count("3 сообщения") == 1
    assert f"№ {alone.number}<" in listed
    assert "самых давних" not in listed


def test_a_colleague_sees_it_in_one_row(app, desk, anna, three):
    page = begin(anna, desk, three)
    lidia = browser_of(app, desk.ids, "lidia")
    assert ("department", 3) in sections(lidia.get("/").text)
    listed = lidia.get("/?kind=department").text
    assert listed.count(f'<a href="{page}">') == listed.count("3 сообщения") == 1


def test_it_is_not_offered_once_everything_is_published(desk: Desk, anna, boris, three):
    late = desk.in_status(Status.NEW)
    begin(anna, desk, three)
    with transaction() as session:
        link = MessageLink(
            later_id=late.id, earlier_id=three[0].id, kind=LinkKind.SAME_MATTER, state=LinkState.PROPOSED, score=900
        )
        session.add(link)
    send(boris, three)
    given = {"group_version": group().version, "row": rows(three), "in_spite": "is_there"}
    assert anna.submit(f"/groups/{group().id}/approve", given).status_code == 303
    *first, last = map(fresh, three)
    for message in first:
        published(desk, message)
    assert "Присоединить к нему" in anna.get(f"/messages/{late.id}").text
    published(desk, last)
    assert "Присоединить к нему" not in anna.get(f"/messages/{late.id}").text


def published(desk: Desk, message: Message) -> None:
    publication.publish_by_hand(
        message.id,
        fresh(message).version,
        url=f"https://vk.com/wall-1_1?reply={message.id}",
        published_at=None,
        actor=desk.anna,
        now=at("25.11 11:10"),
    )
