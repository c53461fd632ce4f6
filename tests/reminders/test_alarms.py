"""Alarms of the administrators: failed jobs, late lanes, a disk nearly full, backups; each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.jobs import lanes, running
from osm.jobs.lanes import CLOCKS, JOBS, LANES, LONGEST_SILENCE, MAIL, Job, beat
from osm.jobs.running import SINCE, raise_alarms, run_lane
from osm.keeping.acts import nightly
from osm.models import Reminder
from osm.reminders.acts import mailing
from osm.reminders.acts.mailing import TROUBLES
from tests.desk import NOW

from .conftest import select_kinds

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _room(monkeypatch) -> None:
    monkeypatch.setattr(running, "free_bytes", lambda settings: running.NEARLY_FULL)


def kinds_of_alarms(desk) -> list[str]:
    found = select_kinds(desk.ids["dina"])
    db.session.rollback()
    return found


def test_every_job_and_lane_has_its_words():
    assert all(one.words for one in (*JOBS, *LANES))


def test_all_is_well(desk):
    assert raise_alarms(NOW) == 0


def failing(monkeypatch, fails: list[bool]) -> None:
    def run(_now: object, _pace: object) -> int:
        if fails[0]:
            raise ValueError
        return 0

    monkeypatch.setattr(lanes, "JOBS", (Job("breaches", "отметка нарушений", CLOCKS, run),))


def test_a_job_that_fails_for_long_is_reported_once(desk, monkeypatch):
    fails = [True]
    failing(monkeypatch, fails)
    run_lane(CLOCKS, NOW, WHOLE)
    assert raise_alarms(NOW + MINUTE) == 0  # the next round may do it
    run_lane(CLOCKS, NOW + MINUTE, WHOLE)
    assert raise_alarms(NOW + LONGEST_SILENCE) == 1
    assert raise_alarms(NOW + 5 * LONGEST_SILENCE) == 0
    assert kinds_of_alarms(desk) == ["job_failed"]
    assert db.session.scalar(db.select(Reminder.facts)) == {"name": "отметка нарушений"}
    fails[0] = False
    run_lane(CLOCKS, NOW + 20 * MINUTE, WHOLE)
    assert mailing.troubles() == []


def test_an_unreachable_mail_server_is_reported_although_its_job_continues(desk, monkeypatch):
    def run(now: datetime, _pace: object) -> int:
        mailing.note_trouble(mailing.SERVER, now, "сервер не отвечает")
        return 0

    monkeypatch.setattr(lanes, "JOBS", (Job("mail", "отправка писем", MAIL, run),))
    run_lane(MAIL, NOW, WHOLE)
    assert raise_alarms(NOW + LONGEST_SILENCE) == 1
    assert db.session.scalar(db.select(Reminder.facts)) == {"name": "почтовый сервер (сервер не отвечает)"}


def test_a_job_that_succeeds_the_next_time_is_not_reported(desk, monkeypatch):
    fails = [True]
    failing(monkeypatch, fails)
    run_lane(CLOCKS, NOW, WHOLE)
    fails[0] = False
    run_lane(CLOCKS, NOW + MINUTE, WHOLE)
    assert raise_alarms(NOW + 10 * MINUTE) == 0


def test_a_process_that_starts_knows_what_failed_before(app, desk, monkeypatch):
    failing(monkeypatch, [True])
    run_lane(CLOCKS, NOW, WHOLE)
    TROUBLES.forget(app)
    failing(monkeypatch, [False])
    run_lane(CLOCKS, NOW + MINUTE, WHOLE)
    assert mailing.troubles() == []


def test_a_silent_lane_is_reported_once_each_time(app, desk):
    for lane in LANES:
        beat(lane, NOW)
    silent = NOW + LONGEST_SILENCE + MINUTE
    for lane in LANES[1:]:
        beat(lane, silent)
    assert raise_alarms(silent) == 0  # the process has just started
    SINCE.set(SINCE.get(app) - (LONGEST_SILENCE.total_seconds() + 1), app)
    assert raise_alarms(silent) == 1
    assert raise_alarms(silent + timedelta(seconds=30)) == 0
    assert db.session.scalar(db.select(Reminder.facts)) == {"name": "сроки"}


def test_a_disk_nearly_full_is_reported_once_a_day(desk, monkeypatch):
    monkeypatch.setattr(running, "free_bytes", lambda settings: 300 * 1024**2)
    assert raise_alarms(NOW) == 1
    assert raise_alarms(NOW + MINUTE) == 0
    assert raise_alarms(NOW + timedelta(days=1)) == 1
    assert kinds_of_alarms(desk) == ["disk_full"] * 2


@pytest.mark.parametrize(
    ("noted", "facts", "kind"),
    [
        (nightly.FAILED, {"reason": "нет места"}, "backup_failed"),
        (nightly.TRIAL_FAILED, {"file": "osm.zip", "reason": "строки не сошлись"}, "trial_failed"),
    ],
)
def test_a_backup_or_its_trial_failed(app, desk, monkeypatch, tmp_path, noted, facts, kind):
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, backup_dir=tmp_path))
    assert raise_alarms(NOW) == 0  # none was made yet
    nightly._note(nightly.GOOD, NOW, {"file": "osm.zip"})
    nightly._note(noted, NOW, facts)
    assert raise_alarms(NOW) == 1
    assert raise_alarms(NOW + MINUTE) == 0
    assert kinds_of_alarms(desk) == [kind]
    assert db.session.scalar(db.select(Reminder.facts)) == {"reason": facts["reason"]}
