"""The approval screen: the message, the version with its difference, the time in reserve, the terms."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from osm.answers.queries.drafting import EditorText, editor_text
from osm.answers.views import Checklist, Correction, Editor, Term, correction_of, editor_of, term_of, unsent_text
from osm.approvals.queries import ApprovalRow, Neighbours, beside
from osm.approvals.rules import Chunk, FactChange, changed_facts, compare, is_changed
from osm.flow.acts.clocks import in_force
from osm.messages.queries.parts import Card, CardReply, Version
from osm.messages.views.card import CardView, card_view
from osm.models import DraftState, User
from osm.regulation.errors import MissingInput
from osm.regulation.words import REASONS, Action, Role, Status
from osm.shell.filters import Chip, running_chip
from osm.shell.form_values import Typed, text
from osm.wording.criteria import Key

MISSING: dict[Key, str] = {
    Key.MEASURES: REASONS[1], Key.REPEAT_MEASURES: REASONS[1], Key.TERMS: REASONS[2], Key.RESPONSIBLE_BODY: REASONS[3],
    Key.GREETING: REASONS[6], Key.ATTACHMENTS: REASONS[7], Key.POLITE: REASONS[8], Key.FORMAT: REASONS[9],
}  # fmt: skip
"""The remark for each criterion of П.16 and П.15 that is not met."""


@dataclass(frozen=True, slots=True)
class ListRow:
    item: ApprovalRow
    chip: Chip


@dataclass(frozen=True, slots=True)
class Difference:
    """The version compared with the one before. `is_changed`: by more than spaces."""

    before: Version
    chunks: tuple[Chunk, ...]
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ApprovalView:
    card: Card
    reply: CardReply | None
    version: Version | None
    waits: bool
    is_approved: bool
    difference: Difference | None
    correction: Correction | None
    term: Term
    work: CardView
    editor: Editor
    is_correcting: bool
    changes: tuple[FactChange, ...]
    """Figures, dates and names that the correction would change; shown after it was sent without a confirmation."""
    confirmation: str
    unsent: str
    neighbours: Neighbours


def list_rows(rows: Sequence[ApprovalRow], now: datetime) -> list[ListRow]:
    calendar = in_force().calendar
    return [ListRow(row, running_chip(row.clock, now, calendar)) for row in rows]


def approval_view(card: Card, person: User, now: datetime, typed: Typed | None = None) -> ApprovalView:
    reply = card.current_reply
    version = reply.versions[0] if reply and reply.versions else None
    kept = editor_text(reply.id, person.id) if reply else EditorText("", None, "")
    corrects = typed is not None and "text" in typed.values
    shows_facts = corrects and typed is not None and "confirmed" in typed.errors and version is not None
    changes = changed_facts(version.text, typed.values["text"]) if shows_facts and version and typed else ()
    return ApprovalView(
        card=card, reply=reply, version=version, waits=card.status is Status.ON_APPROVAL and version is not None,
        is_approved=card.status is Status.APPROVED, difference=_difference(reply, version),
        correction=correction_of(reply) if reply else None, term=term_of(card, now, Role.CURATOR),
        work=card_view(card, person, now), editor=editor_of(kept, typed), is_correcting=corrects or bool(kept.typed),
        changes=changes, confirmation=confirmation(changes), unsent=unsent_text(kept, version, typed),
        neighbours=beside(card.id),
    )  # fmt: skip


def confirmation(changes: Sequence[FactChange]) -> str:
    """A hash of the changes shown; the second press confirms only these."""
    stated = "\n".join(f"{change.kind}|{change.old}|{change.new}" for change in changes)
    return hashlib.sha256(stated.encode()).hexdigest()[:16]


def confirm_facts(given: str, corrected: str) -> None:
    """Changed figures, dates and names need a second press, because the executor answers for them (П.18)."""
    changes = changed_facts(given, corrected)
    if changes and text("confirmed") != confirmation(changes):
        raise MissingInput("confirmed", "Изменились данные, за которые отвечает исполнитель. Проверьте и подтвердите.")


def ticked_remarks(typed: Typed | None, checklist: Checklist | None) -> list[str]:
    """The ticked remarks of a returned form, else those for the unmet criteria."""
    if typed is not None and typed.action == Action.RETURN_DRAFT:
        return list(typed.several.get("reasons", ()))
    return [MISSING[row.key] for row in checklist.unmet] if checklist else []


def remarks_of_form() -> str:
    """The ticked remarks and the curator's words, one a line."""
    ticked = [reason for reason in request.form.getlist("reasons") if reason in REASONS]
    return "\n".join(filter(None, [*ticked, text("remarks").strip()]))


def fact_words(change: FactChange) -> str:
    return change.kind.label


def _difference(reply: CardReply | None, version: Version | None) -> Difference | None:
    if reply is None or version is None:
        return None
    earlier = (other for other in reply.versions if other.number < version.number)
    before = next((other for other in earlier if other.state is not DraftState.WITHDRAWN), None)
    if before is None:
        return None
    return Difference(before, compare(before.text, version.text), is_changed(before.text, version.text))
