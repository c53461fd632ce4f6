"""The steps of a story: each is an act of its person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from osm.answers.acts import drafting, publication, templates
from osm.approvals import acts as approval
from osm.base.database import db
from osm.blacklist.acts import entries
from osm.blacklist.queries import offence_of
from osm.demo.story import Step, reply_url, upload
from osm.files.acts import files
from osm.flow.acts.act import current_reply
from osm.flow.acts.moving import active_assignments
from osm.groups.acts import groups, members
from osm.groups.queries import group_of
from osm.imports.acts import mending
from osm.messages.acts import bulk, closing, executors, routing
from osm.models import AnswerGroup, Closure, Message, OverrideReason, Reply, Topic, User
from osm.regulation.words import ReplyKind


# --- Steps of a story with several executors of one message (П.14), and with one answer to several messages
def route_several(scene: Scene, message_id: int, version: int) -> None:
    """To each of `to` with his own task (`task_boris`), one after the other."""
    orders = [
        executors.PartOrder(scene.people[login].id, number, scene[f"task_{login}"])
        for number, login in enumerate(scene["to"].split(), start=1)
    ]
    routing.route_to_several(message_id, version, orders=orders, actor=scene.actor, now=scene.now)


def part(scene: Scene, _message_id: int, _version: int) -> None:
    row = next(row for row in active_assignments(scene.message) if row.executor_id == scene.actor.id)
    members.submit_part(row.id, row.version, text=scene["text"], confirmed=True, actor=scene.actor, now=scene.now)


def unite(scene: Scene, _message_id: int, _version: int) -> None:
    """One answer to everybody who has written from this place."""
    found = db.session.scalars(db.select(Message).where(Message.place == scene.message.place)).unique()
    chosen = [bulk.Chosen(message.id, message.version) for message in found]
    members.create_group(
        chosen, executor_id=scene.people[scene["to"]].id, name="", task=scene["task"], actor=scene.actor, now=scene.now
    )


def submit_common(scene: Scene, message_id: int, _version: int) -> None:
    group, seen = _common(message_id)
    groups.submit_group(
        group.id, group.version, seen, text=scene["text"], kind=ReplyKind.FINAL, confirmed=True, actor=scene.actor,
        now=scene.now,
    )  # fmt: skip


def approve_common(scene: Scene, message_id: int, _version: int) -> None:
    group, seen = _common(message_id)
    groups.approve_group(group.id, group.version, seen, override=None, actor=scene.actor, now=scene.now)


def _common(message_id: int) -> tuple[AnswerGroup, list[bulk.Chosen]]:
    group = db.session.get_one(AnswerGroup, group_of(message_id))
    return group, [bulk.Chosen(row.message_id, row.message.version) for row in groups.open_members(group)]


# --- What happens in a story, by the services of the product itself: the table of acts
@dataclass(frozen=True, slots=True)
class Scene:
    step: Step
    message: Message
    people: Mapping[str, User]
    number: int  # the running number of the message

    @property
    def now(self) -> datetime:
        return self.step.at

    @property
    def actor(self) -> User:
        """Who acts: as the story says, else who usually does."""
        if self.step.by:
            return self.people[self.step.by]
        return active_assignments(self.message)[0].executor if self.step.do in _OF_EXECUTOR else self.people["anna"]

    @property
    def reply(self) -> Reply:
        reply = current_reply(self.message)
        if reply is None:
            raise ValueError(f"the step {self.step.do} needs a reply")
        return reply

    def __getitem__(self, name: str) -> str:
        return self.step.given.get(name, "")


def play(scene: Scene) -> None:
    """Do the step. A refusal of the product is an error of the story and is raised."""
    STEPS[scene.step.do](scene, scene.message.id, scene.message.version)


def _simply(act: Callable[..., Any], *names: str, **fixed: str) -> Callable[[Scene, int, int], None]:
    """An act on the message that takes the values of the step under these names."""

    def step(scene: Scene, message_id: int, version: int) -> None:
        given = {name: scene[name] for name in names}
        act(message_id, version, **given, **fixed, actor=scene.actor, now=scene.now)

    return step


def _route(scene: Scene, message_id: int, version: int) -> None:
    name = scene["topic"]
    topic_id = db.session.execute(db.select(Topic.id).where(Topic.name == name)).scalar_one() if name else None
    routing.route_message(
        message_id, version, executor_id=scene.people[scene["to"]].id, task=scene["task"], topic_id=topic_id,
        actor=scene.actor, now=scene.now,
    )  # fmt: skip


def _reroute(scene: Scene, message_id: int, version: int) -> None:
    routing.reroute_message(
        message_id, version, executor_id=scene.people[scene["to"]].id, task=scene["task"], actor=scene.actor,
        now=scene.now,
    )  # fmt: skip


def _open(scene: Scene, message_id: int, _version: int) -> None:
    routing.mark_opened(message_id, actor=scene.actor, now=scene.now)


def _type(scene: Scene, _message_id: int, _version: int) -> None:
    drafting.save_text(scene.reply.id, text=scene["text"], seen_at=None, actor=scene.actor, now=scene.now)


def _photo(scene: Scene, message_id: int, _version: int) -> None:
    files.attach_reply_photos(message_id, [upload(scene["picture"])], actor=scene.actor, now=scene.now)


def _submit(scene: Scene, message_id: int, version: int) -> None:
    kind = scene["kind"] or ReplyKind.FINAL
    drafting.submit_draft(
        message_id, version, text=scene["text"], kind=kind, confirmed=True, actor=scene.actor, now=scene.now,
        interim=templates.explained(scene["interim_reason"], scene["interim_text"]),
    )  # fmt: skip


def _submit_for(scene: Scene, message_id: int, version: int) -> None:
    drafting.submit_for_executor(
        message_id, version, text=scene["text"], kind=scene["kind"] or ReplyKind.FINAL,
        executor_id=active_assignments(scene.message)[0].executor_id, received_by=scene["by_way"],
        actor=scene.actor, now=scene.now,
    )  # fmt: skip


_OVERRIDE = approval.Override(OverrideReason.NOT_DUE)
"""Who thanks for something is owed no measures: the curator of the story says so where a criterion is unmet."""


def _approve(scene: Scene, message_id: int, version: int) -> None:
    approval.approve_draft(
        message_id, version, draft_id=_draft_id(scene), override=_OVERRIDE, actor=scene.actor, now=scene.now
    )


def _correct(scene: Scene, message_id: int, version: int) -> None:
    approval.correct_and_approve(
        message_id, version, draft_id=_draft_id(scene), text=scene["text"], override=_OVERRIDE, actor=scene.actor,
        now=scene.now,
    )  # fmt: skip


def _return(scene: Scene, message_id: int, version: int) -> None:
    approval.return_draft(
        message_id, version, draft_id=_draft_id(scene), remarks=scene["remarks"], actor=scene.actor, now=scene.now
    )


def _publish(scene: Scene, message_id: int, version: int) -> None:
    url = reply_url(scene.message.network, scene.number, len(scene.message.replies))
    publication.publish_by_hand(message_id, version, url=url, published_at=None, actor=scene.actor, now=scene.now)


def _enter_in_source(scene: Scene, _message_id: int, _version: int) -> None:
    reply = max((reply for reply in scene.message.replies if reply.published_at), key=lambda reply: reply.id)
    mending.mark_entered(reply.id, actor=scene.actor, now=scene.now)


def _raise(scene: Scene, message_id: int, version: int) -> None:
    executors.raise_importance(
        message_id, version, detected_at=datetime.fromisoformat(scene["detected_at"]), reason=scene["reason"],
        actor=scene.actor, now=scene.now,
    )  # fmt: skip


def _exclude(scene: Scene, message_id: int, version: int) -> None:
    closing.exclude_message(
        message_id, version, ground=scene["ground"], note=scene["note"], actor=scene.actor, now=scene.now,
        screenshots=[upload("screenshot")] if scene.step.screenshot else (),
    )  # fmt: skip


def _propose(scene: Scene, message_id: int, _version: int) -> None:
    offence = offence_of(message_id)
    if offence is None:
        raise ValueError("only the author of an excluded message can be proposed for the black list")
    closure = db.session.get_one(Closure, offence.closure_id)
    entries.propose(closure, note=scene["note"], actor=scene.actor, now=scene.now)


def _list(scene: Scene, message_id: int, _version: int) -> None:
    """The curator approves, and the author is banned by hand in the same minute."""
    offence = offence_of(message_id)
    if offence is None or offence.proposal_id is None:
        raise ValueError("nobody is proposed for the black list here")
    decided = entries.approve(offence.proposal_id, 1, reason=scene["reason"], actor=scene.actor, now=scene.now)
    entries.mark_applied(decided.id, decided.version, actor=scene.actor, now=scene.now)


def _draft_id(scene: Scene) -> int:
    return drafting.submitted_draft(scene.message).id


_OF_EXECUTOR = frozenset({"open", "type", "photo", "submit", "withdraw", "prepare_final", "submit_common"})

STEPS: dict[str, Callable[[Scene, int, int], None]] = {
    "select": _simply(routing.select_message),
    "route": _route,
    "reroute": _reroute,
    "open": _open,
    "type": _type,
    "photo": _photo,
    "submit": _submit,
    "submit_for": _submit_for,
    "withdraw": _simply(drafting.withdraw_draft),
    "approve": _approve,
    "correct": _correct,
    "return": _return,
    "revoke": _simply(approval.revoke_approval, "reason"),
    "publish": _publish,
    "enter_in_source": _enter_in_source,
    "author_answered": _simply(publication.author_answered, "text", url=""),
    "reopen": _simply(publication.reopen_message, "text", url=""),
    "prepare_final": _simply(publication.prepare_final),
    "raise": _raise,
    "dismiss": _simply(closing.dismiss_message, "reason"),
    "redirect": _simply(closing.redirect_message, "recipient", "reason"),
    "exclude": _exclude,
    "propose_blacklist": _propose,
    "blacklist": _list,
    "withdrawn": _simply(closing.mark_withdrawn, "note"),
    "unanswerable": _simply(closing.mark_unanswerable, "reason"),
    "close_without_answer": _simply(closing.close_without_answer, "reason"),
    "restore": _simply(closing.restore_message, "reason"),
    "route_several": route_several,
    "part": part,
    "unite": unite,
    "submit_common": submit_common,
    "approve_common": approve_common,
}
