"""The demonstration's export is imported the usual way, next to the seeded messages."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from openpyxl import load_workbook

from osm.demo.office import seed
from osm.demo.story import write_export
from osm.flow.acts.clocks import in_force
from osm.regulation.words import DeadlineState, Importance, Status

from .office import WEDNESDAY, messages

pytestmark = pytest.mark.sqlite


def written(app, tmp_path):
    path = tmp_path / "demo_export.xlsx"
    with app.app_context():
        assert write_export(path, WEDNESDAY, in_force().calendar) == 30
    return path


def test_thirty_rows_with_times_around_now(app, tmp_path):
    sheet = load_workbook(written(app, tmp_path)).active
    heading, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == 30
    received, published = (heading.index(name) for name in ("Дата поступления", "Дата публикации"))
    assert max(row[received] for row in rows).isoformat() == "2026-11-25T10:03:00"
    assert all(row[published] < row[received] for row in rows)


def test_the_file_goes_in_and_says_what_it_did_not_take(app, tmp_path):
    path = written(app, tmp_path)
    with app.app_context():
        seed(WEDNESDAY)
        before = len(messages())
    result = app.test_cli_runner().invoke(args=["osm", "import", str(path), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["created"], report["updated"], report["unchanged"], report["duplicates"]) == (28, 0, 0, 1)
    assert [item["row"] for item in report["rejected"]] == [31]
    with app.app_context():
        added = messages()[before:]
        assert len(added) == 28
        assert max(message.received_at for message in added) == datetime.fromisoformat("2026-11-25T10:03+10:00")
        assert {message.network for message in added} == {"vk", "ok", "telegram", "max", "instagram"}
        assert sum(message.status is Status.ANSWERED for message in added) == 2
        assert sum(message.importance is Importance.HIGH for message in added) == 3
        assert sum(message.topic_id is not None for message in added) == 27, "all but the advertisement"
        for message in added:
            running = [d for d in message.deadlines if d.state is DeadlineState.OPEN]
            assert bool(running) == (message.status is Status.NEW)
    again = json.loads(app.test_cli_runner().invoke(args=["osm", "import", str(path), "--json"]).stdout)
    assert (again["created"], again["unchanged"]) == (0, 28)
