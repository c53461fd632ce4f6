"""The memo (П.19): prepared once, frozen when it is sent, read by the people in it, decided upon."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotFound, NotYours, ServiceError
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.flow.acts.terms import withdraw
from osm.models import Department, InstructionKind, InstructionState, Memo, MemoState, Shortcoming, User
from osm.people.acts import absences
from osm.people.acts.absences import Given
from osm.people.queries.absences import Roster
from osm.regulation.control import Period
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Post, Role
from osm.shortcomings.acts import memos, shortcomings
from osm.shortcomings.queries import memos as queries_memos
from osm.shortcomings.queries.memos import view
from osm.shortcomings.queries.shortcomings import Duty, waiting
from osm.urgent.acts import instructions
from osm.urgent.acts.instructions import Order
from tests.control.late import appoint, hire_one, late_draft, rows
from tests.office import at

APRIL = at("01.04 09:30")


def decided(office):
    """In March: Boris's chain confirmed, the curator's route waived."""
    late_draft(office)
    office.incident("18.03 09:00")
    record_breaches(at("18.03 12:00"))
    draft, _, route = rows()
    now = at("18.03 12:10")
    shortcomings.explain(draft.id, 1, cause="workload", words="Авария", actor=office.boris, now=now)
    shortcomings.confirm(draft.id, 2, reason="", actor=office.anna, now=now)
    shortcomings.waive(route.id, 1, waiver="calendar", reason="", actor=office.gleb, now=now)


@pytest.fixture
def led(office):
    """Gleb is the chief of staff; Nina, a deputy, has the department of Boris."""
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    appoint(office, "nina", Post.DEPUTY_HEAD)
    with transaction() as session:
        session.get_one(Department, office.boris.department_id).supervisor_id = office.ids["nina"]
    decided(office)
    return office


def drafted(office) -> Memo:
    assert memos.prepare_due(APRIL, Period.MONTH) == 1
    return db.session.scalars(db.select(Memo)).one()


def sent(office) -> Memo:
    memo = drafted(office)
    return memos.send(memo.id, memo.version, actor=office.anna, now=APRIL)


def duties(office, login):
    return [row.duty for row in waiting(getattr(office, login))]


def test_the_worker_prepares_a_period_once_if_it_has_content(led):
    assert memos.prepare_due(at("31.03 17:00"), Period.MONTH) == 0
    memo = drafted(led)
    assert (memo.first_day, memo.last_day, memo.prepared_by_id) == (date(2026, 3, 1), date(2026, 3, 31), None)
    assert memos.prepare_due(APRIL + timedelta(seconds=1), Period.MONTH) == 0
    assert duties(led, "anna") == [Duty.SEND_MEMO]


def test_it_lists_by_department_and_clause_what_was_confirmed_or_waived(led):
    memo = sent(led)
    assert (memo.number, memo.version) == ("1-2026", 2)
    told = view(memo.content)
    block = told["departments"][0]
    assert block["name"] == "Управление ЖКХ (проверка)"
    assert block["clauses"] == [{"clause": "п. 8", "count": 1}, {"clause": "п. 10", "count": 1}]
    assert [row["cause"] for row in block["rows"]] == ["Много работы одновременно: Авария", ""]
    assert told["waived"] == [{"why": "Ошибка в календаре или графике работы", "count": 1}]
    assert told["repeated"] == []  # one chain counts as one matter
    assert {row.memo_id for row in rows()} == {memo.id}


def test_a_second_matter_within_a_year_is_a_repeated_one(led):
    message = led.answered("20.03 09:00")
    given = {"kind": "bad_answer", "person_id": led.ids["boris"], "day": date(2026, 3, 20), "words": "Не по делу"}
    row = shortcomings.enter(message.id, **given, actor=led.anna, now=at("20.03 15:00"))
    shortcomings.confirm(row.id, 1, reason="", actor=led.anna, now=at("20.03 15:10"))
    told = view(sent(led).content)
    assert [(one["person"], one["here"], one["year"]) for one in told["repeated"]] == [("Boris", 2, 2)]
    assert [row["words"] for row in told["rows"]] == ["", "", "Не по делу"]


def test_the_chief_reads_all_and_a_deputy_his_departments_and_confirms(led):
    memo = sent(led)
    readers = {row.user_id: row.departments for row in memo.readers}
    assert readers == {led.ids["gleb"]: None, led.ids["nina"]: [led.boris.department_id]}
    assert view(memo.content, readers[led.ids["nina"]])["waived_total"] == 0
    assert duties(led, "anna") == []
    assert duties(led, "gleb") == [Duty.READ_MEMO]
    for _ in range(2):
        memos.mark_seen(memo.id, actor=led.gleb, now=APRIL)
    assert duties(led, "gleb") == []
    assert [one.seen_at for one in queries_memos.one(memo.id, led.anna).memo.readers] == [APRIL, None]
    assert queries_memos.one(memo.id, led.vera) is None
    with pytest.raises(NotFound):
        memos.mark_seen(memo.id, actor=led.vera, now=APRIL)


def test_what_was_sent_is_frozen(led):
    memo = sent(led)
    with transaction() as session:
        session.get_one(User, led.ids["boris"]).name = "Другое имя"
    assert view(queries_memos.one(memo.id, led.gleb).memo.content)["rows"][0]["person"] == "Boris"
    for act in (memos.send, memos.discard):
        with pytest.raises(ServiceError, match="не меняется"):
            act(memo.id, memo.version, actor=led.anna, now=APRIL)
    record_breaches(at("20.03 12:00"))
    assert {row.memo_id for row in rows() if row.decided_at} == {memo.id}


def test_a_cancelled_breach_stays_in_its_memo_or_enters_a_new_one(led):
    memo = sent(led)
    led.incident("19.03 09:00")
    record_breaches(at("19.03 12:00"))
    with transaction():
        withdraw([row.deadline_id for row in rows()])
    assert {row.memo_id for row in rows()} == {memo.id}


def test_the_second_gets_a_conflict_and_others_may_not(led):
    memo = drafted(led)
    memos.save_proposals(memo.id, 1, proposals="Второй исполнитель", actor=led.anna, now=APRIL)
    with pytest.raises(StaleVersion):
        memos.send(memo.id, 1, actor=led.anna, now=APRIL)
    for login in ("nina", "boris", "vera"):  # a deputy reads what concerns him
        with pytest.raises(NotYours):
            memos.send(memo.id, 2, actor=getattr(led, login), now=APRIL)
    assert memo.number is None


def test_without_leaders_it_stays_a_draft(office):
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    decided(office)
    with transaction() as session:
        session.get_one(User, office.ids["gleb"]).post = None
    memo = drafted(office)
    with pytest.raises(MissingInput, match="Некому отправить"):
        memos.send(memo.id, 1, actor=office.anna, now=APRIL)
    assert {row.memo_id for row in db.session.scalars(db.select(Shortcoming))} == {None}


def test_the_curator_names_other_days_and_takes_a_wrong_draft_back(led):
    for first, last in ((None, None), (date(2026, 3, 2), date(2026, 3, 1)), (date(2026, 4, 1), date(2026, 4, 2))):
        with pytest.raises(MissingInput):
            memos.prepare(first, last, actor=led.anna, now=APRIL)
    memo = memos.prepare(date(2026, 3, 1), date(2026, 3, 15), actor=led.anna, now=APRIL)
    with pytest.raises(MissingInput, match="уже есть"):
        memos.prepare(date(2026, 3, 10), date(2026, 3, 15), actor=led.anna, now=APRIL)
    memos.discard(memo.id, 1, actor=led.anna, now=APRIL)
    own = drafted(led)
    with pytest.raises(ServiceError, match="не удаляют"):
        memos.discard(own.id, 1, actor=led.anna, now=APRIL)


def test_a_decision_is_tracked_until_reported_and_the_register_shows_it(led):
    memo = sent(led)
    order = Order("Назначить второго исполнителя", led.ids["boris"], at("10.04 17:00"), InstructionKind.MEASURE)
    with pytest.raises(NotYours):
        memos.decide(memo.id, order, said_by_id=None, actor=led.boris, now=APRIL)
    with pytest.raises(MissingInput):
        memos.decide(memo.id, order, said_by_id=led.ids["vera"], actor=led.anna, now=APRIL)
    given = memos.decide(memo.id, order, said_by_id=led.ids["gleb"], actor=led.anna, now=APRIL)
    assert (given.given_by_id, given.entered_by_id) == (led.ids["gleb"], led.ids["anna"])

    def shown():
        return [(one.given_by, one.to, one.state) for one in queries_memos.one(memo.id, led.gleb).decisions]

    assert shown() == [("Gleb", "Boris", InstructionState.OPEN)]
    assert queries_memos.one(memo.id, led.gleb).decisions[0].is_late(at("11.04 09:00"))
    instructions.report(
        given.id, 1, report="Назначен", roster=Roster(APRIL.date()), actor=led.boris, now=at("09.04 10:00")
    )
    instructions.accept(given.id, 2, actor=led.gleb, now=at("09.04 11:00"))
    assert shown() == [("Gleb", "Boris", InstructionState.ACCEPTED)]


def test_the_chief_of_staff_and_the_head_prepare_and_send_it_too(led):
    hire_one(led, "maxim", Role.HEAD)
    appoint(led, "maxim", Post.HEAD)
    for number, login in enumerate(("gleb", "maxim"), start=1):
        person, day = getattr(led, login), date(2026, 3, 30 + number - 1)
        memo = memos.prepare(date(2026, 3, 1), day, actor=person, now=APRIL)
        assert queries_memos.one(memo.id, led.nina) is None
        assert queries_memos.one(memo.id, person).memo.state is MemoState.DRAFT
        memos.save_proposals(memo.id, 1, proposals="Второй исполнитель", actor=person, now=APRIL)
        memo = memos.send(memo.id, 2, actor=person, now=APRIL)
        assert (memo.number, memo.sent_by_id) == (f"{number}-2026", person.id)
        seen = {row.user_id: row.seen_at for row in memo.readers}
        assert seen[person.id] == APRIL, "he has written it himself"
        assert set(seen) - {person.id}
    assert memos.prepare(date(2026, 3, 1), date(2026, 4, 1), actor=led.gleb, now=APRIL)
    memos.discard(3, 1, actor=led.maxim, now=APRIL)


def test_who_prepares_or_sends_it_cannot_drop_his_own_breach(led):
    """The curator's own breach is not decided yet: this memo lists it, and so does the next one."""
    led.incident("19.03 09:00")
    record_breaches(at("19.03 12:00"))
    own = db.session.scalars(db.select(Shortcoming).where(Shortcoming.state == "asked")).one()
    assert own.person_id == led.ids["anna"]
    memo = sent(led)
    told = view(memo.content)
    assert [(row["id"], row["person"], row["confirmed"]) for row in told["undecided_rows"]] == [(own.id, "Anna", False)]
    assert own.id not in [row["id"] for row in told["rows"]]
    assert db.session.get_one(Shortcoming, own.id, populate_existing=True).memo_id is None
    shortcomings.explain(own.id, 1, cause="workload", words="", actor=led.anna, now=APRIL)
    shortcomings.confirm(own.id, 2, reason="", actor=led.gleb, now=APRIL)
    again = memos.prepare(date(2026, 3, 1), date(2026, 4, 1), actor=led.gleb, now=APRIL)
    again = memos.send(again.id, 1, actor=led.gleb, now=APRIL)
    assert [row["id"] for row in view(again.content)["rows"]] == [own.id]


def test_what_is_undecided_of_others_is_counted_and_not_named(led):
    """The chief of staff prepares it, so the breach of the curator is another person's."""
    led.incident("19.03 09:00")
    record_breaches(at("19.03 12:00"))
    memo = memos.prepare(date(2026, 3, 1), date(2026, 3, 31), actor=led.gleb, now=APRIL)
    told = view(memos.send(memo.id, 1, actor=led.gleb, now=APRIL).content)
    assert (told["undecided"], told["undecided_rows"]) == (1, [])


def test_who_prepared_it_does_not_drop_his_own_by_letting_another_send(led):
    led.incident("19.03 09:00")
    record_breaches(at("19.03 12:00"))
    memo = memos.prepare(date(2026, 3, 1), date(2026, 3, 31), actor=led.anna, now=APRIL)
    memo = memos.send(memo.id, 1, actor=led.gleb, now=APRIL)
    assert [row["person"] for row in view(memo.content)["undecided_rows"]] == ["Anna"]


def test_who_acts_for_the_head_reads_and_sends_the_whole(led):
    hire_one(led, "maxim", Role.HEAD)
    appoint(led, "maxim", Post.HEAD)
    hire_one(led, "oleg", Role.HEAD)
    appoint(led, "oleg", Post.DEPUTY_HEAD)
    memo = drafted(led)
    with pytest.raises(NotYours):
        memos.send(memo.id, memo.version, actor=led.oleg, now=APRIL)
    given = Given("leave", date(2026, 4, 1), date(2026, 4, 3), None, led.ids["oleg"], "№ 7-р")
    absences.enter_absence(led.ids["maxim"], given, actor=led.anna, now=APRIL)
    memo = memos.send(memo.id, memo.version, actor=led.oleg, now=APRIL)
    assert {row.user_id: row.departments for row in memo.readers}[led.ids["oleg"]] is None
