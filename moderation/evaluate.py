"""How the library does on a labelled file: one line of the table for each label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from .pipeline import Moderator
from .verdict import CATEGORIES, Verdict


def table(moderator: Moderator, rows: Iterable[tuple[str, str]]) -> str:
    """Per label: rows, share flagged, share proposed for exclusion, share with each category, in per cent."""
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for label, text in rows:
        verdicts[label].append(moderator.judge(text))
    lines = [
        f"{'метка':58} {'строк':>6} {'отмечено':>9} {'исключить':>9} " + " ".join(f"{name:>9}" for name in CATEGORIES)
    ]
    for label in sorted(verdicts):
        group = verdicts[label]
        shares = [
            sum(verdict.decision != "pass" for verdict in group),
            sum(verdict.decision == "exclude" for verdict in group),
            *(sum(name in verdict.categories for verdict in group) for name in CATEGORIES),
        ]
        lines.append(f"{label:58} {len(group):6} " + " ".join(f"{100 * share / len(group):8.1f}%" for share in shares))
    return "\n".join(lines) + "\n"
