"""What a post is called beside its comments."""

from __future__ import annotations

from typing import Any

_LONGEST = 120


def titled(title: Any) -> str:
    """Its first words on one line."""
    words = " ".join(str(title or "").split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"
