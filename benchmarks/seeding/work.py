"""Processor time of an act, which does not depend on other load as time on the clock does."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text

from osm.base.database import db

_BACKENDS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
)


class Work:
    """Milliseconds of processor time: of this process and of the server's processes for it.

    For a PostgreSQL on another machine `whole` is False, and only this process is counted. Needs an application
    context; connections opened later are not counted.
    """

    def __init__(self) -> None:
        self._servers: list[Path] = []
        self.whole = True
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                self._servers = [Path(f"/proc/{pid}") for pid in connection.execute(_BACKENDS).scalars()]
            self.whole = all(_is_postgres(server) for server in self._servers)

    def now(self) -> float:
        """Milliseconds so far, for a difference."""
        spent = time.process_time() * 1e3
        if self.whole:
            spent += sum(int((server / "schedstat").read_text().split()[0]) / 1e6 for server in self._servers)
        return spent


def _is_postgres(server: Path) -> bool:
    try:
        return (server / "comm").read_text().startswith("postgres") and (server / "schedstat").exists()
    except OSError:
        return False
