"""Open work moves to the substitute and back (П.3): what is offered, what one press does, and what stays."""

from __future__ import annotations

from datetime import date

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.log.models import ON_BEHALF_OF
from osm.messages.acts import routing
from osm.people.acts import absences, office
from osm.people.acts.absences import Given
from osm.people.acts.office import OfferChanged
from osm.people.acts.users import block_user
from osm.people.queries.handovers import OfferKind
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from tests.groups.grouping import complaints, grouped, submit
from tests.office import OVERRIDE, at, events, running

from .handing_over import NOW, away, offer_rows, offers, take, who


def test_with_everybody_present_there_is_no_offer(three):
    three.routed("17.03 09:00", "17.03 09:10")
    away(three, "boris", 18, 20, "nina")
    assert offer_rows(17) == []


def test_one_press_hands_over_everything_that_is_open_and_nothing_else(three):
    answered = three.answered("16.03 09:00")
    first, second = three.routed("16.03 09:00", "16.03 09:10"), three.routed("16.03 09:30", "16.03 09:40")
    draft = three.submitted(second, "16.03 10:00")
    away(three, "boris", 17, 20, "nina")
    assert offer_rows(17) == [("away", "Boris", "Boris", "Nina", 2)]
    terms, version = running(first), first.version
    take(three, offers()[0])
    for message in (first, second):
        assert who(message) == [("Nina", three.ids["boris"])]
    assert running(first) == terms, "no term is moved"
    assert first.version == version + 1
    assert who(answered) == [("Boris", None)]
    assert draft.author_id == three.ids["boris"]
    assert offer_rows(17) == [], "never twice"


def test_the_log_says_who_gave_which_work_to_which_person(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    event = events(message)[-1]
    assert (event.action, event.actor_id, event.clause) == ("substitute", three.ids["anna"], "П.3, П.14")
    assert event.changes["executor_id"] == [three.ids["boris"], three.ids["nina"]]
    assert event.changes["stands_for_id"] == [None, three.ids["boris"]]


def test_what_the_substitute_does_is_done_for_the_absent(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    draft = drafting.submit_draft(
        message.id, message.version, text="Яму засыпали.", kind="final", confirmed=True, actor=three.nina, now=NOW
    )
    assert (draft.author_id, draft.author_for_id) == (three.ids["nina"], three.ids["boris"])
    assert events(message)[-1].changes[ON_BEHALF_OF] == [None, three.ids["boris"]]
    approval.correct_and_approve(
        message.id,
        message.version,
        draft_id=draft.id,
        text="Яму засыпали вчера.",
        override=OVERRIDE,
        actor=three.anna,
        now=NOW,
    )
    assert message.replies[-1].drafts[-1].author_for_id == three.ids["boris"]
    assert ON_BEHALF_OF not in events(message)[-1].changes


def test_after_the_last_day_what_is_still_open_comes_back(three):
    done, left = three.routed("16.03 09:00", "16.03 09:10"), three.routed("16.03 09:30", "16.03 09:40")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    routing.route_message(
        (new := three.incident("18.03 09:00")).id, 1, executor_id=three.ids["boris"], task="", actor=three.anna,
        now=at("18.03 09:10"),
    )  # fmt: skip
    assert who(new) == [("Nina", three.ids["boris"])], "new work goes to the substitute at once"
    drafting.submit_draft(
        done.id, done.version, text="Готово.", kind="final", confirmed=True, actor=three.nina, now=at("18.03 10:00")
    )
    assert offer_rows(20) == []
    assert offer_rows(21) == [("back", "Nina", "Boris", "Boris", 3)]
    take(three, offers(21)[0], "21.03 10:00")
    for message in (done, left, new):
        assert who(message) == [("Boris", None)]
    assert offer_rows(21) == []


def test_the_curator_lets_the_substitute_finish(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    offer, version = offers(21)[0], message.version
    office.keep(offer.holder_id, offer.owner_id, offer.seen, actor=three.anna, now=at("21.03 10:00"))
    assert offer_rows(21) == []
    assert who(message) == [("Nina", three.ids["boris"])]
    assert message.version == version
    assert events(message)[-1].action == "keep_substitute"


def test_chains_resolve_and_follow_people_who_come_and_go(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 20, "nina")
    away(three, "nina", 18, 18, "oleg")
    take(three, offers(17)[0])
    assert offer_rows(18) == [("away", "Nina", "Boris", "Oleg", 1)]
    take(three, offers(18)[0], "18.03 10:00")
    assert who(message) == [("Oleg", three.ids["boris"])]
    assert offer_rows(19) == [("away", "Oleg", "Boris", "Nina", 1)], "she is there again, he is not"
    assert offer_rows(21) == [("back", "Oleg", "Boris", "Boris", 1)]


def test_without_a_substitute_the_curator_chooses(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 20)
    away(three, "nina", 17, 17)
    offer = offers()[0]
    assert (offer.kind, offer.target_id, offer.until) == (OfferKind.AWAY, None, date(2026, 3, 20))
    for wrong, words in (("", "кому передать"), ("boris", "кому"), ("nina", "тоже отсутствует"), ("gleb", "кому")):
        with pytest.raises(MissingInput, match=words):
            take(three, offer, target=wrong)
    take(three, offer, target="oleg")
    assert who(message) == [("Oleg", three.ids["boris"])]
    assert offer_rows(17) == []
    assert offer_rows(21) == [("back", "Oleg", "Boris", "Boris", 1)]


def test_new_work_for_one_who_is_away_without_a_substitute_is_refused(three):
    away(three, "boris", 17, 20)
    message = three.incident("17.03 09:00")
    with pytest.raises(MissingInput, match=r"отсутствует по 20\.03\.2026, замещающего нет") as refused:
        routing.route_message(message.id, 1, executor_id=three.ids["boris"], task="", actor=three.anna, now=NOW)
    assert refused.value.field == "executor_id"


def test_rerouting_to_the_absent_person_of_a_substitute_changes_nothing(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    away(three, "nina", 17, 20, "boris")
    with pytest.raises(MissingInput, match="уже у этого исполнителя"):
        routing.reroute_message(
            message.id, message.version, executor_id=three.ids["nina"], task="", actor=three.anna, now=NOW
        )


def test_a_blocked_persons_work_is_offered_and_stays_for_good(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    block_user(three.ids["boris"], three.boris.version, actor=None, now=NOW)
    offer = offers()[0]
    assert (offer.kind, offer.target_id) == (OfferKind.BLOCKED, None)
    take(three, offer, target="oleg")
    assert who(message) == [("Oleg", None)]
    assert events(message)[-1].action == "reroute"
    assert offer_rows() == []


def test_the_work_of_one_who_left_continues_from_his_substitute(three):
    three.routed("16.03 09:00", "16.03 09:10")
    away(three, "boris", 17, 17, "nina")
    away(three, "nina", 18, 19, "oleg")
    take(three, offers()[0])
    block_user(three.ids["boris"], three.boris.version, actor=None, now=at("18.03 09:00"))
    assert offer_rows(18) == [("away", "Nina", "Nina", "Oleg", 1)]


@pytest.mark.parametrize("change", ["draft", "absence", "ended", "more", "done"])
def test_a_press_upon_what_has_changed_does_nothing(three, change):
    message = three.routed("16.03 09:00", "16.03 09:10")
    other = three.routed("16.03 09:30", "16.03 09:40")
    absence = away(three, "boris", 17, 20, "nina")
    offer = offers()[0]
    if change == "draft":
        three.submitted(other, "17.03 09:59")
    elif change == "absence":
        what = Given("leave", date(2026, 3, 17), date(2026, 3, 21), three.ids["nina"])
        absences.edit_absence(absence.id, absence.version, what, actor=three.anna, now=NOW)
    elif change == "ended":
        absences.end_absence(absence.id, absence.version, actor=three.boris, now=NOW)
    elif change == "more":
        absences.edit_absence(
            absence.id, 1, Given("leave", date(2026, 3, 17), date(2026, 3, 20), three.ids["oleg"]),
            actor=three.anna, now=NOW,
        )  # fmt: skip
    else:
        take(three, offer)
    before = who(message), who(other)
    with pytest.raises(OfferChanged, match="Ничего не передано"):
        take(three, offer)
    assert (who(message), who(other)) == before


def test_all_or_nothing(three, monkeypatch):
    first, second = three.routed("16.03 09:00", "16.03 09:10"), three.routed("16.03 09:30", "16.03 09:40")
    away(three, "boris", 17, 20, "nina")
    real = office.replace_executor

    def fails_at_the_second(step, row, *rest):
        if row.message_id == second.id:
            raise OfferChanged
        return real(step, row, *rest)

    monkeypatch.setattr(office, "replace_executor", fails_at_the_second)
    with pytest.raises(OfferChanged):
        take(three, offers()[0])
    assert who(first) == who(second) == [("Boris", None)]


def test_a_common_answer_of_one_who_has_left_is_handed_over_too(three):
    together, alone = complaints(three, 2), three.routed("17.03 09:00", "17.03 09:10")
    group = grouped(three, together)
    block_user(three.ids["boris"], three.boris.version, actor=None, now=at("17.03 09:45"))
    take(three, offers()[0], target="nina")
    for message in (*together, alone):
        assert who(message) == [("Nina", None)]
    submit(three, group, together, actor=three.nina)
    assert {message.status for message in together} == {Status.ON_APPROVAL}
