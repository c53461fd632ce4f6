"""Every way in for a file passes the scanner of the office; what it finds, or cannot look at, is kept nowhere."""

from __future__ import annotations

import io
import re
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts import scanning
from osm.models import Comment, ImportRun, User, UserRole
from osm.regulation.words import GIVEN_ROLES
from osm.settings import SettingsError
from osm.shell.access import PUBLIC, declared
from osm.shell.turns import TURNS

FINDS = """#!/bin/sh
echo "$1" >> "$(dirname "$0")/seen"
grep -q VIRUS "$1" && exit 1
exit 0
"""
FOUND = "проверка нашла в нём вирус"
FAILED = "проверить его на вирусы не удалось"


@pytest.fixture
def scanner(app, tmp_path, monkeypatch) -> Callable[[str], Path]:
    """`scanner(script)`: what the setting names; returns where it notes the files that it has seen."""

    def install(script: str) -> Path:
        program = tmp_path / "scan"
        program.write_text(script)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        settings = replace(app.extensions["osm"].settings, scan_command=(str(program),))
        monkeypatch.setattr(app.extensions["osm"], "settings", settings)
        return tmp_path / "seen"

    return install


@pytest.fixture
def everybody(app, cast, anna):
    """Anna's browser, with every role."""
    with app.app_context(), transaction() as session:
        user = session.get_one(User, cast["anna"])
        user.role_rows = [UserRole(role=role) for role in GIVEN_ROLES]
    return anna


def stored(app) -> list[Path]:
    return [path for path in app.extensions["osm"].settings.data_dir.rglob("*") if path.is_file()]


@pytest.mark.sqlite
def test_no_page_takes_a_file_that_the_scanner_refuses(app, everybody, scanner):
    seen, before = scanner(FINDS), stored(app)
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and declared(app, rule.endpoint) is not PUBLIC
    ]
    taken = []
    for rule in rules:
        address = re.sub(r"<int:\w+>", "1", rule.rule)
        address = re.sub(r"<[^>]+>", "some", address)
        form, plain = {"file": (io.BytesIO(b"a VIRUS"), "a.xlsx")}, {"Accept": "application/json"}
        answer = everybody.submit(address, form, headers=plain)
        if answer.status_code != 422 or FOUND not in answer.get_json()["error"]:
            taken.append(f"{address}: {answer.status_code}")
    assert len(rules) > 100
    assert taken == []
    assert len(seen.read_text().splitlines()) == len(rules)
    assert stored(app) == before
    assert not any(Path(line).exists() for line in seen.read_text().splitlines())


def test_a_clean_file_goes_on_whole(app, everybody, scanner):
    seen = scanner(FINDS)
    sheet = "Текст;Ссылка\nЯма на дороге;https://vk.com/wall-1_1\n".encode()
    answer = everybody.submit("/imports", {"file": (io.BytesIO(sheet), "выгрузка.csv")})
    assert answer.status_code == 303
    assert len(seen.read_text().splitlines()) == 1
    with app.app_context():
        assert db.session.query(ImportRun).count() == 1


def test_one_bad_file_among_several_refuses_the_form_and_keeps_what_was_typed(everybody, scanner):
    scanner(FINDS)
    files = [(io.BytesIO(b"fine"), "a.jpg"), (io.BytesIO(b"VIRUS"), "плохой.jpg")]
    answer = everybody.submit("/plan/news", {"what": "Открыли каток", "files": files})
    assert answer.status_code == 422
    assert "«плохой.jpg» не принят и не сохранён" in answer.text
    assert "Открыли каток" in answer.text


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 2\n", "#!/bin/sh\nsleep 30\n", "#!/no/such/program\n"])
def test_a_scanner_that_does_not_work_lets_nothing_in(app, everybody, scanner, monkeypatch, script):
    monkeypatch.setattr(scanning, "SECONDS", 0.5)
    scanner(script)
    answer = everybody.submit("/imports", {"file": (io.BytesIO(b"a;b\n1;2\n"), "a.csv")})
    assert (answer.status_code, FAILED in answer.text) == (422, True)
    with app.app_context():
        assert db.session.query(ImportRun).count() == 0


def test_one_person_holds_one_thread_with_his_files(app, cast, everybody, scanner):
    seen = scanner(FINDS)
    sheet = "Текст;Ссылка\nЯма на дороге;https://vk.com/wall-1_1\n".encode()
    with TURNS.get(app).turn(cast["anna"], time.monotonic()):  # his file before is still being looked at
        answer = everybody.submit("/plan/news", {"what": "Каток", "files": (io.BytesIO(b"fine"), "a.jpg")})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert not seen.exists()
        empty = everybody.submit("/plan/news", {"what": "Каток", "files": (io.BytesIO(b""), "")})
        assert empty.status_code == 303
    assert everybody.submit("/imports", {"file": (io.BytesIO(sheet), "a.csv")}).status_code == 303


def test_the_name_of_a_file_is_no_part_of_the_command(everybody, scanner, tmp_path):
    seen = scanner(FINDS)
    answer = everybody.submit("/imports", {"file": (io.BytesIO(b"VIRUS"), "$(touch x);--help.csv")})
    assert answer.status_code == 422
    assert "touch" not in seen.read_text()
    assert not Path("x").exists()


def test_the_commands_ask_it_too(app, cast, scanner, tmp_path):
    scanner(FINDS)
    file = tmp_path / "плохой.csv"
    file.write_text("Текст;VIRUS\n")
    for command in ("import", "import-comments"):
        done = app.test_cli_runner().invoke(args=["osm", command, str(file)])
        assert done.exit_code == 1
        assert FOUND in done.stderr
    with app.app_context():
        assert db.session.query(ImportRun).count() == db.session.query(Comment).count() == 0


def test_without_a_scanner_nothing_is_asked(everybody, app):
    sheet = "Текст;Ссылка\nVIRUS;https://vk.com/wall-1_1\n".encode()
    assert everybody.submit("/imports", {"file": (io.BytesIO(sheet), "a.csv")}).status_code == 303


def test_a_command_that_is_not_there_is_said_at_the_start(make_settings):
    with pytest.raises(SettingsError, match="программы «no-such-scanner» на сервере нет"):
        make_settings(OSM_SCAN_COMMAND="no-such-scanner --quick")
    with pytest.raises(SettingsError, match="кавычки"):
        make_settings(OSM_SCAN_COMMAND="sh 'a")
    assert make_settings(OSM_SCAN_COMMAND="sh -c 'a b'").scan_command == ("sh", "-c", "a b")
