"""The commands as an administrator calls them: other processes, while a server runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from osm.settings import ROOT
from tests.test_serve import Running, ready

from .installations import Installation
from .test_archives_refused import repacked


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


@pytest.mark.sqlite
def test_what_is_not_restored_is_said_in_one_line(archive, install, tmp_path):
    office: Installation = install("office")
    office.let_go()
    unsigned, cut = tmp_path / "unsigned.zip", tmp_path / "cut.zip"
    repacked(archive, unsigned, lambda name, content: content, signed=False)
    cut.write_bytes(archive.read_bytes()[:-300])
    for path, words in ((unsigned, "повторите с --trust"), (cut, "не до конца")):
        status, said_ = said("restore", str(path), "--force", **office.environ)
        assert (status, words in said_, len(said_.splitlines())) == (1, True, 1), said_
    status, said_ = said("restore", str(unsigned), "--force", "--trust", **office.environ)
    assert (status, "Восстановлено состояние" in said_) == (0, True), said_
