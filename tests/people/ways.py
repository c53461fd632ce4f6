"""Every act by substitutes (П.3): Boris and Anna are away, Lidia is his substitute and Vera hers."""

from __future__ import annotations

from collections.abc import Callable

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.transaction import transaction
from osm.groups.acts import members
from osm.groups.acts.groups import approve_group, return_group, submit_group
from osm.groups.acts.members import create_group, join_group, leave_group
from osm.messages.acts import closing, routing
from osm.messages.acts.bulk import Chosen
from osm.messages.acts.executors import PartOrder
from osm.models import AnswerGroup, Message, OfficeSettings, OverrideReason, User
from osm.people.queries.absences import rights_of, roster_on
from osm.regulation.executors import PartState
from tests.desk import URL, Desk
from tests.office import at

LIDIA = "Лидия Журавлёва (замещает: Борис Ежов)"
VERA = "Вера Носова (замещает: Анна Ларина)"
TEXT = "Здравствуйте! МКУ «Дорожник» засыплет яму на Калининской, 12 до 30 ноября."
OVERRIDE = Override(OverrideReason.IS_THERE)


def vera(desk: Desk) -> User:
    person = desk.vera
    person.stand_for(rights_of(person.id, roster_on(at("25.11 12:00").date())))
    return person


def routed(desk: Desk) -> Message:
    m = desk.incident("25.11 10:05")
    return routing.route_message(
        m.id, m.version, executor_id=desk.boris.id, task="", actor=vera(desk), now=at("25.11 10:10")
    )


def sent(desk: Desk, kind: str = "final", text: str = TEXT) -> Message:
    m = routed(desk)
    drafting.submit_draft(
        m.id, m.version, text=text, kind=kind, confirmed=True, actor=desk.lidia, now=at("25.11 10:20")
    )
    return m


def entered(desk: Desk) -> Message:
    m = routed(desk)
    drafting.submit_for_executor(
        m.id, m.version, text=TEXT, kind="final", executor_id=desk.lidia.id, received_by="в чате", actor=vera(desk),
        now=at("25.11 10:20"),
    )  # fmt: skip
    return m


def approved(desk: Desk, kind: str = "final") -> Message:
    m = sent(desk, kind)
    draft = drafting.submitted_draft(m)
    approval.approve_draft(
        m.id, m.version, draft_id=draft.id, override=OVERRIDE, actor=vera(desk), now=at("25.11 10:30")
    )
    return m


def corrected(desk: Desk) -> Message:
    m = sent(desk)
    draft = drafting.submitted_draft(m)
    approval.correct_and_approve(
        m.id, m.version, draft_id=draft.id, text=f"{TEXT} Спасибо!", override=OVERRIDE, actor=vera(desk),
        now=at("25.11 10:30"),
    )  # fmt: skip
    return m


def returned(desk: Desk) -> Message:
    m = sent(desk)
    draft = drafting.submitted_draft(m)
    approval.return_draft(
        m.id, m.version, draft_id=draft.id, remarks="Назовите день", actor=vera(desk), now=at("25.11 10:30")
    )
    return m


def revoked(desk: Desk) -> Message:
    m = approved(desk)
    approval.revoke_approval(m.id, m.version, reason="Не тот дом", actor=vera(desk), now=at("25.11 10:35"))
    return m


def published(kind: str = "final") -> Callable[[Desk], Message]:
    def publish(desk: Desk) -> Message:
        m = approved(desk, kind)
        publication.publish_by_hand(
            m.id, m.version, url=URL, published_at=None, actor=vera(desk), now=at("25.11 10:40")
        )
        return m

    return publish


def published_by_the_executor(desk: Desk) -> Message:
    m = approved(desk)
    with transaction() as session:
        session.add(OfficeSettings(id=1, publishing_networks=["vk"]))
    publication.publish_by_hand(m.id, m.version, url=URL, published_at=None, actor=desk.lidia, now=at("25.11 10:40"))
    return m


def author_answered(desk: Desk) -> Message:
    m = published("clarification")(desk)
    publication.author_answered(m.id, m.version, text="Дом 12", url="", actor=vera(desk), now=at("25.11 10:50"))
    return m


def closed_unanswered(desk: Desk) -> Message:
    m = published("clarification")(desk)
    closing.close_without_answer(m.id, m.version, reason="Молчит", actor=vera(desk), now=at("25.11 10:50"))
    return m


def restored(desk: Desk) -> Message:
    m = closed_unanswered(desk)
    closing.restore_message(m.id, m.version, reason="Отозвался", actor=vera(desk), now=at("25.11 10:55"))
    return m


def shared(desk: Desk) -> Message:
    m = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"]), PartOrder(desk.ids["roman"])]
    return routing.route_to_several(m.id, m.version, orders=orders, actor=vera(desk), now=at("25.11 10:10"))


def part_sent(desk: Desk) -> Message:
    m = shared(desk)
    row = next(row for row in m.assignments if row.executor_id == desk.ids["lidia"])
    members.submit_part(row.id, row.version, text="Засыпали", confirmed=True, actor=desk.lidia, now=at("25.11 10:20"))
    return m


def part_entered(desk: Desk) -> Message:
    m = shared(desk)
    row = next(row for row in m.assignments if row.executor_id == desk.ids["lidia"])
    members.enter_part(
        row.id, row.version, text="Засыпали", received_by="в чате", actor=vera(desk), now=at("25.11 10:20")
    )
    return m


def part_returned(desk: Desk) -> Message:
    m = part_sent(desk)
    row = next(row for row in m.assignments if row.executor_id == desk.ids["lidia"])
    members.return_part(row.id, row.version, remarks="Назовите день", actor=vera(desk), now=at("25.11 10:25"))
    return m


def part_of_one_who_came_back(desk: Desk) -> Message:
    """What the substitute sent moves with the work to another person, and keeps its author."""
    m = part_sent(desk)
    routing.reroute_message(
        m.id, m.version, executor_id=desk.roman.id, task="", actor=vera(desk), now=at("25.11 10:25")
    )
    assert PartState.SENT in {row.part_state for row in desk.again(m).assignments}
    return m


def common(desk: Desk) -> Message:
    m = part_sent(desk)
    members.approve_common(
        m.id, m.version, text=TEXT, kind="final", override=OVERRIDE, actor=vera(desk), now=at("25.11 10:30")
    )
    return m


def chosen(desk: Desk, messages: list[Message]) -> list[Chosen]:
    return [Chosen(m.id, desk.again(m).version) for m in messages]


def group_begun(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    messages = [desk.incident("25.11 10:05") for _ in range(3)]
    group = create_group(
        chosen(desk, messages[:2]), executor_id=desk.ids["boris"], name="", task="", actor=vera(desk),
        now=at("25.11 10:10"),
    )  # fmt: skip
    return group, messages


def group_sent(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = group_begun(desk)
    submit_group(
        group.id, group.version, chosen(desk, messages[:2]), text=TEXT, kind="final", confirmed=True,
        actor=desk.lidia, now=at("25.11 10:20"),
    )  # fmt: skip
    return group, messages


def group_approved(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = group_sent(desk)
    approve_group(
        group.id, group.version, chosen(desk, messages[:2]), override=OVERRIDE, actor=vera(desk),
        now=at("25.11 10:30"),
    )  # fmt: skip
    return group, messages


def group_joined(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = group_approved(desk)
    join_group(group.id, group.version, chosen(desk, messages[2:]), actor=vera(desk), now=at("25.11 10:35"))
    return group, messages[2:]


def group_left(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = group_approved(desk)
    one = desk.again(messages[0])
    leave_group(
        group.id, group.version, one.id, message_version=one.version, reason="Другой дом", actor=vera(desk),
        now=at("25.11 10:35"),
    )  # fmt: skip
    return group, messages


def group_returned(desk: Desk) -> tuple[AnswerGroup, list[Message]]:
    group, messages = group_sent(desk)
    return_group(
        group.id, group.version, chosen(desk, messages[:2]), remarks="Короче", actor=vera(desk),
        now=at("25.11 10:30"),
    )  # fmt: skip
    return group, messages
