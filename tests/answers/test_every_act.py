"""Every act on a draft as a table: with which form, from which status, by which person, to which status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape

import pytest

from osm.messages.acts import executors
from osm.models import Message
from osm.regulation.words import Action, Status
from tests.desk import NOW, Desk
from tests.office import at
from tests.page_reading import words

TYPED = "Здравствуйте, Мария! Яму на Калининской засыпали вчера."
LINK = "https://vk.com/wall-1_1?reply=77"
Form = Callable[[Desk, Message], Mapping[str, str]]


@dataclass(frozen=True)
class Act:
    """`text`: the field that a person types; `refused`: login → status for people with the role but not the right."""

    action: Action
    path: str
    source: Status
    actor: str
    form: Form
    target: Status
    text: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} from {self.source}"


def _draft(desk: Desk, message: Message) -> dict[str, str]:
    return {"draft_id": str(message.replies[-1].drafts[-1].id), "in_spite": "not_due"}


def _answer(_desk: Desk, _message: Message) -> dict[str, str]:
    return {"text": TYPED, "kind": "final", "confirmed": "1", "screen": "answer"}


def _heard(desk: Desk, _message: Message) -> dict[str, str]:
    given = {"executor_id": str(desk.ids["boris"]), "received_by": "по телефону"}
    return {"text": TYPED, "kind": "final", "screen": "for-executor", **given}


ACTS = (
    Act(Action.SUBMIT_DRAFT, "/messages/{}/answer", Status.IN_WORK, "boris", _answer, Status.ON_APPROVAL, "text"),
    Act(Action.SUBMIT_DRAFT, "/messages/{}/answer", Status.REWORK, "boris", _answer, Status.ON_APPROVAL, "text"),
    Act(Action.SUBMIT_DRAFT, "/messages/{}/for-executor", Status.IN_WORK, "anna", _heard, Status.ON_APPROVAL, "text"),
    Act(
        Action.WITHDRAW_DRAFT, "/messages/{}/withdraw-draft", Status.ON_APPROVAL, "boris", lambda *_: {},
        Status.IN_WORK, refused={"anna": 409},
    ),
    Act(Action.APPROVE_DRAFT, "/approvals/{}/approve", Status.ON_APPROVAL, "anna", _draft, Status.APPROVED),
    Act(
        Action.CORRECT_AND_APPROVE, "/approvals/{}/correct", Status.ON_APPROVAL, "anna",
        lambda d, m: {**_draft(d, m), "text": "Здравствуйте! Вашу яму засыпали.", "screen": "approval"},
        Status.APPROVED, "text",
    ),
    Act(
        Action.RETURN_DRAFT, "/approvals/{}/return", Status.ON_APPROVAL, "anna",
        lambda d, m: {**_draft(d, m), "remarks": TYPED}, Status.REWORK, "remarks",
    ),
    Act(
        Action.REVOKE_APPROVAL, "/approvals/{}/revoke", Status.APPROVED, "anna", lambda *_: {"reason": TYPED},
        Status.REWORK, "reason",
    ),
    Act(
        Action.PUBLISH_FINAL, "/messages/{}/publish", Status.APPROVED, "anna", lambda *_: {"url": LINK},
        Status.ANSWERED, "url", refused={"boris": 409},
    ),
)  # fmt: skip
every_act = pytest.mark.parametrize("act", ACTS, ids=str)


def start(desk: Desk, act: Act) -> tuple[Message, str, dict[str, str]]:
    """A message in the status where the act begins, the address, and the form as the page has it."""
    message = desk.in_status(act.source)
    form = {"version": str(message.version), **act.form(desk, message)}
    return message, act.path.format(message.id), form


@every_act
def test_it_is_done_once_and_leads_on(desk, request, act):
    person = request.getfixturevalue(act.actor)
    message, url, form = start(desk, act)
    answer = person.submit(url, form)
    assert answer.status_code == 303, answer.text
    message = desk.again(message)
    assert (message.status, message.version) == (act.target, int(form["version"]) + 1)
    event = desk.log(message)[-1]
    assert (event.action, event.actor_id, event.at) == (act.action, desk.ids[act.actor], NOW)
    following = person.get(answer.location)
    assert following.status_code == 200
    assert message.number in following.text


@pytest.mark.sqlite
@every_act
def test_htmx_is_sent_on_by_a_header(desk, request, act):
    message, url, form = start(desk, act)
    answer = request.getfixturevalue(act.actor).htmx(url, form)
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["HX-Redirect"].startswith("/")
    assert desk.again(message).status is act.target


@pytest.mark.sqlite
@pytest.mark.parametrize("act", ACTS, ids=str)
def test_it_is_refused_to_others(desk, anna, boris, vera, gleb, dina, efim, act):
    message, url, form = start(desk, act)
    for other in (one for one in (anna, boris, vera, gleb, dina, efim) if one.login != act.actor):
        answer = other.submit(url, form)
        assert answer.status_code == act.refused.get(other.login, 403), other.login
        assert desk.again(message).version == int(form["version"]), other.login


@pytest.mark.parametrize("act", [act for act in ACTS if act.actor == "boris"], ids=str)
def test_a_colleague_without_the_task_cannot_do_it(desk, lidia, act):
    """Lidia works in Boris' department: she may only read."""
    message, url, form = start(desk, act)
    answer = lidia.submit(url, form)
    assert answer.status_code in (403, 409)
    assert desk.again(message).version == int(form["version"])


@pytest.mark.sqlite
@every_act
def test_it_refuses_get(desk, request, act):
    message, url, form = start(desk, act)
    answer = request.getfixturevalue(act.actor).get(url)
    assert answer.status_code == (200 if url.endswith(("/answer", "/for-executor", "/publish")) else 405)
    assert desk.again(message).version == int(form["version"])


@every_act
def test_a_stale_version_writes_nothing_over_and_keeps_what_was_typed(desk, request, act):
    message, url, form = start(desk, act)
    executors.raise_importance(
        message.id,
        message.version,
        reason="Много пострадавших",
        detected_at=None,
        actor=desk.anna,
        now=at("25.11 10:59"),
    )
    person = request.getfixturevalue(act.actor)
    answer = person.submit(url, form)
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert desk.again(message).version == int(form["version"]) + 1
    assert "важность повышена" in page
    assert "Анна Ларина" in page
    assert "сегодня в 10:59" in words(page)
    assert "Много пострадавших" in page
    assert form.get(act.text, "") in page


@every_act
def test_after_a_stale_version_the_same_form_works_with_the_new_one(desk, request, act):
    message, url, form = start(desk, act)
    executors.raise_importance(message.id, message.version, reason="", detected_at=None, actor=desk.anna, now=NOW)
    person = request.getfixturevalue(act.actor)
    refused = person.submit(url, form)
    new_version = str(int(form["version"]) + 1)
    assert f'name="version" value="{new_version}"' in refused.text
    assert person.submit(url, {**form, "version": new_version}).status_code == 303
    assert desk.again(message).status is act.target


@pytest.mark.sqlite
@every_act
def test_a_stale_version_by_htmx_is_reported_above_the_form(desk, request, act):
    message, url, form = start(desk, act)
    executors.raise_importance(message.id, message.version, reason="", detected_at=None, actor=desk.anna, now=NOW)
    answer = request.getfixturevalue(act.actor).htmx(url, form)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text
    assert "важность повышена" in answer.text


@every_act
def test_twice_is_once(desk, request, act):
    message, url, form = start(desk, act)
    person = request.getfixturevalue(act.actor)
    assert person.submit(url, form).status_code == 303
    again = person.submit(url, form)
    assert again.status_code == 409
    message = desk.again(message)
    assert message.version == int(form["version"]) + 1
    assert sum(event.action == act.action for event in desk.log(message) if event.at == NOW) == 1
