"""Random lives of messages through the services and through the second model of tests/oracle: do they agree?

Prints each life that differs, with its number and story; how many lives and acts agreed, how long one life takes.
`--lives`: how many, 2000 by default; `--first`: the number of the first one. On SQLite.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from osm import create_app
from osm.settings import load_settings
from osm.store.schema import set_up
from tests.databases import empty_tables
from tests.office import add_executor, hire
from tests.oracle.lives import Differs, live


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    begun = time.perf_counter()
    acts = differ = 0
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"OSM_DATA_DIR": folder}))
        set_up(app)
        for seed in range(given.first, given.first + given.lives):
            empty_tables(app)
            with app.app_context():
                office = hire()
                for login in ("oleg", "pavel"):
                    add_executor(office, login)
                try:
                    acts += len(list(live(office, seed)))
                except Differs as story:
                    differ += 1
                    print(f"life {seed}:\n{story}\n", flush=True)
    seconds = time.perf_counter() - begun
    agree, each = given.lives - differ, seconds / given.lives
    print(f"{agree} of {given.lives} lives and {acts} acts agree; {each:.1f} s each")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
