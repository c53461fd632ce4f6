"""What people have written reaches no log and no terminal, however a process ends."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from osm.base.database import db, make_engine
from osm.settings import ROOT

TEXT = "Обращение гражданина Иванова"
#: An error as a database raises it: its words and its cause quote what was to be stored.
FAIL = f"""
def fail(*_, **__):
    try:
        raise ValueError("DETAIL: Failing row contains ({TEXT})")
    except ValueError as error:
        raise RuntimeError("[parameters: ({TEXT})]") from error
"""
PROCESSES = {
    "web": "import osm.serve.processes as p; p.create_app = fail; sys.exit(p.run('web', demo=False))",
    "worker": "import osm.serve.processes as p; p.create_app = fail; sys.exit(p.run('worker', demo=False))",
    "prepare": "import osm.serve.processes as p; p.prepare = fail; sys.exit(p.run('prepare', demo=True))",
    "command": "import osm.serve.start as s; s.prepare = fail; sys.argv = ['flask', '--app', 'app', 'osm', 'tick'];"
    "from flask.cli import main; main()",
    "list of commands": "import osm.serve.start as s; s.prepare = fail; sys.argv = ['flask', '--app', 'app', '--help'];"
    "from flask.cli import main; main()",
    "job": "import osm.jobs.lanes as l; l.act.recompute_outdated = fail;"
    "sys.argv = ['flask', '--app', 'app', 'osm', 'tick', '--at', '2026-11-25T10:00+10:00'];"
    "from flask.cli import main; main()",
    "thread": "import threading; from osm.base import supervised; supervised.configure();"
    "one = threading.Thread(target=fail); one.start(); one.join(); sys.exit(1)",
}


@pytest.mark.parametrize("code", PROCESSES.values(), ids=PROCESSES)
def test_a_process_that_fails_says_where_and_not_what(tmp_path, code):
    done = subprocess.run(
        [sys.executable, "-c", f"import gc, sys; gc.disable(){FAIL}\n{code}"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "OSM_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode != 0 or "--help" in code
    assert "RuntimeError" in told
    assert " fail" in told  # the place
    assert TEXT not in told
    assert "Failing row" not in told


def test_an_error_of_the_database_quotes_no_parameters(app):
    with app.app_context(), pytest.raises(DBAPIError) as refused:
        db.session.execute(text("SELECT * FROM nowhere WHERE text = :text"), {"text": TEXT})
    assert TEXT not in str(refused.value)


def test_engines_other_than_the_applications_hide_it_too(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("SELECT * FROM nowhere WHERE text = :text"), {"text": TEXT})
    engine.dispose()
    assert TEXT not in str(refused.value)


def test_no_engine_is_made_that_quotes_them():
    for path in (ROOT / "osm").rglob("*.py"):
        for call in re.findall(r"(?<!import )\bcreate_engine\(.*", path.read_text(encoding="utf-8")):
            assert "hide_parameters" in call or path.name == "database.py", path
