"""«Отозвать загрузку» removes all that a load brought, until a person has worked on one of its messages."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import OperationalError

from osm.base.database import db
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.check.acts import copies, due, index, repeats, verdicts
from osm.flow.acts import act
from osm.imports.acts import recall, runs
from osm.imports.acts.recall import RECALLED, WorkedOn, recall_run
from osm.imports.acts.runs import RunMovedOn
from osm.imports.queries.runs import loaded_before
from osm.log.acts.record import Reading, record_reading
from osm.log.queries import page
from osm.log.queries.objects import in_full
from osm.messages.acts import routing
from osm.messages.acts.closing import decide_link
from osm.models import Author, Deadline, DueReading, Event, ImportRun, Message, MessageLink, ReadingKind, User
from osm.register.queries import rows as queries_rows
from osm.register.queries.filter import Reader, RegisterFilter
from osm.register.queries.rows import count
from osm.regulation.words import Status
from osm.retention.acts import office as keeping
from tests.connectors.files import incident

from .desk import NOON, VLADIVOSTOK, Outcome, actions, at, export, load, message, messages, rows

AUTHOR = {"Автор": "Пётр Ильин"}


def read_all() -> None:
    for reading in (index, repeats, verdicts, copies):
        reading.read_due(NOON)
    db.session.rollback()


def hanging() -> dict[str, int]:
    """Rows that belong to messages, by table."""
    parent = db.metadata.tables["message"]
    return {
        table.name: number
        for table in db.metadata.sorted_tables
        if any(key.column.table is parent and key.ondelete == "CASCADE" for key in table.foreign_keys)
        if (number := db.session.scalar(db.select(db.func.count()).select_from(table)))
    }


def take_back(office, loaded: Outcome) -> None:
    db.session.rollback()
    recall_run(loaded.run_id, actor=office.anna, now=NOON)


def listed(office) -> int:
    reader = Reader(office.anna.id, None, office.anna.roles, NOON, None)
    return count(RegisterFilter(), reader)


@pytest.fixture
def loaded(office) -> Outcome:
    found = load(export(incident(501, **AUTHOR), incident(502, **AUTHOR), incident(503, Важность="Повышенная")))
    act.record_breaches(NOON)
    read_all()
    return found


def test_its_messages_leave_queues_search_figures_and_their_breaches_are_void(office, loaded):
    kept = load(export(incident(701)))
    read_all()
    before = hanging()
    assert {"deadline", "message_search", "message_traits", "message_verdict", "copy_text"} <= before.keys()
    breached = db.select(db.func.count()).select_from(Deadline).where(Deadline.breached_at.is_not(None))
    assert db.session.scalar(breached) > 1
    assert (listed(office), queries_rows.journal_count(at("01.11 00:00"), at("30.11 00:00"))) == (4, 4)
    take_back(office, loaded)
    stays = message(701)
    assert (listed(office), queries_rows.journal_count(at("01.11 00:00"), at("30.11 00:00"))) == (1, 1)
    assert [row.number for row in queries_rows.journal_rows(at("01.11 00:00"), at("30.11 00:00"))] == ["701"]
    assert set(db.session.scalars(db.select(Deadline.message_id))) == {stays.id}
    assert hanging().keys() <= before.keys()
    assert sum(hanging().values()) < sum(before.values()) / 2
    assert {name: number for name, number in hanging().items() if name == "message_search"} == {"message_search": 1}
    assert db.session.query(Author).count() == 1, "nobody else has named the others"
    assert kept.run.recalled_at is None
    assert loaded.run.recalled_at == NOON


def test_the_log_stays_and_says_so(office, loaded):
    before = db.session.query(Event).count()
    first = messages()[0]
    said = actions(first)
    take_back(office, loaded)
    gone = db.session.get_one(Message, first.id)
    assert actions(gone) == [*said, RECALLED]
    assert (gone.text, gone.author, gone.url) == ("", None, "")
    assert gone.number.startswith("501 (отозвано")
    assert db.session.query(Event).count() == before + 3 + 1
    assert page.is_number_known("501")
    assert not page.is_number_known("50")
    of_run = db.select(Event).where(Event.object_kind == "import_run").order_by(Event.id.desc())
    event = db.session.scalars(of_run).first()
    assert (event.action, event.actor_id, event.changes) == ("import_recall", office.anna.id, {"members": [3, 0]})
    load(export(incident(501)))
    found = page.log_page(page.LogFilter(number="501"), in_full(VLADIVOSTOK)).rows
    assert len({row.message_number for row in found}) == 2, "what had the number, and what has it now"


def test_the_same_rows_come_in_again_as_new(office, loaded):
    take_back(office, loaded)
    again = load(export(incident(501, **AUTHOR), incident(502, **AUTHOR)), history=True)
    assert again.counts == {"created": 2}
    assert message(501).status is Status.DISMISSED
    assert message(501).text


def test_what_it_updated_is_put_back(office):
    load(export(incident(501)))
    second = load(export(incident(501, Статус="В работе"), incident(502)))
    take_back(office, second)
    assert message(501).source_status == "Новый"
    assert listed(office) == 1


def act_upon(office) -> None:
    routing.route_message(
        message(502).id, message(502).version, executor_id=office.boris.id, task="", actor=office.anna, now=NOON
    )


def reject_a_link(office) -> None:
    decide_link(message(501).id, message(503).id, 0, confirmed=False, actor=office.anna, now=NOON)


def hold(office) -> None:
    keeping.set_hold("message", "502", with_author=False, ground="court", document="№ 7", actor=office.gleb, now=NOON)


def hold_its_author(office) -> None:
    with transaction():
        other = office.incident("17.03 09:00")
        other.author = message(502).author
    keeping.set_hold(
        "message", other.number, with_author=True, ground="court", document="№ 7", actor=office.gleb, now=NOON
    )


@pytest.mark.parametrize("work", [act_upon, reject_a_link, hold, hold_its_author])
def test_worked_on_by_somebody_it_cannot_be_taken_back(office, loaded, work):
    with transaction():
        db.session.execute(db.delete(MessageLink))
    work(office)
    before = hanging(), listed(office)
    with pytest.raises(WorkedOn, match="№ 50"):
        take_back(office, loaded)
    db.session.rollback()
    assert (hanging(), listed(office)) == before
    assert loaded.run.recalled_at is None


def test_an_opened_card_is_no_work(office, loaded):
    record_reading(Reading.CARD, actor=office.boris, now=NOON, message_id=message(501).id)
    take_back(office, loaded)
    assert listed(office) == 0


def test_of_two_the_second_gets_a_conflict_and_acts_find_no_message(office, loaded):
    seen = message(502)
    seen_id, version = seen.id, seen.version
    take_back(office, loaded)
    with pytest.raises(RunMovedOn):
        take_back(office, loaded)
    with pytest.raises(NotFound):
        routing.route_message(seen_id, version, executor_id=office.boris.id, task="", actor=office.anna, now=NOON)


def test_a_run_that_is_not_loaded_has_nothing_to_take_back(office):
    checked = load(export(*rows(2)), dry_run=True)
    with pytest.raises(RunMovedOn):
        take_back(office, checked)


def test_a_crash_in_the_middle_leaves_all_as_it_was(office, loaded, monkeypatch):
    before = hanging()

    def crash(*_: object) -> None:
        raise OperationalError("", {}, Exception("disk I/O error"))

    monkeypatch.setattr(recall, "_empty", crash)
    with pytest.raises(OperationalError):
        take_back(office, loaded)
    db.session.rollback()
    assert hanging() == before
    assert loaded.run.recalled_at is None
    monkeypatch.undo()
    take_back(office, loaded)
    assert listed(office) == 0


def test_a_reading_that_was_under_way_writes_nothing_afterwards(office):
    found = load(export(*rows(2)))
    keep = load(export(incident(701)))
    taken = due.claim(ReadingKind.REPEATS, 10, now=NOON)
    write = repeats.reader([one.subject_id for one in taken])
    take_back(office, found)
    with pytest.raises(due.NotQueued):
        due._carry_out(ReadingKind.REPEATS, lambda _: write, taken, DueReading)
    db.session.rollback()
    assert "message_traits" not in hanging()
    assert keep.run.recalled_at is None
    assert sum(due._alone(ReadingKind.REPEATS, repeats.reader, one, DueReading) for one in taken) == 3
    assert hanging()["message_traits"] == 1


def test_a_taken_back_file_is_not_said_to_be_loaded_already(office):
    content = export(*rows(2))
    take_back(office, load(content))
    again = runs.upload_file("a.xlsx", content, source="", actor=None, now=NOON)
    assert loaded_before(db.session.get_one(ImportRun, again.id)) is None


def test_of_a_simultaneous_act_and_recall_only_one_is_done(app, office):
    """Real threads: the second one gets a conflict."""
    loads = [load(export(incident(600 + number))).run_id for number in range(6)]
    ids = [row.id for row in messages()]
    anna, boris = office.ids["anna"], office.ids["boris"]
    db.session.rollback()
    gate = threading.Barrier(2)
    outcomes: dict[str, list[str]] = {"recall": [], "route": []}

    def do(what: str) -> None:
        with app.app_context():
            for run_id, message_id in zip(loads, ids, strict=True):
                gate.wait(60)
                try:
                    actor = db.session.get_one(User, anna)
                    if what == "recall":
                        recall_run(run_id, actor=actor, now=NOON)
                    else:
                        routing.route_message(message_id, 1, executor_id=boris, task="", actor=actor, now=NOON)
                    outcomes[what].append("done")
                except (WorkedOn, NotFound):
                    outcomes[what].append("told")
                except Exception as error:
                    outcomes[what].append(repr(error))
                finally:
                    db.session.rollback()

    threads = [threading.Thread(target=do, args=(what,)) for what in outcomes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [set(pair) for pair in zip(*outcomes.values(), strict=True)] == [{"done", "told"}] * 6
