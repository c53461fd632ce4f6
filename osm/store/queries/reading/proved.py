"""How often each rule, and each word of it, has proved right in this office, by what people answered to the marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, union_all

from osm.extensions import db
from osm.regulation.words import Ground
from osm.store.models import CommentFindingAnswer, FindingAnswer, FindingReply

USUALLY, PRIOR = 0.8, 5
"""What is taken for the share of a rule that nobody has answered to, and for how many answers that stands."""
ENOUGH, SELDOM_RIGHT = 30, 0.2
"""After so many answers a mark that proves right less often than this is weak."""


@dataclass(frozen=True, slots=True)
class Proved:
    """Answers to the marks of one rule, or of one word of a rule."""

    right: int = 0
    wrong: int = 0
    usually: float = USUALLY

    @property
    def answers(self) -> int:
        return self.right + self.wrong

    @property
    def share(self) -> float:
        """Of the right ones, with the prior: three answers change little."""
        return (self.right + PRIOR * self.usually) / (self.answers + PRIOR)

    @property
    def is_weak(self) -> bool:
        """It proves right less than one time in five, after enough answers."""
        return self.answers >= ENOUGH and self.right < SELDOM_RIGHT * self.answers


Key = tuple[str, str]
"""A rule and a word of it; the word is empty for the rule as a whole."""


@dataclass(frozen=True, slots=True)
class Records:
    """All that people have answered to."""

    by_key: Mapping[Key, Proved]

    def of(self, finding: Mapping[str, Any]) -> Proved:
        """Of the word, where anybody has answered to it, drawn to its rule; else of the rule."""
        rule, lemma = finding["rule"], finding["lemma"]
        whole = self.by_key.get((rule, ""), Proved())
        word = self.by_key.get((rule, lemma)) if lemma else None
        return Proved(word.right, word.wrong, whole.share) if word else whole

    def is_weak(self, finding: Mapping[str, Any]) -> bool:
        """Whether it is shown last: never a threat, and nothing that proposes exclusion."""
        if finding["severity"] == "high" or finding["category"] == Ground.THREAT:
            return False
        word = self.of(finding)
        whole = self.by_key.get((finding["rule"], ""), Proved())
        return word.is_weak if word.answers >= ENOUGH else whole.is_weak


def records() -> Records:
    """Counted over all answers."""
    by_key: dict[Key, Proved] = {}
    for rule, lemma, right, wrong in db.session.execute(_COUNTS):
        for key in {(rule, ""), (rule, lemma)}:
            before = by_key.get(key, Proved())
            by_key[key] = Proved(before.right + right, before.wrong + wrong)
    return Records(by_key)


def _counts() -> Any:
    tables = (FindingAnswer, CommentFindingAnswer)
    answers = union_all(*(select(table.rule, table.lemma, table.reply) for table in tables)).subquery()
    wrong = func.sum(case((answers.c.reply == FindingReply.WRONG, 1), else_=0))
    return select(answers.c.rule, answers.c.lemma, func.count() - wrong, wrong).group_by(
        answers.c.rule, answers.c.lemma
    )


_COUNTS = _counts()
