"""«Ждёт меня»: an export that came by itself and waits; the time of the last load, at no more statements."""

from __future__ import annotations

from osm.base.database import db
from osm.imports.acts import arrivals, runs
from osm.models import CameBy, ImportRun
from tests.connectors.files import HEADER, incident
from tests.imports.desk import NOON, export, load, rows


def test_an_export_that_waits_is_shown_to_curators_until_it_is_decided(app, anna, boris):
    with app.app_context():
        load(export(*rows(1)))
        content = export([*incident(601), "x"], header=[*HEADER, "Новый столбец"])
        run_id = arrivals.take(content, "новая.xlsx", CameBy.FOLDER, now=NOON).id
        arrivals.advance(NOON)
    page = anna.get("/").text
    assert f'data-row="arrival-{run_id}"' in page
    assert "новая.xlsx" in page
    assert "Столбцы изменились" in page
    assert "Последняя выгрузка" in page
    assert page.index(f'data-row="arrival-{run_id}"') < page.index('data-row="message-')  # terms run on in it
    listed = anna.get("/imports").text
    assert ("сама, из папки" in listed, "сама, из папки" in anna.get(f"/imports/{run_id}").text) == (True, True)
    for words in ("arrival-", "Последняя выгрузка"):
        assert words not in boris.get("/").text
    with app.app_context():
        runs.discard_run(run_id, actor=None, now=NOON)
        assert db.session.get(ImportRun, run_id) is None
    assert "arrival-" not in anna.get("/").text
