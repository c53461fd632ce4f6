"""What is found in a text, and what follows from it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

# --- Results of the library: findings and the verdict, with Russian labels
Category = Literal["profanity", "insult", "threat", "spam", "ad"]
Severity = Literal["medium", "high"]
Decision = Literal["pass", "review", "exclude"]

CATEGORIES: tuple[Category, ...] = ("profanity", "insult", "threat", "spam", "ad")
SEVERITIES: tuple[Severity, ...] = ("medium", "high")
CATEGORY_TITLES: dict[Category, str] = {
    "profanity": "нецензурная брань",
    "insult": "оскорбление",
    "threat": "угроза",
    "spam": "спам-рассылка",
    "ad": "реклама",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One ground with its deciding words: ``text[start:end] == fragment`` in the source text. ``severity`` is
    ``medium`` (a person looks) or ``high`` (exclusion is proposed); ``lemma`` is the dictionary form or root; ``why``
    is one Russian sentence for the moderator."""

    category: Category
    rule: str
    severity: Severity
    start: int
    end: int
    fragment: str
    lemma: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The proposal for one text; a person decides (clause 17 of Appendix 1)."""

    decision: Decision
    categories: tuple[Category, ...]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON: ``verdict``, ``categories`` and ``findings`` as printed by ``classify``."""
        return {
            "verdict": self.decision,
            "categories": list(self.categories),
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class RuleReport:
    """The result of one rule on one text, for ``explain``: its findings, or why it let the text pass."""

    rule: str
    category: Category
    title: str
    fired: bool
    reason: str
    findings: tuple[Finding, ...]


# --- From findings to a verdict: which severity needs a person and which proposes exclusion
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
