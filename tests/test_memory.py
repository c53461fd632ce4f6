"""What a process holds from its start: libraries that few need are loaded by those few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from osm.settings import ROOT

RARE = {"alembic", "docx", "lxml", "markdown", "nh3", "openpyxl", "PIL", "rapidfuzz", "xlsxwriter"}
"""Together they would cost a process thirty megabytes."""
_STARTED = """
import sys
from osm import create_app
from osm.settings import load_settings
from osm.start import prepare
from osm.jobs import running
environ = {"OSM_DATA_DIR": sys.argv[1], "OSM_DATABASE_URL": sys.argv[3]}
app = create_app(load_settings(environ), with_web=sys.argv[2] == "web")
if not sys.argv[3]:
    prepare(app)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded(folder: Path, process: str, url: str = "") -> set[str]:
    """The modules of a process that has just started; with an address of a database, before its first connection."""
    command = [sys.executable, "-c", _STARTED, str(folder), process, url]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("process", ["web", "worker"])
def test_nothing_rare_is_loaded_at_the_start(tmp_path, process):
    loaded(tmp_path, process)  # the first start makes the tables, for which Alembic is needed
    assert loaded(tmp_path, process) & RARE == set()


@pytest.mark.parametrize("process", ["web", "worker"])
def test_on_postgresql_no_process_holds_sqlite(tmp_path, process):
    assert "sqlite3" not in loaded(tmp_path, process, "postgresql://osm@127.0.0.1/osm")


def test_modules_without_descriptions_are_used_where_copies_are_kept(tmp_path):
    """Who may not write them uses those that another user has made, and none while there are none."""
    asked = "from osm.serve import keeps_copies_without_descriptions as keeps; print(keeps())"
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPYCACHEPREFIX": str(tmp_path)}

    def keeps() -> str:
        command = [sys.executable, "-B", "-c", asked]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout.strip()

    assert keeps() == "False"
    subprocess.run([sys.executable, "-OO", "-m", "osm.serve", "modules"], cwd=ROOT, env=environ, check=True)
    assert keeps() == "True"
