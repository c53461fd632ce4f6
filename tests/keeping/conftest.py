"""A full installation with its backup, made once (for PostgreSQL once a worker), and empty ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.databases import SQLITE
from tests.prepared import copy_of

from .installations import Installation, installed, opened

Install = Callable[[str], Installation]


@pytest.fixture(scope="session")
def _filled(
    template: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Installation, Path]]]:
    with ExitStack() as stack:

        def fill(folder: Path) -> None:
            data = folder / "data"
            data.mkdir()
            shutil.copyfile(str(make_url(template(SQLITE)).database), data / "osm.sqlite3")
            with ExitStack() as closed:
                office = opened(closed, data, f"sqlite:///{data / 'osm.sqlite3'}")
                office.fill()
                office.backup(folder / "osm.zip")

        @cache
        def filled(backend: str) -> tuple[Installation, Path]:
            if backend == SQLITE:
                folder = copy_of(tmp_path_factory, "office", fill)
                data = folder / "data"
                return opened(stack, data, f"sqlite:///{data / 'osm.sqlite3'}"), folder / "osm.zip"
            folder = tmp_path_factory.mktemp("office")
            office = installed(stack, backend, folder / "data", template(backend))
            office.fill()
            office.backup(folder / "osm.zip")
            return office, folder / "osm.zip"

        yield filled


@pytest.fixture(scope="session")
def office(_filled: Callable[[str], tuple[Installation, Path]], backend: str) -> Installation:
    """An office with some weeks of work. Tests share it and leave it unchanged."""
    return _filled(backend)[0]


@pytest.fixture(scope="session")
def archive(_filled: Callable[[str], tuple[Installation, Path]], backend: str) -> Path:
    return _filled(backend)[1]


@pytest.fixture
def install(template: Callable[[str], str], backend: str, tmp_path: Path) -> Iterator[Install]:
    """`install("new")`: an empty installation in a folder with this name."""
    with ExitStack() as stack:
        yield lambda name: installed(stack, backend, tmp_path / name, template(backend))
