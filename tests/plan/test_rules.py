"""The rules of the content plan: who may take which step, «7 из 10», crowds and gaps, fields of the formats."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product

import pytest

from osm.plan.rules import (
    FIELDS,
    Count,
    Crowd,
    Format,
    Gap,
    PlanAct,
    Post,
    PublicationState,
    StepNotAllowed,
    check_whole,
    count_week,
    crowds,
    gaps,
    kept_fields,
    monday_of,
    next_state,
)
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role

STEPS = """
idea       write       curator moderator          draft
draft      write       curator moderator          draft
draft      submit      curator moderator          submitted
draft      approve     curator                    approved
submitted  take_back   curator moderator          draft
submitted  return      curator                    draft
submitted  approve     curator                    approved
submitted  correct     curator                    submitted
submitted  correct     moderator                  draft
approved   correct     curator                    approved
approved   correct     moderator                  draft
scheduled  correct     curator                    scheduled
scheduled  correct     moderator                  draft
failed     correct     curator                    failed
failed     correct     moderator                  draft
approved   schedule    curator moderator          scheduled
failed     schedule    curator moderator          scheduled
scheduled  unschedule  curator moderator          approved
approved   place       curator moderator system   published
scheduled  place       curator moderator system   published
failed     place       curator moderator system   published
scheduled  fail        system                     failed
cancelled  restore     curator moderator          draft
"""
EVERYWHERE = {"move": None, "cancel": "cancelled"}
"""Acts upon all that is still to come; None: the state stays."""
TO_COME = ("idea", "draft", "submitted", "approved", "scheduled", "failed")


def table() -> dict[tuple[str, str, str], str]:
    found = {}
    for line in STEPS.strip().splitlines():
        source, act, *roles, target = line.split()
        found |= {(source, act, role): target for role in roles}
    for source, (act, target), role in product(TO_COME, EVERYWHERE.items(), ("curator", "moderator")):
        found[source, act, role] = target or source
    return found


def test_the_table_of_steps_is_this_one_and_nothing_else():
    allowed = table()
    for state, act, role in product(PublicationState, PlanAct, Role):
        if target := allowed.get((state, act, role)):
            assert next_state(state, act, {role}) == target, (state, act, role)
        else:
            with pytest.raises(StepNotAllowed):
                next_state(state, act, {role})


def test_a_curator_who_also_moderates_acts_as_the_curator():
    assert next_state(PublicationState.APPROVED, PlanAct.CORRECT, {Role.MODERATOR, Role.CURATOR}) == "approved"


def test_a_refusal_says_who_may_or_its_state():
    with pytest.raises(StepNotAllowed, match="«Согласовать» может куратор"):
        next_state(PublicationState.SUBMITTED, PlanAct.APPROVE, {Role.MODERATOR})
    with pytest.raises(StepNotAllowed, match="состоянии «Опубликовано»"):
        next_state(PublicationState.PUBLISHED, PlanAct.MOVE, {Role.CURATOR})


def test_everything_has_its_words():
    assert (set(PublicationState.labels()), set(PlanAct.labels())) == (set(PublicationState), set(PlanAct))
    assert set(Format.labels()) == set(FIELDS) == set(Format)


MONDAY = date(2026, 11, 23)


def post(matter: str, page: int, day: int, time: str = "10:00", stands: bool = True) -> Post:
    """`day`: of November 2026."""
    return Post(matter, page, datetime.strptime(f"2026-11-{day} {time}", "%Y-%m-%d %H:%M"), stands)


def test_counted_per_page_and_in_all_by_matter():
    posts = [post("road", page, 23) for page in (1, 2, 3)] + [post("school", 1, 24), post("fair", 1, 29, "23:59")]
    posts += [post("snow", 2, 26, stands=False), post("road", 4, 27, stands=False)]
    week = count_week(MONDAY, [*posts, post("old", 1, 22), post("next", 1, 30)], (1, 2, 3, 4, 5))
    assert week.total == Count(3, 1)
    assert week.pages == {1: Count(3, 0), 2: Count(1, 1), 3: Count(1, 0), 4: Count(0, 1), 5: Count(0, 0)}


@pytest.mark.parametrize(("day", "monday"), [(22, 16), (23, 23), (29, 23), (30, 30)])
def test_the_week_is_monday_to_sunday(day, monday):
    assert monday_of(date(2026, 11, day)) == date(2026, 11, monday)


def test_five_posts_of_a_page_in_an_hour_are_a_crowd():
    four = [post(str(n), 1, 24, f"10:{n:02}") for n in (0, 10, 20, 30)]
    assert crowds([*four, post("5", 1, 24, "11:00"), post("6", 2, 24, "10:40")]) == []
    assert crowds([*four, post("5", 1, 24, "10:59")]) == [Crowd(1, four[0].at, 5)]
    assert crowds([post(str(n), 1, 24, f"10:{n:02}") for n in range(0, 60, 5)]) == [Crowd(1, four[0].at, 12)]


def test_days_without_a_post_are_a_gap():
    posts = [post("a", 1, 23), post("b", 1, 25), post("c", 1, 28)]
    week = MONDAY, MONDAY + timedelta(days=6)
    assert gaps(posts, (1,), *week) == [Gap(1, date(2026, 11, 26), date(2026, 11, 27))]
    assert [gap.days for gap in gaps(posts, (1, 2), *week)] == [2, 7]


def test_a_format_keeps_its_own_fields_only():
    given = {"question": " Где ёлка? ", "options": "Площадь\n\n Парк ", "link": "https://vk.com"}
    assert kept_fields(Format.POLL, given) == {"question": "Где ёлка?", "options": "Площадь\nПарк"}
    assert kept_fields(Format.TEXT, given) == {}
    check_whole(Format.POLL, kept_fields(Format.POLL, given))
    with pytest.raises(MissingInput, match="хотя бы два"):
        check_whole(Format.POLL, kept_fields(Format.POLL, {**given, "options": "Площадь"}))
    with pytest.raises(MissingInput, match="https://"):
        kept_fields(Format.LIVE, {"link": "vk.com"})
