"""Files that break programs: each is refused in words or read correctly, and only the reader's process may die."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osm.connectors.base import IncomingMessage, Rejected
from osm.connectors.incident_file import FileRefused

from . import files
from .hard_files import GOOD, HARD, HARD_FILES, LONG, OTHERS, HardFile

NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)


@pytest.mark.parametrize("hard", HARD_FILES, ids=lambda hard: hard.name)
def test_it_is_refused_in_words_or_read(tmp_path, hard: HardFile):
    """In the real child process: some of these files end it."""
    if hard.refused:
        with pytest.raises(FileRefused) as refused:
            files.parsed(tmp_path, hard.content(), now=NOW)
        assert hard.refused in str(refused.value)
        assert "Ничего не загружено. " in str(refused.value), "and then what to do"
        assert "{" not in str(refused.value)
        return
    good, second = files.parsed(tmp_path, hard.content(), now=NOW)
    assert isinstance(good, IncomingMessage)
    assert good.number == str(GOOD)
    if hard.rejected:
        assert isinstance(second, Rejected)
        assert second.reason.startswith("Дата поступления: ")
        assert second.reason.endswith(hard.rejected)
        return
    assert isinstance(second, IncomingMessage)
    assert (second.number, second.received_at) == (str(HARD), datetime(2026, 11, 2, 0, 40, tzinfo=UTC))
    if hard.name == "a text of 20,000 characters":
        assert second.text == LONG
    if hard.name == "300 columns":
        assert dict(second.raw) == dict(zip(OTHERS, OTHERS, strict=True))
