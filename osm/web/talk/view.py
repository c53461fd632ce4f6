"""The talk on one card as one person sees it, and what of all talk waits for him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.talk.notes import open_notes
from osm.store.models import NoteKind, User
from osm.store.queries.messages.card_clocks import CardClock
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.staff.people import Executor, RoutingChoices, routing_choices
from osm.store.queries.talk import notes as queries
from osm.store.queries.talk.notes import DECLINED, HURRIED, Addressee, NoteRow
from osm.web.form_values import Typed
from osm.web.roster import roster_today

KIND_LABELS: dict[NoteKind, str] = {
    NoteKind.NOTE: "заметка",
    NoteKind.QUESTION: "вопрос куратору",
    NoteKind.DECLINE: "«Не моё»",
    NoteKind.HURRY: "поторопили",
}


@dataclass(frozen=True, slots=True)
class TalkView:
    """`mine`: this person prepares the answer; `fresh`: notes that he has read by opening this very page."""

    card: Card
    notes: list[NoteRow]
    fresh: frozenset[int]
    addressees: list[Addressee]
    mine: bool
    decline: NoteRow | None
    """His «Не моё», while the message is still his."""
    may_decline: bool
    departments: list[tuple[int, str]]
    clock: CardClock | None
    """The clock that goes on meanwhile."""
    hurried_at: datetime | None
    may_hurry: bool
    back: str
    """The page to which its forms lead back."""
    typed: Typed | None

    @property
    def people(self) -> list[tuple[int, str]]:
        """Whom a note can be written to, with the department."""
        return [(one.id, f"{one.name} ({one.department})" if one.department else one.name) for one in self.addressees]

    @property
    def answer_to(self) -> int | str:
        """Who asked this person last: the next note is most likely for him."""
        asked = (n for n in reversed(self.notes) if self.answers(n) or n.id in self.fresh)
        return next((note.author_id for note in asked), "")

    def answers(self, note: NoteRow) -> bool:
        """Whether the note waits for this person as a curator, or for himself."""
        if note.read_at is not None or note.withdrawn_at is not None:
            return False
        to_me = note.to_id == current_user.id
        return to_me or (note.kind is NoteKind.QUESTION and current_user.has(Role.CURATOR))

    def decides(self, note: NoteRow) -> bool:
        """Whether «Не моё» waits for this person's decision."""
        his = any(worker.person.id == note.author_id for worker in self.card.active)
        waits = note.read_at is None and note.withdrawn_at is None and self.card.status in DECLINED
        return note.kind is NoteKind.DECLINE and waits and his and current_user.has(Role.CURATOR)

    def value(self, form: str, name: str) -> str:
        """What was typed into a form that was refused."""
        return self.typed.of(form).get(name, "") if self.typed else ""

    def error(self, form: str, name: str) -> str:
        return self.typed.error(form, name) if self.typed else ""


def talk_of(card: Card, typed: Typed | None = None, back: str = "") -> TalkView:
    """The talk on this card for the person behind the request."""
    person: User = current_user
    mine = [worker for worker in card.active if worker.person.id == person.id]
    declines = bool(mine) and person.has(Role.EXECUTOR) and card.status in DECLINED
    hurries = person.has(Role.CURATOR) and card.status in HURRIED and any(w.person.id != person.id for w in card.active)
    decline = queries.open_decline(card.id, person.id) if declines else None
    running = [clock for clock in (*(mine[0].clocks if mine else ()), *card.clocks) if clock.runs]
    return TalkView(
        card=card,
        notes=queries.of_message(card.id),
        fresh=g.get("osm_fresh_notes", frozenset()),
        addressees=queries.addressees(card.id, but=person.id),
        mine=bool(mine),
        decline=decline,
        may_decline=declines and (decline is None or decline.read_at is not None),
        departments=queries.departments([w.department_id for w in mine if w.department_id]) if declines else [],
        clock=next(iter(running), None),
        hurried_at=queries.last_hurried([card.id]).get(card.id) if hurries else None,
        may_hurry=hurries,
        back=back or request.path,
        typed=typed,
    )


def see_notes(message_id: int, person: User) -> None:
    """The person has opened a page of this message: what was written to him waits no longer."""
    found = open_notes(message_id, actor=person, now=current_now())
    if found:
        g.osm_fresh_notes = found
        g.pop("osm_talk_waiting", None)


def talk_waiting() -> list[NoteRow]:
    """What of the talk stands in «Ждёт меня» for the person behind the request."""
    if "osm_talk_waiting" not in g:
        g.osm_talk_waiting = queries.waiting(current_user)
    found: list[NoteRow] = g.osm_talk_waiting
    return found


def count_talk(person: User) -> int:
    """How many notes wait; on the list itself they are read anyway."""
    if request.endpoint == "inbox.show":
        return len(talk_waiting())
    return len(queries.waiting_ids(person))


def hurry_for_me(*message_ids: int) -> NoteRow | None:
    """The last line by which the curator hurries the person behind the request about one of these messages."""
    return queries.hurry_of(message_ids, current_user.id)


def choices_today() -> RoutingChoices:
    """Whom the curator can give to what was declined; read once a request."""
    if "osm_talk_choices" not in g:
        g.osm_talk_choices = routing_choices(roster_today())
    found: RoutingChoices = g.osm_talk_choices
    return found


def proposed_executor(note: NoteRow, choices: RoutingChoices) -> Executor | None:
    """The first of the proposed department who can get it, and is not the one who declines."""
    people = (person for group in choices.groups for person in group.executors)
    fits = (one for one in people if one.can_get and one.id != note.author_id)
    return next((one for one in fits if one.department_id == note.department_id), None) if note.department_id else None
