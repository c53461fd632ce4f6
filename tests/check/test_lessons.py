"""Every night the program learns from the office's decisions; what it learned is shown, judged and taken back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.check.acts import dictionary, due, rules, verdicts
from osm.check.acts.verdicts import digest
from osm.jobs.running import run_due
from osm.models import Comment, Event, OfficeLesson
from osm.regulation.blacklist import CommentGround, CommentState
from tests.office import at

pytestmark = pytest.mark.usefixtures("office")

EVENING = at("19.03 20:00")
NIGHT = at("20.03 03:30")
NEXT = at("21.03 03:30")
PLACES = ["двор", "школа", "площадь", "улица", "парк", "рынок", "мост", "берег", "вокзал", "стадион"]
KEPT = "У нас {place} и прыгалка на ней, дом {n}"
PLAIN = "Когда почистят {place} у дома {n}?"
GUITAR = "Гитара {place} и песни, {n}"


@pytest.fixture(autouse=True)
def word(office):
    """A word of the office that marks texts for a look."""
    for text, severity in (("прыгалка", "medium"), ("скакалка", "high")):
        given = {"kind": "lemma", "text": text, "category": "insult", "severity": severity}
        dictionary.add(dictionary.own_word(given), actor=office.anna, now=EVENING)


def comment(text: str, number: int, state: CommentState, ground: CommentGround | None = None) -> Comment:
    decided = None if state is CommentState.WAITING else EVENING + timedelta(seconds=number)
    return Comment(
        network="vk",
        external_id=f"{number}",
        text=text,
        text_digest=digest(text),
        stored_at=EVENING,
        decided_at=decided,
        state=state,
        ground=ground,
        evidence_sha256="0" * 64 if ground else None,
    )


def decide(*habits: tuple[str, int, CommentGround | None], first: int = 1) -> None:
    """So many texts of each shape, decided in random order."""
    chance = random.Random(first)
    rows = [(shape, ground) for shape, count, ground in habits for _ in range(count)]
    chance.shuffle(rows)
    with transaction() as session:
        for number, (shape, ground) in enumerate(rows, start=first):
            state = CommentState.DELETED if ground else CommentState.KEPT
            session.add(comment(shape.format(place=chance.choice(PLACES), n=number), number, state, ground))


def marks(text: str) -> list[str]:
    return [finding.rule for finding in verdicts.moderator().judge(text).findings]


def taken() -> list[OfficeLesson]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OfficeLesson).order_by(OfficeLesson.id)))


def learn(now=NIGHT) -> list[OfficeLesson]:
    rules.learn_due(now, None)
    return taken()


def test_a_mark_people_keep_is_dropped_and_one_press_restores_it(office):
    decide((KEPT, 60, None), (PLAIN, 200, None))
    before = verdicts.moderator().rules_version
    [lesson] = learn()
    assert lesson.wrong_before > lesson.wrong_after == 0
    assert lesson.missed_before == lesson.missed_after
    assert (lesson.decisions, lesson.judged_on) == (260, 52)
    assert marks("Прыгалка вы") == []
    assert verdicts.moderator().rules_version == f"{before}~{lesson.id}"
    rules.take_back(lesson.id, actor=office.anna, now=NIGHT)
    assert marks("Прыгалка вы") != []
    assert verdicts.moderator().rules_version == before
    assert learn(NEXT) == [lesson]
    rules.switch_on(verdicts.LEARNING, actor=office.anna, now=NEXT)
    assert len(learn(NEXT)) == 2


def test_taken_back_the_lesson_before_holds_again_though_nothing_new_is_learned(office):
    decide((KEPT, 60, None), (PLAIN, 200, None))
    [first] = learn()
    decide((GUITAR, 80, CommentGround.AD), (KEPT, 40, None), (PLAIN, 200, None), first=300)
    _, second = learn(NEXT)
    assert marks("Кому гитара?") != []
    with pytest.raises(ServiceError, match="сменила другая"):
        rules.take_back(first.id, actor=office.anna, now=NEXT)
    rules.take_back(second.id, actor=office.anna, now=NEXT)
    assert marks("Кому гитара?") == []
    assert marks("Прыгалка вы") == []


def test_names_are_not_learned():
    decide(("Иванов {place} и цветы, {n}", 60, CommentGround.INSULT), (PLAIN, 200, None))
    [lesson] = learn()
    assert "цветок" in lesson.learned["deleted"]["insult"]
    assert "иванов" not in lesson.learned["deleted"]["insult"]
    assert marks("Иванов молодец") == []


def test_a_word_that_people_delete_is_marked_with_its_place():
    decide((GUITAR, 60, CommentGround.AD), (PLAIN, 200, None))
    [lesson] = learn()
    assert lesson.missed_before > lesson.missed_after
    verdict = verdicts.moderator().judge("Кому гитара?")
    [found] = verdict.findings
    assert (verdict.decision, found.category, found.fragment) == ("review", "ad", "гитара")
    assert "«гитара»" in found.why


def test_what_proposes_exclusion_stays_even_if_people_keep_it():
    decide((KEPT.replace("прыгалка", "скакалка"), 150, None), (PLAIN, 200, None))
    assert learn() == []
    assert marks("Скакалка вы") != []


def test_it_learns_once_a_night_and_not_by_day_before_it():
    decide((PLAIN, 250, None))
    assert rules.learn_due(at("19.03 22:00"), None) == 1  # the night before had not learned
    assert rules.learn_due(at("19.03 23:00"), None) == 0
    assert rules.learn_due(at("20.03 02:00"), None) == 0
    assert rules.learn_due(NIGHT, None) == 1
    assert rules.learn_due(NIGHT + timedelta(hours=1), None) == 0


def test_too_few_decisions_teach_nothing_and_the_worker_learns_automatically():
    decide((KEPT, 60, None), (PLAIN, 60, None))
    run_due(NIGHT)
    assert taken() == []
    decide((KEPT, 60, None), (PLAIN, 60, None), first=1000)
    assert run_due(NEXT)["lessons"] == 1
    assert len(taken()) == 1


def test_what_waits_is_checked_again_after_a_lesson():
    with transaction() as session:
        row = comment("Прыгалка вы", 900, CommentState.WAITING)
        session.add(row)
        session.flush()
        due.enqueue_comments([row.id], due.ON_COMMENT)
        number = row.id
    run_due(EVENING)
    assert db.session.get_one(Comment, number).findings != []
    decide((KEPT, 60, None), (PLAIN, 200, None))
    run_due(NEXT)
    db.session.rollback()
    assert db.session.get_one(Comment, number, populate_existing=True).findings == []


def test_of_two_undoing_it_the_second_gets_a_conflict_and_logs(office):
    decide((KEPT, 60, None), (PLAIN, 200, None))
    [lesson] = learn()
    rules.take_back(lesson.id, actor=office.anna, now=NIGHT)
    with pytest.raises(ServiceError, match="уже не действует"):
        rules.take_back(lesson.id, actor=office.anna, now=NIGHT)
    said = db.session.execute(
        db.select(Event.action, Event.actor_id).where(Event.object_kind == "lesson").order_by(Event.id)
    ).all()
    assert [tuple(row) for row in said] == [("take_lesson", None), ("take_lesson_back", office.anna.id)]
