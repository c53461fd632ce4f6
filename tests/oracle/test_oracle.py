"""The reference model against the hand-computed cases, a count of single minutes, and lives written by hand."""

import json
import os
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from .life import OPEN, SHUT, TABLE, Life, NotAllowed
from .minutes import MINUTE, TZ, Calendar, UnknownYear, add, end_of_working_day, next_working, subtract

BESIDE = Path(__file__).resolve().parents[2].parent / "shared"
SHARED = Path(os.environ.get("ORACLE_SHARED") or (BESIDE if BESIDE.exists() else "/work/shared"))
FACTS = SHARED / "calendar"
CASES = json.loads((FACTS / "deadline_cases.json").read_text("utf-8"))
OFFICE = Calendar(FACTS)


def at(text, year=2026):
    """ "17.03 09:00" in local time."""
    return datetime.strptime(f"{year}.{text}", "%Y.%d.%m %H:%M").replace(tzinfo=TZ)


# The 38 cases


def edition(case):
    rows = case.get("overrides", [])
    overrides = {row["date"]: "off" if row["kind"] == "day_off" else row["intervals"] for row in rows}
    return Calendar(FACTS, CASES["schedules"][case["schedule"]], overrides, case.get("presidential", False))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_hand_computed_case(case):
    calendar = edition(case)
    if "deadline" in case:
        due = datetime.fromisoformat(case["deadline"])
        found = {"draft_due": subtract(calendar, due, case["subtract_working_minutes"])}
    else:
        event = datetime.fromisoformat(case.get("input_utc", case["event"]))
        answer, reserve = {"normal": (420, 180), "high": (180, 120)}[case["importance"]]
        found = {
            "count_start": next_working(calendar, event),
            "answer_due": add(calendar, event, answer),
            "draft_due": subtract(calendar, add(calendar, event, answer), reserve),
            "approve_due": add(calendar, event, 30),
            "final_due": end_of_working_day(calendar, event, 3),
            "route_due": add(calendar, event, 60),
            "part_due": add(calendar, event, 120),
        }
    expected = {name: datetime.fromisoformat(value) for name, value in case["expect"].items()}
    assert {name: found[name] for name in expected} == expected


def test_there_are_38_cases():
    assert len(CASES["cases"]) == 38


# Minutes


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_year_has_the_official_number_of_days_and_hours(year):
    facts = json.loads((FACTS / f"{year}.json").read_text("utf-8"))
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(bool(OFFICE.minutes(day)) for day in days) == facts["checks"]["work_days"]
    eight = Calendar(FACTS, {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "18:00"), "lunch": ("13:00", "14:00")})
    assert sum(len(eight.minutes(day)) for day in days) == facts["checks"]["norm_hours_40"] * 60


def test_add_and_subtract_agree_with_a_count_of_single_minutes():
    chance = random.Random(215)
    for _ in range(60):
        start = at("01.04 00:00") + chance.randrange(60 * 24 * 60) * MINUTE
        pause_start = start + chance.randrange(-300, 3000) * MINUTE
        pauses = [(pause_start, pause_start + chance.randrange(3000) * MINUTE)]
        n = chance.randrange(1, 900)

        def counts(minute, pauses=pauses):
            return OFFICE.is_working(minute) and not pauses[0][0] <= minute < pauses[0][1]

        forward, left = start, n
        while left:
            left -= counts(forward)
            forward += MINUTE
        assert add(OFFICE, start, n, pauses) == forward
        back, left = start, n
        while left:
            back -= MINUTE
            left -= counts(back)
        assert subtract(OFFICE, start, n, pauses) == back
        assert add(OFFICE, back, n, pauses) <= start


def test_overrides():
    calendar = Calendar(
        FACTS,
        overrides={
            date(2026, 3, 17): "off",
            "2026-03-21": "work",
            "2026-05-08": "work",
            "2026-03-18": [("10:00", "12:00")],
        },
    )
    assert calendar.minutes(date(2026, 3, 17)) == ()
    assert len(calendar.minutes(date(2026, 3, 21))) == 8 * 60 + 12  # a Saturday with Monday's hours
    assert len(calendar.minutes(date(2026, 5, 8))) == 7 * 60 + 12  # no longer shortened
    assert calendar.minutes(date(2026, 3, 18)) == tuple(range(600, 720))


def test_nothing_is_guessed_beyond_the_known_years():
    with pytest.raises(UnknownYear):
        add(OFFICE, at("30.12 17:00", 2027), 420)


def test_a_day_closed_at_its_end_does_not_count():
    pause = [(at("20.03 16:00"), at("23.03 10:00"))]  # Wed, Thu, then Friday's close is lost: Monday's is the third
    assert end_of_working_day(OFFICE, at("17.03 12:00"), 3) == at("20.03 17:00")
    assert end_of_working_day(OFFICE, at("17.03 12:00"), 3, pause) == at("23.03 18:00")
    within_the_day = [(at("18.03 10:00"), at("18.03 17:59"))]
    assert end_of_working_day(OFFICE, at("17.03 12:00"), 3, within_the_day) == at("20.03 17:00")


# Lives. Tuesday 17.03.2026 and after; lunch 13:00-13:48


def one(life, kind, now=None, whose=None, nth=-1):
    return [clock for clock in life.clocks(now) if (clock.kind, clock.whose) == (kind, whose)][nth]


def states(life, now=None):
    return [(clock.kind, clock.whose, clock.state) for clock in life.clocks(now)]


def routed(importance="normal", executors=(("boris", 1, None),)):
    life = Life(OFFICE, at("17.03 09:00"), importance=importance)
    life.route(at("17.03 09:30"), list(executors))
    return life


def approved(kind="final", **how):
    life = routed(**how)
    life.submit_draft(at("17.03 11:00"), kind)
    life.approve(at("17.03 11:10"))
    return life


def test_plain_life():
    life = approved()
    life.publish(at("17.03 12:00"), "final")
    assert life.status == "answered"
    assert states(life) == [(kind, None, "met") for kind in ("route", "answer", "draft", "approve")]
    assert one(life, "answer").due_at == at("17.03 17:18")
    assert one(life, "draft").due_at == at("17.03 14:18")
    assert not any(clock.breached_at for clock in life.clocks(at("30.03 10:00")))


def test_exactly_at_the_due_instant_is_in_time():
    life = Life(OFFICE, at("17.03 09:00"))
    assert one(life, "route", at("17.03 10:00")).breached_at is None
    assert one(life, "route", at("17.03 10:01")).breached_at == at("17.03 10:00")
    life.route(at("17.03 10:00"), [("boris", 1, None)])
    assert one(life, "route").state == "met"
    assert one(life, "route").breached_at is None


def test_route_of_another_source_is_internal():
    life = Life(OFFICE, at("17.03 09:00"), origin="other")
    assert one(life, "route").internal
    assert one(life, "route", at("17.03 11:00")).breached_at == at("17.03 10:00")


def test_high_importance_counts_from_receipt():
    life = Life(OFFICE, at("17.03 20:00"), importance="high")
    assert one(life, "answer").started_at == at("18.03 09:00")
    assert one(life, "answer").due_at == at("18.03 12:00")
    life.select(at("18.03 09:30"))
    assert one(life, "draft").due_at == at("18.03 10:00")
    assert len(life.clocks()) == 3


def test_closing_makes_no_new_breach_and_restoring_does_not_count_the_closed_time():
    life = Life(OFFICE, at("17.03 09:00"))
    life.select(at("17.03 09:00"))
    life.dismiss(at("17.03 10:30"))  # route was due at 10:00
    assert {clock.state for clock in life.clocks(at("30.03 09:00"))} == {"closed"}
    assert [bool(clock.breached_at) for clock in life.clocks(at("30.03 09:00"))] == [True, False, False]
    life.restore(at("18.03 10:30"))
    assert life.status == "new"
    assert one(life, "route").breached_at == at("17.03 10:00")
    assert one(life, "answer").due_at == at("18.03 16:48")  # 5 h 30 were left: 2 h 30 to lunch, 3 h after it
    life.select(at("18.03 10:31"))
    assert len(life.clocks()) == 3


def test_restored_after_routing_brings_no_new_route_and_no_parts():
    life = routed(executors=[("boris", 1, None), ("vera", 1, None)])
    life.exclude(at("17.03 10:00"))
    life.restore(at("17.03 11:00"))
    assert [clock.kind for clock in life.clocks() if clock.state == "running"] == ["answer", "draft"]
    assert "reroute" not in life.allowed()
    assert "route" in life.allowed()


def test_parts_in_order():
    life = routed(executors=[("boris", 1, None), ("vera", 1, 30), ("ivan", 5, None)])
    assert one(life, "part", whose="vera").due_at == at("17.03 10:00")
    life.submit_part(at("17.03 09:50"), "vera")
    life.submit_part(at("17.03 10:00"), "boris")
    assert one(life, "part", whose="ivan").started_at == at("17.03 10:00")
    life.return_part(at("17.03 10:10"), "vera")
    assert one(life, "rework", whose="vera").due_at == at("17.03 11:10")
    life.substitute(at("17.03 10:20"), "ivan", "oleg")
    assert one(life, "part", whose="ivan").state == "replaced"
    assert one(life, "part", whose="oleg").due_at == at("17.03 12:20")
    life.remove_executor(at("17.03 10:30"), "vera")
    life.remove_executor(at("17.03 10:30"), "boris")
    assert one(life, "part", whose="oleg").state == "closed"
    with pytest.raises(NotAllowed):
        life.remove_executor(at("17.03 10:40"), "oleg")


def test_second_executor_makes_parts_of_both():
    life = routed()
    life.add_executor(at("17.03 10:00"), "vera", minutes=60)
    assert one(life, "part", whose="boris").due_at == at("17.03 12:00")
    assert one(life, "part", whose="vera").due_at == at("17.03 11:00")
    life.reroute(at("17.03 10:10"), "ivan")
    assert states(life)[-2:] == [("part", "boris", "replaced"), ("part", "vera", "replaced")]


def test_withdrawn_draft_gets_its_old_terms_back():
    life = routed(executors=[("boris", 1, None), ("vera", 2, None)])
    life.submit_draft(at("17.03 11:00"), "final")
    assert one(life, "part", whose="boris").state == "closed"
    life.withdraw_draft(at("17.03 14:30"))
    assert life.status == "in_work"
    assert one(life, "draft", at("17.03 14:30")).breached_at == at("17.03 14:18")
    assert one(life, "part", at("17.03 14:30"), "boris").breached_at == at("17.03 11:30")
    assert one(life, "approve").state == "closed"
    assert one(life, "approve").breached_at == at("17.03 11:30")


def test_return_rework_and_revoke():
    life = routed()
    life.submit_draft(at("17.03 11:00"), "final")
    life.return_draft(at("17.03 11:40"))
    assert one(life, "approve").breached_at == at("17.03 11:30")
    assert one(life, "rework").due_at == at("17.03 12:40")
    life.submit_draft(at("17.03 12:00"), "final")
    life.withdraw_draft(at("17.03 12:10"))
    assert life.status == "rework"
    assert one(life, "rework").state == "running"
    life.submit_draft(at("17.03 12:20"), "final")
    life.correct_and_approve(at("17.03 12:30"))
    life.revoke(at("17.03 12:40"))
    assert life.status == "rework"
    assert one(life, "rework").due_at == at("17.03 14:28")


def test_publication_entered_late_was_in_time():
    life = approved()
    assert one(life, "answer", at("18.03 09:00")).breached_at == at("17.03 17:18")
    life.publish(at("18.03 09:00"), "final", published_at=at("17.03 17:18"))
    assert one(life, "answer").breached_at is None
    assert one(life, "answer").ended_at == at("17.03 17:18")
    life.correct_time(at("18.03 09:10"), at("17.03 17:19"))
    life.correct_time(at("18.03 09:10"), at("17.03 17:00"))
    assert one(life, "answer").breached_at == at("17.03 17:18")
    assert one(life, "answer").ended_at == at("17.03 17:00")
    with pytest.raises(NotAllowed):
        life.correct_time(at("18.03 09:10"), at("17.03 11:09"))


def test_interim_then_final():
    life = approved("interim")
    life.publish(at("17.03 12:00"), "interim")
    assert one(life, "final").due_at == at("20.03 17:00")
    assert life.status == "awaiting_final"
    life.prepare_final(at("18.03 09:00"))
    life.submit_draft(at("18.03 10:00"), "interim")
    life.approve(at("18.03 10:00"))
    life.publish(at("18.03 10:10"), "interim")
    assert [clock.due_at for clock in life.clocks() if clock.kind == "final"] == [at("20.03 17:00")]
    life.prepare_final(at("20.03 16:00"))
    life.submit_draft(at("20.03 16:30"), "final")
    life.approve(at("20.03 16:40"))
    life.publish(at("20.03 17:00"), "final")
    assert one(life, "final").state == "met"
    assert one(life, "final").breached_at is None


def test_author_answers_a_clarification():
    life = approved("clarification")
    life.publish(at("17.03 12:00"), "clarification")
    assert one(life, "answer").state == "met"
    assert life.status == "awaiting_author"
    life.author_answered(at("18.03 09:00"))
    assert one(life, "answer").due_at == at("18.03 16:48")
    assert one(life, "draft").due_at == at("18.03 13:48")


def test_raising_is_nobodys_breach():
    life = routed()
    life.raise_importance(at("17.03 15:00"), detected_at=at("17.03 09:10"))
    answer, draft = one(life, "answer", at("17.03 18:00")), one(life, "draft", at("17.03 18:00"))
    assert (answer.due_at, answer.blameless, answer.breached_at) == (at("17.03 12:10"), True, None)
    assert (draft.due_at, draft.blameless, draft.breached_at) == (at("17.03 10:10"), True, None)
    assert one(life, "draft", nth=0).state == "replaced"
    assert one(life, "draft", nth=0).breached_at == at("17.03 14:18")
    life.lower_importance(at("17.03 15:10"))
    assert one(life, "answer").due_at == at("17.03 17:18")
    assert not one(life, "answer").blameless


def test_no_detection_before_the_round_that_the_author_opened():
    life = approved("clarification")
    life.publish(at("17.03 12:00"), "clarification")
    life.author_answered(at("18.03 09:00"))
    life.raise_importance(at("18.03 10:00"), detected_at=at("17.03 09:00"))
    assert one(life, "answer").due_at == at("18.03 12:00")


def test_restored_after_a_clarification_a_selection_starts_the_terms_anew():
    life = approved("clarification")
    life.publish(at("17.03 12:00"), "clarification")
    life.close_without_answer(at("17.03 15:00"))
    life.restore(at("18.03 09:00"))
    assert not [clock for clock in life.clocks() if clock.state == "running"]
    life.select(at("18.03 09:00"))
    assert one(life, "answer").due_at == at("18.03 16:48")


def test_raising_in_new_opens_answer_and_lowering_closes_it():
    life = Life(OFFICE, at("17.03 09:00"))
    life.raise_importance(at("17.03 09:30"))
    assert one(life, "answer").due_at == at("17.03 12:30")
    life.lower_importance(at("17.03 09:40"))
    assert states(life)[1:] == [("answer", None, "closed"), ("draft", None, "closed")]


def test_new_edition_of_the_calendar():
    life = routed()
    day_off = Calendar(FACTS, overrides={"2026-03-18": "off"})
    short = Calendar(FACTS, overrides={"2026-03-16": "work", "2026-03-17": [("09:00", "10:00")], "2026-03-18": "off"})
    life.set_calendar(at("17.03 12:00"), short)
    assert one(life, "answer").due_at == at("19.03 16:18")
    assert one(life, "route").due_at == at("17.03 10:00")
    life.set_calendar(at("19.03 15:00"), day_off)
    assert one(life, "answer").blameless
    assert one(life, "answer", at("20.03 09:00")).breached_at is None
    assert one(life, "draft").breached_at == at("19.03 12:30")  # it was late by the edition then in force


def test_routing_taken_back():
    life = routed(executors=[("boris", 1, None), ("vera", 1, None)])
    assert "take_routing_back" not in life.allowed(at("17.03 09:31"))
    life.take_routing_back(at("17.03 09:30"))
    assert life.status == "selected"
    assert one(life, "route").state == "running"
    assert one(life, "part", whose="boris").state == "closed"
    life.route(at("17.03 10:01"), [("boris", 1, None)])
    assert one(life, "route").breached_at == at("17.03 10:00")


@pytest.mark.parametrize("status", OPEN + SHUT + ["answered"])
def test_other_acts_are_refused(status):
    """Whatever the table does not have in a status raises, and changes nothing."""
    life = Life(OFFICE, at("17.03 09:00"))
    life.status = status
    now, rest = (
        at("17.03 09:00"),
        {
            "route": [[("boris", 1, None)]],
            "reroute": ["a"],
            "add_executor": ["a"],
            "remove_executor": ["a"],
            "substitute": ["a", "b"],
            "submit_part": ["a"],
            "return_part": ["a"],
            "submit_draft": ["final"],
            "publish": ["final"],
            "correct_time": [at("17.03 09:00")],
        },
    )
    for act in TABLE:
        if act not in life.allowed():
            with pytest.raises(NotAllowed):
                getattr(life, act)(now, *rest.get(act, []))
            assert life.status == status


def arguments(life, act, now, chance):
    """What an allowed act needs beside its instant, by chance."""
    names, parts = list(life.executors), {name: executor.part for name, executor in life.executors.items()}
    free = [name for name in map(str, range(40)) if name not in names]
    rest = {
        "route": lambda: [
            [(name, chance.choice([1, 1, 2]), chance.choice([None, 45])) for name in free[: chance.randrange(1, 4)]]
        ],
        "reroute": lambda: [free[0]],
        "add_executor": lambda: [free[0], chance.choice([1, 2])],
        "remove_executor": lambda: [chance.choice(names)],
        "substitute": lambda: [chance.choice(names), free[0]],
        "submit_part": lambda: [chance.choice([name for name in names if parts[name] != "in"])],
        "return_part": lambda: [chance.choice([name for name in names if parts[name] == "in"])],
        "submit_draft": lambda: [chance.choice(["clarification", "interim", "final"])],
        "publish": lambda: [life.kind, chance.choice([life.approved_at, now])],
        "correct_time": lambda: [chance.choice([life.approved_at, now])],
    }
    return rest.get(act, list)()


def test_random_lives_keep_the_rules():
    """Every allowed act can be done, and the clocks that run are those that the status can have."""
    may_run = {
        "new": {"route", "answer", "draft", "final"},
        "selected": {"route", "answer", "draft", "final"},
        "in_work": {"answer", "draft", "part", "rework", "final"},
        "on_approval": {"answer", "approve", "final"},
        "rework": {"answer", "rework", "final"},
        "approved": {"answer", "final"},
        "awaiting_author": {"final"},
        "awaiting_final": {"final"},
        "answered": set(),
    } | {status: set() for status in SHUT}
    seen = set()
    for seed in range(300):
        chance = random.Random(seed)
        life = Life(OFFICE, at("17.03 09:00"), importance=chance.choice(["normal", "high"]))
        now = life.received_at
        for _ in range(25):
            now += chance.choice([0, 1, 7, 30, 60, 200, 1440]) * MINUTE
            acts = life.allowed(now)
            act = chance.choice([act for act in acts if TABLE[act] is not OPEN or chance.random() < 0.3] or acts)
            rest = arguments(life, act, now, chance)
            before = {number: clock for number, clock in enumerate(life.clocks(now)) if clock.breached_at}
            getattr(life, act)(now, *rest)
            seen.add(act)
            clocks = life.clocks(now)
            assert {clock.kind for clock in clocks if clock.state == "running"} <= may_run[life.status]
            for number, clock in before.items():  # a recorded breach stays
                assert clocks[number].breached_at == clock.breached_at or act == "publish"
            for clock in clocks:
                assert (clock.state == "running") == (clock.ended_at is None)
                assert not (clock.blameless and clock.breached_at)
                late = (clock.ended_at or now) > clock.due_at and not clock.blameless
                assert not late or clock.breached_at
            later = life.clocks(now + timedelta(days=9))  # time changes only what runs
            assert all(clock == then for clock, then in zip(clocks, later, strict=True) if clock.state != "running")
    assert seen == set(TABLE)
