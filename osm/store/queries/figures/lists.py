"""The messages that a figure counts, as the register asks for them: by a word of its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import Select, select

from osm.numbers import whole
from osm.regulation.clocks import ClockKind
from osm.store.models import Assignment, Deadline, Message
from osm.store.queries.figures.clocks import KEPT, LATE, OWN, TO_THE_AUTHOR, at_work, decided, done, late_now, verdict
from osm.store.queries.figures.definitions import (
    CLAUSES,
    DEFINITIONS,
    LATE_ANSWERS,
    LATE_NOW,
    LISTED,
    OF_NOW,
    OPEN_NOW,
    PUBLISH,
    Definition,
)
from osm.store.queries.figures.promises import ids_of
from osm.store.queries.figures.sources import SOURCES, published
from osm.store.queries.figures.span import EVERYTHING, Scope, Span
from osm.store.queries.figures.standing import is_open
from osm.store.queries.figures.whose import NAMES
from osm.store.types import among_codes

_NO_DEPARTMENTS = {f"d{key}": key for key in NAMES}
_VERDICTS = {"kept": KEPT, "late": LATE}


@dataclass(frozen=True, slots=True)
class Listed:
    """A figure of a period, of everybody, of departments or of an executor: «late-8.2026-11-23.2026-11-29.d3»."""

    definition: Definition
    span: Span
    scope: Scope = EVERYTHING

    def __str__(self) -> str:
        words = [self.definition.code, self.span.first.isoformat(), self.span.last.isoformat()]
        if self.scope.executor_id is not None:
            words.append(f"e{self.scope.executor_id}")
        words += [f"d{number}" for number in sorted(self.scope.department_ids or ())]
        return ".".join(words)

    @property
    def label(self) -> str:
        """In words, for the filters that are set."""
        if self.definition.code in OF_NOW:
            return self.definition.name
        return f"{self.definition.name}, {self.span.first:%d.%m}–{self.span.last:%d.%m.%Y}"

    def promise_ids(self, now: datetime) -> list[int]:
        """Of a figure that counts promises."""
        return ids_of(self.definition.code, self.span, now, self.scope)

    def ids(self, now: datetime) -> Select[Any]:
        """Of the messages, each once."""
        code, span, scope = self.definition.code, self.span, self.scope
        if code in SOURCES:
            return SOURCES[code](span, scope).distinct()
        if code == OPEN_NOW:
            return select(Message.id).where(is_open(), scope.of_message())
        if code == LATE_ANSWERS:
            return late_now(now, TO_THE_AUTHOR, Message.id).where(scope.of_message()).distinct()
        if code == LATE_NOW:
            return late_now(now, OWN, Message.id).join(Assignment, at_work()).where(scope.whose()).distinct()
        kind, _, which = code.partition("-")
        if kind == "stage":
            return _stage(which, span, scope)
        verdicts = decided(span, now, scope, Deadline.message_id).where(verdict(now) == _VERDICTS[kind])
        if which in CLAUSES:
            return verdicts.where(Deadline.clause == CLAUSES[which][0]).distinct()
        kinds = OWN if which == "own" else TO_THE_AUTHOR
        return verdicts.where(among_codes(Deadline.kind, kinds)).distinct()


def listed_of(text: str, zone: tzinfo, opens: str = LISTED) -> Listed:
    """From the address. Raises ValueError for what names no figure with such a list."""
    code, first, last, *whose = text.split(".")
    found = DEFINITIONS.get(code)
    if found is None or (found.opens != opens and code not in SOURCES):
        raise ValueError(text)
    span = Span(date.fromisoformat(first), date.fromisoformat(last), zone)
    if span.last < span.first or not 2000 <= span.first.year <= span.last.year < 2200:
        raise ValueError(text)
    return Listed(found, span, _scope_of(whose))


def _scope_of(words: list[str]) -> Scope:
    executor = _number(words.pop(0)) if words and words[0].startswith("e") else None
    if not all(word.startswith("d") for word in words):
        raise ValueError(words)
    return Scope(executor, frozenset(_NO_DEPARTMENTS.get(word) or _number(word) for word in words) or None)


def _number(word: str) -> int:
    number = whole(word[1:])
    if number is None:
        raise ValueError(word)
    return number


def _stage(code: str, span: Span, scope: Scope) -> Select[Any]:
    if code == PUBLISH:
        return published(span, scope, Message.id).distinct()
    return done(span, scope, ClockKind(code), Deadline.message_id).distinct()
