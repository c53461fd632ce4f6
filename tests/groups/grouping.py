"""Complaints about one thing and their common answer for the tests: begun, sent, approved, published."""

from __future__ import annotations

from osm.answers.acts import publication
from osm.base.transaction import transaction
from osm.groups.acts.groups import approve_group, submit_group
from osm.groups.acts.members import create_group
from osm.messages.acts.bulk import Chosen
from osm.models import AnswerGroup, Author, Message
from tests.office import OVERRIDE, Office, at

TEXT = "{приветствие} Дорожная служба засыплет яму на Калининской до 20 марта."


def complaints(office: Office, count: int, received: str = "17.03 09:00") -> list[Message]:
    """So many complaints about one pothole; every third author is unknown."""
    found = [office.incident(received, text=f"Яма на Калининской, {n}") for n in range(count)]
    with transaction():
        for n, message in enumerate(found):
            if n % 3:
                message.author = Author(network="vk", profile_url=f"https://vk.com/id{message.id}", name="Мария П.")
    return found


def seen(messages: list[Message]) -> list[Chosen]:
    return [Chosen(message.id, message.version) for message in messages]


def grouped(office: Office, messages: list[Message], when: str = "17.03 09:30") -> AnswerGroup:
    return create_group(seen(messages), executor_id=office.boris.id, name="", task="", actor=office.anna, now=at(when))


def submit(office: Office, group: AnswerGroup, messages: list[Message], when: str = "17.03 10:00", **more) -> None:
    given = {"text": TEXT, "kind": "final", "confirmed": True, "actor": office.boris, "now": at(when), **more}
    submit_group(group.id, group.version, seen(messages), **given)


def approve(office: Office, group: AnswerGroup, messages: list[Message], when: str = "17.03 10:10") -> None:
    approve_group(group.id, group.version, seen(messages), override=OVERRIDE, actor=office.anna, now=at(when))


def publish(office: Office, message: Message, when: str, reply: int) -> None:
    publication.publish_by_hand(
        message.id, message.version, url=f"https://vk.com/wall-1_{message.id}?reply={reply}", published_at=None,
        actor=office.anna, now=at(when),
    )  # fmt: skip
