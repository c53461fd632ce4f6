"""Processes of tests, forked from one that has loaded the code already.

A fresh interpreter takes a second to load it, a fork takes none: dozens can be killed in a test.
"""

from __future__ import annotations

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
# Without osm.jobs.lease: a worker's name holds the number of its process and is made on import.
FORKS.set_forkserver_preload(
    [
        "osm.cli",
        "osm.imports.acts.work",
        "osm.login.acts.sessions",
        "tests.keeping.killed",
        "psycopg",
        "cryptography",
        "alembic.command",
    ]
)
