"""Steps of a story with several executors of one message (П.14), and with one answer to several messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osm.extensions import db
from osm.flow.acts.edits import active_assignments
from osm.groups.acts import members
from osm.groups.acts.groups import approve_group, open_members, submit_group
from osm.groups.acts.members import create_group
from osm.groups.queries import group_of
from osm.messages.acts import routing
from osm.messages.acts.bulk import Chosen
from osm.messages.acts.executors import PartOrder
from osm.regulation.words import ReplyKind
from osm.store.models import AnswerGroup, Message

if TYPE_CHECKING:
    from osm.demo.steps import Scene


def route_several(scene: Scene, message_id: int, version: int) -> None:
    """To each of `to` with his own task (`task_boris`), one after the other."""
    orders = [
        PartOrder(scene.people[login].id, number, scene[f"task_{login}"])
        for number, login in enumerate(scene["to"].split(), start=1)
    ]
    routing.route_to_several(message_id, version, orders=orders, actor=scene.actor, now=scene.now)


def part(scene: Scene, _message_id: int, _version: int) -> None:
    """Whoever acts sends his information."""
    row = next(row for row in active_assignments(scene.message) if row.executor_id == scene.actor.id)
    members.submit_part(row.id, row.version, text=scene["text"], confirmed=True, actor=scene.actor, now=scene.now)


def unite(scene: Scene, _message_id: int, _version: int) -> None:
    """One answer to everybody who has written from this place."""
    found = db.session.scalars(db.select(Message).where(Message.place == scene.message.place)).unique()
    chosen = [Chosen(message.id, message.version) for message in found]
    create_group(
        chosen, executor_id=scene.people[scene["to"]].id, name="", task=scene["task"], actor=scene.actor, now=scene.now
    )


def submit_common(scene: Scene, message_id: int, _version: int) -> None:
    """The executor sends the one text."""
    group, seen = _common(message_id)
    submit_group(
        group.id, group.version, seen, text=scene["text"], kind=ReplyKind.FINAL, confirmed=True, actor=scene.actor,
        now=scene.now,
    )  # fmt: skip


def approve_common(scene: Scene, message_id: int, _version: int) -> None:
    """The curator approves it for everybody."""
    group, seen = _common(message_id)
    approve_group(group.id, group.version, seen, in_spite=None, actor=scene.actor, now=scene.now)


def _common(message_id: int) -> tuple[AnswerGroup, list[Chosen]]:
    group = db.session.get_one(AnswerGroup, group_of(message_id))
    return group, [Chosen(row.message_id, row.message.version) for row in open_members(group)]
