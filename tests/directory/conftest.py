"""The servers of the organisation, and the application that asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from osm.directory.acts.ldap import AWAY
from osm.directory.acts.provider import CACHE
from osm.reminders.acts import mailing
from osm.settings.directory import load_directory
from tests.serving import serving

from .oidc import OFFICE, Running, provider
from .slapd import Slapd, free_port, running


@pytest.fixture(scope="session")
def _slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with running(tmp_path_factory.mktemp("slapd")) as slapd:
        yield slapd


@pytest.fixture
def slapd(_slapd: Slapd) -> Slapd:
    """The server with the office of `slapd.OFFICE`, running."""
    if _slapd.process is None:
        _slapd.start()
    _slapd.empty()
    return _slapd


@pytest.fixture
def use_directory(app: Flask) -> Iterator[Callable[..., None]]:
    """`use_directory(OSM_LDAP_URL=…)`: settings of the application for this test."""
    before = app.extensions["osm"].settings

    def use(**environ: str) -> None:
        app.extensions["osm"].settings = replace(before, directory=load_directory(environ))
        for memory in (AWAY, CACHE, mailing.TROUBLES):
            memory.forget(app)

    yield use
    use()
    app.extensions["osm"].settings = before


@pytest.fixture
def ldap(slapd: Slapd, use_directory: Callable[..., None]) -> Slapd:
    """The server, and the application uses it."""
    use_directory(**slapd.environ())
    return slapd


@pytest.fixture(scope="session")
def _place() -> str:
    """Where the program listens in these tests: the provider has to know it before."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def _provider(_place: str) -> Iterator[Running]:
    with provider(_place) as running_provider:
        yield running_provider


@pytest.fixture
def oidc(app: Flask, cast: dict[str, int], _provider: Running, use_directory: Callable[..., None]) -> Iterator[Running]:
    """The provider with the people of `oidc.OFFICE`, and the program, which uses it."""
    _provider.take(OFFICE)
    use_directory(**_provider.environ())
    with serving(app, port=int(_provider.base.rpartition(":")[2])):
        yield _provider
