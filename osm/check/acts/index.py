"""Answers to findings, dictionary forms for the search, signs of danger, the search index and the index of copies."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import aliased

from moderation import dangers
from moderation.text.morph import morph
from osm.base.database import db, insert_into, table_of, write_rows
from osm.base.transaction import WHOLE, Pace, transaction
from osm.check.acts import due
from osm.likeness.words import Folded
from osm.log.acts.record import record
from osm.models import Comment, CopyGroup, CopyKey, CopyText, Danger, Message, MessageSearch, ReadingKind, UrgentReport
from osm.register.queries.filter import searched
from osm.regulation.transitions import OPEN

# --- Dictionary forms of Russian words
LONGEST_WORD = 40  # in letters; longer words are cut in the index and in questions
_BEFORE_HIT = 40  # characters shown before the first found word
MOST_WORDS = 12  # in a question; more words hardly narrow the result

_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])*")
"""A word in a text; stress marks and invisible characters are part of it."""
_RUSSIAN = re.compile(r"[а-яё]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

_EVERYWHERE = """
а без бы в вам вас вы да для до ее ей ему его же за и из или им их к как ко ли мне мы на над нас не нам но ни о об от
по под при про с со так там то тоже ты у уж что чтобы это этот я
"""
_UNSEEN = frozenset(_EVERYWHERE.split())  # very frequent words, neither indexed nor searched


def words_of(text: str) -> set[str]:
    return {form for word in _plain_words(text) for form in _forms(word)}


def question_of(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a typed question, each with its forms; all must be found. Empty if there are none."""
    asked = dict.fromkeys(_forms(word) for word in _plain_words(text))
    return tuple(forms for forms in asked if forms)[:MOST_WORDS]


def marked(text: str, question: Collection[Collection[str]]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces; True: a word of the question, in any form."""
    asked = {form for forms in question for form in forms}
    pieces, end = list[tuple[str, bool]](), 0
    for match in _WRITTEN.finditer(text) if asked else ():
        if not asked.isdisjoint(words_of(match[0])):
            pieces += [(text[end : match.start()], False), (match[0], True)]
            end = match.end()
    return tuple(piece for piece in (*pieces, (text[end:], False)) if piece[0])


def from_first_hit(text: str, question: Collection[Collection[str]]) -> str:
    """The text on one line, starting shortly before the first found word; empty if no word is found."""
    line = " ".join(text.split())
    at = 0
    for piece, is_hit in marked(line, question):
        if is_hit:
            return line[line.find(" ", at - _BEFORE_HIT, at) + 1 :] if at > _BEFORE_HIT else line
        at += len(piece)
    return ""


def place_of(text: str, form: str) -> tuple[int, int]:
    """Position of the first word with this form; the whole text if there is none."""
    places = (match.span() for match in _WRITTEN.finditer(text) if form in words_of(match[0]))
    return next(places, (0, len(text)))


def _plain_words(text: str) -> list[str]:
    # Compose letters (й, ё) first, then remove the remaining marks such as stress.
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE).casefold()
    bare = "".join(letter for letter in composed if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(bare)]


def _forms(word: str) -> tuple[str, ...]:
    plain = word.replace("ё", "е")
    if plain in _UNSEEN:
        return ()
    # A number has no forms and occurs once; caching those of a large import would only use memory.
    return lemmas_of(word) if _RUSSIAN.fullmatch(word) else (plain,)


@lru_cache(maxsize=30_000)
def lemmas_of(word: str) -> tuple[str, ...]:
    return morph(word).lemmas


# --- Signs of danger to life (П.9, П.20)
TOLD_WITHIN = timedelta(days=1)  # for older messages no person is called; they are shown in «Ждёт меня»

Dangers = list[dict[str, Any]]  # as in `Danger.found`


def found_in(text: str) -> Dangers:
    return [{"sign": one.sign, "words": [text[start:end].lower() for start, end in one.spans]} for one in dangers(text)]


def note_danger(found: Mapping[int, Dangers], now: datetime) -> None:
    """Save the signs found in these messages, in the caller's transaction. A decision stays until other words are
    found. Closed and reported messages are skipped."""
    known = {row.message_id: row for row in db.session.scalars(_locked(found))}
    for message_id, row in known.items():
        if row.reply is None and not found[message_id]:
            db.session.delete(row)
    new = {one for one, signs in found.items() if signs and (one not in known or known[one].found != signs)}
    if not new:
        return
    reported = exists().where(UrgentReport.message_id == Message.id)
    asked = select(Message).where(Message.id.in_(new), Message.status.in_(OPEN), ~reported)
    for message in db.session.scalars(asked.order_by(Message.id)).unique():
        row = known.get(message.id) or Danger(message_id=message.id, version=0, told_ids=[])
        row.version, row.found, row.noted_at = row.version + 1, found[message.id], now
        row.reply = row.replied_at = row.replied_by_id = row.seen_at = row.seen_by_id = None
        row.told_ids = []
        row.tell_at = now if message.stored_at >= now - TOLD_WITHIN else None
        db.session.add(row)
        record("danger_noted", at=now, actor=None, message=message, clause="П.20", object_kind="danger",
               object_id=message.id)  # fmt: skip


def _locked(ids: Mapping[int, Dangers]) -> Any:
    return select(Danger).where(Danger.message_id.in_(ids)).with_for_update(of=Danger)


# --- Search index
def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Index due messages, newest first, while `pace` allows; return how many."""
    return due.work_through(ReadingKind.SEARCH, index, limit=due.TOGETHER, now=now, pace=pace, newest_first=True)


def index(message_ids: Sequence[int]) -> Callable[[], None]:
    """Read the words of these messages and return a function that writes them in a transaction."""
    rows = [
        {"message_id": one.message_id, "words": " ".join(sorted(words_of(" ".join(one.parts))))}
        for one in searched(message_ids)
    ]
    db.session.rollback()  # all is read; no snapshot while waiting for the write lock

    def write() -> None:
        if rows:
            statement = insert_into(MessageSearch)
            words = {"words": statement.excluded.words}
            db.session.execute(
                statement.on_conflict_do_update(index_elements=[MessageSearch.message_id], set_=words), rows
            )

    return write


# --- Index of near copies
WINDOW = timedelta(days=14)  # texts written further apart are not copies, unless others connect them
HOLDERS = 32  # Texts under one key. A key with more («Здравствуйте, когда…») distinguishes nothing and is not used.
COMPARED = 12  # stored texts compared letter by letter: those with the most common keys
_LOCK = 215_0016
"""Number of a PostgreSQL advisory lock: one process at a time groups texts. SQLite has one writer anyway."""


@dataclass(slots=True)
class Indexed:
    """An indexed text, and when it or the texts of its group were written."""

    id: int
    letters: str
    group_id: int | None
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Named:
    """Results for a slice: texts under each key, and the texts."""

    under: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[int, Indexed] = field(default_factory=dict)

    def ranked(self, folded: Folded, most: int = COMPARED) -> list[int]:
        """Ids of texts with common keys: most keys first, then the latest."""
        shared = Counter(text_id for key in folded.keys for text_id in self.under.get(key, ()))
        return nsmallest(most, shared, key=lambda text_id: (-shared[text_id], -text_id))

    def add(self, one: Indexed, folded: Folded) -> list[int]:
        """Make the text findable; return the keys to be stored."""
        kept = [key for key in folded.keys if len(self.under.get(key, ())) < HOLDERS]
        for key in kept:
            self.under[key].append(one.id)
        self.texts[one.id] = one
        return kept


class Together:
    """Texts and groups that belong together, with the times of their texts."""

    def __init__(self) -> None:
        self._above: dict[tuple[bool, int], tuple[bool, int]] = {}
        self._span: dict[tuple[bool, int], tuple[datetime, datetime]] = {}

    def reaches(self, one: Indexed, instant: datetime) -> bool:
        """Whether a text of this time may still be a copy of it or of its group."""
        first, last = self._span[self._top(one)]
        return first - WINDOW <= instant <= last + WINDOW

    def unite(self, one: Indexed, other: Indexed) -> None:
        top, under = self._top(one), self._top(other)
        if top == under:
            return
        self._above[under] = top
        spans = self._span[top], self._span.pop(under)
        self._span[top] = min(first for first, _ in spans), max(last for _, last in spans)

    def parts(self) -> Iterator[tuple[set[int], set[int]]]:
        """For each set that belongs together: ids of texts without a group, ids of groups."""
        found: dict[tuple[bool, int], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for node in list(self._above):
            is_group, number = node
            found[self._root(node)][is_group].add(number)
        return (part for part in found.values() if len(part[0]) + len(part[1]) > 1)

    def _top(self, one: Indexed) -> tuple[bool, int]:
        node = (False, one.id) if one.group_id is None else (True, one.group_id)
        if node not in self._above:
            self._above[node], self._span[node] = node, (one.first_at, one.last_at)
        return self._root(node)

    def _root(self, node: tuple[bool, int]) -> tuple[bool, int]:
        while (above := self._above[node]) != node:
            self._above[node] = self._above[above]
            node = above
        return node


def lock_grouping() -> None:
    """Lock the grouping of texts until the end of this transaction."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def look_up(fresh: Iterable[Folded]) -> Named:
    """Stored texts with the keys of these."""
    fresh = list(fresh)
    found = Named()
    keys = sorted({key for folded in fresh for key in folded.keys})
    if not keys:
        return found
    for key, text_id in db.session.execute(select(CopyKey.key, CopyKey.text_id).where(CopyKey.key.in_(keys))):
        found.under[key].append(text_id)
    wanted = sorted({text_id for folded in fresh for text_id in found.ranked(folded)})
    if wanted:
        first = func.coalesce(CopyGroup.first_at, CopyText.written_at)
        last = func.coalesce(CopyGroup.last_at, CopyText.written_at)
        rows = db.session.execute(
            select(CopyText.id, CopyText.letters, CopyText.group_id, first, last)
            .outerjoin(CopyGroup, CopyGroup.id == CopyText.group_id)
            .where(CopyText.id.in_(wanted), CopyText.letters.isnot(None))
        )
        found.texts = {row[0]: Indexed(row[0], row[1] or "", *row[2:]) for row in rows}
    return found


def keep_keys(kept: dict[int, list[int]]) -> None:
    """Store text id → keys."""
    # Sorted as the index, so that each of its pages is read once.
    rows = sorted((key, text_id) for text_id, keys in kept.items() for key in keys)
    write_rows(CopyKey, [{"key": key, "text_id": text_id} for key, text_id in rows])


def join(group_ids: Collection[int], target: int) -> None:
    """Merge these groups into `target`."""
    if not group_ids:
        return
    db.session.execute(update(CopyText).where(CopyText.group_id.in_(group_ids)).values(group_id=target))
    db.session.execute(delete(CopyGroup).where(CopyGroup.id.in_(group_ids)))


def put(group_of: Mapping[int, int]) -> None:
    """Set text id → group id."""
    rows = [{"of": text_id, "into": group_id} for text_id, group_id in sorted(group_of.items())]
    if rows:
        table = table_of(CopyText)
        into = update(table).where(table.c.id == bindparam("of")).values(group_id=bindparam("into"))
        db.session.execute(into, rows)


def count(group_ids: Collection[int], now: datetime) -> dict[int, tuple[int, int]]:
    """Update size and times of these groups; return group id → (old size, new size)."""
    if not group_ids:
        return {}
    before = dict(db.session.execute(select(CopyGroup.id, CopyGroup.size).where(CopyGroup.id.in_(group_ids))).all())
    found = db.session.execute(
        select(CopyText.group_id, func.count(), func.min(CopyText.written_at), func.max(CopyText.written_at))
        .where(CopyText.group_id.in_(group_ids), ~is_of_its_comment())
        .group_by(CopyText.group_id)
        .order_by(CopyText.group_id)
    ).all()
    sizes = {row[0]: (before.get(row[0], 0), row[1]) for row in found if row[0] is not None}
    rows = [{"of": group, "n": size, "first": first, "last": last, "now": now} for group, size, first, last in found]
    if rows:
        table = table_of(CopyGroup)
        values: dict[str, Any] = {"size": bindparam("n"), "first_at": bindparam("first"), "last_at": bindparam("last")}
        follows = update(table).where(table.c.id == bindparam("of")).values(**values, read_at=bindparam("now"))
        db.session.execute(follows, rows)
    if emptied := before.keys() - sizes.keys():
        db.session.execute(delete(CopyGroup).where(CopyGroup.id.in_(emptied)))
    return sizes


def is_of_its_comment() -> ColumnElement[bool]:
    """Condition: the text of a message made from a comment of its group, which counts once."""
    made = aliased(CopyText)
    return (
        select(made.id)
        .join(Comment, Comment.id == made.comment_id)
        .where(Comment.message_id == CopyText.message_id, made.group_id == CopyText.group_id)
        .correlate(CopyText)
        .exists()
    )


def forget_old(now: datetime, at_most: int = 1000) -> int:
    """Remove texts from the index that can have no more copies; groups stay. Returns how many."""
    before = now - WINDOW
    old = (
        select(CopyText.id)
        .outerjoin(CopyGroup, CopyGroup.id == CopyText.group_id)
        .where(
            CopyText.letters.isnot(None),
            CopyText.read_at < before,
            or_(CopyGroup.id.is_(None), CopyGroup.read_at < before),
        )
        .order_by(CopyText.read_at, CopyText.id)
        .limit(at_most)
    )
    if not db.session.scalars(old.limit(1)).first():
        return 0
    with transaction():
        lock_grouping()
        ids: Sequence[int] = db.session.scalars(old).all()
        db.session.execute(delete(CopyKey).where(CopyKey.text_id.in_(ids)))
        db.session.execute(delete(CopyText).where(CopyText.id.in_(ids), CopyText.group_id.is_(None)))
        db.session.execute(update(CopyText).where(CopyText.id.in_(ids)).values(letters=None))
    return len(ids)
