"""Two people at once, with real threads: one wins, the other is refused, no act is half done (design §3)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from osm.models import Message
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.words import Status
from tests.desk import Desk

from .acts import (
    Act,
    Seen,
    approve,
    author_answered,
    close_unanswered,
    correct,
    dismiss,
    exclude,
    give_back,
    more_important,
    prepare_final,
    publish,
    reopen,
    reroute,
    restore,
    revoke,
    route,
    select,
    snapshot,
    submit,
    submit_for,
    withdraw,
)

#: Status → two acts that are both possible in it.
PAIRS: tuple[tuple[Status, Act, Act], ...] = (
    (Status.NEW, exclude("vera"), route("anna", "boris")),
    (Status.NEW, route("anna", "boris"), route("galina", "roman")),
    (Status.NEW, select("anna"), dismiss("galina")),
    (Status.SELECTED, route("anna", "boris"), exclude("vera")),
    (Status.IN_WORK, submit(), reroute("anna", "roman")),
    (Status.IN_WORK, submit(), submit_for("anna")),
    (Status.IN_WORK, submit(), exclude("vera")),
    (Status.IN_WORK, submit(), more_important("anna")),
    (Status.IN_WORK, submit(), submit()),
    (Status.IN_WORK, reroute("anna", "roman"), reroute("galina", "lidia")),
    (Status.ON_APPROVAL, approve("anna"), give_back("galina")),
    (Status.ON_APPROVAL, approve("anna"), withdraw()),
    (Status.ON_APPROVAL, approve("anna"), approve("galina")),
    (Status.ON_APPROVAL, approve("anna"), exclude("vera")),
    (Status.ON_APPROVAL, approve("anna"), reroute("galina", "roman")),
    (Status.ON_APPROVAL, correct("anna"), give_back("galina")),
    (Status.ON_APPROVAL, correct("anna"), withdraw()),
    (Status.ON_APPROVAL, correct("anna"), correct("galina")),
    (Status.ON_APPROVAL, give_back("anna"), withdraw()),
    (Status.REWORK, submit(), dismiss("anna")),
    (Status.APPROVED, publish("anna"), publish("galina")),
    (Status.APPROVED, publish("anna"), revoke("galina")),
    (Status.APPROVED, publish("anna"), exclude("vera")),
    (Status.APPROVED, revoke("anna"), revoke("galina")),
    (Status.AWAITING_AUTHOR, author_answered("anna"), close_unanswered("galina")),
    (Status.AWAITING_FINAL, prepare_final("boris"), prepare_final("anna")),
    (Status.ANSWERED, reopen("anna"), reopen("galina")),
    (Status.EXCLUDED, restore("anna"), restore("galina")),
)
ROUNDS = 8
"""Of each pair: 224 races on each database."""


def seen_by_both(desk: Desk, message: Message) -> Seen:
    drafts = [draft for reply in message.replies for draft in reply.drafts]
    return Seen(message.id, message.version, drafts[-1].id if drafts else 0, desk.ids)


def race(app: Flask, seen: Seen, acts: tuple[Act, Act]) -> list[Exception | None]:
    """Both at the same instant, each in a new thread; the refusal of each, or None."""
    start = Barrier(len(acts))

    def run(act: Act) -> Exception | None:
        with app.app_context():
            start.wait(10)
            try:
                act.run(seen)
            except Exception as error:
                return error
        return None

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


@pytest.mark.parametrize(("status", "one", "other"), PAIRS, ids=str)
def test_one_wins_and_the_other_has_changed_nothing(app, two_curators, status, one, other):
    desk, winners = two_curators, Counter[Act]()
    for _ in range(ROUNDS):
        message = desk.in_status(status)
        refusals = race(app, seen_by_both(desk, message), (one, other))
        won = [act for act, refusal in zip((one, other), refusals, strict=True) if refusal is None]
        lost = [refusal for refusal in refusals if refusal is not None]
        assert (len(won), len(lost)) == (1, 1), refusals
        assert isinstance(lost[0], StaleVersion | TransitionNotAllowed), lost[0]
        # Everything is as if the loser had not acted: the same as after the winner alone.
        alone = desk.in_status(status)
        won[0].run(seen_by_both(desk, alone))
        assert snapshot(message.id) == snapshot(alone.id)
        winners.update(won)
    assert winners.total() == ROUNDS
    print(f"{status}: " + ", ".join(f"{act} {count}" for act, count in winners.items()))


@pytest.mark.parametrize("people", [3, 8])
def test_of_many_at_once_one_wins_too(app, two_curators, people):
    desk = two_curators
    message = desk.in_status(Status.APPROVED)
    crowd = tuple(publish("anna" if number % 2 else "galina") for number in range(people))
    refusals = race(app, seen_by_both(desk, message), crowd)
    assert [type(refusal) for refusal in refusals if refusal] == [StaleVersion] * (people - 1)
    assert [event.action for event in desk.log(desk.again(message))].count("publish_final") == 1
