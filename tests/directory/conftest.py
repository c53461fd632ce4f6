"""The servers of the organisation, and the application that asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from osm.settings.directory import load_directory

from .slapd import Slapd, running


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
    before = app.extensions["osm_settings"]

    def use(**environ: str) -> None:
        app.extensions["osm_settings"] = replace(before, directory=load_directory(environ))
        app.extensions.pop("osm_ldap_away", None)

    yield use
    use()
    app.extensions["osm_settings"] = before


@pytest.fixture
def ldap(slapd: Slapd, use_directory: Callable[..., None]) -> Slapd:
    """The server, and the application uses it."""
    use_directory(**slapd.environ())
    return slapd
