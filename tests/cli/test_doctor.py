"""`osm doctor`: each check when all is well and when it is not, what is printed, the exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.durable import this_installation
from osm.base.transaction import Pace, transaction
from osm.cli.doctor import CHECKS, examine
from osm.jobs.lanes import LANES, beat
from osm.keeping.acts import nightly
from osm.keeping.acts.nightly import STEPS
from osm.log.acts.record import record
from osm.log.queries.page import FAULT
from osm.models import Account, Connection, ConnectionState
from osm.outbox.acts.keys import sealed
from osm.settings import ROOT
from osm.settings.directory import DirectorySettings, LdapSettings
from osm.settings.environment import MailSettings, Security
from tests.keys import KEYS
from tests.reminders.mailbox import Mailbox

posix = pytest.mark.skipif(os.name != "posix", reason="rights of files")


@pytest.fixture
def settings(app, tmp_path):
    """`settings(name=…)`: those of the application, in a folder of this test; everything is in order at first."""
    before = app.extensions["osm"].settings
    data = tmp_path / "data"
    data.mkdir(mode=0o750)

    def change(**given):
        app.extensions["osm"].settings = replace(app.extensions["osm"].settings, **given)

    change(data_dir=data, secret_key=KEYS["OSM_SECRET_KEY"], encryption_key=KEYS["OSM_ENCRYPTION_KEY"])
    with app.app_context():
        yield change
    app.extensions["osm"].settings = before


@pytest.fixture
def say(settings, clock):
    """`say("disk")`: whether it is in order, and the words."""

    def say(what: str) -> tuple[bool, str]:
        db.session.rollback()
        line = next(one for one in examine(clock.now()) if one.what == what)
        return line.ok, line.say

    return say


def test_all_is_well_where_nothing_was_set_up_yet(say, app, clock):
    with app.app_context():
        assert [(line.what, line.say) for line in examine(clock.now()) if not line.ok] == []


def test_a_setting_with_a_slip(say, monkeypatch):
    assert say("settings")[0]
    monkeypatch.setenv("OSM_SMTP_HOTS", "mail.example.ru")
    assert say("settings") == (
        False,
        "OSM_SMTP_HOTS: такой настройки нет, есть OSM_SMTP_HOST. Исправьте или уберите строку.",
    )


@pytest.fixture
def page(settings, clock):
    """`page(state=…)`: a connected page."""

    def page(**given):
        with transaction() as session:
            account = Account(network="vk", external_id="200000001", title="Город", created_at=clock.now())
            about = {
                "state": ConnectionState.WORKING, "installation": this_installation(), "switched_on_at": clock.now(),
                "keys": sealed({"community": "key"}), **given,
            }  # fmt: skip
            session.add(Connection(account=account, **about))

    return page


def test_keys(say, settings, page):
    assert say("keys")[0]
    page()
    assert say("keys")[0]
    settings(encryption_key="tests-" + KEYS["OSM_ENCRYPTION_KEY"][::-1])
    ok, words = say("keys")
    assert (ok, words.startswith("Ключи страниц не читаются: Город.")) == (False, True)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"secret_key": "short"}, "OSM_SECRET_KEY короче 32 знаков"),
        ({"encryption_key": "ab" * 20}, "OSM_ENCRYPTION_KEY легко подобрать"),
        ({"secret_key": KEYS["OSM_ENCRYPTION_KEY"]}, "одинаковы"),
    ],
)
def test_keys_that_do_not_protect(say, settings, given, words):
    settings(**given)
    ok, said = say("keys")
    assert not ok
    assert words in said


@posix
@pytest.mark.sqlite
def test_rights(say, app):
    data = app.extensions["osm"].settings.data_dir
    assert say("rights")[0]
    data.chmod(0o755)
    assert say("rights") == (False, f"Каталог {data} открыт всем на сервере: chmod o-rwx {data}.")
    data.chmod(0o750)
    (data / "secret.key").write_text("x")
    (data / "secret.key").chmod(0o640)
    assert f"chmod 600 {data / 'secret.key'}" in say("rights")[1]
    (data / "secret.key").chmod(0o600)
    assert say("rights")[0]


@posix
@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_root_has_left(say, app):
    uploads = app.extensions["osm"].settings.data_dir / "uploads"
    uploads.mkdir(mode=0o700)
    assert say("rights")[0]
    os.chown(uploads, 54321, 54321)
    ok, words = say("rights")
    assert (ok, f"Владелец {uploads} не тот" in words) == (False, True)


def test_the_clock(say, settings, clock):
    assert say("clock")[1].startswith("25.11.2026 09:05, пояс Asia/Vladivostok.")
    beat(LANES[0], clock.now() + timedelta(hours=1))
    assert say("clock")[1].startswith("Часы переведены назад")
    settings(now=clock.now())
    assert say("clock") == (False, "Часы стоят: задан OSM_NOW. Уберите его, иначе сроки не идут.")


Usage = namedtuple("Usage", "total used free")


@pytest.mark.sqlite
def test_the_disk(say, monkeypatch):
    assert say("disk")[0]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 100 * 1024**2))
    assert say("disk") == (False, "Осталось 100 МБ. Освободите место: старые копии, журналы (df -h).")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 0))
    assert say("disk")[1].startswith("Диск не принимает записи.")


def test_the_worker(say, settings, clock):
    settings(environment="production")
    assert say("worker")[1].startswith("Не отвечает: сроки, загрузка и копии")
    for lane in LANES:
        beat(lane, clock.now())
    assert say("worker") == (True, "работает.")
    clock.set(clock.now() + timedelta(minutes=3))
    assert not say("worker")[0]


@pytest.mark.sqlite
def test_the_mail(say, settings):
    box = Mailbox()
    settings(mail=MailSettings("127.0.0.1", box.port, Security.NONE, "osm@example.ru", base_url="http://osm.example"))
    ok, words = say("mail")
    assert (ok, words.startswith(f"127.0.0.1:{box.port} отвечает.")) == (True, True)
    box.stop()
    ok, words = say("mail")
    assert not ok
    assert "Проверьте настройки OSM_SMTP_" in words
    assert box.letters == []


@pytest.mark.sqlite
def test_a_directory_that_is_away(say, settings):
    assert say("directory")[0]
    settings(directory=DirectorySettings(LdapSettings(("ldap://127.0.0.1:9",), "dc=example", "(uid={login})", {})))
    ok, words = say("directory")
    assert not ok
    assert words.startswith("Каталог: ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ""),
        ({"state": ConnectionState.OFF}, ""),
        ({"state": ConnectionState.STOPPED, "said": "Ключ отозван."}, "«Город»: соцсеть не принимает ключ. Ключ отоз"),
        ({"state": ConnectionState.FAILING, "said": "Нет связи."}, "«Город»: не читается. Нет связи."),
        ({"installation": "other"}, "«Город»: выключена, база скопирована"),
        ({"expires": {"community": "2026-11-28T00:00:00+00:00"}}, "«Город»: ключ действует до 28.11.2026 10:00."),
    ],
)
def test_networks(say, page, given, words):
    page(**given)
    ok, said = say("networks")
    assert ok is not bool(words)
    assert said.startswith(words)


def test_the_log(say, clock):
    assert say("log")[0]
    with transaction():
        record(FAULT, at=clock.now(), actor=None, object_kind="log", changes={})
    assert say("log")[1].startswith("Изменён в обход программы, найдено 25.11.2026 09:05.")


def test_backups(say, settings, clock, tmp_path, app):
    settings(environment="production")
    assert say("backup")[1].startswith("Ночные копии выключены")
    folder = tmp_path / "copies"
    settings(backup_dir=folder)
    assert say("backup") == (True, "ещё не сделана: программа делает её сама, пока работает.")
    nightly.run(clock.now(), Pace(), current_settings())
    assert say("backup")[1].startswith("сделана 25.11.2026 09:05")
    clock.set(clock.now() + timedelta(hours=27))
    assert say("backup")[1].startswith("Последняя сделана 25.11.2026 09:05, больше суток назад.")
    clock.set(clock.now() - timedelta(hours=27))
    next(folder.iterdir()).unlink()
    assert say("backup")[1].startswith("Копии osm-2026-11-25.zip нет")
    STEPS.forget(app)


def test_a_fault_in_one_check_hides_no_other(say, monkeypatch):
    def broken(_now):
        raise ValueError("secret")

    monkeypatch.setitem(CHECKS, "disk", ("Диск", broken))
    assert say("disk") == (False, "проверить не вышло: ValueError. Подробности: journalctl -u osm.")
    assert say("backup")[0]


def test_what_is_printed(app, settings, clock):
    def run(*more: str):
        return app.test_cli_runner().invoke(args=["osm", "doctor", *more])

    done = run("--json")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = json.loads(done.stdout)
    assert [line["what"] for line in lines] == list(CHECKS)
    assert all(line.keys() == {"what", "ok", "say"} and line["ok"] is True and line["say"] for line in lines)
    assert run().stdout.count("в порядке  ") == len(CHECKS)
    settings(now=clock.now())
    assert run("--json").exit_code == 1
    done = run()
    assert done.exit_code == 1
    assert "ИСПРАВИТЬ  Часы: Часы стоят" in done.stdout


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("environ", "what"),
    [({}, None), ({"OSM_THREADS": "many"}, "settings"), ({"OSM_NOW": "2026-11-25T09:05+10:00"}, "clock")],
)
def test_a_whole_process(tmp_path, environ, what):
    """Also with settings with which nothing else starts."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "osm", "doctor", "--json"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "OSM_DATA_DIR": str(tmp_path / "data"), **environ},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    wrong = [line["what"] for line in json.loads(done.stdout) if not line["ok"]]
    assert (done.returncode, wrong) == ((1, [what]) if what else (0, []))
