"""What an administrator copies: named settings exist, commands are ours, the script is correct."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import click
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from osm.cli import osm
from osm.settings import ROOT, load_settings
from osm.settings.environment import SETTINGS, table
from tests.directory.slapd import free_port
from tests.keys import KEYS

INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / "osm.env.example").read_text(encoding="utf-8")


def test_the_table_of_settings_is_made_from_the_code():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == table()


def test_every_setting_that_is_named_exists():
    for name in set(re.findall(r"\bOSM_[A-Z_]+", INSTALL + EXAMPLE)):
        assert name in SETTINGS, name


def test_the_settings_of_the_guides_mean_the_same_to_the_shell(tmp_path):
    """`osm …` and install.sh read osm.env as the shell does; the service reads it as systemd does."""
    texts = [path.read_text(encoding="utf-8") for path in (*(ROOT / "docs").glob("*.md"), ROOT / "SECURITY.md")]
    blocks = [block for text in texts for block in re.findall(r"^```\n(OSM_.*?)^```", text, re.MULTILINE | re.DOTALL)]
    blocks += [line for text in texts for line in re.findall(r"`(OSM_[A-Z_]+=[^`]*)`", text)]
    mail = (ROOT / "templates" / "reminders" / "mail.html").read_text(encoding="utf-8")
    blocks += [EXAMPLE, re.sub(r"^#(OSM_)", r"\1", EXAMPLE, flags=re.MULTILINE)]
    blocks += re.findall(r"<pre>(OSM_.*?)</pre>", mail, re.DOTALL)
    assert len(blocks) > 10
    for block in blocks:
        (tmp_path / "osm.env").write_text(block, encoding="utf-8")
        meant = {name: value.strip("'") for name, value in re.findall(r"^([A-Z_]+)=(.*)$", block, re.MULTILINE)}
        ask = f"import json, os; print(json.dumps({{name: os.environ.get(name) for name in {list(meant)}}}))"
        shell = f'set -a; . {tmp_path}/osm.env; exec "$0" -c "$1"'
        told = subprocess.run(["sh", "-euc", shell, sys.executable, ask], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout) == meant


def test_windows_reads_the_script_and_its_settings_as_utf_8():
    """PowerShell 5.1 takes a file without a mark as one of the local code page. Nothing here can run it."""
    paths = [ROOT / "deploy" / "windows" / name for name in ("send-exports.ps1", "settings.example.psd1")]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    script, settings = (path.read_text(encoding="utf-8-sig") for path in paths)
    used = set(re.findall(r"\$given\.([A-Z]\w+)", script, re.IGNORECASE)) - {"ContainsKey"}
    assert used == set(re.findall(r"^ +(\w+) += ", settings, re.MULTILINE))
    assert "/api/v1/imports?filename=" in script


def test_every_command_that_is_named_exists():
    known = set(osm.list_commands(click.Context(osm)))
    named = set(re.findall(r"(?:^|`| app )osm ([a-z][a-z-]+)", INSTALL, re.MULTILINE))
    assert {"backup", "restore", "copy-database", "create-user", "audit-verify"} <= named
    assert named <= known


def test_the_example_is_complete_but_for_the_keys(tmp_path):
    lines = [line.partition("=") for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    environ = {name: value for name, _, value in lines} | {"OSM_DATA_DIR": str(tmp_path)}
    assert {name for name in KEYS if environ[name] == ""} == set(KEYS)
    settings = load_settings(environ | KEYS)
    assert settings.is_production
    assert settings.backup_copies == 14


def test_the_units_paths_are_those_of_the_guide_and_of_the_script():
    unit, script = ((ROOT / "deploy" / name).read_text(encoding="utf-8") for name in ("osm.service", "install.sh"))
    for path in ("/opt/osm/current", "/etc/osm/osm.env", "/var/backups/osm"):
        assert path in unit
        assert path in INSTALL
    assert "ConditionPathExists=!/opt/osm/updating" in unit
    assert "PLACE=/opt/osm " in script.replace("\n", " ")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_the_unit_is_sound_and_gives_the_program_little(tmp_path):
    """Exposure below 2 of 10, for web and worker alike: they are one unit."""
    unit = (ROOT / "deploy" / "osm.service").read_text(encoding="utf-8")
    path = tmp_path / "osm.service"
    path.write_text(unit.replace("/opt/osm/current/.venv/bin/python", sys.executable), encoding="utf-8")
    for check in (["verify"], ["security", "--offline=true", "--threshold=19"]):
        done = subprocess.run(["systemd-analyze", *check, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx")
def test_no_key_in_an_address_is_in_the_log_of_nginx(tmp_path):
    port = free_port()
    site = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    site = site[site.index("log_format") : site.index("server {")] + site[site.rindex("server {") :]
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("/var/log/nginx", str(tmp_path))
    site = re.sub(r"^ *(listen \[|ssl_).*\n", "", site, flags=re.MULTILINE).replace(":5000", f":{free_port()}")
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{name}_temp_path {tmp_path}/{name}; " for name in names)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error; events {{}}\n"
        f"http {{ {folders}\n{site} }}"
    )
    command = ["nginx", "-e", str(tmp_path / "error"), "-c", str(tmp_path / "nginx.conf")]
    browser = requests.Session()
    browser.mount("http://", HTTPAdapter(max_retries=Retry(connect=9, backoff_factor=0.1)))  # until nginx is there
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        try:
            for path in (
                "invitation?key",
                "login/oidc/back?code",
                "plan/calendar/feed.ics?key",
                "public/ask?key",
                "login?next",
            ):
                answer = browser.get(f"http://127.0.0.1:{port}/{path}=value", timeout=5)
                assert answer.status_code == 502
                assert (answer.headers.get("Referrer-Policy") == "no-referrer") == (path != "login?next")
                assert "max-age" in answer.headers["Strict-Transport-Security"]
        finally:
            nginx.terminate()
    assert re.findall(r"GET ([^\s\"]+)", (tmp_path / "osm.log").read_text()) == [
        "/login"
    ]  # no words of a search either
    assert re.findall(r"GET (\S+)", (tmp_path / "error").read_text()) == ["/login?next=value"]


@pytest.mark.parametrize("name", ["osm", "install.sh", "bundle.sh"])
@pytest.mark.skipif(not shutil.which("sh"), reason="no shell")
def test_a_script_is_a_sound_shell_script(name):
    script = ROOT / "deploy" / name
    for check in (["sh", "-n"], ["shellcheck"]):
        if shutil.which(check[0]):
            done = subprocess.run([*check, str(script)], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert script.stat().st_mode & 0o100
