"""A full installation with its backup, made once for each database, and empty ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from .installations import Installation, installed

Install = Callable[[str], Installation]


@pytest.fixture(scope="session")
def _filled(
    template: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Installation, Path]]]:
    with ExitStack() as stack:

        @cache
        def filled(backend: str) -> tuple[Installation, Path]:
            folder = tmp_path_factory.mktemp(f"office-{backend}")
            office = installed(stack, backend, folder / "data", template(backend))
            office.fill()
            archive = folder / "osm.zip"
            office.backup(archive)
            return office, archive

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
