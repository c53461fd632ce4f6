"""«Текст изменился в ИМ»: what a later export changed, «Просмотрено», «Ответ годится»; on the card and in the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.clocks import ClockKind
from osm.regulation.words import Role
from osm.regulation.workflow import OPEN
from osm.services.approvals.differences import Chunk, ChunkKind, compare
from osm.services.clocks.clocks import in_force
from osm.services.messages import editions
from osm.store.queries.clocks.rows import RowClock, running_clocks
from osm.store.queries.imports.editions import (
    LOOKERS,
    SHOWN,
    Edition,
    WaitingEdition,
    count_editions,
    editions_of,
    editions_waiting,
)
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.filters import moment
from osm.web.form_values import seen_version, text
from osm.web.htmx import safe_next
from osm.web.run_act import press
from osm.web.terms import Chip, running_chip
from osm.web.visible import visible_card

blueprint = Blueprint("editions", __name__, url_prefix="/messages/<int:message_id>/editions")

LABELS = {"text": "Текст", "url": "Ссылка", "author": "Автор", "published_at": "Время публикации"}
"""What people read of a message, in the order of the page."""
_HAS_CHANGED = {"text": "изменился", "url": "изменилась", "author": "изменился", "published_at": "изменилось"}
_LONGEST_SAME = 140
"""Characters of unchanged text that a row of the list shows between two changes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One of LABELS, old and new as one text."""

    label: str
    chunks: Sequence[Chunk]


@dataclass(frozen=True, slots=True)
class OfCard:
    """All editions of one message. `waits`: the last change, where this person has to look or to decide."""

    editions: Sequence[Edition]
    waits: Edition | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row of «Ждёт меня»; `chip`: the term of the answer that is held."""

    row: WaitingEdition
    chip: Chip | None
    clock: RowClock | None


@blueprint.post("/<int:edition_id>/seen")
@allow(*LOOKERS)
def seen(message_id: int, edition_id: int) -> ResponseReturnValue:
    return _run(message_id, partial(editions.look, message_id, edition_id), "отмечено: вы это видели.")


@blueprint.post("/<int:edition_id>/fits")
@allow(Role.CURATOR)
def fits(message_id: int, edition_id: int) -> ResponseReturnValue:
    act = partial(editions.answer_fits, message_id, seen_version(), edition_id)
    return _run(message_id, act, "ответ больше не придержан: его можно публиковать.")


def _run(message_id: int, act: Callable[..., object], said: str) -> ResponseReturnValue:
    """Back to where the button was."""
    card = visible_card(message_id, me())
    there = safe_next(text("back"), url_for("card.show", message_id=message_id))
    return press(act, there, lambda _: f"№ {card.number}: {said}")


def of_card(card: Card) -> OfCard:
    """Without a statement where no file has changed the message."""
    if not any(entry.action in ("source_changed", "found_in_source", "held_replaced") for entry in card.log):
        return OfCard((), None)
    person = me()
    found = editions_of(card.id, person.id)
    last = next((one for one in reversed(found) if one.is_change), None)
    works = person.has(Role.CURATOR) or any(worker.person.id == person.id for worker in card.active)
    is_to_see = last is not None and card.status in OPEN and works and not last.is_seen
    is_held = last is not None and last.is_held and person.has(Role.CURATOR)
    return OfCard(found, last if is_to_see or is_held else None)


def waiting() -> list[WaitingRow]:
    """What waits for this person, each held answer with its term."""
    person, now, calendar = me(), current_now(), in_force().calendar
    rows = editions_waiting(person.id, person.roles)
    clocks, _ = running_clocks([row.message_id for row in rows if row.edition.is_held])
    found = [(row, _answer_clock(clocks.get(row.message_id, {})) if row.edition.is_held else None) for row in rows]
    return [WaitingRow(row, running_chip(clock, now, calendar) if clock else None, clock) for row, clock in found]


def _answer_clock(clocks: Mapping[ClockKind, RowClock]) -> RowClock | None:
    return clocks.get(ClockKind.FINAL) or clocks.get(ClockKind.ANSWER)


def count_waiting(shown: Sequence[WaitingRow]) -> int:
    """How many wait in all; counted only where not all are shown."""
    return len(shown) if len(shown) < SHOWN else count_editions(me().id, me().roles)


def lines_of(told: Mapping[str, Sequence[str]], *, short: bool = False) -> list[Line]:
    """What changed, as texts in which the old words are struck out and the new ones underlined."""
    lines = [Line(label, tuple(_chunks(name, *told[name]))) for name, label in LABELS.items() if name in told]
    return [replace(line, chunks=[_clipped(chunk) for chunk in line.chunks]) for line in lines] if short else lines


def change_words(told: Mapping[str, object]) -> str:
    """«Текст изменился в ИМ», «Текст, ссылка изменились в ИМ»."""
    names = [name for name in LABELS if name in told]
    labels = ", ".join([LABELS[names[0]], *(LABELS[name].lower() for name in names[1:])])
    return f"{labels} {_HAS_CHANGED[names[0]] if len(names) == 1 else 'изменились'} в ИМ"


def _chunks(name: str, old: str, new: str) -> Iterator[Chunk]:
    if name == "text":
        yield from compare(old, new)
        return
    if name == "published_at":
        old, new = (moment(datetime.fromisoformat(one)) if one else "" for one in (old, new))
    yield Chunk(ChunkKind.REMOVED, old or "нет")
    yield Chunk(ChunkKind.SAME, " ")
    yield Chunk(ChunkKind.ADDED, new or "нет")


def _clipped(chunk: Chunk) -> Chunk:
    if chunk.kind is not ChunkKind.SAME or len(chunk.text) <= _LONGEST_SAME:
        return chunk
    half = _LONGEST_SAME // 2
    return Chunk(chunk.kind, f"{chunk.text[:half].rstrip()} … {chunk.text[-half:].lstrip()}")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        editions_on=of_card,
        editions_waiting=waiting,
        count_editions=count_waiting,
        edition_lines=lines_of,
        edition_words=change_words,
    )
