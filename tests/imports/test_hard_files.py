"""The hard files through the page and the worker: a sentence, no traceback, all or nothing, and the server survives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.jobs.running import run_due
from osm.models import Event, ImportRow, ImportRun, ImportSource, Message, RowOutcome
from tests.cast import Browser
from tests.connectors.hard_files import HARD_FILES, HardFile
from tests.imports.pages.conftest import form_of, send, upload, words


@pytest.mark.sqlite
def test_each_ends_in_a_sentence_or_in_the_register(app, folder, anna, clock, caplog):
    """One after the other on one server, as on a bad day; the reader is the real child process."""
    with app.app_context():
        for place, hard in enumerate(HARD_FILES):
            if hard.refused:
                _refused(anna, hard, folder)
            else:
                _loaded(anna, hard, 1000 + 10 * place, clock.now())
            assert anna.get("/imports").status_code == 200, f"the server lives after {hard.name}"
    assert not [record for record in caplog.records if record.exc_info], "no traceback anywhere"


@pytest.mark.postgresql
def test_postgresql_takes_what_could_be_read(app, anna, clock, reader_inside):
    with app.app_context():
        for place, hard in enumerate(HARD_FILES):
            if not hard.refused:
                _loaded(anna, hard, 1000 + 10 * place, clock.now())


def _stored(folder: Path) -> list[object]:
    tables = (Message, ImportRun, ImportRow, ImportSource, Event)
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    db.session.rollback()
    return counts + sorted(path.name for path in folder.glob("*"))


def _refused(anna: Browser, hard: HardFile, folder: Path) -> None:
    before = _stored(folder)
    answer = send(anna, hard.content(), hard.filename)
    assert answer.status_code == 422, hard.name
    sentence = answer.text.split('id="file-error"')[1].split("</p>")[0]
    assert hard.refused in sentence
    assert "Ничего не загружено" in sentence
    assert "Traceback" not in answer.text
    assert _stored(folder) == before, hard.name


def _loaded(anna: Browser, hard: HardFile, number: int, now: datetime) -> None:
    page = upload(anna, hard.content(number, number + 1))
    run_due(now)  # one with the headings of a file before is checked by itself
    db.session.rollback()
    assert anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load"}).status_code == 303, hard.name
    assert run_due(now)["imports"] == 1
    told = words(anna.get(page))
    assert hard.rejected in told
    wanted = [str(number)] if hard.rejected else [str(number), str(number + 1)]
    found = select(Message.number, Message.id).where(Message.number.in_([str(number), str(number + 1)]))
    stored = dict(db.session.execute(found.order_by(Message.number)).all())
    assert list(stored) == wanted, hard.name
    assert not db.session.scalar(select(func.count()).where(ImportRow.outcome == RowOutcome.STAGED))
    for message_id in stored.values():
        assert anna.get(f"/messages/{message_id}").status_code == 200, hard.name
    db.session.rollback()
