"""What an absent colleague typed and did not send: who sees it, who may take it over, and when it is removed (П.3)."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.answers.queries.drafting import left_common_texts, left_part_texts, left_texts
from osm.base.database import db
from osm.base.errors import NotFound, NotYours, TextChangedElsewhere
from osm.flow.acts.moving import active_assignments
from osm.flow.acts.terms import in_force
from osm.groups.acts import members
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment
from osm.people.acts import absences
from osm.people.acts.users import block_user
from osm.people.queries.absences import rights_of, roster_on
from tests.office import at
from tests.people.handing_over import DAY, NOW, away, offers, take


def type_(office, message, who: str, text: str, when: str) -> None:
    reply, kept = message.replies[-1], drafting.draft_text(message.replies[-1].id, getattr(office, who))
    seen_at = kept.saved_at if kept else None
    drafting.save_text(reply.id, text=text, seen_at=seen_at, actor=getattr(office, who), now=at(when))


def left(office, message, who: str) -> list[tuple[str, str]]:
    return [(one.name, one.text) for one in left_texts(message.replies[-1].id, office.ids[who])]


def take_text(office, message, who: str, of: str, text: str = ""):
    kept = drafting.draft_text(message.replies[-1].id, getattr(office, who))
    return drafting.take_over_text(
        message.replies[-1].id, of_id=office.ids[of], text=text, seen_at=kept.saved_at if kept else None,
        actor=getattr(office, who), now=NOW,
    )  # fmt: skip


def test_the_absents_text_is_shown_to_the_substitute_and_back_on_return(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    type_(three, message, "boris", "Здравствуйте! Бригада выедет", "16.03 10:00")
    assert left(three, message, "nina") == [], "it is his own work still"
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    assert left(three, message, "nina") == [("Boris", "Здравствуйте! Бригада выедет")]
    assert take_text(three, message, "nina", "boris").text == "Здравствуйте! Бригада выедет"
    type_(three, message, "nina", "Здравствуйте! Бригада выедет 18 марта.", "17.03 12:00")
    take(three, offers(21)[0], "21.03 10:00")
    assert left(three, message, "boris") == [("Nina", "Здравствуйте! Бригада выедет 18 марта.")]
    assert take_text(three, message, "boris", "nina", "Здравствуйте! Бригада выедет").text == (
        "Здравствуйте! Бригада выедет\n\nЗдравствуйте! Бригада выедет 18 марта."
    )


def test_what_the_screen_has_just_saved_itself_is_no_other_window(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    type_(three, message, "boris", "Бригада выедет", "16.03 10:00")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    reply_id, given = message.replies[-1].id, {"of_id": three.ids["boris"], "seen_at": None, "actor": three.nina}
    drafting.save_text(reply_id, text="Уточняю.", seen_at=None, actor=three.nina, now=NOW)
    with pytest.raises(TextChangedElsewhere):
        drafting.take_over_text(reply_id, text="Другое окно", now=NOW, **given)
    assert left(three, message, "nina") == [("Boris", "Бригада выедет")], "nothing is lost"
    taken = drafting.take_over_text(reply_id, text="Уточняю.", now=NOW, **given)
    assert taken.text == "Уточняю.\n\nБригада выедет"


def test_a_person_who_lost_the_task_keeps_his_typed_text_to_himself(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    type_(three, message, "boris", "Это не к нам", "16.03 10:00")
    routing.reroute_message(
        message.id, message.version, executor_id=three.nina.id, task="", actor=three.anna, now=at("16.03 10:30")
    )
    assert left(three, message, "nina") == []


def test_a_text_that_was_sent_later_leaves_nothing_here(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    type_(three, message, "boris", "Начало", "16.03 10:00")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    drafting.submit_draft(
        message.id, message.version, text="Яму засыпали.", kind="final", confirmed=True, actor=three.nina, now=NOW
    )
    assert left(three, message, "nina") == []


def test_the_unsent_text_of_a_part_moves_along_a_chain_and_back(three):
    message = three.incident("16.03 09:00")
    orders = [PartOrder(three.ids["boris"], 1), PartOrder(three.ids["oleg"], 1)]
    routing.route_to_several(message.id, 1, orders=orders, actor=three.anna, now=at("16.03 09:10"))

    def part(person: str) -> Assignment:
        db.session.expire_all()
        return next(row for row in active_assignments(message) if row.executor_id == three.ids[person])

    def left_of(person: str) -> list[str]:
        return [one.name for one in left_part_texts(part(person).id, three.ids[person])]

    for person in ("boris", "oleg"):
        given = {"text": f"Пишет {person}", "seen_at": None, "actor": getattr(three, person), "now": at("16.03 10:00")}
        members.save_part_text(part(person).id, **given)
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    assert left_of("nina") == ["Boris"], "and of nobody else's part"
    assert left_of("oleg") == []
    given = {"of_id": three.ids["boris"], "seen_at": None, "now": NOW}
    own = {"text": "Уточняю.", "actor": three.nina}
    members.save_part_text(part("nina").id, seen_at=None, now=NOW, **own)  # the screen has just saved it
    kept = members.take_over_part_text(part("nina").id, **own, **given)
    assert kept.text == "Уточняю.\n\nПишет boris"
    with pytest.raises(NotYours):
        members.take_over_part_text(part("nina").id, text="", actor=three.oleg, **given)
    take(three, offers(21)[0], "21.03 10:00")
    assert left_of("boris") == ["Nina"]


def test_a_text_cannot_be_taken_over_for_another_persons_work(three):
    message = three.routed("16.03 09:00", "16.03 09:10")
    type_(three, message, "boris", "Начало", "16.03 10:00")
    for who, of, refusal in (("nina", "boris", NotYours), ("boris", "nina", NotFound)):
        with pytest.raises(refusal):
            take_text(three, message, who, of)


def test_a_curators_common_draft_is_offered_to_her_substitute(three):
    message = three.incident("16.03 09:00")
    orders = [PartOrder(three.ids["boris"], 1), PartOrder(three.ids["oleg"], 1)]
    routing.route_to_several(message.id, 1, orders=orders, actor=three.anna, now=at("16.03 09:10"))
    type_(three, message, "anna", "Здравствуйте! Яму засыпали", "16.03 10:00")
    type_(three, message, "boris", "Своё", "16.03 10:05")
    reply_id = message.replies[-1].id

    def of_others(who: str, when: str = "17.03 10:00") -> list[str]:
        return [one.name for one in left_common_texts(reply_id, three.ids[who], in_force().calendar, at(when))]

    with pytest.raises(NotYours):
        take_text(three, message, "vera", "anna")  # a moderator, and no substitute
    assert of_others("vera") == [], "Anna is there and may be typing still"
    away(three, "anna", 17, 20, "vera")
    assert of_others("vera", "16.03 18:00") == []
    assert of_others("vera") == ["Anna"], "what an executor typed is his own"
    vera = three.vera
    vera.stand_for(rights_of(vera.id, roster_on(DAY)))
    assert take_text(three, message, "vera", "anna", "Проверила.").text == "Проверила.\n\nЗдравствуйте! Яму засыпали"
    with pytest.raises(NotFound):
        take_text(three, message, "vera", "boris")
    assert of_others("vera", "21.03 10:00") == []
    assert of_others("anna", "21.03 10:00") == ["Vera"], "and on return the other way"


def test_who_returns_early_sees_work_begun_without_him_but_no_present_colleagues(three):
    message = three.incident("16.03 09:00")
    orders = [PartOrder(three.ids["boris"], 1), PartOrder(three.ids["oleg"], 1)]
    routing.route_to_several(message.id, 1, orders=orders, actor=three.anna, now=at("16.03 09:10"))
    absence = away(three, "anna", 17, 20, "vera")
    reply_id = message.replies[-1].id
    type_(three, message, "vera", "Яму засыпали", "17.03 10:00")
    absences.end_absence(absence.id, absence.version, actor=three.anna, now=at("18.03 09:00"))

    def offered() -> list[str]:
        found = left_common_texts(reply_id, three.ids["anna"], in_force().calendar, at("18.03 10:00"))
        return [one.name for one in found]

    assert offered() == ["Vera"]
    type_(three, message, "vera", "Яму засыпали вчера", "18.03 09:30")
    assert offered() == [], "typed after he was back: it is her own work"
    block_user(three.ids["vera"], three.vera.version, actor=None, now=at("18.03 09:40"))
    assert offered() == ["Vera"], "she will not finish it"
