"""What is sealed: every settled event once, in ranges without gaps, in the database and outside it."""

from __future__ import annotations

import hmac
import json
import stat
import threading

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.jobs.running import run_due
from osm.log.acts import audit
from osm.log.acts.sealing import SealFile, seal_key
from osm.models import EventSeal


def ranges() -> list[tuple[int, int, int, int]]:
    found = db.session.scalars(select(EventSeal).order_by(EventSeal.number)).all()
    return [(seal.number, seal.first_id, seal.last_id, seal.count) for seal in found]


def test_an_empty_log_gets_no_seal_and_is_whole(log, outside):
    assert log.seal() == 0
    assert not outside.path.exists()
    assert (log.report().seals, log.faults()) == (0, [])


def test_all_that_waits_is_sealed_in_batches(log):
    log.add(23)
    assert log.seal() == 23
    assert ranges() == [(1, 1, 10, 10), (2, 11, 20, 10), (3, 21, 23, 3)]
    assert log.seal() == 0
    log.add(2)
    assert log.seal() == 2
    assert ranges()[3:] == [(4, 24, 25, 2)]
    report = log.report()
    assert (report.seals, report.sealed, report.waiting, report.faults) == (4, 25, 0, [])


def test_events_after_the_last_seal_wait(log):
    log.add(5)
    log.seal()
    log.add(3)
    assert (log.report().sealed, log.report().waiting, log.faults()) == (5, 3, [])


def test_each_seal_is_in_the_file_too(log, outside):
    log.add(12)
    log.seal()
    lines = [json.loads(line) for line in outside.path.read_text().splitlines()]
    assert [(line["number"], line["first_id"], line["last_id"], line["count"]) for line in lines] == ranges()
    assert [line["mac"] for line in lines] == db.session.scalars(select(EventSeal.mac).order_by(EventSeal.number)).all()
    assert stat.S_IMODE(outside.path.stat().st_mode) == 0o600


def test_a_seal_missing_in_the_file_follows_in_the_next_round(log, outside):
    log.add(25)
    log.seal()
    whole = outside.path.read_text()
    outside.path.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    assert log.faults() == []
    log.seal()
    assert outside.path.read_text() == whole
    assert log.report().waiting == 0  # and no alarm: the process was killed between the two


def test_a_line_that_was_torn_apart_does_no_harm(log, outside):
    log.add(25)
    log.seal()
    whole = outside.path.read_text()
    outside.path.write_text(whole[:-40])
    log.add(1)
    log.seal()
    assert [line["number"] for line in outside.lines()] == [1, 2, 3, 4]
    assert log.faults() == []


def test_the_worker_s_round_seals_also_what_it_has_logged_itself(app, log, cast, clock):
    log.add(3)
    done = run_due(clock.now())
    assert done["seals"] == 3
    assert ranges() == [(1, 1, 3, 3)]


def test_the_key_is_derived_and_does_not_show(log):
    one, same, other = seal_key("a" * 40), seal_key("a" * 40), seal_key("b" * 40)
    assert one == same
    assert one.secret != other.secret
    assert one.id != other.id
    assert one.id not in one.secret.hex()
    assert len(one.secret) == 32


def test_four_processes_that_seal_at_once_make_one_chain(app, log):
    log.add(95)
    counts: list[int] = []

    def seal() -> None:
        with app.app_context():
            counts.append(audit.seal_events(log.now))

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    db.session.rollback()
    assert sum(counts) == 95
    assert ranges() == [(n, 10 * n - 9, min(10 * n, 95), 10 if n < 10 else 5) for n in range(1, 11)]
    assert log.faults() == []


def test_the_signed_form_is_the_same_on_either_database(log):
    """So a log that was copied from SQLite to PostgreSQL keeps its seals."""
    log.add(1)
    log.seal()
    signed = (
        b'[1,1,1,1,"2026-11-24T23:05:01+00:00",""]\n'
        b'[1,"2026-11-24T23:05:01+00:00",null,"open","",null,"",null,{"status":["new","selected"]},null]\n'
    )
    mac = hmac.new(audit.current_key().secret, signed, "sha256").hexdigest()
    assert db.session.scalars(select(EventSeal.mac)).all() == [mac]


@pytest.mark.parametrize("missing", ["file", "folder"])
def test_a_file_that_cannot_be_written_stops_nothing_else(app, log, outside, monkeypatch, missing):
    target = outside.path.parent if missing == "folder" else outside.path.parent / "gone" / "seals.jsonl"
    log.add(3)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "seal_file", lambda: SealFile(target))
        with pytest.raises(OSError):
            log.seal()
    log.add(1)
    log.seal()
    assert [line["number"] for line in outside.lines()] == [seal[0] for seal in ranges()]
    assert (log.report().sealed, log.faults()) == (4, [])


@pytest.mark.parametrize(
    ("key", "secret", "name"),
    [
        (
            "0123456789abcdef" * 4,
            "85a66667ed383e7fc3a97b4c8b0396cad1e255d6211f64437b416f65c0cf34c8",
            "0cd09a38dab8ff66",
        ),
        ("к" * 40, "531c4124773883746518117d3c9c37e122a9c4aac9341564710d9ba696a741ce", "833d3008aded81d3"),
        ("", "7059a08b11560a2b0c88ce26ee14617bdd453642582889c6df9fd91a6e4d2cfb", "fe047fc8cbec2b32"),
    ],
)
def test_the_key_of_the_seals_stays_the_same_from_version_to_version(key, secret, name):
    """Otherwise every installation would find its log broken after an update."""
    made = seal_key(key)
    assert (made.secret.hex(), made.id) == (secret, name)
