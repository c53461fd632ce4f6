"""Random weeks of an office, counted by the product and once more by the definitions: on the pages, in the files, by
the command; and each number opens the messages that it counts.

OSM_TEST_OFFICES sets how many offices there are (1 by default).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from tests.cast import Browser, browser_of
from tests.office import Office
from tests.oracle.lives import BEGIN
from tests.oracle.minutes import Calendar

from . import names
from .edge import Page, Shown, book, by_command, listed
from .lives import PLACES, lead
from .plain.clocks import Clocks, NoDepartment
from .plain.counting import Report
from .plain.forms import as_json
from .plain.present import late_answers, late_now, open_by_age, open_ids_by_age, open_then
from .plain.scope import EVERYTHING, Scope
from .plain.stages import Stage, stage
from .plain.tables import Days, Tables, local_day, percent
from .plain.tabulating import COLUMNS, Row, by_department, by_executor, by_network, by_street, by_topic, total

OFFICES = int(os.environ.get("OSM_TEST_OFFICES", "1"))
LIVES, ACTS = 5, 22
SHOWN_ROWS = 15


@dataclass
class Counted:
    """An office after its lives: the browsers of people who see figures, and which figures they see."""

    app: Flask
    now: datetime
    calendar: Calendar
    clocks: Clocks
    browsers: dict[str, Browser]
    scope: dict[str, Scope]
    told: dict[Days, dict] = field(default_factory=dict)

    @property
    def tables(self) -> Tables:
        return self.clocks.tables

    def by_command(self, days: Days) -> dict:
        """Called once, for comparing and for adding up."""
        if days not in self.told:
            self.told[days] = by_command(self.app, days)
        return self.told[days]

    def report(self, days: Days, scope: Scope = EVERYTHING) -> Report:
        return Report(self.tables, self.clocks, days, scope)

    @property
    def whole(self) -> Days:
        """Whole weeks."""
        last = self.now.date()
        return Days(BEGIN.date(), last + timedelta(days=6 - last.weekday()))


@pytest.mark.parametrize("seed", range(OFFICES))
def test_an_office_is_counted_as_the_definitions_say(app, four, clock, backend, seed):
    random = Random(seed if backend == "sqlite" else 1000 + seed)
    office = counted(app, four, clock, random)
    checks: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (compare_report, (login, days)) for days in periods(office, random) for login in office.browsers
    ]
    checks += [(compare_summary, (login, days)) for days in periods(office, random) for login in office.browsers]
    checks.append((compare_lists, (random.choice(list(office.browsers)), office.whole)))
    differences = []
    for check, given in (*checks, (compare_week, ()), (compare_days, ()), (compare_sums, ())):
        try:
            check(office, *given)
        except AssertionError as error:  # also report the others
            differences.append(f"{check.__name__}: {error}")
    assert not differences, "\n\n".join(differences)


def counted(app: Flask, four: Office, clock, random: Random) -> Counted:
    latest, calendar = lead(four, random, lives=LIVES, acts=ACTS)
    now = latest + timedelta(minutes=random.choice((1, 200, 3000)))
    clock.set(now)
    scope = {
        "anna": EVERYTHING,
        "boris": Scope(executor=four.boris.id),
        "gleb": Scope(departments=frozenset({four.oleg.department_id})),
    }
    browsers = {login: browser_of(app, four.ids, login) for login in scope}
    return Counted(app, now, calendar, Clocks(Tables(), now), browsers, scope)


def periods(office: Counted, random: Random) -> Iterator[Days]:
    """The whole time, one day, and some days with earlier days in the lives."""
    yield office.whole
    dates = Days(BEGIN.date(), office.now.date()).dates()
    day = random.choice(dates)
    yield Days(day, day)
    day = random.choice(dates[len(dates) // 2 :])
    yield Days(day, day + timedelta(days=random.randint(1, 4)))


# --- The page and its file


def compare_report(office: Counted, login: str, days: Days) -> None:
    scope = office.scope[login]
    report, before = office.report(days, scope), office.report(days.before, scope)
    page, sheets = Page(office.browsers[login], days), book(office.browsers[login], days)
    where = f"{login}, {days.first}–{days.last}"
    compare_figures(sheets["Показатели"], report, before, where)
    compare_stages(sheets["Показатели"], office, report, before, where)
    expected = {code: report.number(code) for code in names.CODES.values()}
    for one in page.shown:
        code = names.CODES.get((one.table, one.row))
        if code:
            assert one.number == expected[code], (one, where)
    compare_terms(page, report, where)
    rows = tabulated(report)
    for table, sheet in names.SHEETS.items():
        if sheet in sheets:
            compare_rows(table, rows[table], page, sheets[sheet], where)
    compare_present(office, scope, page, where)
    for said, part, of in page.percentages():
        assert of, f"{said} % without its fraction ({where})"
        assert int(said) == percent(int(part), int(of)), where


def compare_figures(rows: list[tuple], report: Report, before: Report, where: str) -> None:
    """Every figure, and that of the days before. A figure that the file leaves out is 0 in both."""
    said = {names.CODES[section, name]: rest for section, name, *rest in rows if (section, name) in names.CODES}
    for code in names.CODES.values():
        _clause, now, was = said.get(code, (None, 0, 0))[:3]
        assert (now, was) == (report.number(code), before.number(code)), (code, where)


def compare_stages(rows: list[tuple], office: Counted, report: Report, before: Report, where: str) -> None:
    said = {name: (now, was) for _, name, _, now, was, *_ in rows if name}
    for name, kind in names.STAGES.items():
        now, was = stage(report, kind, office.calendar), stage(before, kind, office.calendar)
        for column, value in (("сделано", count), ("медиана, мин", median), ("9 из 10, мин", ninth)):
            assert said[f"{name}: {column}"] == (value(now), value(was)), (name, column, where)


def count(found: Stage) -> int:
    return found.count


def median(found: Stage) -> int | None:
    return whole_minutes(found.median)


def ninth(found: Stage) -> int | None:
    return whole_minutes(found.ninth)


def whole_minutes(time: float | None) -> int | None:
    return None if time is None else int(time + 0.5)


def compare_terms(page: Page, report: Report, where: str) -> None:
    expected = [
        (f"п. {number} — {name}", (report.number(f"kept-{number}"), report.number(f"late-{number}")))
        for number, name in names.CLAUSES.items()
    ]
    assert page.rows(names.TERMS) == expected, where


def tabulated(report: Report) -> dict[str, list[Row]]:
    return {
        "by-department": by_department(report),
        "by-executor": by_executor(report),
        "by-topic": by_topic(report),
        "by-network": by_network(report, names.NETWORKS),
        "by-place": by_street(report, {place: street for place, street in PLACES.items() if street}),
    }


def compare_rows(table: str, rows: list[Row], page: Page, sheet: list[tuple], where: str) -> None:
    """The page shows all departments with their sum, and the first 15 of the others; the file shows all."""
    expected = [(row.name, row.numbers) for row in rows]
    shown = expected if table == "by-department" else expected[:SHOWN_ROWS]
    if table == "by-department":  # a page without rows has no table
        expected = [*expected, ("Всего", total(rows))]
        shown = expected if rows else []
    assert page.rows(table) == shown, (table, where)
    heading = next(place for place, row in enumerate(sheet) if row[0] == "Название")
    assert [(name, tuple(rest[:5])) for name, *rest in sheet[heading + 1 :]] == expected, (table, where)


def compare_present(office: Counted, scope: Scope, page: Page, where: str) -> None:
    ages = [number for _, (number,) in page.rows(names.OPEN)]
    assert ages == open_by_age(office.clocks, scope), where


# --- What begins the reports


def compare_summary(office: Counted, login: str, days: Days) -> None:
    """Each day, each week and the heads of the charts are the figures of these days; each opens its list."""
    browser, scope = office.browsers[login], office.scope[login]
    page, terms = Page(browser, days, "/reports"), "8" if scope is EVERYTHING else "own"
    heads = [" ".join(one.text_content().split()) for one in page.tree.iterfind(".//section/h2")][:3]
    report, then = office.report(days, scope), open_then(office.clocks, days.before.last, scope)
    kept, late = (report.number(f"{word}-{terms}") for word in ("kept", "late"))
    share = f"{percent(kept, kept + late)} %: {kept} из {kept + late}" if kept + late else "—"
    assert heads[0].startswith(f"Поступило {report.number('received')} ("), (heads, login, days)
    assert heads[1] == f"Открыто {len(open_then(office.clocks, days.last, scope))} (было {len(then)})", (login, days)
    assert heads[2].endswith(f") {share}"), (heads, login, days)
    promised = f"Обещания {report.number('promised-kept')} из {report.number('promised')}"
    assert promised in page.tree.text_content() or not report.number("promised"), (promised, login, days)
    monday = days.last - timedelta(days=days.last.weekday())
    weeks = [Days(first, min(first + timedelta(days=6), days.last))
             for first in (monday - timedelta(weeks=n) for n in range(7, -1, -1))]  # fmt: skip
    dates = days.each() if len(days.each()) <= 31 else []
    rows = [("days", one, ("received", "answered", "open-then")) for one in dates]
    rows += [("weeks", one, (f"kept-{terms}", f"late-{terms}")) for one in weeks]
    trs = page.tree.xpath("//table[@id='days' or @id='weeks']/tbody/tr")
    assert len(trs) == len(rows), (login, days)
    for tr, (table, one, codes) in zip(trs, rows, strict=True):
        cells = tr.findall("td[@data-number]")
        is_over = one.first <= local_day(office.now)
        for cell, code in zip(cells, codes if is_over else codes[:2], strict=True):
            of = office.report(one, scope)
            is_open = code == "open-then"
            ids = open_then(office.clocks, one.last, scope) if is_open else of.message_ids(code)
            number = len(ids) if is_open else of.number(code)
            assert int(cell.get("data-number")) == number, (table, one, code, login)
            if number and table == "days" and one.first == days.first:
                address = cell.find(".//a").get("href")
                assert Counter(listed(browser, address)) == numbers_of(office, ids), (address, login)


# --- The lists behind the numbers


def compare_lists(office: Counted, login: str, days: Days) -> None:
    """A message is in the list once, also where two of its things are counted (§1.5)."""
    browser, report = office.browsers[login], office.report(days, office.scope[login])
    rows = tabulated(report)
    ages = iter(open_ids_by_age(office.clocks, office.scope[login]))
    opened = 0
    for one in Page(browser, days).shown:
        open_ids = next(ages) if one.table == names.OPEN else None
        if not one.address.startswith("/messages"):
            continue
        if one.figure.startswith("stage-"):
            expected = stage(report, one.figure.removeprefix("stage-"), office.calendar).message_ids
        elif one.table in rows and one.row != "Всего":
            expected = row_ids(next(row for row in rows[one.table] if row.name == one.row), one.figure)
        elif one.table in rows:
            expected = report.message_ids(one.figure)
        elif open_ids is not None:
            expected = open_ids
        else:
            expected = report.message_ids(one.figure or names.CODES[one.table, one.row])
        ids = listed(browser, one.address)
        assert Counter(ids) == numbers_of(office, expected), (one, login)
        opened += 1
    assert opened or not report.found


def compare_week(office: Counted) -> None:
    """The head's page: work that is late at the departments now, answers that are late (§8)."""
    days = office.whole
    for login, scope in office.scope.items():
        browser, late = office.browsers[login], late_now(office.clocks, scope)
        for code, expected in (
            ("late-answers", late_answers(office.clocks, scope)),
            ("late-now", set().union(*late.values())),
        ):
            word = ".".join([code, str(days.first), str(days.last), *words_of(scope)])
            found = Counter(listed(browser, f"/messages?figure={word}"))
            assert found == numbers_of(office, expected), (code, login)
    late = late_now(office.clocks)
    shown = Page(office.browsers["anna"], days, "/reports").shown
    rows = [one for one in shown if one.figure == "late-now"]
    assert {holder_in(one): one.number for one in rows} == {key: len(ids) for key, ids in late.items()}
    for one in rows:
        assert Counter(listed(office.browsers["anna"], one.address)) == numbers_of(office, late[holder_in(one)])


def holder_in(shown: Shown) -> Any:
    """The department in the link of a number."""
    number = int(re.search(r"\.d(-?\d+)", shown.address)[1])
    return {0: NoDepartment.NOT_ROUTED, -1: NoDepartment.NO_DEPARTMENT, -2: NoDepartment.COMMON}.get(number, number)


def numbers_of(office: Counted, ids: set[int]) -> Counter:
    return Counter(office.tables.messages[number].number for number in ids)


def words_of(scope: Scope) -> list[str]:
    if scope.executor is not None:
        return [f"e{scope.executor}"]
    return [f"d{number}" for number in scope.departments or ()]


def row_ids(row: Row, code: str) -> set[int]:
    return row.message_ids(code if code in COLUMNS else code.partition("-")[0])


# --- Days, weeks, the whole


def compare_days(office: Counted) -> None:
    """The command says the same."""
    whole = office.whole
    for days in (*whole.each(), *weeks_of(whole), whole):
        assert office.by_command(days) == as_json(office.clocks, days), days


def compare_sums(office: Counted) -> None:
    """Days add up to weeks, weeks to the whole."""
    whole = office.whole
    expected = added([office.by_command(whole)])
    assert expected[("received",)] > 0
    for many in (whole.each(), weeks_of(whole)):
        assert added([office.by_command(days) for days in many]) == expected


def weeks_of(days: Days) -> list[Days]:
    return [Days(day, day + timedelta(days=6)) for day in days.dates()[::7]]


def added(told: list[dict]) -> Counter:
    """Every number under the path of its keys."""
    found: Counter = Counter()
    for said in told:
        for path, number in numbers_in(said):
            found[path] += number
    return found


def numbers_in(said, *path):
    if isinstance(said, int):
        yield path, said
    else:
        for key, value in said.items() if isinstance(said, dict) else enumerate(said):
            yield from numbers_in(value, *path, key)
