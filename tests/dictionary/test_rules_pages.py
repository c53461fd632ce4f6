"""`/admin/rules`: a rule is looked at, switched off and on; what was learned from decisions is read and removed."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import dictionary, verdicts
from osm.check.acts.verdicts import digest
from osm.models import Comment, CommentFindingAnswer, FindingReply, OfficeLesson
from osm.regulation.blacklist import CommentState
from osm.regulation.words import Ground
from tests.desk import NOW

pytestmark = pytest.mark.usefixtures("desk")

PAGE = "/admin/rules"
TEXT = "Вы там все прыгалки"


@pytest.fixture
def rule(desk) -> str:
    """A rule that was right about three texts and wrong about forty."""
    given = {"kind": "lemma", "text": "прыгалка", "category": "insult", "severity": "medium"}
    dictionary.add(dictionary.own_word(given), actor=desk.anna, now=NOW)
    [found] = verdicts.moderator().judge(TEXT).findings
    with transaction() as session:
        row = Comment(network="vk", external_id="1", text="а", text_digest=digest("а"), stored_at=NOW)
        session.add(row)
        session.flush()
        for number in range(43):
            reply = FindingReply.EXCLUDED if number < 3 else FindingReply.WRONG
            given = {"comment_id": row.id, "rules": "1", "rule": found.rule, "lemma": found.lemma, "start": 0, "end": 1}
            session.add(
                CommentFindingAnswer(
                    **given, category=Ground.INSULT, reply=reply, replied_at=NOW, replied_by_id=desk.anna.id
                )
            )
    return found.rule


@pytest.fixture
def lesson(desk) -> int:
    learned = {
        "right": {},
        "silence_below": 0.0,
        "deleted": {"ad": {"гитара": 0.9}},
        "raise_from": 0.7,
    }
    with transaction() as session:
        counts = {"decisions": 2060, "judged_on": 412, "wrong_before": 31, "wrong_after": 9}
        row = OfficeLesson(at=NOW, learned=learned, **counts, missed_before=4, missed_after=4)
        session.add(row)
        session.flush()
        return row.id


def found_in(text: str):
    db.session.rollback()
    return verdicts.moderator().judge(text).findings


def words(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_it_shows_how_often_each_rule_and_word_was_right_and_advises(dina, rule):
    said = words(dina.get(PAGE))
    assert "верно: 3" in said
    assert "ошибочно: 40" in said
    assert "«прыгалка»: верно 3, ошибочно 40" in said
    assert "Почти всегда ошибается" in said


def test_off_after_a_look_and_on_again(anna, rule):
    assert "Выключить" in words(anna.get(f"{PAGE}/off?rule={rule}"))
    answer = anna.submit(f"{PAGE}/off", {"rule": rule})
    assert answer.location == PAGE
    assert "Выключено" in words(anna.get(PAGE))
    assert found_in(TEXT) == ()
    assert anna.submit(f"{PAGE}/off", {"rule": rule}).location == PAGE
    assert "раньше вас" in words(anna.get(PAGE))
    anna.submit(f"{PAGE}/on", {"rule": rule})
    assert found_in(TEXT) != ()


def test_the_administrator_reads_numbers_and_no_texts_of_citizens(desk, anna, dina, rule):
    desk.incident("25.11 10:05", text=TEXT)
    asked = f"{PAGE}/off?rule={rule}"
    assert "Снимет пометки с 1 текста" in words(dina.get(asked))
    assert "Вы там все" not in words(dina.get(asked))
    assert "Вы там все прыгалки" in words(anna.get(asked))


def test_there_is_no_such_rule_or_lesson(anna, lesson):
    assert anna.get(f"{PAGE}/off?rule=nothing").status_code == 404
    assert anna.submit(f"{PAGE}/off", {"rule": "nothing"}).status_code == 404
    anna.submit(f"{PAGE}/lessons/777/take-back", {})
    assert "уже не действует" in words(anna.get(f"{PAGE}/lessons"))


def test_what_was_learned_is_shown_in_words_and_undone_by_press(anna, vera, lesson):
    said = words(vera.get(f"{PAGE}/lessons"))
    assert (
        "Из 412 последних решений: ошибочно отмечено было бы 9 вместо 31, пропущено 4 вместо 4. "
        "Всего просмотрено 2060 решений." in said
    )
    assert "«гитара»" in said
    assert "Отменить" not in said
    assert found_in("Кому гитара?") != ()
    anna.submit(f"{PAGE}/lessons/{lesson}/take-back", {})
    said = words(anna.get(f"{PAGE}/lessons"))
    assert "отменена" in said
    assert "Обучение выключено" in said
    assert found_in("Кому гитара?") == ()
    anna.submit(f"{PAGE}/on", {"rule": verdicts.LEARNING})
    assert "Обучение выключено" not in words(anna.get(f"{PAGE}/lessons"))


def test_a_comment_with_wrong_marks_is_grey_and_last(vera, rule):
    with transaction() as session:
        for number, text in ((2, "Прыгалка ты рыжая"), (3, "Когда дадут свет?")):
            session.add(
                Comment(
                    network="vk",
                    external_id=f"{number}",
                    text=text,
                    text_digest=digest(text),
                    stored_at=NOW,
                    state=CommentState.WAITING,
                )
            )
    db.session.rollback()
    with transaction():
        verdicts.check(list(db.session.scalars(db.select(Comment.id))), NOW)
    shown = words(vera.get("/moderation"))
    assert "оскорбление: здесь обычно ошибочно" in shown
    assert shown.index("Прыгалка ты") < shown.index("Когда дадут свет"), "last of what is marked"
