"""Publishing a reply by hand (П.8, П.9, П.13), and what follows when the author writes on (П.15)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from osm.extensions import db
from osm.networks.addresses import web_address
from osm.networks.places import elsewhere
from osm.regulation.errors import MissingInput, TransitionNotAllowed
from osm.regulation.workflow import Action, Condition, ReplyKind, Role
from osm.services.acts import Act, act, current_reply, from_the_minute
from osm.services.answers import promises
from osm.services.answers.promises import Control
from osm.services.assignments import active_assignments
from osm.services.errors import NotYours
from osm.services.outgoing import withdraw_publication
from osm.services.reading import due
from osm.store.models import Draft, Followup, Message, OfferOutcome, ReadingKind, Reply, ThreadOffer, User
from osm.store.queries.staff.office_settings import publishing_networks

PUBLISH: dict[ReplyKind, Action] = {
    ReplyKind.CLARIFICATION: Action.PUBLISH_CLARIFICATION,
    ReplyKind.INTERIM: Action.PUBLISH_INTERIM,
    ReplyKind.FINAL: Action.PUBLISH_FINAL,
}


def check_may_publish(message: Message, actor: User) -> None:
    """The curator places any answer, an executor his own in networks where executors publish (П.3). Raises NotYours."""
    if actor.has(Role.CURATOR):
        return
    mine = actor.has(Role.EXECUTOR) and any(row.executor_id == actor.id for row in active_assignments(message))
    if not mine:
        raise NotYours("Сообщение направлено не вам: ответ размещает его исполнитель или куратор. Ничего не изменено.")
    if message.network not in publishing_networks():
        raise NotYours("На этой странице публикует куратор. Ничего не изменено.")


def publish_by_hand(
    message_id: int,
    version: int,
    *,
    url: str,
    published_at: datetime | None,
    actor: User,
    now: datetime,
    controls: Sequence[Control] | None = None,
    confirmed: str | None = None,
) -> Reply:
    """The approved text stands in the network since `published_at` (now, if None) at `url`. Once only.

    `controls`: the control dates of what a final answer promises; None: those that its text names. `confirmed`: an
    address outside the message's page that the person has confirmed; None: do not ask.
    """
    with act(_publish_action(message_id), message_id, version, actor, now, given=_allowed(message_id)) as step:
        reply, approved = _approved(step)
        at, found = within_publication(published_at or now, approved, now), web_address(url)
        ask_about_place(step.message, found, confirmed)
        withdraw_publication(message_id, actor=actor, now=now, placed=True)
        return _stands(step, reply, found, at, controls)


def note_published(message_id: int, *, draft_id: int, url: str, at: datetime, ordered_by: User, now: datetime) -> Reply:
    """The network has taken this version: it stands at `url` since `at`, by the network's own clock.

    Who pressed «Опубликовать» is who published it. TransitionNotAllowed where another version is approved by now.
    """
    with act(_publish_action(message_id), message_id, None, ordered_by, now, roles={Role.SYSTEM}) as step:
        reply, approved = _approved(step)
        if approved.id != draft_id:
            raise TransitionNotAllowed(step.before, step.transition.action, {Role.SYSTEM})
        return _stands(step, reply, url, _as_told(at, approved, now), None)


def note_placed(
    message_id: int,
    version: int,
    *,
    url: str,
    at: datetime,
    actor: User,
    now: datetime,
) -> Reply:
    """Somebody of the office has placed the approved answer himself, and the network told where and when.

    What the program was to send does not go out any more. SendingBegun while it is being sent.
    """
    with act(_publish_action(message_id), message_id, version, actor, now, given=_allowed(message_id)) as step:
        reply, approved = _approved(step)
        withdraw_publication(message_id, actor=actor, now=now, placed=True)
        return _stands(step, reply, url, _as_told(at, approved, now), None)


def _allowed(message_id: int) -> Collection[Condition]:
    """Whether executors publish in the network of this message (П.3), as a condition of the table."""
    network = db.session.scalar(select(Message.network).where(Message.id == message_id))
    return {Condition.ACCOUNT_ALLOWS} if network in publishing_networks() else frozenset()


def _as_told(at: datetime, approved: Draft, now: datetime) -> datetime:
    """By the network's clock. Clocks differ: an answer that stands there is not refused for a minute."""
    return min(max(at, approved.decided_at or now), now)


def _approved(step: Act) -> tuple[Reply, Draft]:
    reply = current_reply(step.message)
    if reply is None or reply.approved_draft is None or reply.approved_draft.decided_at is None:
        raise TransitionNotAllowed(step.before, step.transition.action, step.actor.roles)
    return reply, reply.approved_draft


def _stands(step: Act, reply: Reply, url: str, at: datetime, controls: Sequence[Control] | None) -> Reply:
    """The reply is published, and what it promises is controlled."""
    reply.published_url, reply.published_at, reply.published_by = url, at, step.actor
    reply.published_for_id = step.for_id
    step.changes["published_at"] = (None, at)
    step.object_kind, step.object_id = "reply", reply.id
    step.facts.at = at
    _settle_own(step.message.id, step.now)
    if reply.kind is ReplyKind.FINAL:
        step.message.closed_at = at
    promises.create(step.message, reply, controls, actor=step.actor, now=step.now, for_id=step.for_id)
    return reply


def _settle_own(message_id: int, now: datetime) -> None:
    """What the office wrote in the thread before is no second answer: nobody is asked about it any more."""
    own = (ThreadOffer.message_id == message_id, ThreadOffer.own_id.is_not(None), ThreadOffer.settled_at.is_(None))
    db.session.execute(update(ThreadOffer).where(*own).values(outcome=OfferOutcome.DECLINED, settled_at=now))


def within_publication(at: datetime, approved: Draft, now: datetime) -> datetime:
    """When an answer can have been placed: from its approval to now. Raises MissingInput."""
    earliest = approved.decided_at or now
    at = from_the_minute(at, earliest)
    if not earliest <= at <= now:
        raise MissingInput(
            "published_at", "Время публикации должно быть не раньше согласования и не позже текущего времени."
        )
    return at


def ask_about_place(message: Message, url: str, confirmed: str | None) -> None:
    """A link into another network or to another page is asked about once. Raises MissingInput (`elsewhere`)."""
    if confirmed is None or (confirmed.strip() and web_address(confirmed, "url") == url):
        return
    if differs := elsewhere(message.network, message.url, url):
        raise MissingInput("elsewhere", f"{differs} Проверьте ссылку.")


def author_answered(
    message_id: int,
    version: int,
    *,
    text: str,
    url: str,
    actor: User | None,
    now: datetime,
    written_at: datetime | None = None,
) -> Message:
    """The author answered the clarification at `written_at` (now, if None): the clocks start anew there (reading 5).

    A term that is over by this alone is nobody's breach: nobody could know of it. Without an actor the page's setting
    took it.
    """
    roles = None if actor else {Role.SYSTEM}
    with act(Action.AUTHOR_ANSWERED, message_id, version, actor, now, said={"text": text}, roles=roles) as step:
        asked_at = max((r.published_at for r in step.message.replies if r.published_at), default=None)
        at = from_the_minute(written_at, asked_at) if written_at and asked_at else written_at or now
        if at > now or (asked_at and at < asked_at):
            raise MissingInput("written_at", "Автор ответил не раньше публикации запроса и не позже текущего времени.")
        _restart(step, url, at)
        return step.message


def reopen_message(message_id: int, version: int, *, text: str, url: str, actor: User, now: datetime) -> Message:
    """The author writes on under a final answer (П.15): worked on as a new message would be."""
    with act(Action.REOPEN, message_id, version, actor, now, said={"text": text}) as step:
        message = step.message
        if not active_assignments(message):
            raise MissingInput("executor_id", "У сообщения нет исполнителя. Внесите продолжение как новое сообщение.")
        message.closed_at = None
        _restart(step, url, now)
        return message


def prepare_final(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Work on the final answer begins; its clock of П.13 goes on as it was."""
    with act(Action.PREPARE_FINAL, message_id, version, actor, now) as step:
        db.session.add(Reply(message=step.message, kind=ReplyKind.FINAL, opened_at=now))
        return step.message


def _publish_action(message_id: int) -> Action:
    kind = db.session.execute(
        select(Reply.kind).where(Reply.message_id == message_id, Reply.published_at.is_(None))
    ).scalar_one_or_none()
    return PUBLISH[kind or ReplyKind.FINAL]


def _restart(step: Act, url: str, at: datetime) -> None:
    message, now = step.message, step.now
    db.session.add(
        Followup(
            message=message,
            text=step.said["text"],
            url=web_address(url) if url.strip() else "",
            written_at=at,
            entered_at=now,
            entered_by=step.by,
        )
    )
    due.owe([message.id], [ReadingKind.SEARCH])
    db.session.add(Reply(message=message, kind=ReplyKind.FINAL, opened_at=now))
    message.restarted_at = at
    step.changes["restarted_at"] = (None, at)
