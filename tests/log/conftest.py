"""A log to seal, the file of seals, and the ways to read both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts import audit
from osm.log.acts.audit import verify_log
from osm.log.acts.record import record
from osm.log.acts.sealing import Report, SealFile
from tests.databases import changes_allowed


class Log:
    """The log of an office at work."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def add(self, count: int = 1, note: str = "") -> None:
        """Add so many events, one after another."""
        for _ in range(count):
            self.now += timedelta(seconds=1)
            with transaction():
                record("open", at=self.now, actor=None, note=note, changes={"status": ("new", "selected")})

    def seal(self) -> int:
        return audit.seal_events(self.now)

    def tamper(self, *statements: str) -> None:
        """Do what an intruder with access to the database does: the triggers do not stop him."""
        db.session.rollback()
        with transaction() as session:
            connection = session.connection()
            with changes_allowed(connection):
                for statement in statements:
                    connection.exec_driver_sql(statement)

    def faults(self) -> list[tuple[int, int, str]]:
        return [(fault.first_id, fault.last_id, fault.words) for fault in self.report().faults]

    def report(self) -> Report:
        return verify_log(self.now)


@pytest.fixture
def outside(app: Flask) -> SealFile:
    """The file of seals, which does not exist yet."""
    with app.app_context():
        file = audit.seal_file()
    file.path.unlink(missing_ok=True)
    return file


@pytest.fixture
def log(app: Flask, outside: SealFile, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """An empty log that is sealed ten by ten."""
    monkeypatch.setattr(audit, "BATCH", 10)
    with app.app_context():
        yield Log(now)


@pytest.fixture
def sealed(log):
    """45 events in five ranges of seals; event 32 has a note."""
    log.add(31)
    log.add(1, note="Не наше")
    log.add(13)
    assert log.seal() == 45
    return log
