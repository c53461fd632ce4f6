"""The group `osm`: every command is found, loads what it needs, and its refusals become status 1."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from osm.base.errors import NotFound
from osm.cli import REFUSALS, Commands, osm
from osm.jobs.lanes import LANES
from osm.regulation.errors import MissingInput
from osm.settings import ROOT, SettingsError


def test_the_stable_commands_are_there():
    names = osm.list_commands(click.Context(osm))
    assert {"create-user", "deadlines", "demo", "import", "tick", "worker"} <= set(names)


def test_the_version_is_that_of_the_last_release_in_the_changelog(app):
    done = app.test_cli_runner().invoke(args=["osm", "--version"])
    released = re.findall(r"^## (\d+\.\d+\.\d+) — \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert (done.exit_code, done.stdout) == (0, f"ОСМ {released[0]}\n")


def test_an_unknown_command_is_status_2(app):
    done = app.test_cli_runner().invoke(args=["osm", "no-such-command"])
    assert done.exit_code == 2


@pytest.mark.words
@pytest.mark.parametrize("error", [MissingInput("a", "Не хватает."), NotFound(), SettingsError("Нельзя.")])
def test_a_refusal_is_said_on_standard_error_with_status_1(app, error):
    assert isinstance(error, REFUSALS)

    @click.command("refused")
    def refused() -> None:
        raise error

    class One(Commands):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return refused

    done = app.test_cli_runner().invoke(One("osm"), ["refused"])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"{error}\n")


def test_a_command_sets_up_an_empty_data_directory_and_adds_no_people(tmp_path):
    environ = {"PATH": "/usr/bin:/bin", "OSM_DATA_DIR": str(tmp_path / "new" / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "osm", "tick", "--at", "2026-11-25T09:05+10:00"],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    import sqlite3

    with sqlite3.connect(tmp_path / "new" / "data" / "osm.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM user_account").fetchone() == (0,)
        beats = {name for (name,) in database.execute("SELECT name FROM worker_beat")}
        assert beats >= {lane.name for lane in LANES}
