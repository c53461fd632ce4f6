"""The commands as an administrator calls them, while a server runs in separate processes."""

from __future__ import annotations

import pytest

from osm.cli import osm
from tests.test_serve import Running, ready

from .installations import Installation
from .test_archives_refused import repacked


def said(office: Installation, *arguments: str) -> tuple[int, str]:
    done = office.app.test_cli_runner().invoke(osm, arguments)
    return done.exit_code, done.output


@pytest.mark.nightly(on="postgresql")  # by day `test_archives_refused` says there what a restore refuses
def test_while_the_server_runs_a_backup_is_made_and_a_restore_refused(archive, install, tmp_path):
    office: Installation = install("office")
    office.restore(archive)
    server = Running(tmp_path, **office.environ)
    try:
        server.wait_for(lambda: ready(server))
        status, words = said(office, "backup", str(tmp_path / "osm.zip"))
        assert (status, "Копия записана" in words) == (0, True), words
        before = office.contents()["message"]
        status, words = said(office, "restore", str(tmp_path / "osm.zip"), "--force")
        assert status == 1
        assert "ОСМ работает" in words
        assert "Traceback" not in words
        assert office.contents()["message"] == before
        assert ready(server)
    finally:
        server.end()
        office.let_go()
    status, words = said(office, "restore", str(tmp_path / "osm.zip"), "--force")
    assert (status, "Восстановлено состояние" in words) == (0, True), words


@pytest.mark.sqlite
def test_what_is_not_restored_is_said_in_one_line(archive, install, tmp_path):
    office: Installation = install("office")
    office.let_go()
    unsigned, cut = tmp_path / "unsigned.zip", tmp_path / "cut.zip"
    repacked(archive, unsigned, lambda name, content: content, signed=False)
    cut.write_bytes(archive.read_bytes()[:-300])
    for path, words in ((unsigned, "повторите с --trust"), (cut, "не до конца")):
        status, said_ = said(office, "restore", str(path), "--force")
        assert (status, words in said_, len(said_.splitlines())) == (1, True, 1), said_
    status, said_ = said(office, "restore", str(unsigned), "--force", "--trust")
    assert (status, "Восстановлено состояние" in said_) == (0, True), said_
