"""Screens of later exports («Текст изменился в ИМ»), of the sources, and of «Внести в ИМ»."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.approvals.rules import Chunk, ChunkKind, compare
from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.connectors import incident_file
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import RowClock, running_clocks
from osm.imports.acts import mending, runs
from osm.imports.acts.mending import AnswerCorrected, EntryMovedOn
from osm.imports.queries import editions
from osm.imports.queries import runs as queries_runs
from osm.imports.queries.editions import LOOKERS, Edition, EntryRow, WaitingEdition, editions_of, editions_waiting
from osm.imports.rules import Asked, form_of
from osm.imports.screens.imports import FIELD, prefixed
from osm.inbox.queries.news import EDITION
from osm.inbox.views.rows import show_kind
from osm.log.acts.record import Reading, record_reading
from osm.log.queries.history import edits_of
from osm.messages.acts import executors
from osm.messages.queries.parts import Card
from osm.people import views as roster
from osm.regulation.transitions import OPEN
from osm.regulation.words import PRESS_CENTRE, ClockKind, Role
from osm.shell import filters, requests, turns
from osm.shell.access import Screens, me
from osm.shell.filters import local, moment
from osm.shell.form_values import Form, Typed, asked_id, number, seen_version, text
from osm.shell.frame import nav
from osm.shell.requests import is_htmx, safe_next, see_other
from osm.shell.run_act import PageActs, press, run_act

# --- «Текст изменился в ИМ»
editions_blueprint = Screens("editions", __name__, url_prefix="/messages/<int:message_id>/editions")

LABELS = {"text": "Текст", "url": "Ссылка", "author": "Автор", "published_at": "Время публикации"}
"""What people read of a message, in the order of the page."""
_HAS_CHANGED = {"text": "изменился", "url": "изменилась", "author": "изменился", "published_at": "изменилось"}
_LONGEST_SAME = 140  # characters of unchanged text that a row of the list shows between two changes


@dataclass(frozen=True, slots=True)
class Line:
    """One of LABELS, old and new as one text."""

    label: str
    chunks: Sequence[Chunk]


@dataclass(frozen=True, slots=True)
class OfCard:
    """All editions of one message. `waits`: the last change, if this person has to look or decide."""

    editions: Sequence[Edition]
    waits: Edition | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row of «Ждёт меня»; `chip`: the deadline of the held answer."""

    row: WaitingEdition
    chip: filters.Chip | None
    clock: RowClock | None


@editions_blueprint.post("/<int:edition_id>/seen", *LOOKERS)
def seen(message_id: int, edition_id: int) -> ResponseReturnValue:
    return _editions_run(message_id, partial(executors.look, message_id, edition_id), "отмечено: вы это видели.")


@editions_blueprint.post("/<int:edition_id>/fits", Role.CURATOR)
def fits(message_id: int, edition_id: int) -> ResponseReturnValue:
    act = partial(executors.answer_fits, message_id, seen_version(), edition_id)
    return _editions_run(message_id, act, "ответ больше не придержан: его можно публиковать.")


def _editions_run(message_id: int, act: Callable[..., object], notice: str) -> ResponseReturnValue:
    """Back to the page with the button."""
    card = roster.visible_card(message_id, me())
    there = safe_next(text("back"), url_for("card.show", message_id=message_id))
    return press(act, there, lambda _: f"№ {card.number}: {notice}")


def of_card(card: Card) -> OfCard:
    """No query if no file has changed the message."""
    if not any(entry.action in ("source_changed", "found_in_source", "held_replaced") for entry in card.log):
        return OfCard((), None)
    person = me()
    found = editions_of(card.id, person.id)
    last = next((one for one in reversed(found) if one.is_change), None)
    works = person.has(Role.CURATOR) or any(worker.person.id == person.id for worker in card.active)
    is_to_see = last is not None and card.status in OPEN and works and not last.is_seen
    is_held = last is not None and last.is_held and person.has(Role.CURATOR)
    return OfCard(found, last if is_to_see or is_held else None)


def waiting(ids: Collection[int]) -> list[WaitingRow]:
    """Those of these changes that wait for this person, each held answer with its deadline."""
    person, now, calendar = me(), current_now(), in_force().calendar
    rows = editions_waiting(person.id, person.roles, ids)
    clocks, _ = running_clocks([row.message_id for row in rows if row.edition.is_held])
    found = []
    for row in rows:
        of_row = clocks.get(row.message_id, {}) if row.edition.is_held else {}
        clock = of_row.get(ClockKind.FINAL) or of_row.get(ClockKind.ANSWER)
        found.append(WaitingRow(row, filters.running_chip(clock, now, calendar) if clock else None, clock))
    return found


def lines_of(told: Mapping[str, Sequence[str]], *, short: bool = False) -> list[Line]:
    """The changes as texts with old words struck out and new ones underlined."""
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


# --- Sources
sources_blueprint = Screens("sources", __name__, url_prefix="/admin/sources")

TIMES = {"local": "местное", "moscow": "московское"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a message: its column, and how it was found."""

    name: str
    label: str
    how: str


@sources_blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    lines = [(line, queries_runs.columns_of(line.mapping)) for line in queries_runs.sources()]
    return render_template("imports/sources/index.html", sources=lines, times=TIMES)


@sources_blueprint.get("/<int:source_id>", Role.ADMIN)
def sources_show(source_id: int, typed: Typed | None = None) -> str:
    line = must_exist(next(iter(queries_runs.sources(source_id)), None), "Источник")
    mapping = queries_runs.columns_of(line.mapping)
    stored = {"name": line.name, "times": line.times, "form": line.form}
    rows = []
    for name, field in incident_file.FIELDS.items() if mapping else ():
        choice = mapping.choices.get(name) if mapping else None
        stored[FIELD + name] = "" if choice is None or choice.column is None else str(choice.column)
        rows.append(FieldRow(name, field.label, incident_file.HOW[choice.found_by] if choice else "не найдено"))
    return render_template(
        "imports/sources/source.html", source=line, mapping=mapping,
        rows=sorted(rows, key=lambda row: not stored[FIELD + row.name]), form=Form(stored, typed), times=TIMES,
        edits=edits_of("import_source", source_id), usual_form="\n".join(one.label for one in Asked),
    )  # fmt: skip


SOURCE = PageActs(
    blueprint=sources_blueprint, rule="/<int:source_id>", page=sources_show, kind="import_source",
    there=lambda source_id: url_for("sources.sources_show", source_id=source_id),
)  # fmt: skip
SOURCE.post(
    "", runs.edit_source, "Сохранено. Следующий файл этого источника будет прочитан так.", Role.ADMIN, endpoint="save",
    name=text, times=text, form=text, columns=lambda _: prefixed(FIELD),
)  # fmt: skip
SOURCE.post(
    "/forget", runs.forget_columns, "Столбцы забыты: в следующем файле программа найдёт их заново и покажет вам.",
    Role.ADMIN,
)  # fmt: skip


# --- The form of «Инцидент Менеджмент»
@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form. `copy`: words of the button that copies it; `name`: of its element."""

    label: str
    name: str
    value: str
    copy: str


_VALUES: dict[Asked, Callable[[EntryRow], str]] = {
    Asked.NUMBER: lambda row: row.number,
    Asked.KIND: lambda row: row.kind.label,
    Asked.TEXT: lambda row: row.text,
    Asked.LINK: lambda row: row.published_url,
    Asked.TIME: lambda row: f"{local(row.published_at):%d.%m.%Y %H:%M}",
    Asked.BY: lambda row: row.published_by,
}
_COPY = {"text": "Скопировать текст", "link": "Скопировать ссылку", "time": "Скопировать время"}


def entry_form(row: EntryRow) -> list[FormField]:
    """The fields that are not empty, in the order of the form of its source."""
    fields = [(label, asked, _VALUES[asked](row).strip()) for label, asked in form_of(row.form)]
    return [FormField(label, asked, value, _COPY.get(asked, "")) for label, asked, value in fields if value]


def whole_form(row: EntryRow) -> str:
    """The whole form, a line for each field: «Номер: 7410208»; a text of several lines is below its label."""
    return "\n".join(f"{one.label}:{chr(10) if chr(10) in one.value else ' '}{one.value}" for one in entry_form(row))


# --- «Внести в ИМ»
source_entry_blueprint = Screens("source_entry", __name__, url_prefix="/im")
changes_blueprint = Screens("source_changes", __name__, url_prefix="/messages")


@source_entry_blueprint.get("", *PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _source_entry_page(asked_id("after"))


@source_entry_blueprint.get("/window", *PRESS_CENTRE)
def window(notice: str = "") -> str:
    """One reply after the other, in a small window beside the other program."""
    after = asked_id("after") or number("after")
    waiting = editions.waiting_page(after).rows
    return render_template(
        "imports/source_entry/window.html", row=waiting[0] if waiting else None, after=after, notice=notice,
        total=editions.count_not_in_source(),
    )  # fmt: skip


@source_entry_blueprint.get("/answers.xlsx", *PRESS_CENTRE)
@turns.costly
def answers() -> ResponseReturnValue:
    """All waiting replies as a file."""
    now = current_now()
    record_reading(Reading.ANSWERS_EXPORT, actor=me(), now=now)
    rows = mending.answer_rows(None, None, entered_too=False)
    name = f"Ответы для ИМ {local(now):%Y-%m-%d %H-%M}"
    return requests.table_file(name, mending.COLUMNS, rows, sheet=mending.SHEET)


@source_entry_blueprint.post("/<int:reply_id>/enter", *PRESS_CENTRE)
def enter(reply_id: int) -> ResponseReturnValue:
    return _source_entry_run(reply_id, lambda reply_id, **who: mending.mark_entered(reply_id, text("shown"), **who))


@source_entry_blueprint.post("/<int:reply_id>/undo", *PRESS_CENTRE)
def undo(reply_id: int) -> ResponseReturnValue:
    return _source_entry_run(reply_id, lambda reply_id, **who: mending.take_back(reply_id, _seen(), **who))


@changes_blueprint.post("/<int:message_id>/source-seen", *PRESS_CENTRE)
def source_seen(message_id: int) -> ResponseReturnValue:
    """The person has read on the card what changed in «Инцидент Менеджмент»."""
    if executors.acknowledge(message_id, number("upto") or 0, actor=me(), now=current_now()):
        flash("Отмечено: изменения в ИМ просмотрены.", "success")
    else:
        flash("Изменения в ИМ уже отметили просмотренными.", "info")
    return see_other(url_for("card.show", message_id=message_id))


def _seen() -> datetime | None:
    """The tick that the form was made for."""
    try:
        return datetime.fromisoformat(text("seen"))
    except ValueError:
        return None


def _source_entry_run(reply_id: int, act: Callable[..., Any]) -> ResponseReturnValue:
    """For htmx the row as it is now; else the page again, where the tick can be undone. If somebody was quicker, his
    name and the time are added."""

    def again(typed: Typed) -> str:
        notice = f"№ {_row(reply_id).number}: {typed.words}"
        return window(notice) if _is_in_window() else _source_entry_page(number("after"), notice)

    def fragment(typed: Typed) -> str:
        return _swapped(_row(reply_id), typed.words)

    return run_act(
        partial(act, reply_id),
        again,
        lambda _: _done(reply_id),
        refused=(EntryMovedOn, AnswerCorrected),
        fragment=fragment,
    )


def _source_entry_page(after: int | None, notice: str = "") -> str:
    return render_template(
        "imports/source_entry/queue.html", waiting=editions.waiting_page(after), total=editions.count_not_in_source(),
        messages=editions.count_messages_not_in_source(), entered=editions.latest_entered(),
        differing=editions.differing(current_now()), after=after, notice=notice,
    )  # fmt: skip


def _done(reply_id: int) -> ResponseReturnValue:
    row = editions.entry_row(reply_id)
    if is_htmx():
        return _swapped(row)
    if _is_in_window():
        return see_other(url_for("source_entry.window", after=number("after")))
    if row and row.entered_at:
        notice = Markup('Ответ на № {} отмечен как внесённый в ИМ. Ошиблись? <a href="#im-{}">Снять отметку</a>')
        flash(notice.format(row.number, reply_id), "success")
    elif row:
        flash(f"Отметка снята, ответ на № {row.number} снова ждёт.", "success")
    return see_other(url_for("source_entry.show", after=number("after")))


def _is_in_window() -> bool:
    return text("back") == "window"


def _swapped(row: editions.EntryRow | None, notice: str = "") -> str:
    total = editions.count_not_in_source()
    return render_template("imports/source_entry/_swapped.html", row=row, notice=notice, total=total)


def _row(reply_id: int) -> editions.EntryRow:
    return must_exist(editions.entry_row(reply_id), "Ответ")


def init_app(app: Flask) -> None:
    show_kind(app, EDITION, "imports/editions/_waiting.html", waiting, "row.edition.id")
    app.jinja_env.globals.update(editions_on=of_card, edition_lines=lines_of, edition_words=change_words)
    app.jinja_env.globals.update(whole_form=whole_form, entry_form=entry_form, entry_mark=editions.mark_of)
    nav.count_at(app, "/im", lambda _person, _now: nav.Asked((editions.NOT_IN_SOURCE,)))
