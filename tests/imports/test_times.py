"""Moscow's time or the local one: the page shows the mistake of seven hours before loading."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from osm.base.database import db
from osm.connectors.incident_file.cells import SERIAL_ZERO
from osm.flow.acts.clocks import in_force
from osm.imports.acts import files, staging
from osm.imports.queries import runs
from osm.models import ImportRun, ImportSource
from tests.connectors.files import HEADER, incident

from .desk import NOON, at, export, load, message, running, start, upload

pytestmark = pytest.mark.usefixtures("office")


def example(content: bytes, now: datetime = NOON):
    run = db.session.get_one(ImportRun, upload(content))
    preview = staging.preview(files.glance(run.sha256), run.mapping)
    return staging.times_example(preview, in_force().calendar.tz, now)


@pytest.mark.parametrize(
    ("times", "received", "due"),
    [("local", "02.11 10:40", "02.11 11:40"), ("moscow", "02.11 17:40", "03.11 09:40")],
)
def test_the_clock_of_the_file_is_the_one_that_was_chosen(times, received, due):
    load(export(incident(501)), times=times)
    assert message(501).received_at == at(received)
    assert running(message(501)) == {"route": due}


def test_both_readings_of_the_first_receipt_are_shown():
    shown = example(export(incident(501), incident(502)))
    assert (shown.heading, shown.cell) == ("Дата поступления", "02.11.2026 10:40")
    assert (shown.local, shown.moscow) == (at("02.11 10:40"), at("02.11 17:40"))
    assert shown.moscow - shown.local == timedelta(hours=7)
    assert (shown.local_in_future, shown.moscow_in_future) == (False, True)


def test_the_newest_of_the_first_rows_shows_whether_a_reading_is_possible():
    old = incident(501, **{"Дата поступления": "01.11.2026 10:40"})
    assert example(export(old)).moscow_in_future is False
    assert example(export(old, incident(502))).moscow_in_future is True


def test_the_publication_replaces_a_missing_receipt():
    shown = example(export(incident(501, **{"Дата поступления": ""})))
    assert (shown.heading, shown.local) == ("Дата публикации", at("02.11 10:15"))


def test_a_cell_that_names_its_zone_leaves_nothing_to_choose():
    shown = example(export(incident(501, **{"Дата поступления": "2026-11-02T10:40:00+10:00"})))
    assert shown.is_same
    assert shown.local == at("02.11 10:40")


def test_without_any_date_there_is_no_example():
    assert example(export(incident(501, **{"Дата поступления": "", "Дата публикации": ""}))) is None


def test_the_choice_is_kept_for_the_next_file_once_loaded():
    load(export(incident(501)), times="moscow", dry_run=True)
    assert db.session.query(ImportSource).one().times == "local"
    load(export(incident(501)), times="moscow")
    assert db.session.get_one(ImportRun, upload(export(incident(502)))).times == "moscow"


def test_a_word_that_was_not_offered_is_refused():
    from osm.regulation.errors import MissingInput

    run_id = upload(export(incident(501)))
    with pytest.raises(MissingInput) as refused:
        start(run_id, times="utc")
    assert refused.value.field == "times"
    assert runs.count_outcomes(run_id)["staged"] == 0


@pytest.mark.parametrize("write", [float, lambda days: f"{days:.6f}".replace(".", ",")], ids=["number", "text"])
def test_dates_that_are_kept_as_numbers_are_dates(anna, write):
    """Cells without a date format: 46328.4444 is 2 November 2026, 10:40."""
    day = (datetime(2026, 11, 2, 10, 40) - SERIAL_ZERO) / timedelta(days=1)
    dates = {"Дата публикации": write(day), "Дата поступления": write(day), "Срок": write(day + 9)}
    content = export(*(incident(500 + number, **dates) for number in range(3)), header=[*HEADER, "Срок"])
    shown = example(content)
    assert shown is not None
    assert shown.local == at("02.11 10:40")
    run_id = upload(content)
    run = db.session.get_one(ImportRun, run_id)
    preview = staging.preview(files.glance(run.sha256), run.mapping)
    assert staging.is_old(preview, in_force().calendar.tz, at("20.11 12:00"))
    assert "Даты в первых строках не найдены" not in anna.get(f"/imports/{run_id}").text
    load(export(*(incident(600 + number, **dates) for number in range(3)), header=[*HEADER, "Срок"]))
    assert message(600).received_at == at("02.11 10:40")
    assert message(600).source_deadline == at("11.11 10:40")
