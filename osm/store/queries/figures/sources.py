"""Which things a figure counts: one query a figure, by which it is counted and by which its list is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from osm.regulation.return_reasons import REASONS
from osm.regulation.words import Ground, ReplyKind, Status
from osm.store.models import Closure, Draft, DraftState, Message, Reply
from osm.store.queries.figures.span import Scope, Span

Source = Callable[[Span, Scope], Select[Any]]
"""Ids of the messages, one for each thing that is counted: a message that was answered twice counts on both days."""


def _messages(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Message.id).where(*conditions, Message.recalled_at.is_(None), scope.of_message())


def _received(span: Span, scope: Scope) -> Select[Any]:
    return _messages(scope, span.holds(Message.received_at))


def _repeats(span: Span, scope: Scope) -> Select[Any]:
    return _received(span, scope).where(Message.is_repeat)


def _published(kind: ReplyKind, span: Span, scope: Scope) -> Select[Any]:
    replied = _messages(scope, Reply.kind == kind, span.holds(Reply.published_at))
    return replied.join(Reply, Reply.message_id == Message.id)


def _drafts(span: Span, scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The versions of answers that were decided in these days."""
    decided = _messages(scope, span.holds(Draft.decided_at), *conditions)
    return decided.join(Reply, Reply.message_id == Message.id).join(Draft, Draft.reply_id == Reply.id)


def _approved(span: Span, scope: Scope) -> Select[Any]:
    # A version that corrects what stood in the network already was approved once, with the answer.
    before = Reply.published_at.is_(None) | (Draft.submitted_at <= Reply.published_at)
    return _drafts(span, scope, Draft.state == DraftState.APPROVED, before)


def _at_first_sight(span: Span, scope: Scope) -> Select[Any]:
    """Approved, and no version of the same reply was returned, corrected or revoked."""
    other = aliased(Draft)
    sent_back = (DraftState.RETURNED, DraftState.CORRECTED, DraftState.REVOKED)
    again = exists().where(other.reply_id == Draft.reply_id, other.state.in_(sent_back))
    return _approved(span, scope).where(~again)


def _returned(span: Span, scope: Scope) -> Select[Any]:
    return _drafts(span, scope, Draft.state == DraftState.RETURNED)


def _returned_for(number: int, span: Span, scope: Scope) -> Select[Any]:
    """By the number of the reason; 0: for none of the list."""
    said = [Draft.remarks.contains(reason, autoescape=True) for reason in REASONS]
    return _returned(span, scope).where(said[number - 1] if number else ~or_(*said))


def published(span: Span, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the replies of these days and of the versions that were approved for them."""
    replied = select(*columns).select_from(Message).join(Reply, Reply.message_id == Message.id)
    return replied.join(Draft, Draft.id == Reply.approved_draft_id).where(
        span.holds(Reply.published_at), Draft.decided_at.is_not(None), Message.recalled_at.is_(None), scope.of_message()
    )


def _excluded(ground: Ground | None, span: Span, scope: Scope) -> Select[Any]:
    conditions = [Closure.status == Status.EXCLUDED, span.holds(Closure.closed_at), Closure.restored_at.is_(None)]
    if ground is not None:
        conditions.append(Closure.ground == ground)
    return _messages(scope, and_(*conditions)).join(Closure, Closure.message_id == Message.id)


SOURCES: Mapping[str, Source] = {
    "received": _received,
    "repeats": _repeats,
    "answered": partial(_published, ReplyKind.FINAL),
    "interim": partial(_published, ReplyKind.INTERIM),
    "clarification": partial(_published, ReplyKind.CLARIFICATION),
    "approved": _approved,
    "first-sight": _at_first_sight,
    "returned": _returned,
    **{f"returned-{number}": partial(_returned_for, number) for number in range(len(REASONS) + 1)},
    "excluded": partial(_excluded, None),
    **{f"excluded-{ground}": partial(_excluded, ground) for ground in Ground},
}
"""By the code of the figure; clocks and stages are counted by `counting`, what is no message by `others`."""
