"""Settings from the environment: the defaults, what each may be, what is refused and how."""

from __future__ import annotations

import random
import stat
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from osm.settings import ROOT, SettingsError, load_settings

from .keys import KEYS


def load(folder: Path, **environ: str):
    return load_settings({"OSM_DATA_DIR": str(folder), **environ})


def test_nothing_set_is_a_development_installation(tmp_path):
    settings = load(tmp_path)
    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 5000, "development")
    assert settings.database_url == f"sqlite:///{tmp_path}/osm.sqlite3"
    assert settings.time_zone.key == "Asia/Vladivostok"
    assert settings.now is None
    assert not settings.https
    assert settings.uploads_dir == tmp_path / "uploads"


def test_development_makes_its_keys_once_and_keeps_them_to_itself(tmp_path):
    first, second = load(tmp_path), load(tmp_path)
    assert first.secret_key == second.secret_key
    assert first.secret_key != first.encryption_key
    assert len(first.secret_key) >= 32
    for name in ("secret.key", "encryption.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_many_that_start_at_once_have_the_same_keys(tmp_path):
    for round_ in range(10):
        folder, together = tmp_path / str(round_), Barrier(8)
        folder.mkdir()

        def start(_number: int, folder=folder, together=together):
            together.wait()
            return load(folder)

        with ThreadPoolExecutor(8) as threads:
            started = list(threads.map(start, range(8)))
        assert len({(one.secret_key, one.encryption_key) for one in started}) == 1
        assert sorted(path.name for path in folder.iterdir()) == ["encryption.key", "secret.key"]


def test_keys_do_not_show_in_the_representation(tmp_path):
    settings = load(tmp_path, OSM_DATABASE_URL="postgresql://osm:hidden@db/osm", **KEYS)
    assert not any(secret in repr(settings) for secret in (*KEYS.values(), "hidden"))


def test_production_runs_with_both_keys_and_writes_none(tmp_path):
    settings = load(tmp_path, OSM_ENV="production", **KEYS)
    assert settings.is_production
    assert settings.https
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://osm@db/osm", "postgresql+psycopg://osm@db/osm"),
        ("postgres://osm@db/osm", "postgresql+psycopg://osm@db/osm"),
        ("postgresql+psycopg://osm@db/osm", "postgresql+psycopg://osm@db/osm"),
        ("postgresql://osm@db?dbname=osm", "postgresql+psycopg://osm@db?dbname=osm"),
        ("sqlite:////srv/osm.sqlite3", "sqlite:////srv/osm.sqlite3"),
    ],
)
def test_addresses_of_databases(tmp_path, url, expected):
    assert load(tmp_path, OSM_DATABASE_URL=url).database_url == expected


def test_the_clock_can_be_stopped_at_an_instant(tmp_path):
    assert load(tmp_path, OSM_NOW="2026-04-30T10:00+10:00").now == datetime(2026, 4, 30, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OSM_ENV": "test"}, "OSM_ENV = «test»"),
        ({"OSM_ENV": "production", "OSM_SECRET_KEY": KEYS["OSM_SECRET_KEY"]}, "Не задан OSM_ENCRYPTION_KEY"),
        ({"OSM_ENV": "production", "OSM_ENCRYPTION_KEY": KEYS["OSM_ENCRYPTION_KEY"]}, "Не задан OSM_SECRET_KEY"),
        ({"OSM_ENV": "production", **KEYS, "OSM_SECRET_KEY": "k" * 31}, "OSM_SECRET_KEY короче 32 знаков"),
        ({"OSM_ENV": "production", **KEYS, "OSM_ENCRYPTION_KEY": "e" * 31}, "OSM_ENCRYPTION_KEY короче 32 знаков"),
        ({"OSM_ENV": "production", **KEYS, "OSM_SECRET_KEY": KEYS["OSM_ENCRYPTION_KEY"]}, "одинаковы"),
        ({"OSM_ENV": "production", "OSM_NOW": "2026-04-30T10:00+10:00", **KEYS}, "Уберите OSM_NOW"),
        ({"OSM_NOW": "2026-04-30T10:00"}, "нет часового пояса"),
        ({"OSM_NOW": "вчера"}, "не разобран"),
        ({"OSM_TIME_ZONE": "Asia/Nowhere"}, "такого пояса нет"),
        ({"OSM_TIME_ZONE": "../etc/passwd"}, "такого пояса нет"),
        ({"PORT": "http"}, "PORT = «http»"),
        ({"PORT": "0"}, "от 1 до 65535"),
        ({"PORT": "70000"}, "от 1 до 65535"),
        ({"OSM_HTTPS": "maybe"}, "OSM_HTTPS = «maybe»"),
        ({"OSM_DATABASE_URL": "mysql://db/osm"}, "OSM_DATABASE_URL не разобран"),
        ({"OSM_NETWORKS_PROXY": "proxy:3128"}, "не адрес прокси"),
        ({"OSM_NETWORKS_PROXY": "http://[:3128"}, "не адрес прокси"),
        ({"OSM_DATABASE_URL": "osm.sqlite3"}, "OSM_DATABASE_URL не разобран"),
        ({"OSM_DATABASE_URL": "postgresql://postgres@db"}, "нет имени базы"),
        ({"OSM_DATABASE_URL": "postgresql://postgres@db:5432/"}, "нет имени базы"),
        ({"OSM_DATABASE_URL": "postgresql://postgres@db?dbname="}, "нет имени базы"),
        ({"OSM_DATABASE_URL": "postgresql://[db/"}, "нет имени базы"),
        ({"OSM_DATABASE_URL": "postgresql://osm@db:порт/osm"}, "OSM_DATABASE_URL не разобран"),
        ({"OSM_DATABASE_URL": "sqlite://"}, "нужен файл"),
        ({"OSM_DATABASE_URL": "sqlite:///:memory:"}, "нужен файл"),
    ],
)
def test_what_cannot_work_is_refused_in_russian(tmp_path, environ, words):
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, **environ)
    assert words in str(refused.value)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "key",
    [
        "a" * 40,
        "ab" * 20,
        "0123456789" * 4,
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "correct horse battery correct horse battery",
        "пароль-администрации-" * 2,
        "1" * 39 + "x",
        "00000000000000000000000000000000abcdefgh",
    ],
)
def test_a_key_that_can_be_guessed_is_refused_where_people_work(tmp_path, name, key):
    with pytest.raises(SettingsError, match=f"{name} легко подобрать"):
        load(tmp_path, **{"OSM_ENV": "production", **KEYS, name: key})
    assert load(tmp_path, **{name: key})


def test_no_key_that_was_drawn_is_taken_for_a_guessable_one(tmp_path):
    drawn = random.Random(215)
    for alphabet in ("0123456789", "0123456789abcdef", string.ascii_letters + string.digits + "-_"):
        for _ in range(2000):
            key = "".join(drawn.choices(alphabet, k=32))
            assert load(tmp_path, **{"OSM_ENV": "production", **KEYS, "OSM_SECRET_KEY": key}).secret_key == key


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="нельзя создать"):
        load(tmp_path / "file" / "data")


def test_an_empty_key_file_is_refused_and_not_overwritten(tmp_path):
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(SettingsError, match="пуст"):
        load(tmp_path)
    assert (tmp_path / "secret.key").read_text() == "\n"


@pytest.mark.parametrize("command", [["-m", "osm.serve"], ["-m", "flask", "--app", "app", "osm", "tick", "--help"]])
def test_a_refusal_is_one_line_and_status_1(tmp_path, command):
    environ = {"PATH": "/usr/bin:/bin", "OSM_DATA_DIR": str(tmp_path), "OSM_ENV": "production"}
    call = [sys.executable, *command]
    done = subprocess.run(call, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("ОСМ не запущена. Не задан OSM_SECRET_KEY")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_short_key_is_enough_without_users(tmp_path):
    assert load(tmp_path, OSM_SECRET_KEY="short").secret_key == "short"


def test_nightly_backups_are_on_where_people_work(tmp_path):
    assert load(tmp_path).backup_dir is None
    assert load(tmp_path, OSM_ENV="production", **KEYS).backup_dir == tmp_path / "backups"
    assert load(tmp_path, OSM_ENV="production", OSM_BACKUP_DIR="0", **KEYS).backup_dir is None
    assert load(tmp_path, OSM_BACKUP_DIR="/mnt/copies").backup_dir == Path("/mnt/copies")


def test_the_period_of_memos_is_one_that_there_is(make_settings):
    assert make_settings().memo_period == "month"
    assert make_settings(OSM_MEMO_PERIOD=" Quarter ").memo_period == "quarter"
    with pytest.raises(SettingsError, match="OSM_MEMO_PERIOD = «day»"):
        make_settings(OSM_MEMO_PERIOD="day")
