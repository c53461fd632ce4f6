"""«Проверить» shows what loading would do, and does not do it."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.errors import NotFound
from osm.imports.acts import runs
from osm.imports.acts.runs import RunMovedOn
from osm.models import ImportRun, ImportSource, ImportState
from tests.connectors.files import HEADER, incident

from .desk import NOON, Outcome, export, load, messages, rows, start, upload, work

pytestmark = pytest.mark.usefixtures("office")

OF_THE_IMPORT = {"import_run", "import_row", "import_source", "event", "event_note"}


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, without the import's own tables."""
    return {
        table.name: [tuple(row) for row in db.session.execute(table.select())]
        for table in db.metadata.sorted_tables
        if table.name not in OF_THE_IMPORT
    }


NEXT = [
    incident(501),
    incident(502, Статус="В работе"),
    incident(601),
    incident(602),
    incident(602),
    incident(603, Текст=""),
]
FORECAST = {"created": 2, "updated": 1, "unchanged": 1, "duplicate": 1, "rejected": 1}


def test_it_writes_nothing_into_the_register():
    load(export(*rows(3)))
    before = contents()
    checked = load(export(*NEXT), dry_run=True)
    assert (checked.run.state, checked.counts) == (ImportState.CHECKED, FORECAST)
    assert checked.reasons == {6: "Повтор строки 5: то же сообщение.", 7: "Нет текста сообщения."}
    assert contents() == before


def test_its_forecast_comes_true(office):
    load(export(*rows(3)))
    checked = load(export(*NEXT), dry_run=True)
    runs.publish_run(checked.run_id, actor=office.anna, now=NOON)
    work()
    assert (checked.run.state, checked.counts) == (ImportState.DONE, FORECAST)
    assert len(messages()) == 5


def test_the_forecast_is_counted_again_when_another_was_quicker():
    checked = load(export(*rows(3)), dry_run=True)
    load(export(*rows(2)))
    runs.publish_run(checked.run_id, actor=None, now=NOON)
    work()
    assert checked.counts == {"created": 1, "unchanged": 2}


def test_it_can_be_checked_again_with_other_columns():
    header = [*HEADER[:-3], "Текст", "Текст ответа гражданину", "Важность"]
    run_id = upload(export(*rows(2), header=header), source="другой")
    start(run_id, dry_run=True)
    work()
    start(run_id, columns={"place": str(HEADER.index("Автор")), "author": ""}, dry_run=True)
    work()
    runs.publish_run(run_id, actor=None, now=NOON)
    work()
    assert Outcome(run_id).counts == {"created": 2}
    assert [message.place for message in messages()] == ["Лидия Пробная"] * 2
    assert [message.author for message in messages()] == [None] * 2


def test_thrown_away_nothing_stays(office, folder):
    checked = load(export(*rows(3)), source="Пробный источник", dry_run=True)
    runs.discard_run(checked.run_id, actor=office.anna, now=NOON)
    assert db.session.query(ImportRun).count() == db.session.query(ImportSource).count() == 0
    assert list(folder.glob("*")) == []


def test_a_source_that_has_loaded_something_outlives_a_thrown_away_file():
    load(export(*rows(1)), source="Портал")
    checked = load(export(*rows(3)), source="Портал", dry_run=True)
    runs.discard_run(checked.run_id, actor=None, now=NOON)
    assert [source.name for source in db.session.query(ImportSource)] == ["Портал"]


def test_two_runs_of_one_file_share_it(folder):
    file = export(*rows(2))
    first, second = upload(file), upload(file)
    assert len([path for path in folder.iterdir() if path.suffix != ".json"]) == 1
    runs.discard_run(first, actor=None, now=NOON)
    start(second)
    work()
    assert Outcome(second).counts == {"created": 2}


STEPS = {
    "start": lambda run_id: start(run_id),
    "publish": lambda run_id: runs.publish_run(run_id, actor=None, now=NOON),
    "discard": lambda run_id: runs.discard_run(run_id, actor=None, now=NOON),
    "header": lambda run_id: runs.point_at_header(run_id, sheet="Лист1", header_row=1),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_goes_or_is_done_takes_no_second_start(step):
    for state in (ImportState.STAGING, ImportState.DONE):
        run_id = upload(export(*rows(2)))
        start(run_id)
        if state is ImportState.DONE:
            work()
        with pytest.raises(RunMovedOn):
            STEPS[step](run_id)
        assert db.session.get_one(ImportRun, run_id).state is state
        work()


@pytest.mark.words
@pytest.mark.parametrize("step", STEPS)
def test_there_is_no_such_run(step):
    with pytest.raises(NotFound):
        STEPS[step](77)
