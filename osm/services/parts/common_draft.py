"""The common draft of several executors is the curator's own (П.14): written beside the parts, approved by himself."""

from __future__ import annotations

from datetime import datetime

from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Action
from osm.services.acts import act
from osm.services.answers.drafting import submit_version
from osm.services.answers.interim import Explained
from osm.services.approvals import approval
from osm.services.approvals.criteria_exceptions import InSpite
from osm.services.assignments import is_shared
from osm.store.models import Draft, User
from osm.store.transaction import transaction


def submit_common(
    message_id: int,
    version: int,
    *,
    text: str,
    kind: str,
    interim: Explained | None = None,
    actor: User,
    now: datetime,
) -> Draft:
    """Send the common draft to another curator; parts that have not come are waited for no longer."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, said={"text": text}) as step:
        if not is_shared(step.message):
            raise MissingInput("text", "Исполнитель один, и ответ готовит он. Внести его за исполнителя можно.")
        return submit_version(step, text=text, kind=kind, author=actor, interim=interim)


def approve_common(
    message_id: int,
    version: int,
    *,
    text: str,
    kind: str,
    interim: Explained | None = None,
    in_spite: InSpite | None = None,
    actor: User,
    now: datetime,
) -> Draft:
    """«Согласовать и опубликовать»: the common draft becomes an approved version at once, ready to be placed.

    Two acts in one transaction, each with its row in the log. Raises MissingInput where the office demands a second
    person.
    """
    if approval.second_person_approves():
        raise MissingInput("text", "Сводный ответ согласует другой куратор: отправьте его на согласование.")
    with transaction():
        draft = submit_common(message_id, version, text=text, kind=kind, interim=interim, actor=actor, now=now)
        return approval.approve_draft(
            message_id, version + 1, draft_id=draft.id, in_spite=in_spite, actor=actor, now=now
        )
