"""Who may do what in which status, written down a second time. Which clocks a step moves: tests/flow/test_rows.py.

Codes: К curator, И executor, М moderator, Р head, А admin, С system. `*` marks a right under a condition.
"""

from datetime import date
from itertools import product

import pytest

from osm.regulation.errors import MissingInput, RegulationError, StaleVersion, TransitionNotAllowed
from osm.regulation.transitions import (
    CLOSED,
    OPEN,
    TRANSITIONS,
    Condition,
    TargetKind,
    available_actions,
    find_transition,
)
from osm.regulation.words import (
    Action,
    ClockKind,
    Ground,
    Importance,
    ReplyKind,
    Role,
    Status,
    status_label,
)

ROLES = {
    "К": Role.CURATOR,
    "И": Role.EXECUTOR,
    "М": Role.MODERATOR,
    "Р": Role.HEAD,
    "А": Role.ADMIN,
    "С": Role.SYSTEM,
}
ANY_OPEN = "new selected in_work on_approval rework approved awaiting_author awaiting_final"
WITH_EXECUTORS = "in_work on_approval rework approved awaiting_author awaiting_final"
FIVE_CLOSED = "dismissed redirected excluded withdrawn unanswerable"

# action: from → to | who | clause
TABLE = """
select                | new                | selected        | К       | П.6
dismiss               | ANY_OPEN           | dismissed       | К       | П.6
redirect              | ANY_OPEN           | redirected      | К       | П.6
exclude               | ANY_OPEN           | excluded        | К М     | П.17
mark_withdrawn        | ANY_OPEN           | withdrawn       | К С     |
mark_unanswerable     | ANY_OPEN           | unanswerable    | К С     |
restore               | FIVE_CLOSED        | new             | К       |
route                 | new selected       | in_work         | К       | П.7, П.14, П.15
take_routing_back     | in_work            | selected        | К*      | П.7
reroute               | WITH_EXECUTORS     | same            | К С     | П.3, П.14
substitute            | WITH_EXECUTORS     | same            | К С     | П.3, П.14
add_executor          | WITH_EXECUTORS     | same            | К С     | П.3, П.14
remove_executor       | WITH_EXECUTORS     | same            | К С     | П.3, П.14
arrange_executors     | WITH_EXECUTORS     | same            | К       | П.14
decline               | in_work rework     | same            | И       | П.18
submit_part           | in_work            | same            | К И     | П.14, П.18
return_part           | in_work            | same            | К       | П.14
submit_draft          | in_work rework     | on_approval     | К И     | П.10, П.12, П.18
withdraw_draft        | on_approval        | origin          | К* И*   |
approve_draft         | on_approval        | approved        | К       | П.11
correct_and_approve   | on_approval        | approved        | К       | П.11
return_draft          | on_approval        | rework          | К       | П.11, П.12
revoke_approval       | approved           | rework          | К*      |
publish_clarification | approved           | awaiting_author | К И* С  | П.8, П.9
publish_interim       | approved           | awaiting_final  | К И* С  | П.8, П.9, П.13
publish_final         | approved           | answered        | К И* С  | П.8, П.9, П.13
author_answered       | awaiting_author    | in_work         | К С     |
close_without_answer  | awaiting_author    | dismissed       | К       |
prepare_final         | awaiting_final     | in_work         | К И     | П.13
reopen                | answered           | in_work         | К С     | П.15
correct_publication   | answered awaiting_author awaiting_final | same | К    | П.8, П.9, П.13
correct_answer        | answered awaiting_author awaiting_final | same | К    | П.8, П.16
raise_importance      | ANY_OPEN           | same            | К       | П.9
lower_importance      | ANY_OPEN           | same            | К       | П.9
tell_facts            | excluded           | same            | К М     | П.17
"""

NAMED = {"ANY_OPEN": ANY_OPEN, "WITH_EXECUTORS": WITH_EXECUTORS, "FIVE_CLOSED": FIVE_CLOSED}
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
CONDITIONS = {
    "withdraw_draft": Condition.OWN_DRAFT,
    "take_routing_back": Condition.JUST_ROUTED,
    "revoke_approval": Condition.SENDING_NOT_BEGUN,
    "publish_clarification": Condition.ACCOUNT_ALLOWS,
    "publish_interim": Condition.ACCOUNT_ALLOWS,
    "publish_final": Condition.ACCOUNT_ALLOWS,
}


def words(cell: str) -> set[str]:
    return set(NAMED.get(cell, cell).split())


def expected_steps() -> dict[tuple[Status, Action, Role], bool]:
    """Every allowed (status, action, role) → whether it has a condition."""
    return {
        (Status(source), Action(action), ROLES[who[0]]): who.endswith("*")
        for action, sources, _, people, _ in ROWS
        for source, who in product(words(sources), people.split())
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row_of_the_table(row: list[str]) -> None:
    action, sources, target, people, clause = row
    [transition] = [t for t in TRANSITIONS if t.action == action]

    assert set(transition.sources) == words(sources)
    assert (transition.target or transition.target_kind) == target
    assert transition.roles == {ROLES[who[0]] for who in people.split()}
    assert transition.clause == clause


def test_the_table_is_complete() -> None:
    assert [row[0] for row in ROWS] == [t.action for t in TRANSITIONS] == list(Action)


STEPS = expected_steps()


@pytest.mark.parametrize("action", Action)
def test_every_combination_is_allowed_or_refused(action: Action) -> None:
    for status, role in product(Status, Role):
        step = (status, action, role)
        if step not in STEPS:
            given = list(Condition)
        elif STEPS[step]:
            given = [c for c in Condition if c != CONDITIONS[action]]
        else:
            assert find_transition(status, action, {role}).action == action
            continue
        with pytest.raises(TransitionNotAllowed) as refused:
            find_transition(status, action, {role}, given)
        assert action.label in str(refused.value)
        assert (refused.value.status, refused.value.action, refused.value.roles) == (status, action, {role})
        if step in STEPS:
            assert find_transition(status, action, {role}, given=[CONDITIONS[action]]).action == action


@pytest.mark.parametrize("role", Role)
def test_available_actions_are_what_is_not_refused(role: Role) -> None:
    for status in Status:
        free = [a for a in Action if STEPS.get((status, a, role)) is False]
        all_ = [a for a in Action if (status, a, role) in STEPS]
        assert list(available_actions(status, {role})) == free
        assert list(available_actions(status, {role}, given=list(Condition))) == all_


def test_one_of_several_roles_is_enough() -> None:
    assert find_transition(Status.APPROVED, Action.PUBLISH_FINAL, {Role.EXECUTOR, Role.CURATOR})
    assert find_transition(Status.NEW, Action.EXCLUDE, {Role.MODERATOR, Role.EXECUTOR})


def test_a_person_without_a_role_does_nothing() -> None:
    assert all(available_actions(status, set(), given=list(Condition)) == () for status in Status)


def test_refusal_says_why_and_what_was_kept() -> None:
    cases = [
        (Status.NEW, Action.APPROVE_DRAFT, Role.CURATOR, "сообщение сейчас в статусе «Новое»"),
        (Status.ON_APPROVAL, Action.APPROVE_DRAFT, Role.EXECUTOR, "нужна другая роль: куратор."),
        (Status.APPROVED, Action.PUBLISH_FINAL, Role.EXECUTOR, "на этой странице публикует куратор"),
    ]
    for status, action, role, words_ in cases:
        with pytest.raises(TransitionNotAllowed) as refused:
            find_transition(status, action, {role})
        assert words_ in str(refused.value)
        assert "Ничего не изменено" in str(refused.value)


def test_target_of_a_transition() -> None:
    withdraw = find_transition(Status.ON_APPROVAL, Action.WITHDRAW_DRAFT, {Role.EXECUTOR}, [Condition.OWN_DRAFT])
    assert withdraw.target_kind is TargetKind.ORIGIN
    assert withdraw.target_from(Status.ON_APPROVAL, origin=Status.REWORK) is Status.REWORK
    with pytest.raises(ValueError, match="submitted from"):
        withdraw.target_from(Status.ON_APPROVAL)
    reroute = find_transition(Status.REWORK, Action.REROUTE, {Role.CURATOR})
    assert reroute.target_from(Status.REWORK) is Status.REWORK
    select = find_transition(Status.NEW, Action.SELECT, {Role.CURATOR})
    assert select.target_from(Status.NEW) is Status.SELECTED


def test_a_transition_can_be_a_key() -> None:
    assert len(set(TRANSITIONS)) == len(TRANSITIONS)


def test_open_closed_and_answered_share_nothing() -> None:
    assert set(words(ANY_OPEN)) == OPEN
    assert set(words(FIVE_CLOSED)) == CLOSED
    assert OPEN | CLOSED | {Status.ANSWERED} == set(Status)
    assert not OPEN & CLOSED


def test_every_word_has_its_label() -> None:
    for vocabulary, labels in (
        (Status, Status.labels()),
        (Action, Action.labels()),
        (Role, Role.labels()),
        (Importance, Importance.labels()),
        (ReplyKind, ReplyKind.labels()),
        (Ground, Ground.labels()),
        (ClockKind, ClockKind.labels()),
    ):
        assert set(labels) == set(vocabulary)
        assert all(labels.values())


def test_awaiting_final_names_its_last_day() -> None:
    assert status_label(Status.AWAITING_FINAL, date(2026, 11, 27)) == "Окончательный ответ — до 27.11"
    assert status_label(Status.AWAITING_FINAL) == "Окончательный ответ"
    assert status_label(Status.ANSWERED, date(2026, 11, 27)) == "Ответ дан"


def test_errors_speak_to_a_person() -> None:
    stale = StaleVersion(seen=3, current=4)
    assert "версию 3, сейчас 4" in str(stale)
    assert "текст сохранён" in str(stale)
    missing = MissingInput("remarks", "Напишите, что исправить.")
    assert (missing.field, str(missing)) == ("remarks", "Напишите, что исправить.")
    assert issubclass(TransitionNotAllowed, RegulationError)
