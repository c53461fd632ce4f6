"""Our own cases, read from the table in this folder: expected category (or ``normal``) and text."""

from pathlib import Path

from moderation import Moderator

moderator = Moderator()
"""One for all files: it takes longer to make than to ask a thousand times."""

_LINES = (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8").splitlines()
CASES = [tuple(line.split("\t")) for line in _LINES if line]
FLAGGED = [text for label, text in CASES if label != "normal"]

_MISSED = (Path(__file__).parent / "cases_missed.tsv").read_text(encoding="utf-8").splitlines()
MISSED = [tuple(line.split("\t")) for line in _MISSED if line]
