"""Publication of a reply, its correction, and the author's next messages (П.8, П.9, П.13, П.15)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from osm.answers.acts import promises
from osm.answers.acts.promises import Control
from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.check.acts import due, verdicts
from osm.flow.acts.act import Act, act, current_reply, from_the_minute, load_message
from osm.flow.acts.moving import active_assignments
from osm.log.acts.record import record
from osm.models import (
    Comment,
    Decision,
    Draft,
    DraftState,
    Echo,
    Followup,
    Message,
    OfferOutcome,
    ReadingKind,
    Reply,
    ThreadOffer,
    User,
)
from osm.networks.addresses import web_address
from osm.networks.pages import elsewhere
from osm.outbox.acts.orders import withdraw_publication
from osm.people.queries.handovers import publishing_networks
from osm.regulation import blacklist, transitions
from osm.regulation.errors import MissingInput, RegulationError, TransitionNotAllowed, refuse
from osm.regulation.words import Action, ReplyKind, Role
from osm.threads.queries import AFTER, answers_last_reply, is_echo, open_offer

# --- Publication (П.8, П.9, П.13) and the author's next message (П.15)
PUBLISH: dict[ReplyKind, Action] = {
    ReplyKind.CLARIFICATION: Action.PUBLISH_CLARIFICATION,
    ReplyKind.INTERIM: Action.PUBLISH_INTERIM,
    ReplyKind.FINAL: Action.PUBLISH_FINAL,
}


def check_may_publish(message: Message, actor: User) -> None:
    """Raise NotYours unless he may: the curator any answer, an executor his own where executors publish (П.3)."""
    if actor.has(Role.CURATOR):
        return
    mine = actor.has(Role.EXECUTOR) and any(row.executor_id == actor.id for row in active_assignments(message))
    if not mine:
        raise NotYours("Сообщение направлено не вам: ответ размещает его исполнитель или куратор. Ничего не изменено.")
    if message.network not in publishing_networks():
        raise NotYours("На этой странице публикует куратор. Ничего не изменено.")


def publish_by_hand(
    message_id: int, version: int, *, url: str, published_at: datetime | None, actor: User, now: datetime,
    controls: Sequence[Control] | None = None, confirmed: str | None = None,
) -> Reply:  # fmt: skip
    """Note that the approved text is published at `url` since `published_at` (now, if None). `controls`: control dates
    for the promises of a final answer; None: those found in the text. `confirmed`: an address outside the message's
    page that the person has confirmed; None: do not ask."""
    with act(_publish_action(message_id), message_id, version, actor, now, given=_allowed(message_id)) as step:
        reply, approved = _approved(step)
        at, found = within_publication(published_at or now, approved, now), web_address(url)
        ask_about_place(step.message, found, confirmed)
        withdraw_publication(message_id, actor=actor, now=now, placed=True)
        return _note_publication(step, reply, found, at, controls)


def note_published(message_id: int, *, draft_id: int, url: str, at: datetime, ordered_by: User, now: datetime) -> Reply:
    """Note that the network has published this version at `url`, at the time by its clock. The publisher is the person
    who pressed «Опубликовать». Raises TransitionNotAllowed if another version is approved now."""
    with act(_publish_action(message_id), message_id, None, ordered_by, now, roles={Role.SYSTEM}) as step:
        reply, approved = _approved(step)
        if approved.id != draft_id:
            raise TransitionNotAllowed(step.before, step.transition.action, {Role.SYSTEM})
        return _note_publication(step, reply, url, _network_time(at, approved, now), None)


def note_placed(message_id: int, version: int, *, url: str, at: datetime, actor: User, now: datetime) -> Reply:
    """A person has placed the answer by hand, and the network told where and when. SendingBegun if it is being sent."""
    with act(_publish_action(message_id), message_id, version, actor, now, given=_allowed(message_id)) as step:
        reply, approved = _approved(step)
        withdraw_publication(message_id, actor=actor, now=now, placed=True)
        return _note_publication(step, reply, url, _network_time(at, approved, now), None)


def _allowed(message_id: int) -> Collection[transitions.Condition]:
    """Condition of the table: executors publish in this message's network (П.3)."""
    network = db.session.scalar(select(Message.network).where(Message.id == message_id))
    return {transitions.Condition.ACCOUNT_ALLOWS} if network in publishing_networks() else frozenset()


def _network_time(at: datetime, approved: Draft, now: datetime) -> datetime:
    """Time by the network's clock, moved between approval and now, because clocks differ slightly."""
    return min(max(at, approved.decided_at or now), now)


def _approved(step: Act) -> tuple[Reply, Draft]:
    reply = current_reply(step.message)
    if reply is None or reply.approved_draft is None or reply.approved_draft.decided_at is None:
        raise TransitionNotAllowed(step.before, step.transition.action, step.actor.roles)
    return reply, reply.approved_draft


def _note_publication(step: Act, reply: Reply, url: str, at: datetime, controls: Sequence[Control] | None) -> Reply:
    """Publish the reply and create its promises."""
    reply.published_url, reply.published_at, reply.published_by = url, at, step.actor
    reply.published_for_id = step.for_id
    step.changes["published_at"] = (None, at)
    step.object_kind, step.object_id = "reply", reply.id
    step.facts.at = at
    # Our earlier comments in the thread are no longer offered as the answer.
    own = ThreadOffer.message_id == step.message.id, ThreadOffer.own_id.is_not(None), ThreadOffer.settled_at.is_(None)
    db.session.execute(update(ThreadOffer).where(*own).values(outcome=OfferOutcome.DECLINED, settled_at=step.now))
    if reply.kind is ReplyKind.FINAL:
        step.message.closed_at = at
    promises.create(step.message, reply, controls, actor=step.actor, now=step.now, for_id=step.for_id)
    return reply


def within_publication(at: datetime, approved: Draft, now: datetime) -> datetime:
    """Check that the time is between approval and now. Raises MissingInput."""
    earliest = approved.decided_at or now
    at = from_the_minute(at, earliest)
    if not earliest <= at <= now:
        raise MissingInput(
            "published_at", "Время публикации должно быть не раньше согласования и не позже текущего времени."
        )
    return at


def ask_about_place(message: Message, url: str, confirmed: str | None) -> None:
    """Ask once about a link to another network or another page. Raises MissingInput (`elsewhere`)."""
    if confirmed is None or (confirmed.strip() and web_address(confirmed, "url") == url):
        return
    if differs := elsewhere(message.network, message.url, url):
        raise MissingInput("elsewhere", f"{differs} Проверьте ссылку.")


def author_answered(
    message_id: int, version: int, *, text: str, url: str, actor: User | None, now: datetime,
    written_at: datetime | None = None,
) -> Message:  # fmt: skip
    """The author has answered our request at `written_at` (now, if None): the clocks start again from there (reading
    5). If a term is already over for this reason only, it is not a breach. `actor` None: taken automatically by the
    page's setting."""
    roles = None if actor else {Role.SYSTEM}
    with act(Action.AUTHOR_ANSWERED, message_id, version, actor, now, texts={"text": text}, roles=roles) as step:
        asked_at = max((r.published_at for r in step.message.replies if r.published_at), default=None)
        at = from_the_minute(written_at, asked_at) if written_at and asked_at else written_at or now
        if at > now or (asked_at and at < asked_at):
            raise MissingInput("written_at", "Автор ответил не раньше публикации запроса и не позже текущего времени.")
        _restart(step, url, at)
        return step.message


def reopen_message(message_id: int, version: int, *, text: str, url: str, actor: User, now: datetime) -> Message:
    """The author wrote again under a final answer (П.15): handled like a new message."""
    with act(Action.REOPEN, message_id, version, actor, now, texts={"text": text}) as step:
        message = step.message
        if not active_assignments(message):
            raise MissingInput("executor_id", "У сообщения нет исполнителя. Внесите продолжение как новое сообщение.")
        message.closed_at = None
        _restart(step, url, now)
        return message


def prepare_final(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Start the final answer; its clock (П.13) keeps running."""
    with act(Action.PREPARE_FINAL, message_id, version, actor, now) as step:
        db.session.add(Reply(message=step.message, kind=ReplyKind.FINAL, opened_at=now))
        return step.message


def _publish_action(message_id: int) -> Action:
    kind = db.session.scalar(select(Reply.kind).where(Reply.message_id == message_id, Reply.published_at.is_(None)))
    return PUBLISH[kind or ReplyKind.FINAL]


def _restart(step: Act, url: str, at: datetime) -> None:
    message, now = step.message, step.now
    db.session.add(
        Followup(
            message=message,
            text=step.texts["text"],
            url=web_address(url) if url.strip() else "",
            written_at=at,
            entered_at=now,
            entered_by=step.by,
        )
    )
    due.enqueue([message.id], [ReadingKind.SEARCH])
    db.session.add(Reply(message=message, kind=ReplyKind.FINAL, opened_at=now))
    message.restarted_at = at
    step.changes["restarted_at"] = (None, at)


# --- Correcting the link or time of a published answer (design §3)
def correct_publication(
    message_id: int, version: int, *, url: str, published_at: datetime | None, reason: str, actor: User, now: datetime,
    confirmed: str | None = None,
) -> Message:  # fmt: skip
    """Correct link and time of the last published reply (`published_at` None: the time stays). A recorded breach stays,
    even if the right time is within the term: a person has to waive it. A reply already entered in «Инцидент
    Менеджмент» has to be entered there again. `confirmed`: as in `publish_by_hand`."""
    with act(Action.CORRECT_PUBLICATION, message_id, version, actor, now, texts={"reason": reason}) as step:
        message, reply = step.message, last_published(step.message)
        if reply is None or reply.published_at is None or reply.approved_draft is None:
            raise TransitionNotAllowed(step.before, step.transition.action, actor.roles)
        was, old_url = reply.published_at, reply.published_url
        # Its text may have been corrected since; it was placed after the first approval.
        first = min((d for d in reply.drafts if d.state is DraftState.APPROVED), key=lambda d: d.number)
        at = within_publication(from_the_minute(published_at or was, was), first, now)
        found = web_address(url)
        refuse("url", (found, at) == (old_url, was), "Ссылка и время те же, что записаны. Исправьте то, что неверно.")
        if found != old_url:
            ask_about_place(message, found, confirmed)
        reply.published_url, reply.published_at = found, at
        step.facts.corrected = (was, at)
        step.changes["published_at"] = (was, at)
        if reply.entered_in_source_at is not None:
            step.changes["entered_in_source_at"] = (reply.entered_in_source_at, None)
            reply.entered_in_source_at = reply.entered_in_source_by_id = None
        if reply.kind is ReplyKind.FINAL:
            message.closed_at = at
        step.object_kind, step.object_id = "reply", reply.id
        step.note = step.texts["reason"]
        if found != old_url:
            step.note += f" (прежняя ссылка: {old_url})"
        return message


def last_published(message: Message) -> Reply | None:
    return max((r for r in message.replies if r.published_at is not None), key=lambda reply: reply.id, default=None)


# --- Comments offered as a step of the message
class OfferedNoLonger(ServiceError):
    """The offer is settled already, or the message has changed."""

    words = "Это уже не предлагается: кто-то решил раньше или комментарий исчез. Ничего не изменено."


def take(message_id: int, version: int, offer_id: int, *, actor: User, now: datetime) -> Message:
    """Take our publication (П.8), the author's answer, or his next message (П.15). StaleVersion, OfferedNoLonger."""
    with transaction():
        _lock_comment(offer_id)
        message = load_message(message_id, version)
        offer = _locked(offer_id, message_id)
        if offer.own is not None:
            note_placed(message_id, version, url=offer.own.url, at=offer.own.written_at, actor=actor, now=now)
        elif offer.comment is not None:
            offer.echo = Echo.UNSOLVED if is_echo(offer) else offer.echo
            _write_on(message, offer.comment, actor, now)
        _settle(offer, OfferOutcome.TAKEN, actor, now)
        return message


def note_echo(message_id: int, version: int, offer_id: int, *, echo: str, actor: User, now: datetime) -> Message:
    """What the author says after the answer. «Не решено» leaves the offer to reopen (П.15). Errors as in `take`."""
    with transaction():
        message = load_message(message_id, version)
        offer = _locked(offer_id, message_id)
        if echo not in set(Echo) or not is_echo(offer):
            raise MissingInput("echo", "Отзыв отмечают под окончательным ответом, в течение 14 дней.")
        was, offer.echo = offer.echo, Echo(echo)
        if offer.echo is not Echo.UNSOLVED:
            _settle(offer, OfferOutcome.DECLINED, actor, now)
        record("echo_noted", at=now, actor=actor, message=message, about=offer, changes={"echo": (was, offer.echo)})
        return message


def retract_echo(message_id: int, version: int, offer_id: int, *, actor: User, now: datetime) -> Message:
    """The word was marked by mistake: the offer is open again. Errors as in `take`."""
    with transaction():
        message = load_message(message_id, version)
        offer = db.session.get(ThreadOffer, offer_id, with_for_update=True)
        if offer is None or offer.message_id != message_id or not offer.echo or not is_echo(offer):
            raise OfferedNoLonger
        was, offer.echo = offer.echo, None
        offer.outcome = offer.settled_at = offer.settled_by_id = None
        record("echo_noted", at=now, actor=actor, message=message, about=offer, changes={"echo": (was, None)})
        return message


def decline(message_id: int, version: int, offer_id: int, *, actor: User, now: datetime) -> Message:
    """«Не это»: the author's comment stays in the queue, ours is not offered again. Errors as in `take`."""
    with transaction():
        message = load_message(message_id, version)
        offer = _locked(offer_id, message_id)
        _settle(offer, OfferOutcome.DECLINED, actor, now)
        record("offer_declined", at=now, actor=actor, message=message, about=offer)
        return message


def take_automatically(offer: ThreadOffer, now: datetime) -> bool:
    """Take the offer automatically if the page is set to «сразу» and the comment is the author's answer to our request.
    All others, texts marked by the rules and steps that are refused wait for a person."""
    comment = offer.comment
    if comment is None or verdicts.moderator().judge(comment.text).as_dict()["verdict"] != Decision.PASS:
        return False
    try:
        with transaction():
            message = load_message(offer.message_id)
            if AFTER.get(message.status) is not Action.AUTHOR_ANSWERED or not answers_last_reply(comment, message.id):
                return False
            if open_offer(offer.id, message.id) is None:
                return False
            _write_on(message, comment, None, now)
            _settle(offer, OfferOutcome.TAKEN, None, now)
            return True
    except (RegulationError, ServiceError):
        return False


def _lock_comment(offer_id: int) -> None:
    """Lock the comment first, as all code does, because a moderator may decide on it at the same time."""
    of = select(ThreadOffer.comment_id).where(ThreadOffer.id == offer_id).scalar_subquery()
    query = select(Comment).where(Comment.id == of).with_for_update(of=Comment)
    db.session.scalar(query.execution_options(populate_existing=True))


def _locked(offer_id: int, message_id: int) -> ThreadOffer:
    offer = open_offer(offer_id, message_id)
    if offer is None:
        raise OfferedNoLonger
    return offer


def _write_on(message: Message, comment: Comment, actor: User | None, now: datetime) -> None:
    given = {"text": comment.text, "url": comment.url}
    if AFTER[message.status] is Action.REOPEN and actor is not None:
        reopen_message(message.id, message.version, **given, actor=actor, now=now)
    else:
        asked_at = max((one.published_at for one in message.replies if one.published_at), default=now)
        at = min(max(comment.published_at or comment.stored_at, asked_at), now)
        author_answered(message.id, message.version, **given, actor=actor, now=now, written_at=at)
    _leaves_the_queue(comment, message, actor, now)


def _leaves_the_queue(comment: Comment, message: Message, actor: User | None, now: datetime) -> None:
    was, comment.state = comment.state, blacklist.CommentState.TAKEN
    comment.message_id, comment.decided_at, comment.decided_by_id = message.id, now, actor.id if actor else None
    comment.held_by_id = comment.held_until = None
    comment.hold_key = ""
    comment.version += 1
    record(
        "comment_take",
        at=now,
        actor=actor,
        clause="Пр.2.6",
        about=comment,
        changes={
            "message_id": (None, message.id),
            "comment_state": (was, blacklist.CommentState.TAKEN),
            "version": (comment.version - 1, comment.version),
        },
    )


def _settle(offer: ThreadOffer, outcome: OfferOutcome, actor: User | None, now: datetime) -> None:
    offer.outcome, offer.settled_at, offer.settled_by_id = outcome, now, actor.id if actor else None
