"""The town of the lives, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lives.town import Town, town


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("lives")) as found:
        yield found
