"""`osm export-site DIR`: files with the same content as the server shows; a second run writes only changes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Office
from osm.pages.acts.profile import KEPT_BY
from osm.pages.acts.register import Given, edit_page, enter_page

pytestmark = pytest.mark.usefixtures("entry")

PAGE = Given("https://vk.com/priozerny", "Приозёрный округ", "Администрация", unit="Пресс-центр")
DATA = "opendata/2500000010-accounts/data-20261125T0905-structure-20261129.csv"


@pytest.fixture
def entry(app, cast, now):
    with app.app_context():
        with transaction() as session:
            session.add(Office(id=1, name="Администрация округа", inn="2500000010"))
        return enter_page(PAGE, actor=None, now=now, zone=app.extensions["osm"].settings.time_zone).id


@pytest.fixture
def export(app, tmp_path):
    folder = tmp_path / "site"

    def run(*options):
        result = app.test_cli_runner().invoke(args=["osm", "export-site", str(folder), *options])
        return folder, result

    return run


def written(folder):
    """Name → content and time of writing of every file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_the_files_equal_the_servers_and_every_link_has_one(app, export, monkeypatch):
    monkeypatch.delattr(os, "fchmod")  # as on Windows
    folder, result = export()
    assert result.exit_code == 0, result.output
    assert "без изменений: 0" in result.output
    files = written(folder)
    client = app.test_client()
    for name in ("accounts.json", "accounts.schema.json", "accounts.csv", "accounts.css", DATA):
        assert files[name][0] == client.get(f"/public/{name}").data, name
    for name in [name for name in files if name.endswith(".html")]:
        for link in re.findall(r'(?:href|src)="([^"#:]+)"', files[name][0].decode()):
            assert (folder / name).parent.joinpath(link).resolve().is_file(), (name, link)
    assert oct((folder / "accounts.html").stat().st_mode)[-3:] == "644"
    folder, result = export("--url", "https://priozerny.example/pages")
    assert (
        "https://priozerny.example/pages/opendata/2500000010-accounts/meta.csv"
        in (folder / "opendata/list.csv").read_text()
    )
    assert export("--url", "сайт")[1].exit_code == 2


def test_a_second_run_writes_only_changes_and_removes_old_files(app, entry, export, now):
    folder, _ = export()
    (folder / "own.html").write_text("наше")
    (folder / ".osm-part-left").write_text("не дописано")
    before = written(folder)
    folder, result = export()
    assert f"Записано: 0, без изменений: {len(before) - 4}, убрано: 0." in result.output
    assert written(folder) == {name: found for name, found in before.items() if name != ".osm-part-left"}
    with app.app_context():
        zone, later = app.extensions["osm"].settings.time_zone, now + timedelta(hours=1)
        edit_page(entry, 1, replace(PAGE, unit="Аппарат"), actor=None, now=later, zone=zone)
    after = written(export()[0])
    same = {name for name in before if name in after and after[name] == before[name]}
    assert same == {
        "accounts.css",
        "accounts.schema.json",
        ".osm-lock",
        "own.html",
        "opendata/list.csv",
        DATA,
        DATA.replace("data-20261125T0905-", ""),
    }
    with app.app_context():
        with transaction() as session:
            session.get(Office, 1).inn = ""
        db.session.remove()
    folder, result = export()
    assert "ИНН администрации не указан" in result.output
    left = written(folder)
    assert not any(name.startswith("opendata") for name in left)
    assert left["own.html"][0].decode() == "наше"


def test_a_list_that_somebody_wrote_leads_out_of_the_folder_nowhere(export, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("цел")
    folder, _ = export()
    (folder / KEPT_BY).write_text(json.dumps(["../outside.txt", str(outside), 5]))
    assert export()[1].exit_code == 0
    assert outside.read_text() == "цел"


def test_what_cannot_be_written_is_said(app, tmp_path):
    (tmp_path / "file").write_text("")
    result = app.test_cli_runner().invoke(args=["osm", "export-site", str(tmp_path / "file" / "site")])
    assert result.exit_code == 1
    assert "не удалось записать" in result.output
