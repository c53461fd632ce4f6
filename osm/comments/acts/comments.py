"""Decisions on comments (Пр.2.6, П.17): keep, delete, take into work, undo. Several are decided all or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.blacklist.acts import bans, entries
from osm.blacklist.acts import rows as acts_rows
from osm.check.acts import due
from osm.comments.acts import deletions, holds
from osm.comments.queries import copies
from osm.log.acts.record import Change, record
from osm.messages.acts import closing, entry
from osm.models import BlacklistEvidence, Comment, CommentFindingAnswer, FindingReply, Message, ReadingKind, User
from osm.outbox.acts import orders
from osm.regulation import blacklist, transitions
from osm.regulation.blacklist import COMMENT_GROUND_CLAUSES, CommentGround, CommentState, OutboxKind
from osm.regulation.errors import StaleVersion, refuse
from osm.regulation.words import Status
from osm.threads import acts


# --- Refusals
@dataclass(frozen=True, slots=True)
class Refusal:
    comment_id: int
    words: str


class CommentsRefused(ServiceError):
    """Some of the comments cannot be decided, so no comment was."""

    def __init__(self, refusals: Sequence[Refusal], of: int) -> None:
        self.refusals = tuple(refusals)
        said = "; ".join(dict.fromkeys(one.words for one in refusals))
        super().__init__(f"{said}. Ничего не изменено." if of == 1 else f"Ничего не сделано: {said}.")


# --- The message made from a comment (Пр.2.6)
_ANEW = "Комментарий снова взят в работу."


def message_of(row: Comment, actor: User, now: datetime) -> int:
    """Return the id of a new message made from the comment, or of the one that already has the same text. The clocks of
    П.7 start."""
    author = row.author
    try:
        entered = entry.enter_message(
            text=row.text, network=row.network, url=row.url or row.post_url, author_name=author.name if author else "",
            author_url=(author.profile_url or "") if author else "",
            published_at=row.published_at if row.published_at and row.published_at <= now else None, is_comment=True,
            actor=actor, now=now,
        )  # fmt: skip
    except entry.AlreadyEntered as known:
        _reopen_message(_locked(known.message_id), row, actor, now)
        due.enqueue([known.message_id], [ReadingKind.COPIES])  # the two now count as one text
        return known.message_id
    entered.by_comment = True
    return entered.id


def _reopen_message(entered: Message, row: Comment, actor: User, now: datetime) -> None:
    """The text is already in the register: reopen the message if an undo had put it aside. Raises CommentsRefused if
    people have closed or answered it, because then no work would follow."""
    if entered.status in transitions.OPEN:
        return
    closure = next((one for one in entered.closures if one.restored_at is None), None)
    if closure and closure.reason == closing.TAKEN_BACK:
        closing.reopen_own_entry(entered.id, reason=_ANEW, actor=actor, now=now)
        return
    why = f"это же сообщение уже закрыто: № {entered.number}, «{entered.status.label}»"
    if entered.status is Status.ANSWERED:
        why = f"на это же сообщение ответ уже дан: № {entered.number}"
    raise CommentsRefused([Refusal(row.id, f"{why}. Вернуть его в работу может куратор на карточке")], 1)


def take_back(row: Comment, actor: User, now: datetime) -> None:
    """Make the comment wait again. Its message is put aside if no other comment was taken into work with it. Raises
    CommentsRefused if somebody has worked on the message."""
    message = _locked(row.message_id) if row.message_id is not None else None
    is_alone = message is not None and holds.on_messages([message.id])[message.id] == 1
    if message is not None and is_alone and message.by_comment:
        try:
            closing.close_own_entry(message.id, actor=actor, now=now)
        except StaleVersion:
            raise CommentsRefused([Refusal(row.id, holds.worked_on(message))], 1) from None
    if row.message_id is not None:
        due.enqueue([row.message_id], [ReadingKind.COPIES])  # they count as two texts again
    row.message_id = None


def _locked(message_id: int) -> Message:
    """Lock the message, so that decisions on comments with the same text run one after the other."""
    return db.session.get_one(Message, message_id, with_for_update={"of": Message}, populate_existing=True)


# --- Decisions (Пр.2.6, П.17)
MOST = 200  # in one decision; more cannot have been read one by one
LONGEST_REASON = 1000
KEEPING = timedelta(minutes=1)  # a deletion waits at most this long until the comment's pictures are saved
NO_GROUND = "Выберите основание. Критика без основания не удаляется: её оставляют или берут в работу."
_UNDONE = "Решение по комментарию отменено."


class Choice(StrEnum):
    KEEP = "keep"
    DELETE = "delete"
    BLACKLIST = "blacklist"  # delete and propose the author for the black list
    TAKE = "take"


_DELETING = (Choice.DELETE, Choice.BLACKLIST)
_LOGGED = {
    Choice.KEEP: "comment_keep",
    Choice.DELETE: "comment_delete",
    Choice.BLACKLIST: "comment_delete",
    Choice.TAKE: "comment_take",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    comment_id: int
    version: int


def decide(
    chosen: Sequence[Chosen], choice: Choice, *, ground: str = "", reason: str = "", actor: User, now: datetime
) -> list[Comment]:
    """Decide all these comments in the same way; each gets its own row in the log. A deletion is put into the outbox.
    Raises MissingInput if the ground is needed and missing, and CommentsRefused if a comment is decided or held by
    somebody else, or its text has changed."""
    reason = " ".join(reason.split())
    refuse("reason", len(reason) > LONGEST_REASON, f"Пояснение длиннее {LONGEST_REASON} знаков. Сократите.")
    refuse("ground", choice in _DELETING and ground not in set(CommentGround), NO_GROUND)
    versions = {one.comment_id: one.version for one in chosen}
    refuse("row", not versions, "Отметьте хотя бы один комментарий.")
    refuse("row", len(versions) > MOST, f"За один раз можно решить не больше {MOST} комментариев. Ничего не сделано.")
    with transaction():
        rows = _free(versions, actor, now)
        for row in rows:
            _decide(row, choice, CommentGround(ground) if choice in _DELETING else None, reason, actor, now)
        return rows


def undo(comment_id: int, version: int, *, actor: User, now: datetime) -> Comment:
    """Make the comment wait again. If it is deleted already, it is restored if the network can (`Deletion.comes_back`).
    A message made from it is closed, unless somebody has worked on it. Raises NotFound, StaleVersion, CommentsRefused,
    and outbox.GoneOut if the network cannot restore it or the deletion is being sent."""
    with transaction():
        row = must_exist(db.session.get(Comment, comment_id, with_for_update=True), "Комментарий")
        if row.version != version or row.state is CommentState.WAITING:
            raise StaleVersion(version, row.version)
        was = row.state
        if words := holds.answers_of_authors([row]).get(row.id):
            raise CommentsRefused([Refusal(row.id, words)], 1)
        _withdraw_proposal(row, actor, now)
        if was is CommentState.DELETED and (action := deletions.of_comment(row.id)) is not None:
            if copies.of_comments([row.id])[row.id].comes_back:
                deletions.order(OutboxKind.RESTORE, row, actor=actor, now=now)
            else:
                orders.cancel(action, actor=actor, now=now)
        if was is CommentState.TAKEN:
            take_back(row, actor, now)
        db.session.execute(delete(CommentFindingAnswer).where(CommentFindingAnswer.comment_id == row.id))
        changes: dict[str, Change] = {
            "comment_state": (was, CommentState.WAITING),
            "comment_ground": (row.ground, None),
        }
        row.state, row.decided_at, row.decided_by_id = CommentState.WAITING, None, None
        row.ground, row.reason, row.evidence_sha256, row.pictures_until = None, "", None, None
        due.enqueue_comments([row.id], [ReadingKind.VERDICT])  # the rules may have changed
        _finish("comment_undo", row, changes, actor, now)
        return row


def _free(versions: dict[int, int], actor: User, now: datetime) -> list[Comment]:
    """Lock the comments, ordered by id. Raises CommentsRefused if this person may not decide one of them."""
    query = select(Comment).where(Comment.id.in_(versions)).order_by(Comment.id).with_for_update(of=Comment)
    query = query.options(joinedload(Comment.author))
    rows = list(db.session.scalars(query.execution_options(populate_existing=True)))
    refusals = [Refusal(one, "комментарий не найден") for one in versions.keys() - {row.id for row in rows}]
    for row in rows:
        if words := _why_not(row, versions[row.id], actor, now):
            refusals.append(Refusal(row.id, words))
    if refusals:
        raise CommentsRefused(refusals, len(versions))
    return rows


def _why_not(row: Comment, version: int, actor: User, now: datetime) -> str:
    if row.state is not CommentState.WAITING:
        who = f", {row.decided_by.name}" if row.decided_by else ""
        return f"решение уже принято: {row.state.label.lower()}{who}"
    if row.version != version:
        return "комментарий изменился, пока страница была открыта: посмотрите его заново"
    if row.held_by_id not in (None, actor.id) and row.held_until is not None and row.held_until > now:
        return f"этот комментарий сейчас разбирает {row.held_by.name if row.held_by else 'другой модератор'}"
    return ""


def _decide(
    row: Comment, choice: Choice, ground: CommentGround | None, reason: str, actor: User, now: datetime
) -> None:
    changes: dict[str, Change] = {}
    # Before the row changes: making the message may fail, and a half decision is not possible.
    message_id = message_of(row, actor, now) if choice is Choice.TAKE else None
    row.decided_at, row.decided_by_id, row.reason = now, actor.id, reason
    clause = "Пр.2.6"
    if choice is Choice.KEEP:
        row.state = CommentState.KEPT
        due.answer_findings(row, FindingReply.WRONG, actor.id, now)
    elif ground is not None:
        row.state, row.ground, clause = CommentState.DELETED, ground, COMMENT_GROUND_CLAUSES[ground]
        row.evidence_sha256 = due.comment_digest(row)
        row.pictures_until = now + KEEPING if row.pictures and row.account_id else None
        changes["comment_ground"] = (None, ground)
        due.answer_findings(row, FindingReply.EXCLUDED, actor.id, now, only=ground)
        deletions.order(OutboxKind.DELETE, row, actor=actor, now=now)
        if choice is Choice.BLACKLIST:
            entries.propose(row, note=reason, at_once=bans.may_ban_at_once(ground), actor=actor, now=now)
    else:
        row.state, row.message_id = CommentState.TAKEN, message_id
        changes["message_id"] = (None, row.message_id)
        acts.become_message(row, now)
    changes["comment_state"] = (CommentState.WAITING, row.state)
    _finish(_LOGGED[choice], row, changes, actor, now, clause, reason)


def _withdraw_proposal(row: Comment, actor: User, now: datetime) -> None:
    """Withdraw the proposal for the black list that rests on this comment; proposals with other evidence stay."""
    for evidence in db.session.scalars(select(BlacklistEvidence).where(BlacklistEvidence.comment_id == row.id)):
        proposal = acts_rows.locked(evidence.proposal_id)
        if proposal is None:
            continue
        if proposal.state in holds.ENDED:
            continue
        if proposal.state is not blacklist.ListState.PENDING:
            raise CommentsRefused([Refusal(row.id, holds.LISTED)], 1)
        try:
            entries.drop_evidence(evidence, note=_UNDONE, actor=actor, now=now)
        except entries.BannedAlready as banned:
            raise CommentsRefused([Refusal(row.id, banned.words)], 1) from None


def _finish(
    action: str, row: Comment, changes: dict[str, Change], actor: User, now: datetime, clause: str = "Пр.2.6",
    note: str = "",
) -> None:  # fmt: skip
    row.held_by_id = row.held_until = None
    row.hold_key = ""
    row.version += 1
    changes["version"] = (row.version - 1, row.version)
    record(action, at=now, actor=actor, clause=clause, changes=changes, note=note, about=row)


# --- Undo of a common decision
_CHANGED = "одно из решений уже отменено или изменено"
_GONE = "удаление в соцсети уже выполнено"


def undo_all(chosen: Sequence[Chosen], *, actor: User, now: datetime) -> list[Comment]:
    """Make all these comments wait again; each gets its own row in the log. Raises MissingInput if the list is empty,
    and CommentsRefused if one cannot be undone; then no comment is changed."""
    versions = {one.comment_id: one.version for one in chosen}
    refuse("row", not versions, "Не выбрано ни одного решения.")
    refuse("row", len(versions) > MOST, f"За один раз можно отменить не больше {MOST} решений.")
    done: list[Comment] = []
    with transaction():
        for comment_id, version in sorted(versions.items()):
            try:
                done.append(undo(comment_id, version, actor=actor, now=now))
            except (StaleVersion, NotFound):
                raise CommentsRefused([Refusal(comment_id, _CHANGED)], len(versions)) from None
            except orders.GoneOut:
                raise CommentsRefused([Refusal(comment_id, _GONE)], len(versions)) from None
    return done
