"""Every act of the curator on the card, as a table: from which status, with which form, to which status."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

import pytest

from osm.messages.acts import executors
from osm.messages.views import steps
from osm.regulation.words import Action, Status
from tests.desk import NOW, Desk


@dataclass(frozen=True)
class Step:
    """`path` after /messages/<id>/; `form`: what is typed; `missing`: the field that may not be empty."""

    action: Action
    path: str
    source: Status
    form: dict[str, str]
    target: Status
    missing: str = ""
    also: frozenset[str] = field(default_factory=frozenset)
    """Who may do it beside the curator."""
    high: bool = False


TYPED = "Причина словами Анны"
TO_BORIS, TO_LIDIA = {"executor_id": "boris", "task": TYPED}, {"executor_id": "lidia", "task": TYPED}
STEPS = (
    Step(Action.SELECT, "select", Status.NEW, {}, Status.SELECTED),
    Step(Action.ROUTE, "route", Status.NEW, TO_BORIS, Status.IN_WORK, "executor_id"),
    Step(Action.ROUTE, "route", Status.SELECTED, TO_BORIS, Status.IN_WORK, "executor_id"),
    Step(Action.REROUTE, "reroute", Status.IN_WORK, TO_LIDIA, Status.IN_WORK, "executor_id"),
    Step(Action.DISMISS, "dismiss", Status.NEW, {"reason": TYPED}, Status.DISMISSED, "reason"),
    Step(Action.REDIRECT, "redirect", Status.NEW, {"recipient": TYPED}, Status.REDIRECTED, "recipient"),
    Step(
        Action.EXCLUDE, "exclude", Status.NEW, {"ground": "insult", "note": TYPED}, Status.EXCLUDED, "ground",
        also=frozenset({"vera"}),
    ),
    Step(Action.MARK_WITHDRAWN, "withdrawn", Status.ON_APPROVAL, {"note": TYPED}, Status.WITHDRAWN),
    Step(Action.MARK_UNANSWERABLE, "unanswerable", Status.APPROVED, {"reason": TYPED}, Status.UNANSWERABLE, "reason"),
    Step(Action.RESTORE, "restore", Status.EXCLUDED, {"reason": TYPED}, Status.NEW, "reason"),
    Step(Action.AUTHOR_ANSWERED, "author-answered", Status.AWAITING_AUTHOR, {"text": TYPED}, Status.IN_WORK, "text"),
    Step(
        Action.CLOSE_WITHOUT_ANSWER, "close-without-answer", Status.AWAITING_AUTHOR, {"reason": TYPED},
        Status.DISMISSED, "reason",
    ),
    Step(Action.REOPEN, "reopen", Status.ANSWERED, {"text": TYPED}, Status.IN_WORK, "text"),
    Step(
        Action.CORRECT_PUBLICATION, "correct-publication", Status.ANSWERED,
        {"url": "https://vk.com/wall-1_1?reply=3", "reason": TYPED}, Status.ANSWERED, "reason",
    ),
    Step(
        Action.CORRECT_ANSWER, "correct-answer", Status.ANSWERED,
        {"text": "Здравствуйте! Мусор вывезли 18 марта.", "reason": TYPED}, Status.ANSWERED, "reason",
    ),
    Step(Action.PREPARE_FINAL, "prepare-final", Status.AWAITING_FINAL, {}, Status.IN_WORK, also=frozenset({"boris"})),
    Step(Action.RAISE_IMPORTANCE, "raise-importance", Status.IN_WORK, {"reason": TYPED}, Status.IN_WORK),
    Step(Action.LOWER_IMPORTANCE, "lower-importance", Status.IN_WORK, {"reason": TYPED}, Status.IN_WORK, high=True),
    Step(
        Action.TELL_FACTS, "tell-facts", Status.EXCLUDED,
        {"department_id": "2", "facts": "Затоплен подвал", "asked": TYPED}, Status.EXCLUDED, "asked",
        also=frozenset({"vera"}),
    ),
)  # fmt: skip
every_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.path} from {step.source}")


def filled(desk: Desk, step: Step, version: int) -> dict[str, str]:
    people = {login: str(user_id) for login, user_id in desk.ids.items()}
    return {"version": str(version), **{name: people.get(value, value) for name, value in step.form.items()}}


def start(desk: Desk, step: Step):
    message = desk.in_status(step.source, high=step.high)
    return message, f"/messages/{message.id}/{step.path}", message.version


def test_the_table_has_every_step_of_the_card():
    assert {step.action for step in STEPS} == set(steps.STEPS)


@every_step
def test_the_curator_takes_it_and_is_led_on(desk, anna, step):
    message, url, version = start(desk, step)
    answer = anna.submit(url, filled(desk, step, version))
    assert answer.status_code == 303, answer.text
    message = desk.again(message)
    assert (message.status, message.version) == (step.target, version + 1)
    event = next(event for event in desk.log(message) if event.action == step.action)
    assert (event.actor_id, event.at) == (desk.ids["anna"], NOW)
    following = anna.get(answer.location)
    assert following.status_code == 200
    assert f"№ {message.number}" in following.text


@pytest.mark.sqlite
@every_step
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "dina", "efim"])
def test_it_is_refused_to_others(desk, request, step, login):
    message, url, version = start(desk, step)
    answer = request.getfixturevalue(login).submit(url, filled(desk, step, version))
    assert answer.status_code == (303 if login in step.also else 403)
    assert desk.again(message).version == version + (login in step.also)


@pytest.mark.sqlite
@every_step
def test_it_refuses_get(desk, anna, step):
    message, url, version = start(desk, step)
    assert anna.get(url).status_code == 405
    assert desk.again(message).version == version


@every_step
def test_a_stale_version_writes_nothing_over_and_keeps_what_was_typed(desk, anna, step):
    message, url, version = start(desk, step)
    # At the same time another person changes the message in a way that leaves this step possible.
    other = executors.lower_importance if step.high else executors.raise_importance
    by_importance = step.action in (Action.RAISE_IMPORTANCE, Action.LOWER_IMPORTANCE)
    if by_importance or step.source in (Status.EXCLUDED, Status.ANSWERED):
        version -= 1
    else:
        given = {} if step.high else {"detected_at": None}
        other(message.id, version, reason="Много пострадавших", actor=desk.anna, now=NOW, **given)
    answer = anna.submit(url, filled(desk, step, version))
    assert answer.status_code == 409
    assert "Пока страница была открыта, сообщение изменили" in answer.text
    assert desk.again(message).version == version + 1
    if TYPED in step.form.values():
        assert TYPED in answer.text
    if version == message.version - 1 and message.importance == "high" and not step.high:
        assert "важность повышена" in answer.text
        assert "Много пострадавших" in answer.text
    # The form on this page continues from the version shown.
    again = anna.submit(url, filled(desk, step, message.version))
    assert again.status_code == 303
    assert desk.again(message).status is step.target


@pytest.mark.sqlite
@pytest.mark.parametrize("step", [step for step in STEPS if step.missing], ids=lambda step: step.path)
def test_what_is_missing_is_named_at_its_field_and_the_rest_stays(desk, anna, step):
    message, url, version = start(desk, step)
    form = filled(desk, step, version) | {step.missing: " "}
    answer = anna.submit(url, form)
    assert answer.status_code == 422
    assert "Не выполнено" in answer.text
    assert 'class="field-error"' in answer.text
    for name, value in form.items():
        if value == TYPED:
            assert TYPED in answer.text, name
    assert desk.again(message).version == version


@pytest.mark.sqlite
@every_step
def test_htmx_learns_where_to_go(desk, anna, step):
    message, url, version = start(desk, step)
    answer = anna.htmx(url, filled(desk, step, version))
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith("/")
    assert desk.again(message).status is step.target


@pytest.mark.sqlite
@every_step
def test_htmx_gets_the_form_alone_and_a_browser_the_page(desk, anna, step):
    message, url, version = start(desk, step)
    form = filled(desk, step, version - 1)
    fragment, page = anna.htmx(url, form), anna.submit(url, form)
    assert fragment.status_code == page.status_code == 409
    assert fragment.headers["HX-Retarget"] == f"#step-{step.action}"
    assert "<html" not in fragment.text
    assert "<html" in page.text
    for text in (fragment.text, page.text):
        shown = re.search(rf'<form[^>]*id="step-{step.action}".*?</form>', text, re.DOTALL)
        assert shown, text
        assert f'name="version" value="{version}"' in shown[0]
        if TYPED in step.form.values():
            assert TYPED in unescape(shown[0])
    assert desk.again(message).version == version
