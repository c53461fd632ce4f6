"""The common answer goes out into the networks: paced, each message by its own term."""

from __future__ import annotations

from datetime import datetime

from osm.services.accounts import publishing
from osm.services.accounts.ways import way_of
from osm.services.errors import ServiceError
from osm.services.groups.groups import act_on_group, open_members
from osm.services.outgoing import SendingBegun, withdraw_publication
from osm.store.models import AnswerGroup, Publishing, User


def order_group(group_id: int, version: int, *, actor: User, now: datetime) -> int:
    """All approved answers of the group that the program can place; how many. ServiceError where there is none."""
    with act_on_group("group_ordered", group_id, version, actor, now) as step:
        ordered = _order(step.group, actor, now, at_once_only=False)
        if not ordered:
            raise ServiceError("Программе здесь размещать нечего: всё размещено, уже отправляется или делается руками.")
        step.changes["members"] = (None, ordered)
        return ordered


def order_where_at_once(group: AnswerGroup, *, actor: User, now: datetime) -> int:
    """On pages that say «сразу» the answers go out with the approval, in its transaction."""
    return _order(group, actor, now, at_once_only=True)


def stop_group(group_id: int, version: int, *, actor: User, now: datetime) -> int:
    """What has not gone out yet does not go out by itself; how many. What is being sent at this moment ends."""
    with act_on_group("group_stopped", group_id, version, actor, now) as step:
        stopped = 0
        for row in open_members(step.group):
            try:
                stopped += withdraw_publication(row.message_id, actor=actor, now=now)
            except SendingBegun:
                continue
        step.changes["members"] = (None, stopped)
        return stopped


def _order(group: AnswerGroup, actor: User, now: datetime, *, at_once_only: bool) -> int:
    messages = [row.message for row in open_members(group)]
    if at_once_only:
        ways = {message.id: way_of(message.id) for message in messages}
        messages = [m for m in messages if (way := ways[m.id]) and way.connection.publish is Publishing.AUTO]
    return publishing.order_all(messages, actor=actor, now=now)
