"""The talk on one card as one person sees it, and the notes waiting for him."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, request
from flask_login import current_user

from osm.base.application import current_now
from osm.messages.acts.routing import mark_opened
from osm.messages.queries.parts import Card, CardClock
from osm.models import NoteKind, User
from osm.people.queries.people import Executor, RoutingChoices, routing_choices
from osm.people.views import roster_today, visible_card
from osm.regulation.words import Action, Role
from osm.shell.form_values import Typed
from osm.talk import acts, queries
from osm.talk.queries import DECLINED, HURRIED, NoteRow

_TOLD = frozenset({"note_written", "curator_asked", "hurried", Action.DECLINE})
"""If the log of a message has one of these, the message has notes."""


@dataclass(frozen=True, slots=True)
class TalkView:
    """`mine`: this person prepares the answer; `fresh`: ids of notes that he read by opening this page."""

    card: Card
    notes: list[NoteRow]
    fresh: frozenset[int]
    addressees: Sequence[Any] | None  # possible addressees; None if the form is loaded when it is opened
    mine: bool
    decline: NoteRow | None  # his «Не моё», while the message is still with him
    may_decline: bool
    departments: list[tuple[int, str]]
    clock: CardClock | None  # the clock that keeps running
    hurried_at: datetime | None
    may_hurry: bool
    back: str  # the page to which its forms return
    typed: Typed | None

    @property
    def people(self) -> list[tuple[int, str]]:
        """The addressees as id and name with department."""
        people = self.addressees or ()
        return [(one.id, f"{one.name} ({one.department})" if one.department else one.name) for one in people]

    @property
    def opens(self) -> bool:
        """Whether the form of a note is open: it was requested or refused."""
        return "write" in request.args or (self.typed is not None and self.typed.action == "write")

    @property
    def answer_to(self) -> int | str:
        """Who asked this person last: the likely addressee of his next note."""
        asked = (n for n in reversed(self.notes) if self.answers(n) or n.id in self.fresh)
        return next((note.author_id for note in asked), "")

    def answers(self, note: NoteRow) -> bool:
        """Whether a question waits for this person as a curator."""
        waits = note.read_at is None and note.withdrawn_at is None
        return waits and note.kind is NoteKind.QUESTION and current_user.has(Role.CURATOR)

    def decides(self, note: NoteRow) -> bool:
        """Whether «Не моё» waits for this person's decision."""
        his = any(worker.person.id == note.author_id for worker in self.card.active)
        waits = note.read_at is None and note.withdrawn_at is None and self.card.status in DECLINED
        return note.kind is NoteKind.DECLINE and waits and his and current_user.has(Role.CURATOR)

    def value(self, form: str, name: str) -> str:
        return self.typed.of(form).get(name, "") if self.typed else ""

    def error(self, form: str, name: str) -> str:
        return self.typed.error(form, name) if self.typed else ""


def talk_of(card: Card, typed: Typed | None = None, back: str = "", *, whole: bool = False) -> TalkView:
    """The talk on this card for the current user; `whole`: with the addressees of a new note."""
    person: User = current_user
    mine = next((worker for worker in card.active if worker.person.id == person.id), None)
    declines = mine is not None and person.has(Role.EXECUTOR) and card.status in DECLINED
    notes = notes_on(card)
    decline = _last(n for n in notes if n.kind is NoteKind.DECLINE and n.author_id == person.id and _is_owed(card, n))
    hurries = person.has(Role.CURATOR) and card.status in HURRIED and any(w.person.id != person.id for w in card.active)
    hurried = _last(note for note in notes if note.kind is NoteKind.HURRY)
    running = [clock for clock in (*(mine.clocks if mine else ()), *card.clocks) if clock.runs]
    return TalkView(
        card=card, notes=notes, fresh=g.get("osm_fresh_notes", frozenset()),
        addressees=queries.addressees(card.id, except_id=person.id) if whole or "write" in request.args else None,
        mine=mine is not None, decline=decline if declines else None,
        may_decline=declines and (decline is None or decline.read_at is not None),
        departments=queries.departments([mine.department_id or 0]) if mine and declines else [],
        clock=next(iter(running), None), hurried_at=hurried.written_at if hurried else None, may_hurry=hurries,
        back=back or request.path, typed=typed,
    )  # fmt: skip


def notes_on(card: Card) -> list[NoteRow]:
    """The notes on this card; not loaded if its log names no note."""
    if not any(entry.action in _TOLD for entry in card.log):
        return []
    known: dict[int, list[NoteRow]] = g.setdefault("osm_notes", {})
    if card.id not in known:
        known[card.id] = queries.of_message(card.id)
    return known[card.id]


def see_notes(card: Card, person: User) -> bool:
    """The person has opened a page of this message, so notes to him are read. Whether there were any."""
    to_him = any(note.to_id == person.id and not note.read_at and not note.withdrawn_at for note in notes_on(card))
    if to_him:
        g.osm_fresh_notes = acts.open_notes(card.id, actor=person, now=current_now())
    return to_him


def opened(card: Card, person: User) -> Card:
    """The card after the person has opened it, and with it his assignment and the notes to him."""
    is_new = any(worker.person.id == person.id and worker.opened_at is None for worker in card.active)
    if is_new:
        mark_opened(card.id, actor=person, now=current_now())
    return visible_card(card.id, person) if see_notes(card, person) or is_new else card


def hurry_for_me(card: Card) -> NoteRow | None:
    """The latest note that hurries the current user about work that is still to do."""
    mine = (n for n in notes_on(card) if n.kind is NoteKind.HURRY and n.to_id == current_user.id)
    return _last(note for note in mine if card.status in HURRIED and _is_owed(card, note, note.to_id))


def hurried_about(message_ids: Collection[int]) -> NoteRow | None:
    """The same for a common answer, about any of its messages."""
    return queries.hurry_of(message_ids, current_user.id)


def _is_owed(card: Card, note: NoteRow, executor_id: int | None = None) -> bool:
    """As `_is_owed` of the queries, but computed from the card."""
    executor_id = executor_id or note.author_id
    worker = next((one for one in card.active if one.person.id == executor_id), None)
    if worker is None or worker.assigned_at > note.written_at or note.withdrawn_at:
        return False
    sent = [part.submitted_at for part in worker.parts]
    sent += [version.submitted_at for reply in card.replies for version in reply.versions]
    return all(at <= note.written_at for at in sent)


def _last(notes: Iterable[NoteRow]) -> NoteRow | None:
    return next(iter(list(notes)[::-1]), None)


def choices_today() -> RoutingChoices:
    """The executors to choose for a declined message; loaded once per request."""
    if "osm_talk_choices" not in g:
        g.osm_talk_choices = routing_choices(roster_today())
    found: RoutingChoices = g.osm_talk_choices
    return found


def proposed_executor(note: NoteRow, choices: RoutingChoices) -> Executor | None:
    """The first available executor of the proposed department, except the one who declines."""
    people = (person for group in choices.groups for person in group.executors)
    fits = (one for one in people if one.can_get and one.id != note.author_id)
    return next((one for one in fits if one.department_id == note.department_id), None) if note.department_id else None
