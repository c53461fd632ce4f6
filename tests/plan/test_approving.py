"""What a curator approves is checked at that moment, however it came to the approval (П.11, Пр.2.3)."""

from __future__ import annotations

import pytest

from osm.files.acts.files import Upload
from osm.models import VersionDecision
from osm.plan.acts import news, outgoing
from osm.plan.rules import PlanAct
from osm.regulation.errors import MissingInput
from tests.desk import NOW
from tests.pictures import picture

POLL = {"question": "Где ставить ёлку?", "options": "Парк\nПлощадь"}


def saved(plan, row, written, then=None, who="anna"):
    return outgoing.save(row.id, row.version, written, then=then, actor=getattr(plan.desk, who), now=NOW)


def submitted_and_taken_back(plan, written, *, with_photo=False):
    """Submitted whole by the moderator, who then takes it back."""
    row = saved(plan, plan.idea(), written, who="vera")
    if with_photo:
        shots = news.reduced([Upload("каток.jpg", picture("JPEG"))])
        news.add(row.id, row.version, shots, actor=plan.desk.vera, now=NOW)
    saved(plan, row, written, PlanAct.SUBMIT, "vera")
    outgoing.take_back(row.id, row.version, actor=plan.desk.vera, now=NOW)
    return row


def without_photo(plan):
    written = plan.written(form="photo")
    row = submitted_and_taken_back(plan, written, with_photo=True)
    news.change(row.id, row.version, row.photos[0].id, None, actor=plan.desk.vera, now=NOW)
    return row, written, "ни одного фото"


def without_questions(plan):
    row = submitted_and_taken_back(plan, plan.written(form="poll", fields=POLL))
    return row, plan.written(form="poll", fields={}), "Напишите вопрос"


def without_text(plan):
    row = submitted_and_taken_back(plan, plan.written())
    return row, plan.written(""), "Текста ещё нет"


LACKS = [without_photo, without_questions, without_text]


@pytest.mark.parametrize("lacks", LACKS)
@pytest.mark.parametrize("way", ["saved and approved", "saved, then approved"])
def test_what_has_lost_something_since_it_was_submitted_is_not_approved(plan, lacks, way):
    row, written, words = lacks(plan)
    seen = len(row.versions)
    if way == "saved, then approved":
        saved(plan, row, written, who="vera")
    with pytest.raises(MissingInput, match=words):
        if way == "saved and approved":
            saved(plan, row, written, PlanAct.APPROVE)
        else:
            outgoing.approve(row.id, row.version, actor=plan.desk.anna, now=NOW)
    row = plan.again(row)
    assert (row.state, row.approved_at, len(row.versions)) == ("draft", None, seen)


def test_nor_while_it_waits_or_after_its_approval(plan):
    row, whole = plan.idea(), plan.written(form="photo")
    row = saved(plan, row, whole, who="vera")
    shots = news.reduced([Upload("каток.jpg", picture("JPEG"))])
    news.add(row.id, row.version, shots, actor=plan.desk.vera, now=NOW)
    for then in (PlanAct.SUBMIT, PlanAct.APPROVE):
        saved(plan, row, whole, then)
        with pytest.raises(MissingInput, match="ни одного фото"):
            news.change(row.id, row.version, row.photos[0].id, None, actor=plan.desk.anna, now=NOW)
        row = plan.again(row)
        with pytest.raises(MissingInput, match="Напишите вопрос"):
            saved(plan, row, plan.written(form="poll", fields={}))
        row = plan.again(row)


def test_approving_from_a_draft_makes_a_separate_edition(plan):
    """The one that was taken back stays undecided."""
    row = submitted_and_taken_back(plan, plan.written())
    saved(plan, row, plan.written(), PlanAct.APPROVE)
    assert [one.decision for one in row.versions] == [None, VersionDecision.APPROVED]
    assert row.versions[-1].made_by_id == plan.desk.ids["anna"]
