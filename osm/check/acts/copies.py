"""Groups near copies of messages and comments, finds mailings among them, and corrects typos in search words."""

import hashlib
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from moderation.text.morph import is_known
from osm.base.application import current_settings
from osm.base.database import add_row, db, draw_ids, write_rows
from osm.base.transaction import WHOLE, Pace
from osm.check.acts import due, index
from osm.check.acts.index import LONGEST_WORD, Indexed, Named, Together, lemmas_of, question_of
from osm.likeness import words
from osm.likeness.score import VERSION, Content, Traits, nearest, signs_of
from osm.messages.models import AUTHOR_KEY, author_key_of_row
from osm.models import (
    MAILING_RULE,
    Author,
    Comment,
    CopyGroup,
    CopyText,
    Decision,
    DueCommentReading,
    DueReading,
    Message,
    MessageLink,
    MessageTraits,
    ReadingKind,
)
from osm.register.queries.filter import word_counts
from osm.regulation.blacklist import CommentState
from osm.regulation.words import Ground

# --- Typos in search words
SHORTEST = 4  # in letters; shorter words are one letter away from too many others
FEW = 2  # in messages; a word in more messages is not a typo
MOST_MENDED = 3  # in one question; correcting more words would be slow and change the question too much
_MORE_OFTEN = 20
"""The correction must be in this many times more messages than the typed word, which others may have mistyped too."""
_COUNTED = 200  # counting stops here: more frequent words are equally likely
_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_KEYS = str.maketrans("`qwertyuiop[]asdfghjkl;'zxcvbnm,.", "ёйцукенгшщзхъфывапролджэячсмитьбю")
"""A key of the Latin layout → its letter on the Russian one."""


def likely_meant(typed: str) -> str:
    """The question with typos corrected; empty if there are none. A word is a typo if the dictionary does not know it
    and at most FEW messages have it. A question typed on the Latin layout («vecjh») is read on the Russian one."""
    if russian := _on_russian_layout(typed):
        return russian
    words = {word: word.lower().replace("ё", "е") for word in _WORD.findall(typed)}
    unknown = {
        word: plain
        for word, plain in words.items()
        if SHORTEST <= len(plain) <= LONGEST_WORD and question_of(plain) and not is_known(word.lower())
    }
    counts = word_counts({form for plain in unknown.values() for form in lemmas_of(plain)}, FEW + 1) if unknown else {}
    had = {word: max(counts[form] for form in lemmas_of(plain)) for word, plain in unknown.items()}
    mistyped = {word: messages for word, messages in had.items() if messages <= FEW}
    if len(mistyped) > MOST_MENDED:
        return ""
    meant = {word: _nearest(unknown[word], messages * _MORE_OFTEN) for word, messages in mistyped.items()}
    mended = _WORD.sub(lambda match: meant.get(match[0]) or match[0], typed)
    return mended if mended != typed else ""


def _on_russian_layout(typed: str) -> str:
    """What the same keys write there, if all of it are words; else empty."""
    russian = typed.lower().translate(_KEYS)
    words = set(_WORD.findall(russian))
    if not words or _WORD.search(typed) or not _LATIN.search(typed):
        return ""
    unknown = {word: lemmas_of(word.replace("ё", "е")) for word in words if not is_known(word)}
    counts = word_counts({form for forms in unknown.values() for form in forms}, 1) if unknown else {}
    return russian if all(any(counts[form] for form in forms) for forms in unknown.values()) else ""


def _nearest(plain: str, more_than: int) -> str:
    """The most frequent word, as the dictionary has it if it does, otherwise as in the index."""
    near = {form: form for form in _one_letter_away(lemmas_of(plain)[0])}
    for word in filter(is_known, set(_one_letter_away(plain))):
        near |= dict.fromkeys(lemmas_of(word), word)
    near |= {word: word for word in _one_letter_away(plain) if word in near}
    counts = word_counts(near, _COUNTED)
    best = max(counts, key=lambda form: (counts[form], form))
    return near[best] if counts[best] > more_than else ""


def _one_letter_away(word: str) -> Iterator[str]:
    """One letter deleted, replaced, or inserted, or two neighbours swapped."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in _LETTERS)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


# --- Messages with the most similar text (П.15)
WINDOW = timedelta(days=90)
COMPARED = 5_000  # messages compared, the latest first: what a small town writes in this time
SHOWN = 5


def nearest_messages(message_id: int) -> list[int] | None:
    """Up to SHOWN messages received within WINDOW of this one, most similar first, without linked or rejected ones.
    None if this one has not been read yet."""
    received = db.session.scalars(select(Message.received_at).where(Message.id == message_id)).one()
    own = _contents(Message.id == message_id).get(message_id)
    if own is None:
        return None
    others = _contents(Message.id != message_id, Message.received_at.between(received - WINDOW, received + WINDOW))
    for other_id in _linked_with(message_id):
        others.pop(other_id, None)
    return nearest(own, others, SHOWN)


def _contents(*conditions: ColumnElement[bool]) -> dict[int, Content]:
    rows = db.session.execute(
        select(Message.id, MessageTraits.traits, *AUTHOR_KEY)
        .join(MessageTraits, (MessageTraits.message_id == Message.id) & (MessageTraits.rules == VERSION))
        .outerjoin(Author, Author.id == Message.author_id)
        .where(*conditions)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(COMPARED)
    )
    return {key: Content(author_key_of_row(*who), signs_of(Traits.from_json(traits))) for key, traits, *who in rows}


def _linked_with(message_id: int) -> set[int]:
    both = (MessageLink.later_id, MessageLink.earlier_id)
    pairs = db.session.execute(select(*both).where(or_(*(side == message_id for side in both))))
    return {one for pair in pairs for one in pair} - {message_id}


# --- Mailings: groups of copies from a certain size on
RULE = MAILING_RULE  # rule name of its findings, next to the rules of the library


def from_number() -> int:
    """Number of copies that make a mailing (OSM_COPIES_MAILING)."""
    return current_settings().copies_mailing


def in_mailings(comment_ids: Collection[int]) -> set[int]:
    """Those of these comments that belong to a mailing. Call it in the write transaction that stores their check:
    groups are locked until its end, so a comment gets its mailing from this check or is checked again."""
    index.lock_grouping()
    members = select(CopyText.comment_id).join(CopyGroup, CopyGroup.id == CopyText.group_id)
    found = db.session.scalars(
        members.where(CopyText.comment_id.in_(comment_ids), CopyGroup.size >= from_number())
    ).all()
    return {comment_id for comment_id in found if comment_id is not None}


def with_mailing(verdict: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The verdict with the mailing as another reason for a look; a proposal to exclude stays."""
    finding = {
        "category": Ground.SPAM.value,
        "rule": RULE,
        "severity": "medium",
        "start": 0,
        "end": len(text),
        "lemma": "",
        "why": f"Почти таких же текстов за две недели — {from_number()} или больше: похоже на рассылку.",
    }
    decision = Decision.REVIEW.value if verdict["verdict"] == Decision.PASS else verdict["verdict"]
    return {**verdict, "verdict": decision, "findings": [*verdict["findings"], finding]}


def check_again(grown: Mapping[int, tuple[int, int]], joined: Collection[int], fresh: Collection[int]) -> None:
    """Make waiting comments that became part of a mailing due for another check, in the transaction that grouped them.
    `grown`: group → (old size, new size); `joined`: groups that were merged; `fresh`: comments just read."""
    least = from_number()
    mailings = [group_id for group_id, (_, size) in grown.items() if size >= least]
    new = [group_id for group_id in mailings if grown[group_id][0] < least or group_id in joined]
    members = select(CopyText.comment_id)
    if new:
        _recheck(members.where(CopyText.group_id.in_(new)))
    if mailings and fresh:
        _recheck(members.where(CopyText.comment_id.in_(fresh), CopyText.group_id.in_(mailings)))


def _recheck(comment_ids: Select[int | None]) -> None:
    waiting = select(Comment.id).where(Comment.id.in_(comment_ids), Comment.state == CommentState.WAITING)
    due.enqueue_comments(db.session.scalars(waiting).all(), [ReadingKind.VERDICT])


# --- Near copies
SLICE = 50  # texts read and written together; a write takes at most 50 ms
LEADERS = 8  # a new variant of a known text is indexed while fewer texts in the index are similar to it
SAME = 0.9
"""A copy more similar than this to an indexed text is not indexed, because a text similar to it will find the other. So
a mailing of thousands takes the space of a few texts."""


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Read due comments and messages in slices while `pace` allows; return how many. Texts are folded outside a
    transaction, and compared and written in an exclusive one, so that two copies read at the same time find each other.
    An unchanged text is not read again."""
    until = time.monotonic() + pace.seconds
    done = 0
    queues: list[due.Queue] = [DueCommentReading, DueReading]
    while queues and pace.may_continue() and time.monotonic() < until:
        queue = queues.pop(0)
        reader = partial(read, queue, now=now)
        if count := due.work_off(ReadingKind.COPIES, reader, limit=SLICE, now=now, queue=queue):
            done += count
            queues.append(queue)
    if not queues:
        index.forget_old(now)
    return done


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A text as it is now; `folded` is None if it is too short to be a copy."""

    subject_id: int
    digest: str
    written_at: datetime
    folded: words.Folded | None


def read(queue: due.Queue, ids: Sequence[int], now: datetime) -> Callable[[], None]:
    """Fold these texts and return a function that finds their copies and writes, in the caller's transaction."""
    if issubclass(queue, DueReading):
        written = func.coalesce(Message.published_at, Message.received_at)
        rows = db.session.execute(select(Message.id, Message.text, written).where(Message.id.in_(ids))).all()
    else:
        written = func.coalesce(Comment.published_at, Comment.stored_at)
        rows = db.session.execute(select(Comment.id, Comment.text, written).where(Comment.id.in_(ids))).all()
    subjects = [_Fresh(row[0], _digest(row[1]), row[2], words.fold(row[1])) for row in rows]
    db.session.rollback()  # all is read; no snapshot while waiting for the write lock

    def write() -> None:
        index.lock_grouping()
        changed, groups = _leave(queue, subjects)
        fresh = [one for one in changed if one.folded is not None]
        slice_ = _Slice(queue, fresh, now)
        grown = index.count(groups | slice_.put_together(), now)
        comments = [] if issubclass(queue, DueReading) else [one.subject_id for one in fresh]
        check_again(grown, slice_.joined, comments)

    return write


def _leave(queue: due.Queue, subjects: Sequence[_Fresh]) -> tuple[list[_Fresh], set[int]]:
    """Remove changed texts from their groups and the index; return what to read and which groups to count. An unchanged
    text may now be the same writing as another: its comment became a message or came back."""
    column = _column(queue)
    known = {
        row.subject: row
        for row in db.session.execute(
            select(column.label("subject"), CopyText.id, CopyText.digest, CopyText.group_id, CopyText.letters).where(
                column.in_([one.subject_id for one in subjects])
            )
        )
    }
    fresh = [one for one in subjects if one.subject_id not in known or known[one.subject_id].digest != one.digest]
    gone = [known[one.subject_id] for one in fresh if one.subject_id in known]
    if gone:
        db.session.execute(delete(CopyText).where(CopyText.id.in_([row.id for row in gone])))
    groups = {row.group_id for row in known.values() if row.group_id is not None}
    for group_id in {row.group_id for row in gone if row.group_id is not None and row.letters is not None}:
        _index_newest(group_id)
    return fresh, groups


def _index_newest(group_id: int) -> None:
    """The indexed text of this group is gone: index the newest of the others."""
    member = db.session.scalars(
        select(CopyText)
        .where(CopyText.group_id == group_id, CopyText.letters.is_(None))
        .order_by(CopyText.written_at.desc(), CopyText.id.desc())
        .limit(1)
    ).first()
    if member is None:
        return
    of_message = select(Message.text).where(Message.id == member.message_id)
    text = db.session.scalar(select(Comment.text).where(Comment.id == member.comment_id).union_all(of_message))
    folded = words.fold(text or "")
    if folded is not None:
        member.letters = folded.letters
        db.session.flush()
        index.keep_keys({member.id: list(folded.keys)})


class _Slice:
    """Finds the copies of new texts, in the store and among themselves."""

    def __init__(self, queue: due.Queue, fresh: Sequence[_Fresh], now: datetime) -> None:
        self.column, self.now = _column(queue).key, now
        self.fresh = sorted(fresh, key=lambda one: (one.written_at, one.subject_id))
        self.together = Together()
        self.joined: set[int] = set()
        """Groups that others were merged into."""

    def put_together(self) -> set[int]:
        """Write texts, keys and groups; return the groups that changed."""
        if not self.fresh:
            return set()
        found = index.look_up(one.folded for one in self.fresh if one.folded)
        ids = list(draw_ids(CopyText, len(self.fresh)))
        kept = {text_id: self._find(text_id, one, found) for text_id, one in zip(ids, self.fresh, strict=True)}
        group_of = self._groups()
        index.put({text_id: group_id for text_id, group_id in group_of.items() if text_id not in kept})
        write_rows(
            CopyText,
            [
                {
                    self.column: one.subject_id, "id": text_id, "digest": one.digest, "written_at": one.written_at,
                    "read_at": self.now, "letters": one.folded.letters if one.folded and kept[text_id] else None,
                    "group_id": group_of.get(text_id),
                }
                for text_id, one in zip(ids, self.fresh, strict=True)
            ],
        )  # fmt: skip
        index.keep_keys(kept)
        return set(group_of.values())

    def _find(self, text_id: int, one: _Fresh, found: Named) -> list[int]:
        """Note the texts it is a copy of; return the keys to index it with, if any."""
        assert one.folded is not None
        mine = Indexed(text_id, one.folded.letters, None, one.written_at, one.written_at)
        near = [found.texts[other] for other in found.ranked(one.folded) if other in found.texts]
        near = [other for other in near if self.together.reaches(other, one.written_at)]
        likenesses = [words.likeness(mine.letters, other.letters) for other in near]
        alike = [other for other, likeness in zip(near, likenesses, strict=True) if likeness]
        for other in alike:
            self.together.unite(mine, other)
        leads = len(alike) < LEADERS and max(likenesses, default=0) < SAME
        return found.add(mine, one.folded) if leads else []

    def _groups(self) -> dict[int, int]:
        """Text id → group id of all texts put together; stored groups found to be one are merged."""
        group_of: dict[int, int] = {}
        for text_ids, group_ids in self.together.parts():
            target = min(group_ids, default=0) or self._new_group()
            index.join(group_ids - {target}, target)
            if len(group_ids) > 1:
                self.joined.add(target)
            group_of.update(dict.fromkeys(text_ids, target))
        return group_of

    def _new_group(self) -> int:
        group = add_row(CopyGroup(size=0, first_at=self.now, last_at=self.now, read_at=self.now))
        return group.id


def _column(queue: due.Queue) -> Any:
    return CopyText.message_id if issubclass(queue, DueReading) else CopyText.comment_id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
