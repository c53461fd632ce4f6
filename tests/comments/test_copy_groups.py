"""A mailing is decided at once on its own page, and undone at once: all of it, or nothing of it (Пр.2.6)."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import copies, verdicts
from osm.comments.acts import comments, holds
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.acts.importing import import_comments
from osm.models import BlacklistProposal, Comment, Event, OutboxAction, User
from osm.regulation.blacklist import CommentGround, CommentState, OutboxState
from tests.conftest import MORNING
from tests.likeness.wave import BAIT, changed

from .conftest import CIVIL, line

ALL = 40


@pytest.fixture
def wave(app, cast):
    """Forty near copies of one bait from four profiles under two posts, grouped and checked, and a civil comment."""
    chance = Random(40)
    lines = [
        line(id=n, text=changed(BAIT, 0.05, chance), author_id=str(n % 4 + 1), author_name=f"Займ {n % 4 + 1}")
        for n in range(1, ALL + 1)
    ]
    with app.app_context():
        import_comments([*lines, line(id=99, text=CIVIL, author_id="99")], actor=None, now=MORNING)
        copies.read_due(MORNING)
        verdicts.read_due_comments(MORNING)
        return list(db.session.scalars(db.select(Comment.id).order_by(Comment.id)))[:ALL]


def chosen_on(page: str, action: str) -> list[str]:
    """The copies that the form lists."""
    form = re.search(rf'<form[^>]*action="[^"]*{action}".*?</form>', page, re.S)
    return re.findall(r'name="row" value="(\d+:\d+)"', form[0]) if form else []


def states(app) -> list[CommentState]:
    with app.app_context():
        return list(db.session.scalars(db.select(Comment.state).order_by(Comment.id)))


def logged(app) -> list[str]:
    with app.app_context():
        of_comments = db.select(Event.action).where(Event.object_kind == "comment").order_by(Event.id)
        return list(db.session.scalars(of_comments))


def send(browser, comment_id: int, act: str = "decide", **fields):
    """Send the form as the page has it."""
    rows = chosen_on(browser.get(f"/moderation/{comment_id}/copies").text, act)
    return browser.submit(f"/moderation/{comment_id}/copies/{act}", {"row": rows, **fields})


def test_the_queue_marks_a_mailing_and_leads_to_it(wave, vera):
    page = vera.get("/moderation").text
    row = page.split(f'id="comment-{wave[0]}"')[1].split("</li>")[0]
    assert "×40 копий" in row
    assert f'href="/moderation/{wave[0]}/copies">решить все 40</a>' in row
    assert "Почти таких же текстов за две недели" in row


def test_the_page_shows_the_authors_and_all_that_can_be_decided(wave, vera):
    page = vera.get(f"/moderation/{wave[7]}/copies").text
    assert "Рассылка: 40 копий" in page
    assert all(f"<span>Займ {number} ×10</span>" in page for number in (1, 2, 3, 4))
    assert {int(row.split(":")[0]) for row in chosen_on(page, "decide")} == set(wave)
    assert '<option value="spam" selected>' in page


@pytest.mark.parametrize(
    ("choice", "state", "outbox", "proposals"),
    [
        (Choice.DELETE, CommentState.DELETED, ALL, 0),
        (Choice.BLACKLIST, CommentState.DELETED, ALL, 4),
        (Choice.KEEP, CommentState.KEPT, 0, 0),
    ],
)
def test_all_are_decided_by_one_form_and_taken_back_by_another(app, wave, vera, choice, state, outbox, proposals):
    answer = send(vera, wave[0], choice=choice, ground="spam", reason="Рассылка займов")
    assert (answer.status_code, answer.location) == (303, f"/moderation/{wave[0]}/copies")
    assert states(app) == [state] * ALL + [CommentState.WAITING]
    assert logged(app) == ["comment_keep" if choice is Choice.KEEP else "comment_delete"] * ALL
    with app.app_context():
        pending = db.select(db.func.count()).select_from(OutboxAction).where(OutboxAction.state == OutboxState.PENDING)
        assert db.session.scalar(pending) == outbox
        assert db.session.scalar(db.select(db.func.count()).select_from(BlacklistProposal)) == proposals
        assert set(db.session.scalars(db.select(Comment.reason).where(Comment.id.in_(wave)))) == {"Рассылка займов"}
    assert "Отменить все 40" in vera.get(f"/moderation/{wave[3]}/copies").text
    assert send(vera, wave[3], "undo").status_code == 303
    assert states(app) == [CommentState.WAITING] * (ALL + 1)
    assert logged(app)[ALL:] == ["comment_undo"] * ALL
    with app.app_context():
        assert db.session.scalar(pending) == 0


def test_several_authors_are_not_spoken_of_as_one(wave, vera):
    said = vera.get(send(vera, wave[0], choice=Choice.BLACKLIST, ground="spam").location).text
    assert "Будет удалено, авторы предложены в чёрный список: 40 комментариев." in said


def test_a_deletion_needs_a_ground_and_keeps_the_words(app, wave, vera):
    answer = send(vera, wave[0], choice="delete", ground="", reason="Это спам")
    assert answer.status_code == 422
    assert "Выберите основание" in answer.text
    assert 'value="Это спам"' in answer.text
    assert states(app) == [CommentState.WAITING] * (ALL + 1)


def test_what_another_holds_is_left_to_him(app, wave, vera, anna):
    anna.get("/moderation")
    page = vera.get(f"/moderation/{wave[0]}/copies").text
    assert len(chosen_on(page, "decide")) == ALL - holds.TOGETHER
    assert f"Анна Ларина сейчас разбирает {holds.TOGETHER} копий отсюда" in page
    assert f"Решить {ALL - holds.TOGETHER} из {ALL}" in page


def test_one_taken_in_between_refuses_all_of_them(app, wave, vera, cast):
    rows = chosen_on(vera.get(f"/moderation/{wave[0]}/copies").text, "decide")
    with app.app_context(), transaction() as session:
        held = session.get_one(Comment, wave[5])
        held.held_by_id, held.held_until, held.hold_key = cast["anna"], MORNING + timedelta(minutes=5), "x"
    fields = {"row": rows, "choice": "delete", "ground": "spam", "reason": "Займы"}
    answer = vera.submit(f"/moderation/{wave[0]}/copies/decide", fields)
    assert answer.status_code == 409
    assert "этот комментарий сейчас разбирает Анна Ларина" in answer.text
    assert 'value="Займы"' in answer.text
    assert states(app) == [CommentState.WAITING] * (ALL + 1)


def test_what_was_sent_is_not_undone_and_neither_is_the_rest(app, wave, vera):
    send(vera, wave[0], choice="delete", ground="spam")
    here = f"/moderation/{wave[0]}/copies"
    rows = chosen_on(vera.get(here).text, "undo")
    with app.app_context(), transaction() as session:
        gone = session.scalars(db.select(OutboxAction).where(OutboxAction.comment_id == wave[9])).one()
        gone.state, gone.settled_at = OutboxState.DONE_BY_HAND, MORNING
    answer = vera.submit(f"{here}/undo", {"row": rows})
    assert answer.status_code == 409
    assert "удаление в соцсети уже выполнено" in answer.text
    page = vera.get(here).text
    assert "Отменить здесь нельзя: удаление в соцсети выполнено" in page
    assert "Отменить все" not in page
    assert states(app) == [CommentState.DELETED] * ALL + [CommentState.WAITING]


def test_one_decided_alone_is_shown_apart_and_not_undone_with_others(app, wave, vera):
    with app.app_context():
        anna = db.session.scalars(db.select(User).where(User.login == "anna")).one()
        alone = [Chosen(wave[0], 1)]
        comments.decide(alone, Choice.DELETE, ground=CommentGround.AD, actor=anna, now=MORNING - timedelta(hours=1))
    send(vera, wave[1], choice="keep")
    page = vera.get(f"/moderation/{wave[1]}/copies").text
    assert "Отменить все 39" in page
    assert "Отменить решение" in page
    assert states(app)[:2] == [CommentState.DELETED, CommentState.KEPT]


def test_a_comment_without_near_copies_has_no_such_page(wave, vera):
    assert vera.get(f"/moderation/{wave[-1] + 1}/copies").status_code == 404


def test_the_same_complaint_from_many_is_proposed_for_nothing(app, cast, vera):
    chance = Random(6)
    complaint = "Когда уберут снег во дворе на улице Чехова? Вторую неделю не можем выехать из двора"
    lines = [line(id=n, text=changed(complaint, 0.03, chance), author_id=str(n)) for n in range(1, 7)]
    with app.app_context():
        import_comments(lines, actor=None, now=MORNING)
        copies.read_due(MORNING)
        verdicts.read_due_comments(MORNING)
        number = db.session.scalars(db.select(Comment.id)).first()
    queue = vera.get("/moderation").text
    assert "×6 копий" in queue
    assert not re.search(r'<option value="\w+" selected>', queue)
    page = vera.get(f"/moderation/{number}/copies").text
    assert "Рассылка: 6 копий" in page
    assert '<option value="">Основание…</option>' in page
    assert not re.search(r'<option value="\w+" selected>', page)
    assert "Одинаковая критика — не спам" in page
    answer = send(vera, number, choice="delete", ground="")
    assert answer.status_code == 422


def test_enter_in_the_reason_decides_nothing(app, wave, vera):
    """Browsers then press the first button of the form, which carries no decision."""
    page = vera.get(f"/moderation/{wave[0]}/copies").text
    form = re.search(r'<form[^>]*action="[^"]*copies/decide".*?</form>', page, re.S)[0]
    assert 'value="" hidden' in re.findall(r"<button[^>]*>", form)[0]
    answer = send(vera, wave[0], ground="spam", reason="бот", choice="")
    assert (answer.status_code, "Выберите решение" in answer.text) == (422, True)
    assert 'value="бот"' in answer.text
    assert set(states(app)) == {CommentState.WAITING}
