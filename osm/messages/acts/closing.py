"""Close a message without an answer (П.6, П.17), restore it, and decide on proposed pairs (П.15)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, or_, select

from osm.base.database import add_row, db
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.check.acts import due, verdicts
from osm.files.acts import files as acts_files
from osm.flow.acts.act import Act, act, current_reply, load_message
from osm.flow.acts.moving import end_assignments
from osm.log.acts.record import Change, record
from osm.messages.models import author_key
from osm.models import Closure, Draft, DraftState, Evidence, LinkKind, LinkState, Message, MessageLink, Purpose, User
from osm.networks.addresses import sameness
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, DeadlineState, Ground, Role

TAKEN_BACK = "Взято в работу по ошибке: возвращено в комментарии."  # the reason of a closure by `close_own_entry`


def _close_because(
    action: Action, message_id: int, version: int, *, reason: str, actor: User, now: datetime
) -> Message:
    with act(action, message_id, version, actor, now, texts={"reason": reason}) as step:
        _close(step, reason=step.texts["reason"])
        return step.message


dismiss_message = partial(_close_because, Action.DISMISS)  # close: no reaction is needed (П.6)


def close_own_entry(message_id: int, *, actor: User, now: datetime) -> Message:
    """Close a message that was made of a comment by mistake, before anything was done with it; a moderator may too."""
    with transaction():
        version, texts = untouched_version(load_message(message_id)), {"reason": TAKEN_BACK}
        with act(Action.DISMISS, message_id, version, actor, now, texts=texts, roles=(Role.CURATOR,)) as step:
            _close(step, reason=TAKEN_BACK)
            return step.message


def untouched_version(message: Message) -> int:
    """The version of a message before anybody works on it: 1, and 2 more for each `close_own_entry` and reopening."""
    return 1 + 2 * sum(one.reason == TAKEN_BACK for one in message.closures)


def reopen_own_entry(message_id: int, *, reason: str, actor: User, now: datetime) -> Message:
    """Restore a message closed by `close_own_entry`; a moderator may do this too."""
    with transaction():
        message = restore_message(message_id, None, reason=reason, actor=actor, now=now, roles=(Role.CURATOR,))
        message.by_comment = True
        return message


def redirect_message(
    message_id: int, version: int, *, recipient: str, reason: str, actor: User, now: datetime
) -> Message:
    """Close: another body is competent (П.6); `recipient` names it."""
    with act(Action.REDIRECT, message_id, version, actor, now, texts={"recipient": recipient}) as step:
        _close(step, reason=reason.strip(), recipient=step.texts["recipient"])
        return step.message


def exclude_message(
    message_id: int, version: int, *, ground: str, note: str, actor: User, now: datetime,
    screenshots: Sequence[acts_files.Upload] = (),
) -> Evidence:  # fmt: skip
    """Close: the message is not to be processed (П.17). Its present text and the screenshots are kept as evidence."""
    ground = ground if ground in set(Ground) else ""
    files = acts_files.checked(screenshots)
    with act(Action.EXCLUDE, message_id, version, actor, now, texts={"ground": ground}) as step:
        closure = _close(step, reason=note.strip(), ground=Ground(ground))
        evidence = _evidence(step, closure)
        step.changes["ground"] = (None, closure.ground)
        step.object_kind, step.object_id = "evidence", evidence.id
        verdicts.reply_by_exclusion(step.message, Ground(ground), actor=step.actor, now=now)
        if files:
            acts_files.store(
                files, message=step.message, evidence=evidence, purpose=Purpose.EVIDENCE, actor=step.actor, now=now
            )
        return evidence


def mark_withdrawn(
    message_id: int, version: int | None, *, note: str, actor: User | None, now: datetime,
    roles: Collection[Role] | None = None,
) -> Message:  # fmt: skip
    with act(Action.MARK_WITHDRAWN, message_id, version, actor, now, roles=roles) as step:
        _close(step, reason=note.strip())
        return step.message


mark_unanswerable = partial(_close_because, Action.MARK_UNANSWERABLE)
"""Close: the answer cannot be published, because the page is closed or the administration is banned there."""


close_without_answer = partial(_close_because, Action.CLOSE_WITHOUT_ANSWER)
"""Close: the author did not answer the clarification."""


def restore_message(
    message_id: int, version: int | None, *, reason: str, actor: User, now: datetime,
    roles: Collection[Role] | None = None,
) -> Message:  # fmt: skip
    """Return the message to `new`: anchors and recorded breaches stay, the closed time is not counted (design §3)."""
    with act(Action.RESTORE, message_id, version, actor, now, texts={"reason": reason}, roles=roles) as step:
        step.note = step.texts["reason"]
        message = step.message
        verdicts.reopen_findings(message, step.now)
        if message.closed_at is not None:
            step.facts.stopped = (message.closed_at, DeadlineState.CLOSED)
        closure = next((row for row in message.closures if row.restored_at is None), None)
        if closure is not None:
            closure.restored_at, closure.restored_by_id, closure.restore_reason = now, actor.id, step.note
            # From now on a person wants it in work, so taking the comment back no longer closes it.
            message.by_comment = message.by_comment and closure.reason != TAKEN_BACK
        message.closed_at = None
        return message


def _close(step: Act, *, reason: str, recipient: str = "", ground: Ground | None = None) -> Closure:
    """End the assignments, revoke the draft and write the closure; the texts stay."""
    message, now = step.message, step.now
    end_assignments(message, now)
    _revoke_draft(step)
    message.closed_at = now
    step.note = reason or recipient
    closure = Closure(
        message=message, status=step.target, ground=ground, reason=reason, recipient=recipient, closed_at=now,
        closed_by_id=step.by.id if step.by else None,
    )  # fmt: skip
    db.session.add(closure)
    return closure


def _revoke_draft(step: Act) -> None:
    reply = current_reply(step.message)
    if reply is None or not reply.drafts:
        return
    draft: Draft = reply.drafts[-1]
    if draft.state in (DraftState.SUBMITTED, DraftState.APPROVED):
        draft.state, draft.decided_at, draft.decided_by = DraftState.REVOKED, step.now, step.by
        draft.decided_for_id = step.for_id
    reply.approved_draft = None


def _evidence(step: Act, closure: Closure) -> Evidence:
    message = step.message
    evidence = Evidence(
        closure=closure, text=message.text, url=message.url, author_name=message.author.name if message.author else "",
        author_url=(message.author.profile_url or "") if message.author else "", published_at=message.published_at,
        taken_at=step.now,
    )  # fmt: skip
    evidence.sha256 = due.evidence_digest(evidence)
    return add_row(evidence)


# --- Decisions on proposed pairs (П.15)
_REPEAT = {True: ("repeat_confirmed", "repeated_later"), False: ("repeat_rejected", "repeated_not")}
_SAME = {True: "same_matter_confirmed", False: "same_matter_rejected"}
_ASKED_AGAIN = "link_asked_again"


def decide_link(
    message_id: int, other_id: int, version: int, *, confirmed: bool, actor: User, now: datetime
) -> MessageLink:
    """Confirm or reject the pair in the version that the person saw. Raises NotFound, StaleVersion. Version 0: the pair
    was not proposed, the person found it. Confirming a repeat marks the later message as a repeat; rejecting the last
    confirmed one removes a mark that a person set."""
    with transaction() as session:
        link = session.scalar(select(MessageLink).where(_of_both(message_id, other_id)).with_for_update())
        if link is None and version == 0:
            link = _propose(message_id, other_id)
            version = link.version
        if link is None:
            raise NotFound
        StaleVersion.unless_seen(version, link.version)
        before, decided_by = link.state, actor.id
        with session.no_autoflush:  # a flush in between would store a row that breaks its constraints
            link.state = LinkState.CONFIRMED if confirmed else LinkState.REJECTED
            link.decided_at, link.decided_by_id = now, decided_by
            link.version += 1
        session.flush()
        # The mark depends on all links of the later message: a second decision at the same time waits here.
        session.execute(select(Message.id).where(Message.id == link.later_id).with_for_update())
        is_repeat = link.kind is LinkKind.REPEAT
        later = session.get_one(Message, link.later_id)
        marked = _mark(link, later, confirmed=confirmed, was=before) if is_repeat else {}
        actions = _REPEAT[confirmed] if is_repeat else (_SAME[confirmed], _SAME[confirmed])
        _record(link, actions, before, marked, actor, now)
        return link


def undo_decisions(later: Message, answered_at: datetime, *, actor: User, now: datetime) -> None:
    """Set the pairs that this person decided at that instant back to proposed, because he undoes that act."""
    answered = (MessageLink.decided_at == answered_at, MessageLink.decided_by_id == actor.id)
    session = db.session()
    for link in session.scalars(select(MessageLink).where(MessageLink.later_id == later.id, *answered)).all():
        before = link.state
        with session.no_autoflush:
            link.state, link.decided_at, link.decided_by_id = LinkState.PROPOSED, None, None
            link.version += 1
        session.flush()
        marked = _mark(link, later, confirmed=False, was=before) if link.kind is LinkKind.REPEAT else {}
        _record(link, (_ASKED_AGAIN, _ASKED_AGAIN), before, marked, actor, now)


def _record(
    link: MessageLink, actions: tuple[str, str], before: LinkState, marked: dict[str, Change], actor: User,
    now: datetime,
) -> None:  # fmt: skip
    later, earlier = (db.session.get_one(Message, key) for key in (link.later_id, link.earlier_id))
    for message, other, action in ((later, earlier, actions[0]), (earlier, later, actions[1])):
        record(
            action,
            at=now,
            actor=actor,
            message=message,
            clause="П.15",
            changes={
                "link_state": (before, link.state),
                "other_message_id": (None, other.id),
                **(marked if message is later else {}),
            },
            about=link,
        )


def _propose(message_id: int, other_id: int) -> MessageLink:
    """Create the pair that a person found: a repeat if the author is the same (П.15), else the same matter. The
    messages are locked in the order of ids, so two people who report the same pair at once create one."""
    both = select(Message).where(Message.id.in_({message_id, other_id}), Message.recalled_at.is_(None))
    locked = both.order_by(Message.id).with_for_update(of=Message)
    pair = list(db.session.scalars(locked))
    if len(pair) != 2:
        raise NotFound
    link = db.session.scalar(select(MessageLink).where(_of_both(message_id, other_id)).with_for_update())
    if link is not None:
        raise StaleVersion(0, link.version)
    earlier, later = sorted(pair, key=lambda message: (message.received_at, message.id))
    same_author = sameness(author_key(earlier.author), author_key(later.author))
    link = MessageLink(
        later_id=later.id, earlier_id=earlier.id, kind=LinkKind.REPEAT if same_author else LinkKind.SAME_MATTER,
        state=LinkState.PROPOSED, score=0, version=1, marks=False,
    )  # fmt: skip
    return add_row(link)


def _of_both(message_id: int, other_id: int) -> ColumnElement[bool]:
    return or_(
        (MessageLink.later_id == message_id) & (MessageLink.earlier_id == other_id),
        (MessageLink.later_id == other_id) & (MessageLink.earlier_id == message_id),
    )


def _mark(link: MessageLink, later: Message, *, confirmed: bool, was: LinkState) -> dict[str, Change]:
    """Set or remove the mark «повторное» of the later message; `marks` is true for the link that keeps it."""
    before = later.is_repeat
    if confirmed and not before:
        later.is_repeat, link.marks = True, True
    elif not confirmed and was is LinkState.CONFIRMED and link.marks:
        link.marks = False
        heir = db.session.scalars(_confirmed_repeats(later.id).order_by(MessageLink.id).limit(1)).first()
        later.is_repeat = heir is not None
        if heir is not None:
            heir.marks = True
    return {"is_repeat": (before, later.is_repeat)}


def is_confirmed_repeat(message_id: int) -> bool:
    return bool(db.session.scalar(select(_confirmed_repeats(message_id).exists())))


def _confirmed_repeats(message_id: int) -> Select[MessageLink]:
    return select(MessageLink).where(
        MessageLink.later_id == message_id,
        MessageLink.kind == LinkKind.REPEAT,
        MessageLink.state == LinkState.CONFIRMED,
    )
