"""What the screen of one part shows (П.14): the task, what colleagues have sent, the remarks, the text field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from osm.regulation.parts import OWED, PartState
from osm.regulation.words import Status
from osm.services.clocks.clocks import in_force
from osm.store.models import User
from osm.store.queries.answers.drafting import LeftText, left_part_texts, part_editor_text
from osm.store.queries.messages.card_parts import Card, CardReply, PartVersion, Worker
from osm.web.answers.drafting_view import Editor, Term, editor_of, split_text
from osm.web.form_values import Typed
from osm.web.terms import NO_CLOCK, Chip, card_chip, running_chip


@dataclass(frozen=True, slots=True)
class PartView:
    """The screen of one part, ready for its templates."""

    card: Card
    worker: Worker
    term: Term
    tasks: tuple[str, ...]
    can_write: bool
    others: tuple[Worker, ...]
    """Colleagues whose information is there."""
    awaited: tuple[Worker, ...]
    """Those who come before him in the order and have not sent yet."""
    editor: Editor
    left: tuple[LeftText, ...]
    """What an absent colleague typed for this part (П.3), where it is not in the editor yet."""
    unsent: str
    """Typed and never sent, where there is no editor any more to hold it."""
    reply: CardReply | None
    beginning: str
    rest: str

    @property
    def sent(self) -> PartVersion | None:
        return self.worker.sent

    @property
    def is_sent(self) -> bool:
        return self.worker.part_state is PartState.SENT

    @property
    def returned(self) -> PartVersion | None:
        return self.worker.returned


@dataclass(frozen=True, slots=True)
class PartLine:
    """One executor as the card and the common draft show him."""

    worker: Worker
    chip: Chip | None
    is_owed: bool


def part_view(card: Card, worker: Worker, person: User, now: datetime, typed: Typed | None = None) -> PartView:
    """Decide what is shown to this person of the part of this worker; two statements for the typed text."""
    kept = part_editor_text(worker.id, person.id)
    running = next((clock for clock in worker.clocks if clock.runs), None)
    beginning, rest = split_text(card.text)
    can_write = worker.ended_at is None and worker.part_state is not None and card.status is Status.IN_WORK
    typed_text = typed.values.get("text", "") if typed else ""
    editor, is_mine = editor_of(kept, typed), worker.person.id == person.id
    left = left_part_texts(worker.id, person.id) if can_write and is_mine else []
    unsent = (typed_text or kept.typed).replace("\r\n", "\n").strip()
    return PartView(
        card=card,
        worker=worker,
        term=Term(running_chip(running, now, in_force().calendar) if running else NO_CLOCK, running),
        tasks=(worker.task,) if worker.task else (),
        can_write=can_write,
        others=tuple(other for other in card.with_parts if other.id != worker.id and other.parts),
        awaited=_before(card, worker),
        editor=editor,
        left=tuple(one for one in left if one.text.strip() not in editor.text),
        unsent="" if worker.sent and worker.sent.text == unsent else unsent,
        reply=card.current_reply,
        beginning=beginning,
        rest=rest,
    )


def part_lines(card: Card, now: datetime) -> Sequence[PartLine]:
    """Everybody who was asked for a part, in the order of П.14; those who were removed last."""
    calendar = in_force().calendar
    workers = sorted(card.with_parts, key=lambda worker: (worker.ended_at is not None, worker.order_no, worker.id))
    return [
        PartLine(
            worker,
            card_chip(worker.clock, now, calendar) if worker.clock and _says_something(worker) else None,
            worker.ended_at is None and worker.part_state in OWED,
        )
        for worker in workers
    ]


def _says_something(worker: Worker) -> bool:
    """The clock of an earlier round says nothing about one who waits for his turn again."""
    return worker.part_state is not PartState.WAITING or any(clock.runs for clock in worker.clocks)


def _before(card: Card, worker: Worker) -> tuple[Worker, ...]:
    if worker.part_state is not PartState.WAITING:
        return ()
    return tuple(other for other in card.missing_parts if other.order_no < worker.order_no)
