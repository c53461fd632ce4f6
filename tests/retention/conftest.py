"""Installations of their own, each filled from one backup of the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.keeping.conftest import _filled, archive, install  # noqa: F401  # fixtures
from tests.keeping.installations import Installation


@pytest.fixture
def place(install: Callable[[str], Installation], archive: Path) -> Installation:  # noqa: F811
    made = install("place")
    made.restore(archive)
    return made
