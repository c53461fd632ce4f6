"""A full installation with its backup, made once for each database, and empty ones beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from osm.services.staff import users

from .installations import Installation, installed


@pytest.fixture(scope="package", autouse=True)
def _quick_hashes():
    """Cheap parameters, as in the tests of the demonstration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def office(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An office that has worked for a while. Tests of a module share it and leave it as it is."""
    with ExitStack() as stack:
        office = installed(stack, backend, tmp_path_factory.mktemp("office") / "data")
        office.fill()
        yield office


@pytest.fixture(scope="module")
def archive(office: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    path = tmp_path_factory.mktemp("archive") / "osm.zip"
    office.backup(path)
    return path


@pytest.fixture
def install(backend: str, tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """`install("new")`: an empty installation in a folder of this name."""
    with ExitStack() as stack:
        yield lambda name: installed(stack, backend, tmp_path / name)
