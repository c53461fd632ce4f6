"""Every act: refused to people outside the table, and to all people with an outdated page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.errors import NotFound, NotYours
from osm.messages.acts import closing, executors, routing
from osm.models import Message, User
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.words import Status
from tests.office import OVERRIDE, Office, at, events

NOW = at("17.03 12:00")
URL = "https://vk.com/wall-1_1?reply=2"

Act = Callable[[Office, Message, int, User], object]


def _draft_id(message: Message) -> int:
    return message.replies[-1].drafts[-1].id


# act → (status to start from, who may, how it is done)
ACTS: dict[str, tuple[Status, set[str], Act]] = {
    "select": (Status.NEW, {"anna"}, lambda o, m, v, p: routing.select_message(m.id, v, actor=p, now=NOW)),
    "route": (
        Status.NEW,
        {"anna"},
        lambda o, m, v, p: routing.route_message(m.id, v, executor_id=o.boris.id, task="", actor=p, now=NOW),
    ),
    "reroute": (
        Status.IN_WORK,
        {"anna"},
        lambda o, m, v, p: routing.reroute_message(m.id, v, executor_id=o.nina.id, task="", actor=p, now=NOW),
    ),
    "dismiss": (
        Status.IN_WORK,
        {"anna"},
        lambda o, m, v, p: closing.dismiss_message(m.id, v, reason="Благодарность", actor=p, now=NOW),
    ),
    "redirect": (
        Status.NEW,
        {"anna"},
        lambda o, m, v, p: closing.redirect_message(m.id, v, recipient="Росреестр", reason="", actor=p, now=NOW),
    ),
    "exclude": (
        Status.NEW,
        {"anna", "vera"},
        lambda o, m, v, p: closing.exclude_message(m.id, v, ground="spam", note="", actor=p, now=NOW),
    ),
    "withdrawn": (
        Status.IN_WORK,
        {"anna"},
        lambda o, m, v, p: closing.mark_withdrawn(m.id, v, note="", actor=p, now=NOW),
    ),
    "unanswerable": (
        Status.IN_WORK,
        {"anna"},
        lambda o, m, v, p: closing.mark_unanswerable(m.id, v, reason="Закрытая страница", actor=p, now=NOW),
    ),
    "submit": (
        Status.IN_WORK,
        {"boris"},
        lambda o, m, v, p: drafting.submit_draft(m.id, v, text="Да", kind="final", confirmed=True, actor=p, now=NOW),
    ),
    "withdraw": (Status.ON_APPROVAL, {"boris"}, lambda o, m, v, p: drafting.withdraw_draft(m.id, v, actor=p, now=NOW)),
    "approve": (
        Status.ON_APPROVAL,
        {"anna"},
        lambda o, m, v, p: approval.approve_draft(m.id, v, draft_id=_draft_id(m), override=OVERRIDE, actor=p, now=NOW),
    ),
    "correct": (
        Status.ON_APPROVAL,
        {"anna"},
        lambda o, m, v, p: approval.correct_and_approve(
            m.id, v, draft_id=_draft_id(m), text="Нет", override=OVERRIDE, actor=p, now=NOW
        ),
    ),
    "return": (
        Status.ON_APPROVAL,
        {"anna"},
        lambda o, m, v, p: approval.return_draft(m.id, v, draft_id=_draft_id(m), remarks="Срок?", actor=p, now=NOW),
    ),
    "revoke": (
        Status.APPROVED,
        {"anna"},
        lambda o, m, v, p: approval.revoke_approval(m.id, v, reason="Не то", actor=p, now=NOW),
    ),
    "publish": (
        Status.APPROVED,
        {"anna"},
        lambda o, m, v, p: publication.publish_by_hand(m.id, v, url=URL, published_at=None, actor=p, now=NOW),
    ),
    "raise": (
        Status.IN_WORK,
        {"anna"},
        lambda o, m, v, p: executors.raise_importance(m.id, v, detected_at=None, reason="", actor=p, now=NOW),
    ),
    "reopen": (
        Status.ANSWERED,
        {"anna"},
        lambda o, m, v, p: publication.reopen_message(m.id, v, text="И ещё", url="", actor=p, now=NOW),
    ),
}


def _message_in(office: Office, status: Status) -> Message:
    if status is Status.NEW:
        return office.incident("17.03 09:00")
    if status is Status.ANSWERED:
        return office.answered("17.03 09:00")
    message = office.routed("17.03 09:00", "17.03 09:10")
    if status in (Status.ON_APPROVAL, Status.APPROVED):
        office.submitted(message, "17.03 10:00")
    if status is Status.APPROVED:
        office.approved(message, "17.03 10:10")
    assert message.status is status
    return message


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ACTS)
def test_only_those_named_may(office, name):
    status, allowed, do = ACTS[name]
    message = _message_in(office, status)
    version, before = message.version, len(events(message))
    for person in sorted({"anna", "boris", "nina", "vera", "gleb"} - allowed):
        with pytest.raises((TransitionNotAllowed, NotYours)):
            do(office, message, version, getattr(office, person))
        db.session.expire_all()
        assert (message.status, message.version, len(events(message))) == (status, version, before), person
    for person in sorted(allowed):
        message = _message_in(office, status)
        version, before = message.version, len(events(message))
        do(office, message, version, getattr(office, person))
        # The act is one row; the system adds rows for terms that it missed.
        new = [event for event in events(message)[before:] if event.action != "breach"]
        assert (message.version, [event.actor_id for event in new]) == (version + 1, [getattr(office, person).id])


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_an_unread_version_is_refused(office, name):
    status, allowed, do = ACTS[name]
    message = _message_in(office, status)
    with pytest.raises(StaleVersion) as refused:
        do(office, message, message.version - 1, getattr(office, min(allowed)))
    assert (refused.value.seen, refused.value.current) == (message.version - 1, message.version)
    assert message.status is status


@pytest.mark.parametrize("name", ACTS)
def test_a_second_time_reads_that_it_is_done(office, name):
    status, allowed, do = ACTS[name]
    message = _message_in(office, status)
    version, person = message.version, min(allowed)
    do(office, message, version, getattr(office, person))
    with pytest.raises(StaleVersion):
        do(office, message, version, getattr(office, person))


def test_an_unknown_message_is_not_found(office):
    with pytest.raises(NotFound):
        routing.select_message(10_000, 1, actor=office.anna, now=NOW)


def test_an_executor_publishes_only_where_the_office_allows_it(office, set_office):
    message = _message_in(office, Status.APPROVED)
    arguments = {"url": URL, "published_at": None, "now": NOW}
    with pytest.raises(TransitionNotAllowed):
        publication.publish_by_hand(message.id, message.version, actor=office.boris, **arguments)
    set_office(publishing_networks=["vk"])
    publication.publish_by_hand(message.id, message.version, actor=office.boris, **arguments)
    assert message.status is Status.ANSWERED
