"""What own words would do to the last texts, before they are saved: how many they mark, and how many ordinary ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from moderation import Finding, Moderator, OwnWord, Verdict
from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Status
from osm.services.dictionary.own_words import library_with, words_in_force
from osm.store.models import Comment, FindingReply, Message, MessageVerdict

LAST = 1_000
"""Texts that are looked at, the newest messages and comments together."""
SHOWN = 8
_SUSPECT_COUNT, _SUSPECT_SHARE = 3, 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """One text that the words mark, or from which they take the marks; `text[start:end]` is each marked piece."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    is_ordinary: bool
    message_id: int | None
    comment_id: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`marked` of `looked` texts get a mark, `ordinary` of them are ordinary complaints: they pass the rules or people
    kept or answered them. `freed`: texts that exceptions leave unmarked, `freed_right` of them people had excluded."""

    looked: int
    marked: int
    ordinary: int
    freed: int
    freed_right: int
    samples: tuple[Sample, ...]

    @property
    def is_suspect(self) -> bool:
        """So many ordinary complaints are marked that the entry does more harm than good."""
        return self.ordinary >= _SUSPECT_COUNT and self.ordinary >= _SUSPECT_SHARE * self.marked

    @property
    def frees_bad(self) -> bool:
        """What people had excluded would not be found any more."""
        return self.freed_right > 0


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    kept: bool
    thrown_out: bool
    message_id: int | None
    comment_id: int | None
    at: datetime


def preview(words: Sequence[OwnWord], *, without: OwnWord | None = None) -> Preview:
    """The words beside those in force (less `without`, which they replace) on the last texts; nothing is stored.

    Somebody waits for it: no text is read by more libraries than the words need.
    """
    texts = _last_texts()
    in_force = [word for word in words_in_force() if word != without]
    before = library_with(tuple(in_force))
    exceptions = [word for word in words if word.exception]
    # Only what these words themselves find, whatever others there are in the same category.
    alone = (
        Moderator((*words, *(word for word in in_force if word.exception))) if len(exceptions) < len(words) else None
    )
    after = Moderator((*in_force, *words)) if exceptions else None
    marked, freed = [], []
    for one in texts:
        if alone and (own := _own(alone, one.text)):
            bad = one.thrown_out or before.judge(one.text).findings
            marked.append(_sample(one, own, is_ordinary=one.kept or not bad))
        elif after and (was := before.judge(one.text).findings) and not after.judge(one.text).findings:
            freed.append(_sample(one, was, is_ordinary=not one.thrown_out))
    ordinary = [sample for sample in marked if sample.is_ordinary]
    others = [sample for sample in marked if not sample.is_ordinary]
    return Preview(
        looked=len(texts),
        marked=len(marked),
        ordinary=len(ordinary),
        freed=len(freed),
        freed_right=sum(not sample.is_ordinary for sample in freed),
        samples=tuple([*ordinary, *others, *freed][:SHOWN]),
    )


def freed_by(before: Callable[[str], Verdict], after: Callable[[str], Verdict]) -> Preview:
    """What of the last texts was marked by one way of judging and would not be by the other."""
    freed = []
    texts = _last_texts()
    for one in texts:
        found = before(one.text).findings
        if found and not after(one.text).findings:
            freed.append(_sample(one, found, is_ordinary=not one.thrown_out))
    freed.sort(key=lambda sample: sample.is_ordinary)  # what people had thrown out is what is to be seen
    bad = sum(not sample.is_ordinary for sample in freed)
    return Preview(len(texts), 0, 0, len(freed), bad, tuple(freed[:SHOWN]))


def try_on(word: OwnWord, text: str) -> tuple[tuple[int, int, str], ...]:
    """The pieces of a text that this entry alone would mark; of an exception: those it would leave unmarked."""
    if word.exception:
        bare = [one for one in words_in_force() if one != word]
        was = Moderator(bare).judge(text).findings
        now = {(one.start, one.end, one.rule) for one in Moderator((*bare, word)).judge(text).findings}
        return _spans(one for one in was if (one.start, one.end, one.rule) not in now)
    return _spans(_own(Moderator((word,)), text))


def _own(library: Moderator, text: str) -> list[Finding]:
    return [one for one in library.judge(text).findings if one.rule.startswith("own.")]


def _sample(one: _Text, found: Iterable[Finding], *, is_ordinary: bool) -> Sample:
    return Sample(one.text, _spans(found), is_ordinary, one.message_id, one.comment_id)


def _spans(found: Iterable[Finding]) -> tuple[tuple[int, int, str], ...]:
    """Without overlaps, in order: the first of several stands."""
    spans: list[tuple[int, int, str]] = []
    for one in sorted(found, key=lambda finding: (finding.start, -finding.end)):
        if not spans or one.start >= spans[-1][1]:
            spans.append((one.start, one.end, one.why))
    return tuple(spans)


def _last_texts() -> list[_Text]:
    messages = db.session.execute(
        select(Message.id, Message.text, Message.status, Message.stored_at, MessageVerdict.reply)
        .outerjoin(MessageVerdict, MessageVerdict.message_id == Message.id)
        .where(Message.recalled_at.is_(None))
        .order_by(Message.id.desc())
        .limit(LAST)
    )
    comments = db.session.execute(
        select(Comment.id, Comment.text, Comment.state, Comment.stored_at).order_by(Comment.id.desc()).limit(LAST)
    )
    kept_replies = (FindingReply.ANSWERED, FindingReply.WRONG)
    texts = [
        _Text(text, reply in kept_replies or status is Status.ANSWERED, status is Status.EXCLUDED, key, None, at)
        for key, text, status, at, reply in messages
    ]
    texts += [
        _Text(text, state in (CommentState.KEPT, CommentState.TAKEN), state is CommentState.DELETED, None, key, at)
        for key, text, state, at in comments
    ]
    return sorted(texts, key=lambda one: one.at, reverse=True)[:LAST]
