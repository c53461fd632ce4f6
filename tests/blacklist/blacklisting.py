"""Authors of excluded messages, and what was ordered against them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.messages.acts import closing
from osm.models import Author, BlacklistProposal, Closure, Comment, Message, OutboxAction
from osm.regulation.blacklist import OutboxKind, OutboxState
from tests.office import at

NOW = at("20.03 12:00")
DAY = timedelta(days=1)
RUDE = "Вы там все сволочи"


def excluded(office, author_id: int, ground: str = "insult", network: str = "vk") -> Closure:
    """A message of this author, excluded on this ground."""
    message = office.incident("20.03 10:00", text=RUDE)
    with transaction() as session:
        session.get_one(Message, message.id).author_id = author_id
    closing.exclude_message(message.id, 1, ground=ground, note="", actor=office.anna, now=NOW)
    return db.session.scalars(db.select(Closure).where(Closure.message_id == message.id)).one()


def comment(author_id: int, number: int = 1, text: str = "Займы без отказа") -> Comment:
    with transaction() as session:
        row = Comment(
            network="vk", external_id=str(number), author_id=author_id, text=text, text_digest="0" * 64, stored_at=NOW
        )
        session.add(row)
        session.flush()
        return row


def proposed(office, author_id: int, **given) -> BlacklistProposal:
    return entries.propose(excluded(office, author_id), actor=office.vera, now=NOW, **given)


def again(proposal: BlacklistProposal) -> BlacklistProposal:
    db.session.rollback()
    return db.session.get_one(BlacklistProposal, proposal.id, populate_existing=True)


def orders() -> list[tuple[OutboxKind, OutboxState]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(OutboxAction).order_by(OutboxAction.id))
    return [(row.kind, row.state) for row in rows.unique()]


def allow_at_once(app) -> None:
    settings = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(settings, ban_spam_at_once=True)


def listed_in(office, network: str, **given) -> BlacklistProposal:
    """An author of this network, banned there by hand."""
    with transaction() as session:
        row = Author(network=network, profile_url=f"https://{network}.example/7", name="Павел")
        session.add(row)
        session.flush()
        author_id = row.id
    proposal = proposed(office, author_id, **given)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    return entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW)
