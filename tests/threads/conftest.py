"""A comment on an emulated page that has become a message, at any step of the work."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.listening.acts import hearing
from osm.messages.acts import routing
from osm.models import Comment, Message
from tests.connections.conftest import CITIZEN, connect, vk  # noqa: F401
from tests.office import OVERRIDE, at

HEARD = at("17.03 09:00")


def hear(when):
    return hearing.run(when, WHOLE)


def fresh(message):
    db.session.rollback()  # what others have stored is seen
    return db.session.get_one(Message, message.id, populate_existing=True)


class Thread:
    """The comment of a citizen and the message that it has become."""

    def __init__(self, vk, office):  # noqa: F811
        self.vk, self.office, self.world = vk, office, vk.world
        self.post = self.world.post("Пост")
        self.number = self.world.write(self.post, CITIZEN, "Когда вывезут мусор?")
        hear(HEARD)
        self.comment_id = db.session.scalars(select(Comment.id)).one()

    def take(self, when="17.03 09:05"):
        """A moderator takes it into work, and the curator routes it to Boris."""
        row = db.session.get_one(Comment, self.comment_id)
        chosen = [Chosen(row.id, row.version)]
        comments.decide(chosen, Choice.TAKE, actor=self.office.vera, now=at(when))
        self.message = db.session.get_one(Message, row.message_id)
        routing.route_message(
            self.message.id, self.message.version, executor_id=self.office.boris.id, task="", actor=self.office.anna,
            now=at(when),
        )  # fmt: skip
        return self.message

    def approve(self, text, kind="final", written="17.03 10:00", when="17.03 11:00"):
        self.office.submitted(fresh(self.message), written, text, kind=kind)
        message = fresh(self.message)
        draft = message.replies[-1].drafts[-1]
        about = {"draft_id": draft.id, "override": OVERRIDE, "actor": self.office.anna, "now": at(when)}
        ordering.approve_and_order(
            lambda: approval.approve_draft(message.id, message.version, **about),
            message.id,
            actor=self.office.anna,
            now=at(when),
        )

    def write(self, when, author, text, under=None):
        """A person writes in the thread, at this instant by the network's clock; then the page is heard."""
        self.world.now = int(at(when).timestamp()) - 1
        number = self.world.write(self.post, author, text, under=under or self.number)
        hear(at(when))
        return number


@pytest.fixture
def thread(vk, connect, office):  # noqa: F811
    vk.world.now = int(at("17.03 08:00").timestamp())
    connect(when=at("17.03 08:00"))
    hear(at("17.03 08:00"))
    return Thread(vk, office)
