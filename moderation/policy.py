"""From findings to a verdict: which severity needs a person and which proposes exclusion."""

from __future__ import annotations

from collections.abc import Iterable

from .verdict import CATEGORIES, Decision, Finding, Severity, Verdict

DECISION_OF: dict[Severity, Decision] = {"medium": "review", "high": "exclude"}
_RANK: dict[Decision, int] = {"pass": 0, "review": 1, "exclude": 2}

PASS = Verdict("pass", (), ())


def decide(findings: Iterable[Finding]) -> Verdict:
    """The strictest decision of all findings; findings in the order of the text, without repetitions."""
    ordered = list(findings)
    if not ordered:
        return PASS
    if len(ordered) == 1:
        only = ordered[0]
        return Verdict(DECISION_OF[only.severity], (only.category,), (only,))
    ordered = sorted(set(ordered), key=lambda f: (f.start, f.end, f.category, f.rule, f.lemma, f.why))
    decision = max((DECISION_OF[f.severity] for f in ordered), key=_RANK.__getitem__)
    named = {f.category for f in ordered}
    return Verdict(decision, tuple(c for c in CATEGORIES if c in named), tuple(ordered))
