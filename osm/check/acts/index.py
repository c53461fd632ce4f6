"""The index of near copies: which texts of the store may be copies of freshly folded ones, and what is kept of them."""

from __future__ import annotations

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
from moderation.morph import morph
from osm.check.acts import due
from osm.extensions import db
from osm.likeness.copies import Folded
from osm.log.acts.record import record
from osm.register.queries.filter import searched
from osm.regulation.words import Ground
from osm.regulation.workflow import OPEN
from osm.services.pace import WHOLE, Pace
from osm.store.many_rows import table_of, write_rows
from osm.store.models import (
    Comment,
    CommentFindingAnswer,
    CopyGroup,
    CopyKey,
    CopyText,
    Danger,
    FindingAnswer,
    FindingReply,
    Message,
    MessageSearch,
    MessageVerdict,
    ReadingKind,
    UrgentReport,
)
from osm.store.transaction import transaction
from osm.store.upsert import insert_into


# --- What a person said of what the check marked, a row a finding
def answer_findings(
    row: MessageVerdict | Comment, reply: FindingReply, person: int, now: datetime, *, only: str | None = None
) -> None:
    """The same answer to every finding of `row`, or to those of the category `only`; in the caller's transaction."""
    for finding in row.findings:
        if only is not None and finding["category"] != only:
            continue
        given = {
            "rules": row.rules,
            "rule": finding["rule"],
            "lemma": finding["lemma"][:200],
            "category": Ground(finding["category"]),
            "start": finding["start"],
            "end": finding["end"],
            "reply": reply,
            "replied_at": now,
            "replied_by_id": person,
        }
        if isinstance(row, Comment):
            db.session.add(CommentFindingAnswer(comment_id=row.id, **given))
        else:
            db.session.add(FindingAnswer(message_id=row.message_id, **given))


# --- Russian words in their dictionary forms
LONGEST_WORD = 40
"""Letters; what is longer is cut in the index and in questions alike."""
_BEFORE_HIT = 40
"""Characters that are shown before a word that was asked for."""
MOST_WORDS = 12
"""Of a question: further words would not narrow it any more."""

_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])*")
"""A word as it stands in a text: stresses and invisible signs do not end it."""
_RUSSIAN = re.compile(r"[а-яё]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

_EVERYWHERE = """
а без бы в вам вас вы да для до ее ей ему его же за и из или им их к как ко ли мне мы на над нас не нам но ни о об от
по под при про с со так там то тоже ты у уж что чтобы это этот я
"""
_UNSEEN = frozenset(_EVERYWHERE.split())
"""Words that stand nearly everywhere: neither stored nor asked for."""


def words_of(text: str) -> set[str]:
    """Every dictionary form of every word and number of a text."""
    return {form for word in _plain_words(text) for form in _forms(word)}


def question_of(text: str) -> tuple[tuple[str, ...], ...]:
    """What a typed question asks for: all of these words, each in one of its forms; empty where it has none."""
    asked = dict.fromkeys(_forms(word) for word in _plain_words(text))
    return tuple(forms for forms in asked if forms)[:MOST_WORDS]


def marked(text: str, question: Collection[Collection[str]]) -> tuple[tuple[str, bool], ...]:
    """The whole text in pieces; True: a word that the question asks for, in whatever form."""
    asked = {form for forms in question for form in forms}
    pieces, end = list[tuple[str, bool]](), 0
    for match in _WRITTEN.finditer(text) if asked else ():
        if not asked.isdisjoint(words_of(match[0])):
            pieces += [(text[end : match.start()], False), (match[0], True)]
            end = match.end()
    return tuple(piece for piece in (*pieces, (text[end:], False)) if piece[0])


def from_first_hit(text: str, question: Collection[Collection[str]]) -> str:
    """The text on one line, from a little before the first word that is asked for; empty where there is none."""
    line = " ".join(text.split())
    at = 0
    for piece, is_hit in marked(line, question):
        if is_hit:
            return line[line.find(" ", at - _BEFORE_HIT, at) + 1 :] if at > _BEFORE_HIT else line
        at += len(piece)
    return ""


def place_of(text: str, form: str) -> tuple[int, int]:
    """Where the first word of this dictionary form stands; the whole text where it has none."""
    places = (match.span() for match in _WRITTEN.finditer(text) if form in words_of(match[0]))
    return next(places, (0, len(text)))


def _plain_words(text: str) -> list[str]:
    # Composed letters first (й, ё), then what is left of marks over letters, such as stresses, goes.
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE).casefold()
    bare = "".join(letter for letter in composed if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(bare)]


def _forms(word: str) -> tuple[str, ...]:
    plain = word.replace("ё", "е")
    if plain in _UNSEEN:
        return ()
    # A number has no other form and stands in one text: a large import would only fill the memory with them.
    return lemmas_of(word) if _RUSSIAN.fullmatch(word) else (plain,)


@lru_cache(maxsize=30_000)
def lemmas_of(word: str) -> tuple[str, ...]:
    return morph(word).lemmas


# --- Signs of danger to life that the check of texts finds are kept as proposals (П.9, П.20)
TOLD_WITHIN = timedelta(days=1)
"""Nobody is called about a message that has been here for longer: it stands in «Ждёт меня»."""

Dangers = list[dict[str, Any]]
"""As `Danger.found` keeps them."""


def found_in(text: str) -> Dangers:
    return [{"sign": one.sign, "words": [text[start:end].lower() for start, end in one.spans]} for one in dangers(text)]


def note_danger(found: Mapping[int, Dangers], now: datetime) -> None:
    """Keep what was found in these messages, in the caller's transaction.

    What a person decided holds until other words are found. Nobody is asked about what is closed, or was reported.
    """
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


# --- The index of the search follows the messages
def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Index what is owed, the newest first, for as long as `pace` allows; how many messages."""
    return due.work_through(ReadingKind.SEARCH, index, limit=due.TOGETHER, now=now, pace=pace, newest_first=True)


def index(message_ids: Sequence[int]) -> Callable[[], None]:
    """Read the words of these messages; what is returned writes them, inside a transaction."""
    rows = [
        {"message_id": one.message_id, "words": " ".join(sorted(words_of(" ".join(one.parts))))}
        for one in searched(message_ids)
    ]
    db.session.rollback()  # the words are found: no snapshot is to be held while the write waits its turn

    def write() -> None:
        if rows:
            statement = insert_into(MessageSearch)
            words = {"words": statement.excluded.words}
            db.session.execute(
                statement.on_conflict_do_update(index_elements=[MessageSearch.message_id], set_=words), rows
            )

    return write


# --- The index of near copies
WINDOW = timedelta(days=14)
"""Texts that were written further apart are no copies, unless others lie between them."""
HOLDERS = 32
"""Texts that may stand under one key: what more have in common («Здравствуйте, когда…») tells nothing apart."""
COMPARED = 12
"""Stored texts that one is compared with, letter by letter: those that share the most keys."""
_LOCK = 215_0016
"""Of PostgreSQL's advisory locks: one process at a time puts texts together. SQLite has one writer anyway."""


@dataclass(slots=True)
class Indexed:
    """A text that can be found, as it stands in the store; when it, or the texts of its group, were written."""

    id: int
    letters: str
    group_id: int | None
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Named:
    """What the index names for a slice: texts under each key, and the texts themselves."""

    under: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[int, Indexed] = field(default_factory=dict)

    def ranked(self, folded: Folded, most: int = COMPARED) -> list[int]:
        """Ids of those that share keys with this one, the most keys first, of as many keys the latest."""
        shared = Counter(text_id for key in folded.keys for text_id in self.under.get(key, ()))
        return nsmallest(most, shared, key=lambda text_id: (-shared[text_id], -text_id))

    def add(self, one: Indexed, folded: Folded) -> list[int]:
        """The text can be found from now on; the keys that are to be kept of it."""
        kept = [key for key in folded.keys if len(self.under.get(key, ())) < HOLDERS]
        for key in kept:
            self.under[key].append(one.id)
        self.texts[one.id] = one
        return kept


class Together:
    """Texts and groups of the store that turn out to belong together, and when their texts were written."""

    def __init__(self) -> None:
        self._above: dict[tuple[bool, int], tuple[bool, int]] = {}
        self._span: dict[tuple[bool, int], tuple[datetime, datetime]] = {}

    def reaches(self, one: Indexed, instant: datetime) -> bool:
        """Whether a text of this instant may still be a copy of it or of those it belongs with."""
        first, last = self._span[self._top(one)]
        return first - WINDOW <= instant <= last + WINDOW

    def unite(self, one: Indexed, other: Indexed) -> None:
        """The two are copies."""
        top, under = self._top(one), self._top(other)
        if top == under:
            return
        self._above[under] = top
        spans = self._span[top], self._span.pop(under)
        self._span[top] = min(first for first, _ in spans), max(last for _, last in spans)

    def parts(self) -> Iterator[tuple[set[int], set[int]]]:
        """What belongs together: ids of texts without a group so far, ids of groups."""
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


def alone() -> None:
    """Nobody else puts texts together until the end of this transaction."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def look_up(fresh: Iterable[Folded]) -> Named:
    """What the store holds under the keys of these."""
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
    """Text id → the keys that find it."""
    # In the order of the index: each of its pages is taken up once.
    rows = sorted((key, text_id) for text_id, keys in kept.items() for key in keys)
    write_rows(CopyKey, [{"key": key, "text_id": text_id} for key, text_id in rows])


def join(group_ids: Collection[int], target: int) -> None:
    """These groups turn out to be one."""
    if not group_ids:
        return
    db.session.execute(update(CopyText).where(CopyText.group_id.in_(group_ids)).values(group_id=target))
    db.session.execute(delete(CopyGroup).where(CopyGroup.id.in_(group_ids)))


def put(group_of: Mapping[int, int]) -> None:
    """Text → group: texts that stood alone belong to these groups."""
    rows = [{"of": text_id, "into": group_id} for text_id, group_id in sorted(group_of.items())]
    if rows:
        table = table_of(CopyText)
        into = update(table).where(table.c.id == bindparam("of")).values(group_id=bindparam("into"))
        db.session.execute(into, rows)


def count(group_ids: Collection[int], now: datetime) -> dict[int, tuple[int, int]]:
    """What stands in the rows of these groups follows their texts: group → its size before and now."""
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
    """Whether the text is that of a message made of a comment of its group: one writing, not two."""
    made = aliased(CopyText)
    return (
        select(made.id)
        .join(Comment, Comment.id == made.comment_id)
        .where(Comment.message_id == CopyText.message_id, made.group_id == CopyText.group_id)
        .correlate(CopyText)
        .exists()
    )


def forget_old(now: datetime, at_most: int = 1000) -> int:
    """Texts of which no copy can come any more leave the index; who belongs to which group stays. How many left."""
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
        alone()
        ids: Sequence[int] = db.session.scalars(old).all()
        db.session.execute(delete(CopyKey).where(CopyKey.text_id.in_(ids)))
        db.session.execute(delete(CopyText).where(CopyText.id.in_(ids), CopyText.group_id.is_(None)))
        db.session.execute(update(CopyText).where(CopyText.id.in_(ids)).values(letters=None))
    return len(ids)
