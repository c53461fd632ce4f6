"""What the screens of answers show."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from flask import g
from flask_login import current_user

from osm.answers.acts import drafting, templates
from osm.answers.acts.promises import passed
from osm.answers.acts.templates import Checked, unfilled
from osm.answers.queries import promises as queries_promises
from osm.answers.queries.drafting import EditorText, LeftText, editor_text, left_common_texts, left_texts
from osm.approvals import acts as approval
from osm.approvals import rules as differences
from osm.base.application import current_now
from osm.flow.acts.clocks import in_force
from osm.flow.acts.terms import local_day
from osm.flow.queries.duties import DUTIES
from osm.messages.queries.parts import Card, CardClock, CardReply, Version
from osm.models import CriteriaException, User
from osm.people.queries.handovers import publishing_networks
from osm.people.views import substituted_ids
from osm.regulation.transitions import available_actions
from osm.regulation.words import Action, ClockKind, InterimGround, ReplyKind, Role, Status, interim_grounds
from osm.shell.filters import NO_CLOCK, Chip, running_chip
from osm.shell.form_values import Typed, text
from osm.shell.frame.nav import Asked, may_be_some
from osm.wording.criteria import LABELS, Criterion, Key
from osm.wording.style import StyleFinding

# --- Checklist
_WORDS = 3  # number of words shown for a criterion


class State(StrEnum):
    MET = "met"
    UNMET = "unmet"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Row:
    key: Key
    label: str
    state: State
    words: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A finding of style. `start` is in UTF-16 units, as browsers count."""

    start: int
    fragment: str
    better: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """`digest` changes when the list would look different."""

    rows: tuple[Row, ...]
    wordings: tuple[Wording, ...]
    is_empty: bool
    unfilled: tuple[str, ...] = ()  # template fields left in the text; it cannot be submitted with them
    passed: tuple[date, ...] = ()  # promised days that are already over

    @property
    def unmet(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state is State.UNMET)

    @property
    def safe(self) -> int:
        return sum(bool(wording.replacement) for wording in self.wordings)

    @property
    def digest(self) -> str:
        return hashlib.sha256(
            repr((self.rows, self.wordings, self.is_empty, self.unfilled, self.passed)).encode("utf-8", "replace")
        ).hexdigest()[:16]


def checklist_of(card: Card, text: str, kind: str, written_at: datetime | None = None) -> Checklist:
    """The checklist of a text for this message. An unknown kind is replaced by the reply's kind; a text that is too
    long is cut. `written_at`: when it was submitted, now if None; «завтра» counts from then."""
    text = text.replace("\r\n", "\n")[: templates.MAX_CHECKED]
    reply = card.current_reply
    known = set(ReplyKind)
    checked = templates.check(
        text, network=card.network, kind=ReplyKind(kind) if kind in known else reply.kind if reply else ReplyKind.FINAL,
        is_repeat=card.is_repeat, attachments=len(reply.photos) if reply else 0,
    )  # fmt: skip
    return replace(_checklist(checked, text), passed=tuple(passed(text, now=current_now(), written_at=written_at)))


def _checklist(checked: Checked, text: str) -> Checklist:
    rows = tuple(_row(criterion) for criterion in checked.criteria if _concerns(criterion))
    wordings = tuple(in_text(finding, text) for finding in checked.style)
    return Checklist(rows, wordings, not text.strip(), unfilled(text))


def _concerns(criterion: Criterion) -> bool:
    """Criteria that do not apply are hidden; those for a person to judge are shown."""
    return criterion.met is not None or (criterion.key in (Key.TERMS, Key.ATTACHMENTS) and criterion.needs_a_person)


def _row(criterion: Criterion) -> Row:
    state = State.MET if criterion.met else State.UNMET if criterion.is_missing else State.ASK
    words = tuple(dict.fromkeys(_short(span.fragment) for span in criterion.evidence))[:_WORDS]
    return Row(criterion.key, LABELS[criterion.key], state, words, criterion.advice)


def _short(fragment: str) -> str:
    line = " ".join(fragment.split())
    return line if len(line) <= 40 else line[:38].rstrip() + "…"


def in_text(finding: StyleFinding, text: str) -> Wording:
    start = len(text[: finding.start].encode("utf-16-le", "surrogatepass")) // 2
    return Wording(start, finding.fragment, finding.better, finding.replacement)


def common_checklist(card: Card, text: str, kind: str) -> Checklist:
    """The checklist of the common text as filled in for this message; positions refer to the common text."""
    ready = drafting.text_for(text, author=card.author_name, place=card.place, turn=card.id)
    found = checklist_of(card, ready, kind)
    return replace(checklist_of(card, text, kind), rows=found.rows, unfilled=found.unfilled, passed=found.passed)


# --- Reason for approving despite an unmet criterion


def reason_of_form() -> approval.Override | None:
    """The reason from the form; the act requires it where it is needed."""
    return approval.override_of(text("in_spite"), text("in_spite_text"))


def override_words(kept: CriteriaException) -> str:
    """«срок — пока неизвестно, и автору так и сказано. «…»»."""
    labels = ", ".join(LABELS[Key(key)] for key in kept.criteria.split(","))
    words = f"{labels} — {kept.reason.label}"
    return f"{words}: «{kept.text}»" if kept.text else words


# --- The executor's screen
class Mode(StrEnum):
    WRITE = "write"
    WAITING = "waiting"
    APPROVED = "approved"
    OVER = "over"


MODES: dict[Status, Mode] = {
    Status.IN_WORK: Mode.WRITE, Status.REWORK: Mode.WRITE, Status.ON_APPROVAL: Mode.WAITING,
    Status.APPROVED: Mode.APPROVED,
}  # fmt: skip
"""In other statuses there is no text to write."""

KINDS: tuple[tuple[ReplyKind, str, str], ...] = (
    (ReplyKind.FINAL, "Ответ", ""),
    (ReplyKind.INTERIM, "Промежуточный", "окончательный ответ будет позже, в срок пункта 13"),
    (ReplyKind.CLARIFICATION, "Запрос автору", "чего не хватает, чтобы ответить"),
)
"""Code, label, explanation."""

_ANSWER = (ClockKind.ANSWER, ClockKind.FINAL)

BEGINNING = 320  # characters of a long message shown on a phone before «ещё»


@dataclass(frozen=True, slots=True)
class Term:
    chip: Chip
    clock: CardClock | None


@dataclass(frozen=True, slots=True)
class Editor:
    text: str
    saved_at: str
    saved: datetime | None
    other: str = ""
    other_saved_at: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """The curator's own version and the one it was made from."""

    version: Version
    chunks: tuple[differences.Chunk, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    card: Card
    mode: Mode
    is_mine: bool
    term: Term
    approve_due: datetime | None  # when the curator has to decide (П.11)
    tasks: tuple[str, ...]
    executors: tuple[tuple[int, str], ...]  # current executors: id and «Борис Ежов (ЖКХ)»
    reply: CardReply | None
    version: Version | None
    remarks: Version | None
    correction: Correction | None
    editor: Editor
    unsent: str  # unsent text, if there is no editor for it
    kind: str
    left: tuple[LeftText, ...]  # unsent texts of earlier executors (П.3) that are not in the editor yet
    interim_grounds: tuple[InterimGround, ...]  # grounds on which an interim answer needs a reason here
    can_withdraw: bool
    may_publish: bool
    beginning: str
    rest: str


def answer_view(card: Card, person: User, now: datetime, typed: Typed | None = None) -> AnswerView:
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
        executors=tuple((worker.person.id, worker.named) for worker in card.active),
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
    """Typed values of a refused form have priority; a different text saved by another window is shown too."""
    known = kept.saved_at.isoformat() if kept.saved_at else ""
    if typed is None or "text" not in typed.values:
        return Editor(kept.text, known, kept.saved_at)
    text = typed.values["text"].replace("\r\n", "\n")
    seen = typed.values.get("over") or typed.values.get("saved_at", "")
    if known == seen or kept.text == text:
        return Editor(text, known, kept.saved_at)
    return Editor(text, seen, None, other=kept.text, other_saved_at=known)


def unsent_text(kept: EditorText, latest: Version | None, typed: Typed | None) -> str:
    """Text that is not in any version: from the refused form, or the saved one."""
    text = typed.values.get("text", "") if typed else ""
    text = (text or kept.typed).replace("\r\n", "\n").strip()
    return "" if latest and text == latest.text else text


def remarks_of(card: Card) -> Version | None:
    """The last returned version with remarks, while it is being reworked."""
    reply = card.current_reply
    if reply is None or card.status is not Status.REWORK:
        return None
    return next((version for version in reply.versions if version.remarks), None)


def correction_of(reply: CardReply) -> Correction | None:
    """What the curator changed in the approved version; None if he changed nothing."""
    version = reply.approved
    if version is None or not version.is_correction:
        return None
    given = next((other for other in reply.versions if other.number == version.number - 1), None)
    return Correction(version, differences.compare(given.text, version.text)) if given else None


def term_of(card: Card, now: datetime, role: Role) -> Term:
    """The first running clock of this role's duty, else that of the answer; never the term of another's work."""
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
    """Split a long text after a sentence, or else after a word; the two parts together are the text."""
    if len(text) <= BEGINNING * 3 // 2:
        return text, ""
    for ends in (("\n", ". ", "! ", "? "), (" ",)):
        cut = max(text.rfind(end, 0, BEGINNING) + len(end) for end in ends)
        if cut > BEGINNING // 2:
            return text[:cut], text[cut:]
    return text[:BEGINNING], text[BEGINNING:]


def _running(clocks: Sequence[CardClock], kinds: Collection[ClockKind]) -> CardClock | None:
    running = {clock.kind: clock for clock in clocks if clock.runs}
    return next((running[kind] for kind in kinds if kind in running), None)


# --- The publishing screen
@dataclass(frozen=True, slots=True)
class PublishingView:
    """`reply` waits for publication; `done` is the last published one."""

    card: Card
    reply: CardReply | None
    version: Version | None
    correction: Correction | None
    done: CardReply | None
    can_publish: bool
    can_revoke: bool
    can_correct: bool
    term: Term
    passed: tuple[date, ...]  # promised days of the approved text that are already over


def publishing_view(card: Card, person: User, now: datetime) -> PublishingView:
    is_approved = card.status is Status.APPROVED
    reply = card.current_reply if is_approved else None
    version = reply.approved if reply else None
    return PublishingView(
        card=card, reply=reply, version=version, correction=correction_of(reply) if reply else None,
        done=card.published[0] if card.published else None, can_publish=is_approved and may_publish(card, person),
        can_revoke=is_approved and person.has(Role.CURATOR),
        can_correct=bool(card.published) and Action.CORRECT_PUBLICATION in available_actions(card.status, person.roles),
        term=term_of(card, now, Role.CURATOR),
        passed=tuple(passed(version.text, now=now, written_at=version.submitted_at)) if version else (),
    )  # fmt: skip


# --- Promises that wait for the person of the request
def promises_waiting() -> list[queries_promises.PromiseRow]:
    """Promises in «Ждёт меня» of the current user; queried once for each request, if the menu has counted any."""
    if not may_be_some("/promises"):
        return []
    if "osm_promised" not in g:
        g.osm_promised = queries_promises.waiting(current_user, local_day(current_now()), promised_for(current_user))
    found: list[queries_promises.PromiseRow] = g.osm_promised
    return found


def count_promises(person: User, now: datetime) -> Asked:
    if not person.has(Role.EXECUTOR, Role.CURATOR):
        return Asked()
    column, values = queries_promises.number_waiting(person, local_day(now), promised_for(person))
    return Asked((column,), values)


def promised_for(person: User) -> list[int]:
    """Ids of the colleagues that he replaces in promises today (П.3)."""
    return substituted_ids(person) if person.has(Role.EXECUTOR) else []
