"""`install.sh` on a server without network: installed, an update killed, one that fails, a good one, removed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from osm.settings import ROOT

from ..databases import fresh_database
from .server import Server, sum_up, unpacked

pytestmark = [
    pytest.mark.skipif(
        os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "ip", "nginx", "openssl"))),
        reason="root, name spaces, nginx and openssl",
    ),
]

MIGRATION = '''"""A table more; it takes its time."""
import time
from alembic import op
revision, down_revision, branch_labels, depends_on = "r9999", "{head}", None, None
def upgrade():
    op.execute("CREATE TABLE of_r9999 (number INTEGER)")
    time.sleep(3)
'''
LOG_IN_PAGE = "templates/login/login.html"
LOG_IN = """
import re, ssl, sys, time, http.client
from urllib.parse import urlencode
def ask(method, path, body=None, headers={}):
    context = ssl.create_default_context(cafile=sys.argv[1])
    context.check_hostname = False
    connection = http.client.HTTPSConnection("127.0.0.1", 443, timeout=60, context=context)
    connection.request(method, path, body, {"Host": "press.example.org", **headers})
    answer = connection.getresponse()
    return answer, answer.read().decode()
until = time.monotonic() + 120
while True:
    answer, page = ask("GET", "/login")
    if answer.status != 502 or time.monotonic() > until:
        break
    time.sleep(0.5)
cookie = answer.headers["Set-Cookie"].split(";")[0]
token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
answer, page = ask("POST", "/login", urlencode({"login": "admin", "password": sys.argv[2], "csrf_token": token}),
    {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Referer": "https://press.example.org/login"})
print(answer.status, answer.headers["Location"])
"""
SERVE = (
    "set -a; . /etc/osm/osm.env; test ! -e /opt/osm/updating || exit 9; cd /opt/osm/current; "
    "echo $$ >/run/osm.pid; "
    "exec setpriv --reuid osm --regid osm --init-groups $(sed -n 's/^ExecStart=//p' /etc/systemd/system/osm.service)"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (folder := tmp_path / "server").mkdir()
    made = Server(folder)
    yield made
    made.end()


class Office:
    """What the administrator of a server does, and what people then see."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.bundle = unpacked(folder)
        self.first_version = re.search('VERSION = "(.+)"', (self.bundle / "program/osm/version.py").read_text())[1]
        self.password = ""

    def carry(self, version: str, log_in_page: str | None = None) -> str:
        """Bring a bundle to the server; the answer is the command. With a page it has a migration too."""
        program = self.bundle / "program"
        (program / "osm/version.py").write_text(f'VERSION = "{version}"\n')
        versions = program / "osm/store/migrations/versions"
        if log_in_page is not None:
            head = max(path.name.split("_")[0] for path in versions.glob("r[0-8]*.py"))
            (versions / "r9999_of_a_test.py").write_text(MIGRATION.format(head=head))
            (program / LOG_IN_PAGE).write_text(log_in_page)
        sum_up(self.bundle)
        self.server.put(self.bundle, f"/srv/osm-{version}")
        return f"/srv/osm-{version}/install.sh --name press.example.org"

    def serve(self) -> None:
        """As the service would: the command of the unit, under its condition; nginx before it."""
        self.server.start(SERVE)
        self.server.run("nginx -s stop 2>/dev/null; sleep 0.2; nginx")

    def log_in(self) -> str:
        """Over HTTPS, as soon as the program answers; the answer is the status and where it leads."""
        return self.server.ask(LOG_IN, f"{self.server.root}/etc/osm/tls.pem", self.password).strip()

    def stop(self) -> None:
        """As `systemctl stop` would, which does not run here."""
        self.server.run("kill $(cat /run/osm.pid); while kill -0 $(cat /run/osm.pid) 2>/dev/null; do sleep 0.1; done")


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.skipif(not Path("/run/postgresql/.s.PGSQL.5432").exists(), reason="no PostgreSQL on this machine")
def test_the_same_on_postgresql(server: Server, tmp_path: Path):
    """The program comes to it by its socket: the server of the test has no network."""
    with fresh_database("postgresql", tmp_path) as address:
        whole_way(server, tmp_path, f"postgresql://postgres@/{make_url(address).database}?host=/run/postgresql")


def test_from_the_first_command_to_the_last(server: Server, tmp_path: Path):
    whole_way(server, tmp_path)


def whole_way(server: Server, tmp_path: Path, postgresql: str = "") -> None:
    office = Office(server, tmp_path)
    first = office.first_version
    install = office.carry(first)

    said = server.run(install)
    office.password = re.search(r"Пароль на первый вход: (\S+)", said)[1]
    if postgresql:
        server.run(f"osm copy-database '{postgresql}'; echo OSM_DATABASE_URL={postgresql} >>/etc/osm/osm.env")

    # the same again changes nothing
    keys = server.run("cat /etc/osm/osm.env")
    assert "Пароль" not in server.run(install)
    assert server.run("cat /etc/osm/osm.env") == keys
    assert server.run("stat -c %a%U /etc/osm/osm.env /etc/osm/tls.key").split() == ["600root", "600root"]

    # an update that is killed amid its migration: the unit does not start; then one that fails after it
    broken = office.carry("99.0", log_in_page="{{ 1 / 0 }}")
    server.run(
        f"setsid sh -c 'echo $$ >/run/install.pid; exec {broken}' >/dev/null 2>&1 & "
        "while test ! -e /opt/osm/updating; do sleep 0.1; done; sleep 1; kill -KILL -$(cat /run/install.pid)"
    )
    server.run(SERVE, status=9)
    said = server.run(broken, status=1)
    assert said.count("Возвращаю программу и базу") == 2
    assert "не прошла пробный запуск" in said
    assert f"Работает прежняя версия: {first}" in said
    office.serve()
    assert office.log_in() == "303 /admin"
    assert f"/{first}-" in server.run("readlink /opt/osm/current")

    # a good one, when the program has been stopped
    good = office.carry("100.0", log_in_page=(ROOT / LOG_IN_PAGE).read_text(encoding="utf-8"))
    assert "Программа запущена не службой" in server.run(good, status=1)
    office.stop()
    assert "Стоит версия 100.0" in server.run(good)
    assert "/100.0-" in server.run("readlink /opt/osm/current")
    assert "Журнал цел" in server.run("osm audit-verify")
    assert server.run("ls /opt/osm/releases | wc -l; ls /var/backups/osm/before-* | wc -l").split() == ["2", "3"]

    # removed; its data is removed by another word only
    server.run("/opt/osm/current/deploy/install.sh remove")
    kept = ("/var/lib/osm/osm.sqlite3", "/etc/osm/osm.env", "/etc/osm/tls.key", "/var/backups/osm")
    gone = ("/opt/osm", "/usr/local/bin/osm", "/etc/systemd/system/osm.service", "/etc/nginx/sites-enabled/osm")
    server.run(" && ".join([*(f"test -e {path}" for path in kept), *(f"test ! -e {path}" for path in gone)]))
    server.run("/srv/osm-100.0/install.sh remove --with-data")
    server.run("test ! -e /var/lib/osm && test ! -e /etc/osm && test ! -e /var/backups/osm && ! id osm")
