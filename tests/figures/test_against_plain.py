"""Random lives of messages are counted as a slow plain second computation counts them, each list lists the same, and
days add up to weeks, weeks to the period, departments to the whole.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from osm.extensions import db
from osm.regulation.control.responsibility import ShortcomingState, Waiver
from osm.services.clocks.clocks import in_force
from osm.store.models import Assignment, Promise, PromiseState, Reply, Shortcoming, Topic
from osm.store.queries.figures.breakdowns import By, breakdowns_of
from osm.store.queries.figures.clocks import read_clocks
from osm.store.queries.figures.counting import figures_of
from osm.store.queries.figures.definitions import DEFINITIONS, LATE_ANSWERS, LATE_NOW, Group
from osm.store.queries.figures.lists import listed_of
from osm.store.queries.figures.span import EVERYTHING, Scope, Span
from osm.store.queries.figures.streets import street_of
from osm.store.queries.figures.whose import COMMON, NOBODY, UNNAMED
from osm.store.transaction import transaction
from tests.office import VLADIVOSTOK
from tests.oracle.lives import BEGIN, Calendars, begin

from .plain import Plain

LIVES, ACTS = 6, 25
NOW = (LATE_NOW, LATE_ANSWERS)
NOT_MESSAGES = (Group.COMMENTS, Group.PROMISES)
NO_DEPARTMENT = {"none": NOBODY, "unnamed": UNNAMED, "common": COMMON}


def lead_lives(office, random):
    """Messages on their ways, on several streets, in two networks, with and without a topic; now is after the last."""
    with transaction() as session:
        topics = [None, Topic(name="Дороги"), Topic(name="Отопление")]
        session.add_all(topics[1:])
        session.flush()
        topic_ids = [topic and topic.id for topic in topics]
    latest = BEGIN
    for number in range(LIVES):
        pair = begin(office, Calendars(), random, random.randint(0, 10**6) * LIVES + number)
        pair.set_calendar = lambda: False  # one calendar for all
        for _ in range(ACTS):
            pair.step()
        latest = max(latest, pair.now)
        with transaction():
            pair.message.topic_id, pair.message.is_repeat = random.choice(topic_ids), random.random() < 0.3
            pair.message.network = random.choice(("vk", "ok"))
            pair.message.place = random.choice(("ул. Калининская, 12", "школа на Калининской", "пер. Тихий 4", ""))
    decide_afterwards(office, random, latest)
    return latest


def decide_afterwards(office, random, now):
    """Some breaches are waived, some promises come to their ends, an executor or two have no department."""
    with transaction() as session:
        for row in session.scalars(db.select(Shortcoming)):
            if random.random() < 0.2:
                row.state, row.waiver, row.decided_at = ShortcomingState.WAIVED, Waiver.OBJECTION, now
        for row in session.scalars(db.select(Assignment)):
            if random.random() < 0.1:
                row.department_id = None
        for reply in session.scalars(db.select(Reply)):
            session.add(promise(office, random, reply, now))


def promise(office, random, reply, now):
    state = random.choice(list(PromiseState))
    reported = random.choice((-3, -1, 0, 2)) if state in (PromiseState.REPORTED, PromiseState.DONE) else None
    decided = None if state in (PromiseState.OPEN, PromiseState.REPORTED) else random.choice((-2, 0, 1, 4))
    due = now - timedelta(days=random.randint(-4, 12))
    return Promise(
        message_id=reply.message_id, reply_id=reply.id, due_on=due.astimezone(VLADIVOSTOK).date(), state=state,
        result="Сделано" if reported is not None else "", reason="Так решено",
        reported_at=None if reported is None else due + timedelta(days=reported),
        decided_at=None if decided is None else due + timedelta(days=decided),
        created_at=now, created_by_id=office.anna.id,
    )  # fmt: skip


def spans(random, latest):
    first, last = BEGIN.date(), latest.date()
    yield first, last
    for _ in range(3):
        day = first + timedelta(days=random.randint(0, (last - first).days))
        yield day, day + timedelta(days=random.choice((0, 0, 3, 6)))


@pytest.mark.parametrize("seed", range(2))
def test_figures_are_those_of_the_plain_computation(four, backend, seed):
    random = Random(seed if backend == "sqlite" else 100 + seed)
    latest = lead_lives(four, random)
    now = latest + timedelta(minutes=random.choice((0, 200, 3000)))
    db.session.expire_all()
    roads = four.oleg.department_id
    scopes = [({}, EVERYTHING), ({"executor": four.boris.id}, Scope(executor_id=four.boris.id))]
    scopes.append(({"department": roads}, Scope(department_ids=frozenset({roads}))))
    for first, last in spans(random, latest):
        span = Span(first, last, VLADIVOSTOK)
        for asked, scope in scopes:
            plain = Plain(first, last, now, **asked)
            compare(plain, span, now, scope)
    for scope in (EVERYTHING, Scope(department_ids=frozenset({roads}))):
        check_that_days_add_up(Span(BEGIN.date(), latest.date(), VLADIVOSTOK), now, scope)


def counts_of(span, now, scope):
    return figures_of(span, now, in_force().calendar, scope).counts


def check_that_days_add_up(whole, now, scope):
    expected = counts_of(whole, now, scope)
    for days in (1, 7):
        found = Counter()
        first = whole.first
        while first <= whole.last:
            last = min(first + timedelta(days=days - 1), whole.last)
            found.update(counts_of(Span(first, last, VLADIVOSTOK), now, scope))
            first = last + timedelta(days=1)
        assert +found == +Counter(expected), days
    rows = breakdowns_of(whole, now, scope, read_clocks(whole, now, scope))[By.DEPARTMENT]
    totals = {code: sum(getattr(row, code) for row in rows) for code in ("received", "answered", "returned")}
    assert totals == {code: expected.get(code, 0) for code in totals}
    own = {word: sum(expected.get(f"{word}-{number}", 0) for number in ("10", "12", "14")) for word in ("kept", "late")}
    assert (sum(row.kept for row in rows), sum(row.owed - row.kept for row in rows)) == (own["kept"], own["late"])


def compare(plain, span, now, scope):
    calendar = in_force().calendar
    found = figures_of(span, now, calendar, scope)
    for definition in DEFINITIONS.values():
        code = definition.code
        if definition.group is Group.STAGES:
            stage = found.stages[code.removeprefix("stage-")]
            expected = plain.stage(code.removeprefix("stage-"))
            assert (stage.count, stage.median, stage.ninth) == pytest.approx(expected), code
        elif definition.group is not Group.SHARES:
            assert found.counts.get(code, 0) == len(plain.found[code]), (code, span)
        if definition.group not in NOT_MESSAGES and not code.startswith(NOW):
            word = ".".join([code, span.first.isoformat(), span.last.isoformat(), *words_of(scope)])
            ids = db.session.scalars(listed_of(word, VLADIVOSTOK).ids(now)).all()
            assert sorted(ids) == sorted(set(plain.found[code])), (code, span)
    compare_breakdowns(plain, breakdowns_of(span, now, scope, read_clocks(span, now, scope)))


def words_of(scope):
    if scope.executor_id:
        return [f"e{scope.executor_id}"]
    return [f"d{number}" for number in scope.department_ids or ()]


def compare_breakdowns(plain, by):
    keys = {
        By.TOPIC: lambda message: message.topic_id,
        By.NETWORK: lambda message: message.network,
        By.PLACE: lambda message: street_of(message.place),
    }
    for dimension, key in keys.items():
        expected = {code: Counter(key(plain.messages[one]) for one in plain.found[code]) for code in plain.found}
        for row in by[dimension]:
            assert row.received == expected.get("received", {}).get(row.key, 0)
            assert row.answered == expected.get("answered", {}).get(row.key, 0)
            assert row.returned == expected.get("returned", {}).get(row.key, 0)
            kept, late = (expected.get(f"{word}-given", {}).get(row.key, 0) for word in ("kept", "late"))
            assert (row.kept, row.owed) == (kept, kept + late)
        assert sum(row.received for row in by[dimension]) == len(plain.found["received"])
    for row in by[By.EXECUTOR]:
        own = plain.people[row.key]
        assert (row.kept, row.owed) == (own["kept"], own["kept"] + own["late"])
    expected = {NO_DEPARTMENT.get(key, key): +counts for key, counts in plain.departments.items()}
    assert {row.key: departments_counts(row) for row in by[By.DEPARTMENT]} == expected


def departments_counts(row):
    return +Counter(
        received=row.received, answered=row.answered, returned=row.returned, kept=row.kept, late=row.owed - row.kept
    )


@pytest.mark.parametrize(
    ("days", "before"),
    [
        (("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31")),
        (("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28")),
        (("2026-11-23", "2026-11-29"), ("2026-11-16", "2026-11-22")),
        (("2026-11-23", "2026-11-25"), ("2026-11-16", "2026-11-18")),  # Monday to Wednesday
        (("2026-11-25", "2026-11-26"), ("2026-11-23", "2026-11-24")),
    ],
)
def test_days_are_against_such_days_before(days, before):
    first, last = map(date.fromisoformat, days)
    found = Span(first, last, VLADIVOSTOK).before
    assert (found.first.isoformat(), found.last.isoformat()) == before
