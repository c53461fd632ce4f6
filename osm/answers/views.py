"""What the executor's screen shows: the mode that the status allows, the term, the remarks, the editor."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from osm.answers.acts import templates
from osm.answers.acts.drafting import text_for
from osm.answers.acts.promises import passed
from osm.answers.acts.templates import Checked, unfilled
from osm.answers.queries.drafting import EditorText, LeftText, editor_text, left_common_texts, left_texts
from osm.approvals.acts.approval import InSpite, in_spite
from osm.approvals.acts.differences import Chunk, compare
from osm.clock import current_now
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import DUTIES
from osm.messages.queries.parts import ApprovedInSpite, Card, CardClock, CardReply, Version, Worker
from osm.people.queries.handovers import publishing_networks
from osm.regulation.clocks import ClockKind
from osm.regulation.interim import InterimGround, interim_grounds
from osm.regulation.words import ReplyKind, Role, Status
from osm.regulation.workflow import Action, available_actions
from osm.store.models import InSpiteReason, User
from osm.web.days import NO_CLOCK, Chip, running_chip
from osm.web.form_values import Typed, text
from osm.wording.criteria import LABELS, Criterion, Key
from osm.wording.style import StyleFinding

# --- What the checklist of an answer shows
_WORDS = 3
"""So many deciding words are shown beside a criterion."""


class State(StrEnum):
    """How a criterion stands."""

    MET = "met"
    UNMET = "unmet"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion: label, deciding words, what to do."""

    key: Key
    label: str
    state: State
    words: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A finding of style; `start` in units of UTF-16, as the browser counts."""

    start: int
    fragment: str
    better: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checklist of one text. `digest` tells whether anything would look different."""

    rows: tuple[Row, ...]
    wordings: tuple[Wording, ...]
    is_empty: bool
    unfilled: tuple[str, ...] = ()
    """Fields of a template that still stand in the text: it cannot be sent with them."""
    passed: tuple[date, ...] = ()
    """Days that the text names as its terms and that are over."""

    @property
    def unmet(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state is State.UNMET)

    @property
    def safe(self) -> int:
        """How many findings can be replaced as they stand."""
        return sum(bool(wording.replacement) for wording in self.wordings)

    @property
    def digest(self) -> str:
        return hashlib.sha256(
            repr((self.rows, self.wordings, self.is_empty, self.unfilled, self.passed)).encode("utf-8", "replace")
        ).hexdigest()[:16]


def checklist_of(card: Card, text: str, kind: str, written_at: datetime | None = None) -> Checklist:
    """The checklist of a text for this message; an unknown kind is that of the reply. A text too long is cut for it.

    `written_at`: when it was submitted, if not now: from then «завтра» counts.
    """
    text = text.replace("\r\n", "\n")[: templates.MAX_CHECKED]
    reply = card.current_reply
    known = set(ReplyKind)
    checked = templates.check(
        text,
        network=card.network,
        kind=ReplyKind(kind) if kind in known else reply.kind if reply else ReplyKind.FINAL,
        is_repeat=card.is_repeat,
        attachments=len(reply.photos) if reply else 0,
    )
    return replace(_checklist(checked, text), passed=tuple(passed(text, now=current_now(), written_at=written_at)))


def _checklist(checked: Checked, text: str) -> Checklist:
    rows = tuple(_row(criterion) for criterion in checked.criteria if _concerns(criterion))
    wordings = tuple(_wording(finding, text) for finding in checked.style)
    return Checklist(rows, wordings, not text.strip(), unfilled(text))


def _concerns(criterion: Criterion) -> bool:
    """What does not apply is not shown; what a person must judge is."""
    return criterion.met is not None or (criterion.key in (Key.TERMS, Key.ATTACHMENTS) and criterion.needs_a_person)


def _row(criterion: Criterion) -> Row:
    state = State.MET if criterion.met else State.UNMET if criterion.is_missing else State.ASK
    words = tuple(dict.fromkeys(_short(span.fragment) for span in criterion.evidence))[:_WORDS]
    return Row(criterion.key, LABELS[criterion.key], state, words, criterion.advice)


def _short(fragment: str) -> str:
    line = " ".join(fragment.split())
    return line if len(line) <= 40 else line[:38].rstrip() + "…"


def _wording(finding: StyleFinding, text: str) -> Wording:
    start = len(text[: finding.start].encode("utf-16-le", "surrogatepass")) // 2
    return Wording(start, finding.fragment, finding.better, finding.replacement)


def common_checklist(card: Card, text: str, kind: str) -> Checklist:
    """The checklist of the common text as this message would get it; places of wordings are those of the text."""
    ready = text_for(text, author=card.author_name, place=card.place, turn=card.id)
    found = checklist_of(card, ready, kind)
    return replace(checklist_of(card, text, kind), rows=found.rows, unfilled=found.unfilled, passed=found.passed)


# --- The curator's reason for approving although a criterion is unmet, in words and as a form brings it
IN_SPITE_LABELS: dict[InSpiteReason, str] = {
    InSpiteReason.IS_THERE: "проверка ошиблась: в ответе это есть",
    InSpiteReason.NOT_DUE: "к этому сообщению не относится",
    InSpiteReason.NOT_KNOWN: "пока неизвестно, и автору так и сказано",
    InSpiteReason.HURRY: "ответить нужно сейчас, остальное — следующим ответом",
    InSpiteReason.OTHER: "другая причина (напишите)",
}


def reason_of_form() -> InSpite | None:
    """The reason that the form brings; the service demands one where it is needed."""
    return in_spite(text("in_spite"), text("in_spite_text"))


def in_spite_words(kept: ApprovedInSpite) -> str:
    """«срок — пока неизвестно, и автору так и сказано. «…»»."""
    labels = ", ".join(LABELS[Key(key)] for key in kept.criteria)
    said = f"{labels} — {IN_SPITE_LABELS[kept.reason]}"
    return f"{said}: «{kept.text}»" if kept.text else said


# --- What the executor's screen shows
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


# --- What the publishing screen shows
@dataclass(frozen=True, slots=True)
class PublishingView:
    """The screen, ready for its templates. `reply` waits for publication; `done` is the last one that stands there."""

    card: Card
    reply: CardReply | None
    version: Version | None
    correction: Correction | None
    done: CardReply | None
    can_publish: bool
    can_revoke: bool
    can_correct: bool
    term: Term
    passed: tuple[date, ...]
    """Days that the approved text names as its terms and that are over."""


def publishing_view(card: Card, person: User, now: datetime) -> PublishingView:
    """Decide what is shown; nothing more is asked of the database."""
    is_approved = card.status is Status.APPROVED
    reply = card.current_reply if is_approved else None
    version = reply.approved if reply else None
    return PublishingView(
        card=card,
        reply=reply,
        version=version,
        correction=correction_of(reply) if reply else None,
        done=card.published[0] if card.published else None,
        can_publish=is_approved and may_publish(card, person),
        can_revoke=is_approved and person.has(Role.CURATOR),
        can_correct=bool(card.published) and Action.CORRECT_PUBLICATION in available_actions(card.status, person.roles),
        term=term_of(card, now, Role.CURATOR),
        passed=tuple(passed(version.text, now=now, written_at=version.submitted_at)) if version else (),
    )
