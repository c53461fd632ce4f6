"""The commands as an administrator calls them: other processes, while a server runs."""

from __future__ import annotations

import subprocess
import sys

from osm.settings import ROOT
from tests.test_serve import Running, ready

from .installations import Installation


def osm(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "osm", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(*arguments: str, **variables: str) -> tuple[int, str]:
    process = osm(*arguments, **variables)
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def test_while_the_server_runs_a_backup_is_made_and_a_restore_refused(archive, install, tmp_path):
    office: Installation = install("office")
    office.restore(archive)
    server = Running(tmp_path, **office.environ)
    try:
        server.wait_for(lambda: ready(server))
        status, words = said("backup", str(tmp_path / "osm.zip"), **office.environ)
        assert (status, "Копия записана" in words) == (0, True), words
        before = office.contents()["message"]
        status, words = said("restore", str(tmp_path / "osm.zip"), "--force", **office.environ)
        assert status == 1
        assert "ОСМ работает" in words
        assert "Traceback" not in words
        assert office.contents()["message"] == before
        assert ready(server)
    finally:
        server.end()
        office.let_go()
    status, words = said("restore", str(tmp_path / "osm.zip"), "--force", **office.environ)
    assert (status, "Восстановлено состояние" in words) == (0, True), words
