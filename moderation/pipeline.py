"""The way of a text: normalise → tokens → words → rules → verdict."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from moderation import verdict
from moderation.office import rules_version
from moderation.own_words import OwnWord, OwnWords
from moderation.rules import RULES, Groups, Rule
from moderation.text.tokens import Document, read
from moderation.text.word import ANCHOR
from moderation.text.words import WordReader
from moderation.verdict import Finding, RuleReport, Verdict
from moderation.vocabulary import load_vocabulary

_MOST_FINDINGS = 100  # of one rule in one text; more are of no use to a person


class Moderator:
    """Judges texts. Caches words (bounded), never texts; can be shared between threads. ``own_words``: the office's own
    entries and exceptions (see ``own_words``)."""

    def __init__(self, own_words: Sequence[OwnWord] = ()) -> None:
        self._own = OwnWords(own_words)
        vocabulary = load_vocabulary(self._own.entries())
        self.reader = WordReader(vocabulary)
        self.groups = Groups(self.reader)
        self.rules: list[tuple[int, Rule]] = []  # with the bits that each rule needs; 0 for a model
        for rule in (*RULES, *self._own.rules()):
            phrases = ANCHOR if not vocabulary.with_phrases.isdisjoint(rule.groups) else 0
            self.rules.append((rule.shape | self.reader.group_mask(*rule.groups) | phrases, rule))

    @property
    def rules_version(self) -> str:
        """Fingerprint of rules, lists and own words: if equal, the same text has the same verdict."""
        own = self._own.fingerprint()
        return f"{rules_version()}+{own}" if own else rules_version()

    def judge(self, text: str) -> Verdict:
        """The verdict for one text with every finding; any Unicode text is accepted."""
        doc = read(text, self.reader)
        findings: list[Finding] = []
        for trigger, rule in self.rules:
            found = rule.last and any(finding.category == rule.category for finding in findings)
            if not found and (not trigger or doc.mask & trigger):
                findings += self._findings(doc, rule)
        if not findings:
            return verdict.PASS
        return verdict.decide(self._own.without_exceptions(doc, findings))

    def _findings(self, doc: Document, rule: Rule) -> list[Finding]:
        found = []
        for hit in islice(rule.find(doc, self.groups), _MOST_FINDINGS):
            start, end = doc.span(hit.first, hit.last)
            found.append(
                Finding(rule.category, rule.name, hit.severity, start, end, doc.source[start:end], hit.lemma, hit.why)
            )
        return found

    def explain(self, text: str) -> list[RuleReport]:
        """Every rule's decision on one text, also without findings."""
        doc = read(text, self.reader)
        reports = []
        for trigger, rule in self.rules:
            found: tuple[Finding, ...] = ()
            if trigger and not doc.mask & trigger:
                reason = "в тексте нет слов, с которых правило начинает"
            else:
                all_found = self._findings(doc, rule)
                found = tuple(self._own.without_exceptions(doc, all_found))
                if found:
                    reason = "сработало"
                elif all_found:
                    reason = "сработало, но снято исключением из своего словаря"
                else:
                    reason = "похожие слова есть, но условия правила не выполнены"
            reports.append(RuleReport(rule.name, rule.category, rule.title, bool(found), reason, found))
        return reports


def classify(text: str, own: Sequence[OwnWord] = ()) -> Verdict:
    """The verdict of the built-in rules and the caller's ``own`` words. The moderators of the last few sets of own
    words are cached: only a new set has to read the lists (about a tenth of a second). Any Unicode text is accepted."""
    return _moderator(tuple(own)).judge(text)


@lru_cache(maxsize=4)
def _moderator(own: tuple[OwnWord, ...]) -> Moderator:
    return Moderator(own)
