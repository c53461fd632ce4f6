"""What the executor's screen shows: the mode that the status allows, the term, the remarks, the editor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from osm.regulation.clocks import ClockKind
from osm.regulation.interim import InterimGround, interim_grounds
from osm.regulation.words import ReplyKind, Role, Status
from osm.services.approvals.differences import Chunk, compare
from osm.services.clocks.clocks import in_force
from osm.store.models import User
from osm.store.queries.answers.drafting import EditorText, LeftText, editor_text, left_common_texts, left_texts
from osm.store.queries.clocks.duties import DUTIES
from osm.store.queries.messages.card_clocks import CardClock
from osm.store.queries.messages.card_parts import Card, CardReply, Version, Worker
from osm.store.queries.staff.office_settings import publishing_networks
from osm.web.form_values import Typed
from osm.web.terms import NO_CLOCK, Chip, running_chip


class Mode(StrEnum):
    """What can be done on the screen."""

    WRITE = "write"
    WAITING = "waiting"
    APPROVED = "approved"
    OVER = "over"


MODES: dict[Status, Mode] = {
    Status.IN_WORK: Mode.WRITE,
    Status.REWORK: Mode.WRITE,
    Status.ON_APPROVAL: Mode.WAITING,
    Status.APPROVED: Mode.APPROVED,
}
"""In every other status there is nothing to write."""

KINDS: tuple[tuple[ReplyKind, str, str], ...] = (
    (ReplyKind.FINAL, "Ответ", ""),
    (ReplyKind.INTERIM, "Промежуточный", "окончательный ответ будет позже, в срок пункта 13"),
    (ReplyKind.CLARIFICATION, "Запрос автору", "чего не хватает, чтобы ответить"),
)
"""Code, what stands beside the mark, what it means."""

_ANSWER = (ClockKind.ANSWER, ClockKind.FINAL)

BEGINNING = 320
"""Characters of a long message that a telephone shows before «ещё»."""


@dataclass(frozen=True, slots=True)
class Term:
    """The clock that counts on a screen, with its chip."""

    chip: Chip
    clock: CardClock | None


@dataclass(frozen=True, slots=True)
class Editor:
    """The text field. `other`: what another window of the same person saved meanwhile."""

    text: str
    saved_at: str
    saved: datetime | None
    other: str = ""
    other_saved_at: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """The curator's own version against the one that he was given."""

    version: Version
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The screen, ready for its templates."""

    card: Card
    mode: Mode
    is_mine: bool
    term: Term
    approve_due: datetime | None
    """Until when the curator decides (П.11)."""
    tasks: tuple[str, ...]
    executors: tuple[tuple[int, str], ...]
    """Those who prepare the answer now: id and «Борис Ежов (ЖКХ)»."""
    reply: CardReply | None
    version: Version | None
    remarks: Version | None
    correction: Correction | None
    editor: Editor
    unsent: str
    """Typed and never sent, where there is no editor any more to hold it."""
    kind: str
    left: tuple[LeftText, ...]
    """What those typed who prepared the answer before (П.3), where it is not in the editor yet."""
    interim_grounds: tuple[InterimGround, ...]
    """Why an interim answer would need a reason here."""
    can_withdraw: bool
    may_publish: bool
    beginning: str
    rest: str


def answer_view(card: Card, person: User, now: datetime, typed: Typed | None = None) -> AnswerView:
    """Decide what is shown to this person; two statements for his text."""
    reply = card.current_reply
    latest = reply.versions[0] if reply and reply.versions else None
    kept = editor_text(reply.id, person.id) if reply else EditorText("", None, "")
    mine = [worker for worker in card.active if worker.person.id == person.id]
    beginning, rest = split_text(card.text)
    editor, writes = editor_of(kept, typed), bool(mine) and MODES.get(card.status) is Mode.WRITE
    left = left_texts(reply.id, person.id) if reply and writes else []
    if reply and not mine and card.is_shared and person.has(Role.CURATOR):
        left = left_common_texts(reply.id, person.id, in_force().calendar, now)
    return AnswerView(
        card=card,
        mode=MODES.get(card.status, Mode.OVER),
        is_mine=bool(mine),
        term=term_of(card, now, Role.EXECUTOR),
        approve_due=next(
            (clock.due_at for clock in card.clocks if clock.runs and clock.kind is ClockKind.APPROVE), None
        ),
        tasks=tuple(dict.fromkeys(worker.task for worker in mine or card.active if worker.task)),
        executors=tuple((worker.person.id, _named(worker)) for worker in card.active),
        reply=reply,
        version=latest,
        remarks=remarks_of(card),
        correction=correction_of(reply) if reply else None,
        editor=editor,
        left=tuple(one for one in left if one.text.strip() not in editor.text),
        unsent=unsent_text(kept, latest, typed),
        kind=typed.values.get("kind", "") if typed else reply.kind if reply else ReplyKind.FINAL,
        interim_grounds=interim_grounds({row.kind for row in card.published}, is_repeat=card.is_repeat),
        can_withdraw=latest is not None and latest.submitted_by_id == person.id,
        may_publish=may_publish(card, person),
        beginning=beginning,
        rest=rest,
    )


def editor_of(kept: EditorText, typed: Typed | None) -> Editor:
    """The typed values of a refused form win; a different text saved by another window stands beside them."""
    known = kept.saved_at.isoformat() if kept.saved_at else ""
    if typed is None or "text" not in typed.values:
        return Editor(kept.text, known, kept.saved_at)
    text = typed.values["text"].replace("\r\n", "\n")
    seen = typed.values.get("over") or typed.values.get("saved_at", "")
    if known == seen or kept.text == text:
        return Editor(text, known, kept.saved_at)
    return Editor(text, seen, None, other=kept.text, other_saved_at=known)


def unsent_text(kept: EditorText, latest: Version | None, typed: Typed | None) -> str:
    """What is not part of any version: from the form that was refused, or kept by the server."""
    text = typed.values.get("text", "") if typed else ""
    text = (text or kept.typed).replace("\r\n", "\n").strip()
    return "" if latest and text == latest.text else text


def remarks_of(card: Card) -> Version | None:
    """The version that was returned last, with what was to be mended; while it is being reworked only."""
    reply = card.current_reply
    if reply is None or card.status is not Status.REWORK:
        return None
    return next((version for version in reply.versions if version.remarks), None)


def correction_of(reply: CardReply) -> Correction | None:
    """What the curator changed in the version that is or was approved; None where he changed nothing."""
    version = reply.approved
    if version is None or not version.is_correction:
        return None
    given = next((other for other in reply.versions if other.number == version.number - 1), None)
    return Correction(version, compare(given.text, version.text)) if given else None


def term_of(card: Card, now: datetime, role: Role) -> Term:
    """The first running clock of the duty that this role has with the message, else that of the answer.

    Nobody is shown the term of another's work as if it were his own.
    """
    kinds = next((duty.clocks for duty in DUTIES if (duty.role, duty.status) == (role, card.status)), _ANSWER)
    clock = _running(card.clocks, kinds)
    return Term(running_chip(clock, now, in_force().calendar) if clock else NO_CLOCK, clock)


def may_publish(card: Card, person: User) -> bool:
    """Whether this person places the reply: the curator, or its executor in networks where executors publish (П.3)."""
    if person.has(Role.CURATOR):
        return True
    mine = person.has(Role.EXECUTOR) and any(worker.person.id == person.id for worker in card.active)
    return mine and card.network in publishing_networks()


def split_text(text: str) -> tuple[str, str]:
    """The beginning of a long text and its rest, cut after a sentence or else a word; together they are the text."""
    if len(text) <= BEGINNING * 3 // 2:
        return text, ""
    for ends in (("\n", ". ", "! ", "? "), (" ",)):
        cut = max(text.rfind(end, 0, BEGINNING) + len(end) for end in ends)
        if cut > BEGINNING // 2:
            return text[:cut], text[cut:]
    return text[:BEGINNING], text[BEGINNING:]


def _named(worker: Worker) -> str:
    return f"{worker.person.name} ({worker.department})" if worker.department else worker.person.name


def _running(clocks: Sequence[CardClock], kinds: Collection[ClockKind]) -> CardClock | None:
    running = {clock.kind: clock for clock in clocks if clock.runs}
    return next((running[kind] for kind in kinds if kind in running), None)
