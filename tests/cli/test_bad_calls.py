"""A call that cannot be understood: one Russian line on standard error, status 2, and never a false «нет»."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from osm.settings import ROOT

pytestmark = pytest.mark.sqlite

CALLS = [
    ("restore", "Не указано: FILE. Как пишется команда: osm restore --help"),
    ("restore нет.zip --force", "FILE: файла нет.zip нет. Как пишется команда: osm restore --help"),
    ("restore . --force", "FILE: . — каталог, а нужен файл. Как пишется команда: osm restore --help"),
    ("backup .", "FILE: это каталог, а нужно имя файла. Как пишется команда: osm backup --help"),
    ("restore --forc", "Параметра --forc у команды нет. Похоже на --force. Как пишется команда: osm restore --help"),
    ("restor", "Такой команды нет. Как пишется команда: osm --help"),
    (
        "create-user petrov --name П --role boss",
        "--role: можно только curator, executor, moderator, head, admin. Как пишется команда: osm create-user --help",
    ),
    ("tick --at", "Параметр --at написан не так: проверьте, нужно ли ему значение. Как пишется команда: osm --help"),
    ("tick --at вчера", "--at: нужен момент вида 2026-04-30T10:00+10:00. Как пишется команда: osm tick --help"),
    ("audit-verify журнал", "В команде лишние слова. Как пишется команда: osm audit-verify --help"),
    (
        "export-answers a.xlsx --from завтра",
        "--from: нужна дата, например 2026-11-25 или 25.11.2026. Как пишется команда: osm export-answers --help",
    ),
    (
        "check-answer --attachments два",
        "--attachments: такое значение не подходит. Как пишется команда: osm check-answer --help",
    ),
]


@pytest.mark.parametrize(("call", "said"), CALLS, ids=[call for call, _ in CALLS])
def test_it_is_said_in_one_russian_line(app, tmp_path, monkeypatch, call, said):
    monkeypatch.chdir(tmp_path)
    done = app.test_cli_runner().invoke(args=["osm", *call.split()])
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"{said}\n")


def test_a_file_that_may_not_be_seen_is_not_called_missing(app, monkeypatch):
    look = os.stat

    def closed(path: Any, **how: Any) -> os.stat_result:
        if str(path).startswith("/closed/"):
            raise PermissionError(13, "Permission denied", path)
        return look(path, **how)

    monkeypatch.setattr(os, "stat", closed)
    done = app.test_cli_runner().invoke(args=["osm", "restore", "/closed/copy.zip"])
    assert done.exit_code == 2
    assert "нет к нему доступа" in done.stderr
    assert "/closed/copy.zip нет" not in done.stderr


def test_the_list_of_commands_says_whole_sentences(app):
    done = app.test_cli_runner().invoke(args=["osm", "--help"])
    assert re.search(r"repeats +Показать повторные сообщения \(п\. 15\)", done.stdout), done.stdout


@pytest.mark.skipif(not shutil.which("sh"), reason="no shell")
def test_a_file_is_looked_for_in_the_administrators_folder(tmp_path):
    """`deploy/osm` on a server: the program is in another folder than the file."""
    tools, here = tmp_path / "tools", tmp_path / "here"
    tools.mkdir()
    here.mkdir()
    (here / "flask.py").write_text("raise SystemExit('a module of this folder was loaded')", encoding="utf-8")
    (tmp_path / "osm.env").write_text(f"OSM_DATA_DIR={tmp_path / 'data'}\n", encoding="utf-8")
    (tools / "id").write_text("#!/bin/sh\necho 0\n", encoding="utf-8")
    (tools / "runuser").write_text('#!/bin/sh\nshift 3\nexec "$@"\n', encoding="utf-8")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    script = (ROOT / "deploy" / "osm").read_text(encoding="utf-8")
    for path, stand_in in (
        ("/opt/osm/current/.venv/bin/python", sys.executable),
        ("/opt/osm/current", str(ROOT)),
        ("/etc/osm/osm.env", str(tmp_path / "osm.env")),
    ):
        script = script.replace(path, stand_in)
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", script, "osm", "backup", "copy.zip"],
        cwd=here, env=environ, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (here / "copy.zip").is_file()
