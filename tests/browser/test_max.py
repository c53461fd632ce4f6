"""In a real browser with the emulated MAX: an obscene comment goes, the pages say why its author is not banned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.check.acts import verdicts
from osm.listening.acts import hearing
from osm.models import User
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from tests.desk import Desk
from tests.emulators.max import CHANNEL, KEYS, max_network
from tests.in_browser import violations

from .test_networks import decided
from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


@pytest.fixture
def world(app, clock: FixedClock):
    with max_network(limits=False, now=int(clock.now().timestamp() * 1000)) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"max": found.base})
        yield found
        app.extensions["osm"].settings = kept


def test_an_obscene_comment_goes_and_a_person_bans_whom_max_does_not(
    world, desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    def work_after(seconds: int) -> None:
        clock.set(clock.now() + timedelta(seconds=seconds))
        db.session.rollback()
        hearing.run(clock.now(), WHOLE)
        verdicts.read_due_comments(clock.now(), WHOLE)
        rounds.run("this process", clock.now(), WHOLE)

    with transaction() as session:
        session.scalars(db.select(User).filter_by(login="vera")).one().password_hash = desk.boris.password_hash
    post = world.post("График вывоза мусора")
    world.rights.discard("add_remove_members")
    connect_page("max", str(-CHANNEL), KEYS, actor=desk.anna, now=clock.now())
    work_after(0)

    # MAX names nobody: Вера deletes the comment, and the page says why she cannot ban its author.
    world.names_people = False
    number = world.write(post, 100500, "Анна Тестова", "Вы все идиоты и твари")
    work_after(60)
    vera = enter("vera", TELEPHONE)
    root = vera.url.rstrip("/")
    vera.goto(f"{root}/moderation")
    row = vera.get_by_role("listitem").filter(has_text="идиоты").first
    expect(row).to_contain_text("MAX не сообщает программе, кто это написал")
    expect(row.get_by_role("button", name="Удалить и в чёрный список")).to_be_disabled()
    look(vera, "max-nobody-390")
    assert violations(vera) == []
    row.get_by_label("Основание удаления").select_option("insult")
    decided(vera, row, "Удалить")
    work_after(11)
    assert number not in world.comments

    # MAX names him, but the bot may not ban: the deletion goes out, the ban becomes a task with the reason.
    world.names_people = True
    number = world.write(post, 100501, "Пётр Иванов", "Сами вы твари и идиоты")
    work_after(60)
    vera.goto(f"{root}/moderation")
    row = vera.get_by_role("listitem").filter(has_text="Пётр Иванов").first
    row.get_by_label("Основание удаления").select_option("insult")
    decided(vera, row, "Удалить и в чёрный список")
    work_after(11)
    assert number not in world.comments
    anna = enter("anna", DESK)
    anna.goto(f"{root}/blacklist")
    look(anna, "max-blacklist")
    anna.get_by_role("button", name="Утвердить", exact=True).first.click()
    expect(anna.get_by_text("автор внесён в чёрный список")).to_be_visible()
    work_after(5)
    assert not world.blocked
    vera.goto(f"{root}/moderation/outbox")
    expect(vera.get_by_text("Боту не дано право «добавлять и удалять участников»")).to_be_visible()
    look(vera, "max-by-hand-390")
    assert violations(vera) == []
    vera.get_by_role("button", name="Выполнено: заблокировать автора, Пётр Иванов").click()
    expect(vera.get_by_text("Выполнено вручную").first).to_be_visible()
    look(vera, "max-done-390")
