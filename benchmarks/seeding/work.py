"""Work that an act costs, beside the time on the clock: what a busy machine gives to others is no part of it."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text

from osm.extensions import db

_BACKENDS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
)


class Work:
    """Milliseconds of processor time: of this process and of the server's processes that work for it.

    A PostgreSQL on another machine shows nothing: `whole` is False, and only this process is counted. Needs the
    context of an application; connections that are opened later are not counted.
    """

    def __init__(self) -> None:
        self._servers: list[Path] = []
        self.whole = True
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                self._servers = [Path(f"/proc/{pid}") for pid in connection.execute(_BACKENDS).scalars()]
            self.whole = all(_is_postgres(server) for server in self._servers)

    def now(self) -> float:
        """Milliseconds so far; two of them are subtracted."""
        spent = time.process_time() * 1e3
        if self.whole:
            spent += sum(int((server / "schedstat").read_text().split()[0]) / 1e6 for server in self._servers)
        return spent


def _is_postgres(server: Path) -> bool:
    try:
        return (server / "comm").read_text().startswith("postgres") and (server / "schedstat").exists()
    except OSError:
        return False
