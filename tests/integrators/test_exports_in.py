"""An export handed over by the API goes the way of the folder: loaded, left to a person or refused, never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from osm.base import transaction as transactions
from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import arrivals, runs
from osm.integrators import screens
from osm.integrators.acts import taking
from osm.jobs import lanes
from osm.models import Arrival, CameBy, Event, ImportRun, Message
from osm.reminders.acts import mailing
from tests.connectors.conftest import reader_inside
from tests.connectors.files import HEADER, incident
from tests.imports.desk import NOON, export, load, rows, work
from tests.integrators.conftest import Api, message

__all__ = ["reader_inside"]

FILE = export(*rows(3))
"""Made once: two books of the same rows differ in their times."""


@pytest.fixture(autouse=True)
def known_layout(app, reader_inside):
    with app.app_context():
        load(export(*rows(1)))


def rounds(app):
    with app.app_context():
        for _ in range(6):
            lanes.take_exports(NOON, Pace())
            work()


def count(app, model):
    with app.app_context():
        return db.session.query(model).count()


def test_a_known_layout_is_loaded_under_the_source_of_the_integrator(app, exports):
    with app.app_context():
        load(export(*rows(1)), source="Другой источник")  # has such files too: the token has chosen
    answer = exports.send(FILE)
    assert answer.status_code == 202, answer.text
    assert answer.json()["words"] == "Загрузится само, если среди строк нет спорных."
    rounds(app)
    with app.app_context():
        run = db.session.get_one(ImportRun, answer.json()["load"])
        assert (run.state, run.source.name, run.filename) == ("done", runs.DEFAULT_SOURCE, "выгрузка.xlsx")
        arrival = db.session.query(Arrival).one()
        assert (arrival.way, arrival.settled_at) == (CameBy.API, NOON)
        assert db.session.query(Event).filter_by(action="api_export", object_kind="integrator").count() == 1
    assert count(app, Message) == 3


def test_the_same_file_twice_does_nothing_and_is_told_so(app, exports):
    first = exports.send(FILE)
    second = exports.send(FILE, "другое имя.xlsx")
    assert (second.status_code, second.json()["load"]) == (200, first.json()["load"])
    assert "второй раз ничего не сделано" in second.json()["words"]
    rounds(app)
    third = exports.send(FILE)
    assert (third.status_code, third.json()["state"]) == (200, "done")
    assert third.json()["words"].endswith("Загружено.")
    assert (count(app, ImportRun), count(app, Message)) == (2, 3)


@pytest.mark.parametrize(
    ("content", "reason", "at_once"),
    [
        (export(["слово", "дело"], ["один", "два"], header=["Чужое", "Другое"]), "ещё не было", True),
        (export([*incident(601), "x"], header=[*HEADER, "Новый столбец"]), "изменились", True),
        (export(incident(501, Ссылка="https://vk.com/wall-9_9", Автор="Другой Человек")), "другие сообщения", False),
    ],
    ids=["unknown", "changed", "conflicting"],
)
def test_what_is_not_clear_waits_for_a_person(app, exports, content, reason, at_once):
    said = exports.send(content).json()["words"]
    assert (reason in said) is at_once
    rounds(app)
    again = exports.send(content).json()
    assert (again["words"].count("Ждёт человека"), reason in again["words"]) == (1, True)
    assert (count(app, Message), count(app, ImportRun)) == (1, 2)
    with app.app_context():
        assert db.session.query(Arrival.waits_since).scalar() == NOON
        runs.discard_run(again["load"], actor=None, now=NOON)
    refused = exports.send(content)
    assert (refused.status_code, refused.json()["kind"]) == (409, "Withdrawn")
    rounds(app)
    assert exports.send(content).status_code == 202  # a person wanted it once more


def test_a_file_without_a_name_is_an_export(app, exports):
    number = exports.send(FILE, "").json()["load"]
    with app.app_context():
        assert db.session.get_one(ImportRun, number).filename == "выгрузка"


def test_two_at_once_with_one_file_begin_one_load(app, exports):
    barrier = Barrier(4)

    def send(_number):
        barrier.wait()
        while (answer := exports.send(FILE)).status_code == 503:  # by turns
            assert answer.headers["Retry-After"]
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 200, 200, 202]
    rounds(app)
    assert (count(app, ImportRun), count(app, Message)) == (2, 3)


def test_two_processes_with_one_file_begin_one_load(app, exports, monkeypatch):
    """The check before has found nothing: the constraint of open arrivals decides."""
    upload, codes = runs.upload_file, []

    def second(*given, **named):
        monkeypatch.setattr(arrivals.runs, "upload_file", upload)
        codes.append(exports.send(FILE).status_code)
        return upload(*given, **named)

    monkeypatch.setattr(arrivals.runs, "upload_file", second)
    with app.app_context(), pytest.raises(arrivals.Known):
        arrivals.take(FILE, "a.xlsx", CameBy.FOLDER, now=NOON)
    assert (codes, count(app, ImportRun), count(app, Arrival)) == ([202], 2, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_file_that_broke_off_is_loaded_once(app, exports, monkeypatch, moment):
    commit, upload, begun, broken = transactions._commit, runs.upload_file, [], []

    def noted(*given, **named):
        begun.append(moment)
        return upload(*given, **named)

    def broken_off(session):
        if begun and not broken:
            broken.append(moment)
            if moment == "after":
                commit(session)
            raise SystemError("killed")
        commit(session)

    monkeypatch.setattr(arrivals.runs, "upload_file", noted)
    monkeypatch.setattr(transactions, "_commit", broken_off)
    assert exports.send(FILE).status_code == 500
    again = exports.send(FILE)
    assert again.status_code == (200 if moment == "after" else 202)
    rounds(app)
    assert (count(app, ImportRun), count(app, Message), broken) == (2, 3, [moment])


def test_each_right_opens_its_own_door_only(api, exports):
    assert exports.post(message()).status_code == 403
    assert exports.get("1").status_code == 403
    answer = api.send(export(*rows(2)))
    assert (answer.status_code, answer.json()["kind"]) == (403, "Forbidden")


def names_of(settings):
    return sorted(one.name for one in (settings.data_dir / "imports").iterdir())


def test_every_refusal_says_why_and_leaves_nothing(app, exports, monkeypatch, tmp_path):
    large = b"x" * (2 * 1024 * 1024)
    monkeypatch.setattr(screens, "MAX_BYTES", 3 * 1024 * 1024)
    stranger = Api(exports.base, "osm_no")
    scanner = app.extensions["osm"].settings
    kept = names_of(scanner)
    found = [
        (401, "Unauthorized", stranger.send(export(*rows(2)))),
        (401, "Unauthorized", stranger.send(large)),
        (413, "TooLarge", exports.send(large * 2)),
        (415, "UnsupportedMediaType", exports.send(b"{}", **{"Content-Type": "application/json"})),
        (422, "FileRefused", exports.send(b"")),
        (422, "FileRefused", exports.send(b"PK\x03\x04 this is no book")),
        (422, "FileRefused", exports.send(large)),  # it was read: the token is known
    ]
    script = tmp_path / "scan"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    app.extensions["osm"].settings = replace(scanner, scan_command=(str(script),))
    found.append((422, "NotClean", exports.send(export(*rows(2)))))
    app.extensions["osm"].settings = scanner
    for status, kind, answer in found:
        assert (answer.status_code, answer.json()["kind"]) == (status, kind), answer.text
        assert answer.json()["error"]
        assert "Set-Cookie" not in answer.headers
    assert (count(app, ImportRun), count(app, Arrival)) == (1, 0)
    assert names_of(scanner) == kept


def test_a_scanner_that_is_down_says_try_again_and_is_told(app, exports, tmp_path, monkeypatch):
    script = tmp_path / "scan"
    script.write_text("#!/bin/sh\nexit 2\n")
    script.chmod(0o755)
    settings = app.extensions["osm"].settings
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(settings, scan_command=(str(script),)))
    answer = exports.send(FILE)
    assert (answer.status_code, answer.json()["kind"], answer.headers["Retry-After"]) == (503, "ScannerDown", "60")
    assert "проверить его на вирусы не удалось" in answer.json()["error"]
    with app.app_context():
        assert [one.name for one in mailing.troubles()] == [taking.SCANNER]
    script.write_text("#!/bin/sh\nexit 0\n")
    assert exports.send(FILE).status_code == 202
    with app.app_context():
        assert mailing.troubles() == []
    assert count(app, ImportRun) == 2
