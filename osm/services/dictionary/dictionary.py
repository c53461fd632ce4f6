"""The office's own words, phrases, domains and exceptions (design §5): added, replaced, removed, imported, undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from moderation import OwnWord, parse_own_words
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Ground
from osm.services.dictionary.file import in_words, tidy
from osm.services.errors import NotFound, ServiceError
from osm.services.log.log import record
from osm.store.models import DictionaryChange, OwnEntry, User
from osm.store.transaction import transaction

MOST = 5_000
"""Entries in force."""


def own_word(given: Mapping[str, str]) -> OwnWord:
    """The entry that a form has sent, in small letters. MissingInput says in the person's words what is wrong."""
    good, refused = parse_own_words([tidy(given)])
    if refused:
        raise MissingInput("text", in_words(refused[0].reason))
    return good[0]


def add(word: OwnWord, *, replaces: int | None = None, actor: User, now: datetime) -> OwnEntry:
    """A new entry, or another in the place of the one with the number `replaces`. MissingInput, NotFound."""
    try:
        with transaction():
            change = _change("replace" if replaces else "add", actor, now)
            if replaces:
                _entry(replaces).removed_id = change.id
                db.session.flush()
            _check_room(1)
            entry = _store(word, change)
            _log("add_own_word", change, actor, now, {"own_word_id": (replaces, entry.id)})
            return entry
    except IntegrityError:
        raise MissingInput("text", f"«{word.text}» в этой категории уже есть. Измените ту запись.") from None


def remove(entry_id: int, *, actor: User, now: datetime) -> OwnEntry:
    """The entry is no longer in force; it stays in the history. NotFound where somebody was quicker."""
    with transaction():
        entry = _entry(entry_id)
        change = _change("remove", actor, now)
        entry.removed_id = change.id
        _log("remove_own_word", change, actor, now, {"own_word_id": (entry_id, None)})
        return entry


def undo(change_id: int, *, actor: User, now: datetime) -> int:
    """Take one change back: what it added goes, what it removed returns, where nobody did so since; how many entries.

    ServiceError where it is undone already or nothing of it is left to undo.
    """
    with transaction() as session:
        # Of two who undo the same the second waits here, and finds it undone.
        undone = session.scalar(select(DictionaryChange).where(DictionaryChange.id == change_id).with_for_update())
        if undone is None:
            raise NotFound("Изменение")
        if session.scalar(select(DictionaryChange.id).where(DictionaryChange.undoes_id == change_id)):
            raise ServiceError("Это изменение уже отменено.")
        change = _change("undo", actor, now, undoes_id=change_id)
        count = 0
        added = OwnEntry.added_id == change_id
        for entry in session.scalars(select(OwnEntry).where(added, OwnEntry.removed_id.is_(None))):
            entry.removed_id, count = change.id, count + 1
        session.flush()
        for entry in session.scalars(select(OwnEntry).where(OwnEntry.removed_id == change_id)).all():
            if _in_force(entry.kind, entry.text, entry.category) is None:
                _store(_word(entry), change)
                count += 1
        if not count:
            raise ServiceError("Отменять нечего: эти записи с тех пор изменены ещё раз.")
        _log("undo_own_words", change, actor, now, {"rows": (None, count)})
        return count


def import_words(words: Sequence[OwnWord], *, actor: User, now: datetime) -> int:
    """Add these entries by one change; how many. What is there already stays as it is."""
    with transaction():
        fresh = [word for word in words if _in_force(word.kind, word.text, Ground(word.category)) is None]
        if not fresh:
            raise MissingInput("file", "Новых записей нет: все уже в словаре.")
        _check_room(len(fresh))
        change = _change("import", actor, now)
        for word in fresh:
            _store(word, change)
        _log("import_own_words", change, actor, now, {"rows": (None, len(fresh))})
        return len(fresh)


def _store(word: OwnWord, change: DictionaryChange) -> OwnEntry:
    entry = OwnEntry(
        kind=word.kind,
        text=word.text,
        category=Ground(word.category),
        severity=word.severity,
        exception=word.exception,
        added_id=change.id,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _word(entry: OwnEntry) -> OwnWord:
    row = {"kind": entry.kind, "text": entry.text, "category": entry.category.value, "severity": entry.severity}
    good, refused = parse_own_words([{**row, "exception": "да" if entry.exception else "нет"}])
    if refused:
        raise ServiceError(in_words(refused[0].reason))
    return good[0]


def _entry(entry_id: int) -> OwnEntry:
    wanted = select(OwnEntry).where(OwnEntry.id == entry_id, OwnEntry.removed_id.is_(None)).with_for_update()
    found = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("Запись словаря")
    return found


def _in_force(kind: str, text: str, category: Ground) -> int | None:
    return db.session.scalar(
        select(OwnEntry.id).where(
            OwnEntry.kind == kind, OwnEntry.text == text, OwnEntry.category == category, OwnEntry.removed_id.is_(None)
        )
    )


def _check_room(more: int) -> None:
    there = db.session.scalar(select(db.func.count()).where(OwnEntry.removed_id.is_(None))) or 0
    if there + more > MOST:
        raise MissingInput("text", f"В словаре не больше {MOST} записей. Уберите лишние.")


def _change(kind: str, actor: User, now: datetime, undoes_id: int | None = None) -> DictionaryChange:
    change = DictionaryChange(at=now, actor_id=actor.id, kind=kind, undoes_id=undoes_id)
    db.session.add(change)
    db.session.flush()
    return change


def _log(
    action: str, change: DictionaryChange, actor: User, now: datetime, changes: Mapping[str, tuple[object, object]]
) -> None:
    record(action, at=now, actor=actor, clause="П.17", changes=changes, object_kind="dictionary", object_id=change.id)
