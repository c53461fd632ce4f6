"""What every page, every poll and an import cost: work and statements, a minute of work for each database.

`make bench-quick`: pages at 1,000 and at 10,000 messages; an import, and a plain insert of the same rows. Only
statements and ratios of work in one run are judged, never a time. OSM_TEST_POSTGRES_URL adds PostgreSQL.
"""

from __future__ import annotations

import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask
from sqlalchemy import Column, MetaData, Table, func, insert, select

from benchmarks.bench_import import write_export
from benchmarks.bench_scale import PAGES, counted
from benchmarks.seeding.installation import installation
from benchmarks.seeding.office import password_of
from benchmarks.seeding.work import Work
from osm.base.application import current_now
from osm.base.database import db, table_of
from osm.base.transaction import WHOLE, in_background, put_away, transaction
from osm.imports.acts import runs, work
from osm.jobs.lanes import CLOCKS, JOBS
from osm.jobs.lease import PROCESS
from osm.models import Event, Message, User
from osm.regulation.words import Role
from tests.cast import Browser
from tests.databases import backends
from tests.web.routes import ROUTES

SIZES = (1_000, 10_000)
ROWS = 5_000
MOST_GROWTH, LEAST_MS = 3.0, 5.0
"""Of the work, from the first size to the second; by so little more is the chance of one asking."""
MOST_STATEMENTS = 18
MORE_STATEMENTS = {
    "/approvals/<int:message_id>": 19, "/shift": 19, "/reports/tables": 26, "/reports/export.xlsx": 25, "/": 15,
    "/inbox/more": 15, "card, curator": 15, "register, first page": 14, "/messages": 14, "/nav/badges": 5,
    "/inbox/news": 8, "/messages/<int:message_id>/dossier.pdf": 32,
}  # fmt: skip
"""Pages that ask more, and how much; and those that all have open, which must ask less."""
LEFT_OUT = frozenset({"/admin/log/export", "/messages/export.xlsx"})
"""Files that hold every row grow with them."""
MOST_TIMES, MOST_OF_IMPORT, MOST_OF_CLOCKS = 30.0, 1_300, 3_000
"""Times the work of the plain insert, and statements: of the import, of the clocks with what it has brought."""
ASKED = 4
"""Times each page is asked for; once more before, which does not count. The least of them is its work."""
LOGINS = {Role.CURATOR: "anna", Role.EXECUTOR: "boris", Role.MODERATOR: "vera", Role.HEAD: "gleb", Role.ADMIN: "dina"}


@dataclass(frozen=True)
class Asked:
    """Milliseconds of work, and statements, of one page at one size."""

    work: float
    statements: int


def addresses(app: Flask) -> dict[str, tuple[str, Callable[[random.Random], str]]]:
    """Name of the page → who asks for it, and where: those of the large benchmark, and what else can be asked for."""
    with app.app_context():
        ids = list(db.session.scalars(select(Message.id).order_by(Message.id)))
        last = db.session.scalar(select(func.max(Event.id)))
    log = {"last": last, "before": last - 20}
    found: dict[str, tuple[str, Callable[[random.Random], str]]] = {
        page.name: (page.login, lambda chance, of=page.address: of(chance, ids).format(**log)) for page in PAGES
    }
    for route in ROUTES:
        rule = route.rule.replace("<int:message_id>", "{id}")
        if "GET" not in route.methods or "<" in rule or rule in LEFT_OUT:
            continue
        login = next((login for role, login in LOGINS.items() if role in (route.access or Role)), "anna")
        found[route.rule] = (login, lambda chance, rule=rule: rule.format(id=chance.choice(ids)))
    return found


def pages(app: Flask) -> dict[str, Asked]:
    """Each page of this application that answers; one that this office has not is left out."""
    app.test_client_class = Browser
    browsers: dict[str, Browser] = {}
    found = {}
    with counted(app) as statements:
        for name, (login, address) in addresses(app).items():
            if login not in browsers:
                browsers[login] = app.test_client()
                browsers[login].log_in(login, password_of(login))
            asked = list(_ask(browsers[login], address, statements))
            if len(asked) > 1:
                found[name] = Asked(min(one.work for one in asked[1:]), max(one.statements for one in asked[1:]))
    return found


def _ask(browser: Browser, address: Callable[[random.Random], str], statements: list[str]) -> Iterator[Asked]:
    chance = random.Random(7)
    for _ in range(ASKED + 1):
        del statements[:]
        path, begun = address(chance), time.process_time()
        answer = browser.get(path)
        spent = (time.process_time() - begun) * 1000
        if answer.status_code in (200, 204):
            yield Asked(spent, len(statements))


def brought(app: Flask) -> tuple[float, float, int, int]:
    """An import: its work and that of the clocks afterwards, as times the plain insert, and the statements of each."""
    with tempfile.TemporaryDirectory() as name, app.app_context(), counted(app) as statements:
        path = Path(name) / "export.xlsx"
        write_export(path, ROWS)
        anna = db.session.scalars(select(User).where(User.login == "anna")).one()
        told = {"actor": anna, "now": current_now()}
        run = runs.upload_file(path.name, path.read_bytes(), source="", times="local", **told).id
        runs.start_run(run, columns={}, times="local", history=False, dry_run=False, owner=PROCESS, **told)
        with in_background():
            following = [job for job in JOBS if job.lane is CLOCKS]
            of_import = _work(lambda: work.carry_out(run, PROCESS, current_now))
            asked = len(statements)
            of_clocks = _work(lambda: [job.run(current_now(), WHOLE) for job in following])
            put_away()
        asked_after = len(statements) - asked
        plain = min(_plain_insert() for _ in range(3))
    return of_import / plain, of_clocks / plain, asked, asked_after


def _work(act: Callable[[], object]) -> float:
    gc.collect()
    meter = Work()
    begun = meter.now()
    act()
    return meter.now() - begun


def _plain_insert() -> float:
    """The work of putting the rows of the messages, and nothing else, into a table like theirs."""
    table = table_of(Message)
    rows = [dict(row) for row in db.session.execute(select(table).order_by(table.c.id.desc()).limit(ROWS)).mappings()]
    put_away()
    plain = Table("plain_insert", MetaData(), *(Column(column.name, column.type) for column in table.columns))
    with transaction() as session:
        plain.create(session.connection())
        spent = _work(lambda: session.execute(insert(plain), rows))
        plain.drop(session.connection())
    return spent


def run(backend: str) -> bool:
    """Print one table; whether all bounds are kept."""
    found = []
    for size in SIZES:
        with installation(backend, size) as app:
            found.append(pages(app))
            if size == SIZES[0]:
                of_import, of_clocks, asked, asked_after = brought(app)
    print(f"\n{backend:<42}" + "".join(f"{size:>12,}" for size in SIZES) + "    growth  statements")
    kept = [_row(name, first, found[1][name]) for name, first in found[0].items() if name in found[1]]
    for what, times, statements, most in (
        (f"import of {ROWS:,} rows", of_import, asked, MOST_OF_IMPORT),
        ("what the clocks do with them", of_clocks, asked_after, MOST_OF_CLOCKS),
    ):
        kept.append(times <= MOST_TIMES and statements <= most)
        print(f"{what:<42}{times:>9.1f} × a plain insert{statements:>29}{_verdict(kept[-1])}")
    return all(kept)


def _row(name: str, first: Asked, last: Asked) -> bool:
    growth, statements = last.work / first.work, max(first.statements, last.statements)
    good = growth <= MOST_GROWTH or last.work - first.work < LEAST_MS
    good = good and statements <= MORE_STATEMENTS.get(name, MOST_STATEMENTS)
    works = f"{first.work:>9.1f} ms{last.work:>9.1f} ms{growth:>8.2f} ×"
    print(f"{name:<42}{works}{statements:>12}{_verdict(good)}")
    return good


def _verdict(good: bool) -> str:
    return "" if good else "   over the bound"


if __name__ == "__main__":
    kept = [run(backend) for backend in backends()]
    sys.exit(0 if all(kept) else 1)
