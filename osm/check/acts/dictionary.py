"""The office's own words, phrases, domains and exceptions (design §5): add, replace, remove, import, undo."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from moderation import Moderator, OwnWord, Refused, parse_own_words
from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.base.transaction import transaction, unless_taken
from osm.log.acts.record import record
from osm.models import DictionaryChange, OwnEntry, User
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import Ground


# --- Entries in force, and the library with them
def words_in_force() -> list[OwnWord]:
    """Entries for the library. One that it refuses (of an older version) is skipped."""
    columns = (OwnEntry.kind, OwnEntry.text, OwnEntry.category, OwnEntry.severity, OwnEntry.exception)
    rows = db.session.execute(select(*columns).where(OwnEntry.removed_id.is_(None)).order_by(OwnEntry.id))
    good, _refused = parse_own_words(
        {**row._mapping, "category": row.category.value, "exception": "да" if row.exception else "нет"} for row in rows
    )
    return good


@lru_cache(maxsize=3)
def library_with(words: tuple[OwnWord, ...]) -> Moderator:
    """The library with these words, cached for the process: each set takes 6 MB and a second to load. It keeps no
    texts."""
    return Moderator(words)


# --- The dictionary as a file
LARGEST_FILE = 512 * 1024  # in bytes

KINDS = {"lemma": "Слово", "phrase": "Выражение", "domain": "Адрес сайта"}
CATEGORIES = {
    Ground.PROFANITY: "Нецензурное",
    Ground.INSULT: "Оскорбление",
    Ground.THREAT: "Угроза",
    Ground.SPAM: "Спам",
    Ground.AD: "Реклама",
}
SEVERITIES = {"medium": "Смотрит человек", "high": "Предложить исключение"}
"""Names for the library's codes on screens and in files."""

HEADINGS = {
    "kind": "Вид",
    "text": "Запись",
    "category": "Категория",
    "severity": "Что делать",
    "exception": "Исключение",
}
"""Columns in order: the library's name → name in a file."""
_WORDS: dict[str, Mapping[Any, str]] = {"kind": KINDS, "category": CATEGORIES, "severity": SEVERITIES}
_CODES = {name: {label.lower(): str(code) for code, label in words.items()} for name, words in _WORDS.items()}
_NAMES = {label.lower(): name for name, label in HEADINGS.items()}
_LABELS = {str(code): label.lower() for words in _WORDS.values() for code, label in words.items()}
_OF_LIBRARY = re.compile(rf"({'|'.join(_LABELS)}) \([^)]*\)")


@dataclass(frozen=True, slots=True)
class Reading:
    """Content of a file: new entries, number of known ones, refused ones with reasons."""

    new: tuple[OwnWord, ...]
    known: int
    refused: tuple[Refused, ...]


def read_file(content: bytes) -> Reading:
    """Read a file of `text_of` or of an editor, without saving. Raises MissingInput if it is not such a file."""
    if len(content) > LARGEST_FILE:
        raise MissingInput("file", f"Файл больше {LARGEST_FILE // 1024} КБ: для словаря это слишком много.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    return read_rows(text)


def read_rows(text: str) -> Reading:
    text = io.StringIO(text.replace("\0", ""), newline=None).getvalue()
    heading = text.partition("\n")[0]
    # Spreadsheets save with semicolons or tabs.
    mark = next((one for one in "\t;," if one in heading), "\t")
    rows = csv.DictReader(io.StringIO(text), delimiter=mark, quoting=csv.QUOTE_MINIMAL)
    try:
        if not {"kind", "text", "category"} <= {_column(name) for name in rows.fieldnames or ()}:
            needed = ", ".join(f"«{label}»" for label in HEADINGS.values())
            raise MissingInput(
                "file", f"Нужен файл словаря: таблица через табуляцию или точку с запятой, первая строка — {needed}."
            )
        good, refused = parse_own_words(tidy({_column(name): value for name, value in row.items()}) for row in rows)
    except csv.Error:
        raise MissingInput("file", "Файл не разобран: проверьте кавычки и разделители.") from None
    there = {(one.kind, one.text, one.category) for one in words_in_force()}
    new = {(word.kind, word.text, word.category): word for word in good}
    fresh = tuple(word for key, word in new.items() if key not in there)
    named = tuple(Refused(one.number + 1, one.text, in_words(one.reason)) for one in refused)
    return Reading(fresh, len(good) - len(fresh), named)


def text_of(words: Iterable[OwnWord]) -> str:
    """In the format of `read_file`."""
    made = io.StringIO()
    writer = csv.writer(made, delimiter="\t", lineterminator="\n")
    writer.writerow(HEADINGS.values())
    for word in words:
        codes = (word.kind, word.category, word.severity)
        kind, category, severity = (_LABELS[code] for code in codes)
        writer.writerow((kind, word.text, category, severity, "да" if word.exception else "нет"))
    return made.getvalue()


def in_words(reason: str) -> str:
    """The library's reason without codes: «слово» for «lemma (слово)»."""
    return _OF_LIBRARY.sub(lambda found: f"«{_LABELS[found[1]]}»", reason)


def tidy(row: Mapping[str, str | None]) -> dict[str, str]:
    """Convert a row for the library: words to codes, the entry in lower case."""
    values = {name: " ".join((row.get(name) or "").split()) for name in HEADINGS}
    codes = {name: known.get(values[name].lower(), values[name]) for name, known in _CODES.items()}
    return {**values, **codes, "text": values["text"].lower()}


def _column(name: str | None) -> str:
    said = " ".join((name or "").lower().split())
    return _NAMES.get(said, said)


# --- Changes of the dictionary (design §5)
MOST = 5_000  # entries in force


def own_word(given: Mapping[str, str]) -> OwnWord:
    """The entry of a form, in lower case. Raises MissingInput."""
    good, refused = parse_own_words([tidy(given)])
    if refused:
        raise MissingInput("text", in_words(refused[0].reason))
    return good[0]


def add(word: OwnWord, *, replaces: int | None = None, actor: User, now: datetime) -> OwnEntry:
    """Add an entry, or replace the one with id `replaces`. Raises MissingInput, NotFound."""
    taken = MissingInput("text", f"«{word.text}» в этой категории уже есть. Измените ту запись.")
    with unless_taken(taken), transaction():
        change = _change("replace" if replaces else "add", actor, now)
        if replaces:
            _entry(replaces).removed_id = change.id
            db.session.flush()
        _check_room(1)
        entry = _store(word, change)
        _log("add_own_word", change, actor, now, {"own_word_id": (replaces, entry.id)})
        return entry


def remove(entry_id: int, *, actor: User, now: datetime) -> OwnEntry:
    """Remove the entry; it stays in the history. Raises NotFound if it is removed already."""
    with transaction():
        entry = _entry(entry_id)
        change = _change("remove", actor, now)
        entry.removed_id = change.id
        _log("remove_own_word", change, actor, now, {"own_word_id": (entry_id, None)})
        return entry


def undo(change_id: int, *, actor: User, now: datetime) -> int:
    """Undo a change: remove what it added, restore what it removed, unless this has changed since; return the number of
    entries. Raises ServiceError if it is undone already or there is nothing to undo."""
    with transaction() as session:
        # A second undo of the same change waits here and sees the first.
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
        ServiceError.when(not count, "Отменять нечего: эти записи с тех пор изменены ещё раз.")
        _log("undo_own_words", change, actor, now, {"rows": (None, count)})
        return count


def import_words(words: Sequence[OwnWord], *, actor: User, now: datetime) -> int:
    """Add these entries as one change and return how many; known ones stay unchanged."""
    with transaction():
        fresh = [word for word in words if _in_force(word.kind, word.text, Ground(word.category)) is None]
        refuse("file", not fresh, "Новых записей нет: все уже в словаре.")
        _check_room(len(fresh))
        change = _change("import", actor, now)
        for word in fresh:
            _store(word, change)
        _log("import_own_words", change, actor, now, {"rows": (None, len(fresh))})
        return len(fresh)


def _store(word: OwnWord, change: DictionaryChange) -> OwnEntry:
    entry = OwnEntry(
        kind=word.kind, text=word.text, category=Ground(word.category), severity=word.severity,
        exception=word.exception, added_id=change.id,
    )  # fmt: skip
    return add_row(entry)


def _word(entry: OwnEntry) -> OwnWord:
    row = {"kind": entry.kind, "text": entry.text, "category": entry.category.value, "severity": entry.severity}
    good, refused = parse_own_words([{**row, "exception": "да" if entry.exception else "нет"}])
    if refused:
        raise ServiceError(in_words(refused[0].reason))
    return good[0]


def _entry(entry_id: int) -> OwnEntry:
    wanted = select(OwnEntry).where(OwnEntry.id == entry_id, OwnEntry.removed_id.is_(None)).with_for_update()
    return must_exist(db.session.scalar(wanted.execution_options(populate_existing=True)), "Запись словаря")


def _in_force(kind: str, text: str, category: Ground) -> int | None:
    return db.session.scalar(
        select(OwnEntry.id).where(
            OwnEntry.kind == kind, OwnEntry.text == text, OwnEntry.category == category, OwnEntry.removed_id.is_(None)
        )
    )


def _check_room(more: int) -> None:
    there = db.session.scalar(select(db.func.count()).where(OwnEntry.removed_id.is_(None))) or 0
    refuse("text", there + more > MOST, f"В словаре не больше {MOST} записей. Уберите лишние.")


def _change(kind: str, actor: User, now: datetime, undoes_id: int | None = None) -> DictionaryChange:
    return add_row(DictionaryChange(at=now, actor_id=actor.id, kind=kind, undoes_id=undoes_id))


def _log(
    action: str, change: DictionaryChange, actor: User, now: datetime, changes: Mapping[str, tuple[object, object]]
) -> None:
    record(action, at=now, actor=actor, clause="П.17", changes=changes, object_kind="dictionary", object_id=change.id)
