"""In a real browser with the emulated VK: banned and unbanned, answered with a photo, corrected, stopped, by hand;
after an hour offline the missed comments are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.check.acts import verdicts
from osm.files.acts import files
from osm.files.acts.files import Upload
from osm.listening.acts import hearing
from osm.messages.acts import routing
from osm.models import Message, OverrideReason
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from tests.connections.conftest import CITIZEN, vk
from tests.desk import Desk
from tests.emulators.vk import KEYS
from tests.in_browser import violations
from tests.pictures import picture

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter", "vk"]

pytestmark = pytest.mark.browser

ASKED, ANSWER, RIGHT = (
    "Когда засыплют яму?",
    "Здравствуйте! Яму засыплют 27 ноября.",
    "Здравствуйте! Яму засыплют завтра.",
)
OTHER = 100501


@pytest.fixture
def work_after(vk, desk: Desk, clock: FixedClock) -> Callable[[int], None]:
    """The page is connected and heard; `work_after(seconds)` moves the clock and runs the worker's rounds."""
    connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=clock.now())

    def work_after(seconds: int) -> None:
        clock.set(clock.now() + timedelta(seconds=seconds))
        db.session.rollback()
        hearing.run(clock.now(), WHOLE)
        verdicts.read_due_comments(clock.now(), WHOLE)
        rounds.run("this process", clock.now(), WHOLE)

    work_after(0)
    vk.world.person(OTHER, "Пётр", "Иванов")
    return work_after


def ours(vk) -> list[dict]:
    return [one for one in vk.world.comments.values() if one["from_id"] == vk.world.owner]


def decided(page: Page, row: Locator, words: str) -> None:
    """Press a button of the queue and wait until the decision is stored."""
    with page.expect_response(lambda answer: "/moderation/" in answer.url and answer.request.method == "POST"):
        row.get_by_role("button", name=re.compile(f"^{words}( [ADBM])?$")).click()


def prepare(message: Message, desk: Desk, clock: FixedClock) -> None:
    """Boris sends the answer with a photo, and it is approved."""
    now = clock.now()
    routing.route_message(message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=now)
    files.attach_reply_photos(message.id, [Upload("яма.png", picture())], actor=desk.boris, now=now)
    drafting.submit_draft(
        message.id, message.version, text=ANSWER, kind="final", confirmed=True, actor=desk.boris, now=now
    )
    approval.approve_draft(
        message.id, message.version, draft_id=drafting.submitted_draft(message).id,
        override=Override(OverrideReason.IS_THERE), actor=desk.anna, now=now,
    )  # fmt: skip


def test_an_insult_goes_and_its_author_is_banned_and_freed(
    vk, desk: Desk, work_after: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    number = vk.world.write(vk.world.post("Ремонт дорог"), CITIZEN, "Вы все идиоты и твари")
    work_after(5)
    anna = enter("anna", TELEPHONE)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/moderation")
    row = anna.get_by_role("listitem").filter(has_text="идиоты").first
    row.get_by_label("Основание удаления").select_option("insult")
    decided(anna, row, "Удалить и в чёрный список")
    work_after(11)
    assert number not in vk.world.comments
    anna.goto(f"{root}/blacklist")
    anna.get_by_role("button", name="Утвердить", exact=True).first.click()
    work_after(5)
    assert CITIZEN in vk.world.bans
    anna.goto(f"{root}/blacklist/1")
    anna.get_by_text("Снять с чёрного списка").click()
    anna.get_by_label("Почему").last.fill("Извинился")
    anna.get_by_role("button", name="Снять", exact=True).click()
    work_after(5)
    assert vk.world.bans == {}
    anna.goto(f"{root}/moderation/decided")
    expect(anna.get_by_role("listitem").filter(has_text="идиоты").first).to_contain_text("Удалён")
    look(anna, "networks-decided")


def test_a_question_is_answered_corrected_and_everything_stopped_and_released(
    vk, desk: Desk, clock: FixedClock, work_after: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    number = vk.world.write(vk.world.post("Ремонт дорог"), OTHER, ASKED)
    work_after(5)
    anna = enter("anna", DESK)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/moderation")
    decided(anna, anna.get_by_role("listitem").filter(has_text=ASKED).first, "Взять в работу")
    db.session.rollback()
    message = db.session.scalars(db.select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    prepare(message, desk, clock)

    # Everything is stopped: the order waits, and each page says why.
    anna.goto(f"{root}/admin/pages/stops")
    anna.get_by_label("Причина").fill("Траур")
    anna.get_by_role("button", name="Остановить", exact=True).click()
    expect(anna.get_by_text("Публикации остановлены")).to_be_visible()
    anna.goto(f"{root}/messages/{message.id}/publish")
    anna.get_by_role("button", name="Опубликовать", exact=True).click()
    work_after(61)
    assert ours(vk) == []
    anna.goto(f"{root}/messages/{message.id}/publish")
    expect(anna.get_by_text("Придержано: публикации остановлены (Траур)")).to_be_visible()
    look(anna, "networks-held")
    anna.goto(f"{root}/admin/pages/stops")
    expect(anna.get_by_text("Опубликовать ответ")).to_be_visible()
    assert violations(anna) == []
    look(anna, "networks-stops")
    anna.get_by_role("button", name="Возобновить").click()
    expect(anna.get_by_text("Ничего не остановлено")).to_be_visible()
    work_after(5)
    (answer,) = ours(vk)
    assert (answer["text"], [one["type"] for one in answer["attachments"]]) == (ANSWER, ["photo"])
    assert answer["reply_to_comment"] == number

    # The answer is corrected on a telephone.
    anna = enter("anna", TELEPHONE)
    anna.goto(f"{root}/messages/{message.id}")
    anna.get_by_role("link", name="Исправить ответ").click()
    form = anna.locator("#step-correct_answer")
    expect(form.get_by_label("Текст ответа")).to_have_value(ANSWER)
    look(anna, "networks-correct-390")
    form.get_by_label("Текст ответа").fill(RIGHT)
    form.get_by_label("Почему").fill("Не тот день")
    form.get_by_role("button", name="Исправить ответ").click()
    expect(anna.get_by_text("Прежний текст остался в истории")).to_be_visible()
    work_after(61)
    assert [one["text"] for one in ours(vk)] == [RIGHT]
    anna.reload()
    expect(anna.get_by_text("ответ исправлен в соцсети программой")).to_be_visible()
    expect(anna.get_by_text("ответ размещён программой")).to_be_visible()


def test_a_key_loses_its_right_and_people_finish_by_hand(
    vk, desk: Desk, work_after: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    post = vk.world.post("Ремонт дорог")
    for text in ("Вы идиоты и твари", "Вы твари и идиоты, все"):
        vk.world.write(post, CITIZEN, text)
    work_after(5)
    anna = enter("anna", TELEPHONE)
    root = anna.url.rstrip("/")
    for _ in range(2):
        anna.goto(f"{root}/moderation")
        row = anna.get_by_role("listitem").filter(has_text="твари").first
        row.get_by_label("Основание удаления").select_option("insult")
        decided(anna, row, "Удалить")
    vk.refuse["wall.deleteComment"].append(27)
    work_after(11)
    anna.goto(f"{root}/moderation/outbox")
    expect(anna.get_by_text("as the test asks").first).to_be_visible()
    look(anna, "networks-by-hand-390")
    assert violations(anna) == []
    for number in list(vk.world.comments):
        vk.world.delete(number, 77)
    while anna.get_by_role("button", name="Выполнено: удалить комментарий").count():
        anna.get_by_role("button", name="Выполнено: удалить комментарий").first.click()
        anna.wait_for_load_state()
    expect(anna.get_by_text("В соцсетях делать нечего")).to_be_visible()


@pytest.mark.parametrize("remembers", [True, False], ids=["events are kept", "events are forgotten"])
def test_the_server_is_off_for_an_hour_and_misses_nothing(
    vk, clock: FixedClock, work_after: Callable[[int], None], enter: Callable[..., Page], remembers: bool
) -> None:
    world = vk.world
    world.now = int(clock.now().timestamp())
    post = world.post("Ремонт дорог")
    before = world.write(post, CITIZEN, "До остановки")
    work_after(5)
    calls = len(vk.serving.asked)
    world.tick(1200)
    world.write(post, OTHER, "Пока сервер стоял")
    world.write(post, OTHER, "Ответ в ветке", under=before)
    world.change(world.write(post, CITIZEN, "С опечаткай"), "Без опечатки")
    world.delete(world.write(post, CITIZEN, "Удалён самим автором"), CITIZEN)
    world.write(world.post("Второй пост"), CITIZEN, "Под новым постом")
    if not remembers:
        world.forget()
    assert len(vk.serving.asked) == calls
    work_after(3600)
    work_after(5)
    work_after(300)
    asked = [one.path.rpartition("/")[2] for one in vk.serving.asked[calls:]]
    assert ("wall.getComments" in asked) is not remembers
    anna = enter("anna", TELEPHONE)
    anna.goto(f"{anna.url.rstrip('/')}/moderation")
    said = anna.locator("li.comment .comment-text")
    texts = ["До остановки", "Пока сервер стоял", "Ответ в ветке", "Без опечатки", "Под новым постом"]
    for text in texts:
        expect(said.filter(has_text=text)).to_have_count(1)
    # A comment that was deleted before it was heard is known only from its event.
    gone = anna.locator("li.comment").filter(has_text="Удалён самим автором")
    expect(gone).to_have_count(1 if remembers else 0)
    if remembers:
        expect(gone).to_contain_text("удалён автором")
    expect(said).to_have_count(len(texts) + remembers)
    look(anna, f"networks-after-an-hour-{'kept' if remembers else 'forgotten'}")
