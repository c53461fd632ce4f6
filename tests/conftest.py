"""Fixtures of all tests: databases, the application, the clock, the cast with their browsers.

`app` is emptied before each test. Parts of a run that had to be left out are named in its last lines; with
OSM_TEST_STRICT (CI) leaving anything out is a failure.
"""

from __future__ import annotations

import gc

gc.disable()  # until all is loaded: looking for rubbish takes a quarter of that time

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import expect

from osm import create_app
from osm.administration.screens.first_steps import DONE_ONCE, DONE_UNTIL
from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.bursts import screens
from osm.login.acts import passwords
from osm.models import OfficeSettings
from osm.outbox.acts import asking, keys
from osm.settings import Settings, load_settings
from osm.shell import frame
from osm.store.schema import set_up

from .cast import QUICK_HASHER, Browser, audit, browser_of, hire
from .choosing import ONE_DATABASE, SLOW, covering, long_ones_first, quick, without_words
from .covering import Recorder
from .databases import SQLITE, backends, empty_tables, fresh_database, let_go, server_url, set_for_tests
from .desk import NOW as AT_THE_DESK
from .desk import Desk, furnish
from .directory.oidc import PROVIDER
from .directory.slapd import SLAPD
from .imports.dovecot import DOVECOT
from .office import Office, add_executor
from .office import hire as hire_office
from .prepared import copy_of
from .serving import serving
from .waiting import PATIENCE_S

#: Wednesday 25 November 2026, 09:05 in Vladivostok: an ordinary working day, five minutes after opening.
MORNING = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)

#: The shell without windows takes half the processor time of the whole browser.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), "")


# Templates are compiled once for all applications, workers and runs; one whose text is another is compiled again.
# Not optimized, no result of a filter is kept with it: a filter may change while the text stays.
frame.Templates = partial(frame.Templates, bytecode_cache=FileSystemBytecodeCache(), optimized=False)

# A slow example is no failure, since a busy machine is slow. CI tries the same examples each time.
for profile, examples in (("by day", 20), ("at night", 50)):
    hypothesis.settings.register_profile(profile, deadline=None, max_examples=examples, derandomize="CI" in os.environ)
expect.set_options(timeout=PATIENCE_S * 1000)


# --- What this run can do


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="what `make quick` asks: see `choosing.quick`")
    parser.addoption("--everything", action="store_true", help="what `make nightly` asks: each test on both databases")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("at night" if config.getoption("everything") else "by day")
    if folder := os.environ.get("OSM_TEST_STATEMENTS"):
        config.pluginmanager.register(Recorder(Path(folder)))
    if config.getoption("quick"):
        os.environ.pop("OSM_TEST_POSTGRES_URL", None)
        return
    needed = (
        ("PostgreSQL", server_url()),
        ("Chromium", CHROMIUM),
        ("slapd", SLAPD),
        ("oidc-provider", PROVIDER),
        ("dovecot", DOVECOT),
    )
    missing = [name for name, there in needed if not there]
    if missing and os.environ.get("OSM_TEST_STRICT"):
        raise pytest.UsageError(f"OSM_TEST_STRICT: {', '.join(missing)} missing, nothing may be left out")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `--quick` leaves out is not even imported."""
    if not config.getoption("quick") or not collection_path.is_relative_to(config.rootpath):
        return None
    name = collection_path.relative_to(config.rootpath).as_posix() + "/" * collection_path.is_dir()
    return True if name.startswith(SLOW) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses the database runs on each of them, unless it has a marker of ONE_DATABASE."""
    if "backend" in metafunc.fixturenames:
        one = next((on for marker, on in ONE_DATABASE.items() if metafunc.definition.get_closest_marker(marker)), None)
        metafunc.parametrize("backend", [one] if one else backends(), indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("quick"):
        chosen = list(quick(items))
    elif config.getoption("everything"):
        chosen = list(without_words(items))
    else:
        chosen = list(covering(items))
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = long_ones_first(chosen, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    for marker, there, reason in (
        ("browser", CHROMIUM, "no Chromium"),
        ("postgresql", server_url(), "no PostgreSQL"),
        ("slapd", SLAPD, "no slapd"),
        ("oidc", PROVIDER, "no provider"),
    ):
        for item in items:
            if item.get_closest_marker(marker) and not there:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Freeze what is loaded by now: garbage collection would otherwise search it again and again, a sixth of a run."""
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    if config.getoption("quick"):
        print(f"\nQuick: each test without a database once, of each file one with SQLite. Left out: {', '.join(SLOW)}")
        return
    if not server_url():
        print("\nPostgreSQL was left out: the tests ran on SQLite. To add it:")
        print("  OSM_TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:5432/postgres make test")
    if not DOVECOT:
        print("\nThe tests of exports by mail were left out. To add them (Debian 13): apt-get install dovecot-imapd")
    if not CHROMIUM:
        print("\nThe browser tests were left out. To add them: apt-get install chromium")
    if not SLAPD or not PROVIDER:
        print("\nThe tests of the directory were left out. To add them: apt-get install slapd nodejs npm")
        print("  npm ci --ignore-scripts --prefix tests/directory/provider")


@pytest.fixture
def often(request: pytest.FixtureRequest) -> Callable[[Any, Any], Any]:
    """`often(2, 8)`: the first by day, the second at night (`make nightly`)."""
    return lambda by_day, at_night: at_night if request.config.getoption("everything") else by_day


# --- Settings, databases, application


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database: `sqlite` or `postgresql`."""
    return str(request.param)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of an installation in a new folder: `make_settings(OSM_ENV="production", …)`."""

    def make(**environ: str) -> Settings:
        return load_settings({"OSM_DATA_DIR": str(tmp_path / "data"), **environ})

    return make


def migrate(folder: Path, **environ: str) -> None:
    """An empty office, its database in the folder or where OSM_DATABASE_URL says."""
    app = create_app(load_settings({"OSM_DATA_DIR": str(folder), **environ}), with_web=False)
    with app.app_context():
        set_for_tests(db.engine)
        set_up(app)
    let_go(app)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """`template("sqlite")`: a migrated database to copy, since migrating takes longer."""
    with ExitStack() as stack:

        @cache
        def migrated(backend: str) -> str:
            if backend == SQLITE:
                return f"sqlite:///{copy_of(tmp_path_factory, 'template', migrate) / 'osm.sqlite3'}"
            folder = tmp_path_factory.mktemp(f"template-{backend}")
            url = stack.enter_context(fresh_database(backend, folder))
            migrate(folder, OSM_DATABASE_URL=url)
            return url

        yield migrated


@pytest.fixture(scope="session")
def _shared_app(
    template: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Flask]]:
    """One application on each kind of database for the whole run, however often tests go from one to the other."""
    with ExitStack() as stack:

        @cache
        def made(backend: str) -> Flask:
            folder = tmp_path_factory.mktemp(backend)
            url = stack.enter_context(fresh_database(backend, folder, template(backend)))
            settings = load_settings({"OSM_DATA_DIR": str(folder / "data"), "OSM_DATABASE_URL": url})
            app = create_app(replace(settings, threads=24), FixedClock(MORNING))
            app.testing = True
            app.config["PROPAGATE_EXCEPTIONS"] = False  # errors become pages, as they do for people
            app.test_client_class = Browser
            with app.app_context():
                set_for_tests(db.engine)
            stack.callback(let_go, app)
            return app

        yield made


@pytest.fixture
def app(_shared_app: Callable[[str], Flask], backend: str) -> Flask:
    """The application on an empty database, its clock at Wednesday 09:05."""
    app = _shared_app(backend)
    ours = app.extensions["osm"]
    ours.clock = FixedClock(MORNING)
    screens.FRESH.forget(app)  # counted in the database of the test before
    ours.remembers |= {DONE_ONCE: True, DONE_UNTIL: datetime.max.replace(tzinfo=UTC)}  # its first steps are done
    empty_tables(app)
    return app


@pytest.fixture
def set_office(app: Flask) -> Callable[..., None]:
    """`set_office(answer_marked=True)`: change the settings that a new office begins with."""

    def set_(**given: Any) -> None:
        with app.app_context(), transaction() as session:
            session.merge(OfficeSettings(**{"id": 1, "publishing_networks": [], "version": 1, **given}))

    return set_


@pytest.fixture
def answers_marked(set_office: Callable[..., None]) -> None:
    """The office has decided to answer what is marked rightly (П.17)."""
    set_office(answer_marked=True)


@pytest.fixture
def database_url(backend: str, tmp_path: Path) -> Iterator[str]:
    """A new database without tables, for tests of the tables themselves."""
    with fresh_database(backend, tmp_path) as url:
        yield url


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Applications on `database_url`: `make_app(OSM_ENV="production", …)`. They are not set up yet."""
    made: list[Flask] = []

    def make(**environ: str) -> Flask:
        settings = load_settings({"OSM_DATA_DIR": str(tmp_path / "data"), "OSM_DATABASE_URL": database_url, **environ})
        made.append(create_app(settings))
        made[-1].test_client_class = Browser
        return made[-1]

    yield make
    for app in made:
        let_go(app)


# --- Time and people


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Hash passwords quickly, also the dummy one for unknown logins: a demonstration has twelve users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", QUICK_HASHER)
        patch.setattr(passwords, "NOBODY", QUICK_HASHER.hash("-"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_turns() -> Iterator[None]:
    """Turns are counted but not waited for: networks on loopback allow any rate. Workers in separate processes do wait
    (`tests/worker/test_outbox_killed.py` counts what comes too fast).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "wait_turn_of", partial(keys.wait_turn_of, sleep=lambda _seconds: None))
        yield


@pytest.fixture
def clock(app: Flask) -> FixedClock:
    """The application's clock; `clock.set(instant)` moves it."""
    standing: FixedClock = app.extensions["osm"].clock
    return standing


@pytest.fixture
def now(clock: FixedClock) -> datetime:
    """The instant that the clock shows when the test begins."""
    return clock.now()


@pytest.fixture
def cast(app: Flask, now: datetime) -> dict[str, int]:
    """Анна, Борис, Вера, Глеб, Дина, Ефим in the database; login → id."""
    with app.app_context():
        return hire(now)


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser without a log-in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


def _person(login: str, words: str) -> Any:
    def person(app: Flask, cast: dict[str, int]) -> Browser:
        return browser_of(app, cast, login)

    person.__doc__ = words
    return pytest.fixture(person, name=login)


anna = _person("anna", "The curator's browser.")
boris = _person("boris", "The executor's browser, ЖКХ.")
vera = _person("vera", "The moderator's browser.")
gleb = _person("gleb", "The head's browser.")
dina = _person("dina", "The administrator's browser.")


@pytest.fixture
def zoya(app: Flask, cast: dict[str, int], now: datetime) -> Browser:
    """The auditor's browser; her access ends after ten days."""
    with app.app_context():
        cast["zoya"] = audit(cast["dina"], now)
    return browser_of(app, cast, "zoya")


efim = _person("efim", "The browser of one who has no roles.")


# --- Two offices with messages: one for services, one with browsers


@pytest.fixture
def office(app: Flask) -> Iterator[Office]:
    """The office for the tests of services, hired for each test."""
    with app.app_context():
        yield hire_office()


@pytest.fixture
def three(office: Office) -> Office:
    """The office with a third executor, Oleg of the roads department."""
    add_executor(office, "oleg")
    return office


@pytest.fixture
def four(three: Office) -> Office:
    """And with a fourth, Pavel of the same department."""
    add_executor(three, "pavel")
    return three


@pytest.fixture
def desk(app: Flask, cast: dict[str, int], clock: FixedClock) -> Iterator[Desk]:
    """Wednesday, 11:00: the cast with two more executors and topics; messages in any status on demand."""
    clock.set(AT_THE_DESK)
    with app.app_context():
        yield furnish(cast)


# --- A real browser (marker `browser`)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of one that Playwright would download."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def live_url(app: Flask, cast: dict[str, int]) -> Iterator[str]:
    """The application with the cast, served on loopback by the product's own web server."""
    with serving(app) as url:
        yield url
