"""Random lives of messages: by the services and the second model of tests/oracle, or by the screens.

`--through services` (default): prints each life that differs from the model, with its number and steps. `--through
screens`: lives of tests/lives, of each kind in turn (`--kinds`: only some). Each life with a fault is printed with its
steps, which `tests.lives.walk.again` repeats; `--shorten`: with as few as needed. `--lives`: how many, by default 2000,
through screens 5000; `--first`: number of the first. On SQLite.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from osm import create_app
from osm.login.acts import passwords
from osm.outbox.acts import asking, keys
from osm.settings import load_settings
from osm.store.schema import set_up
from tests.cast import QUICK_HASHER
from tests.databases import empty_tables
from tests.lives.kinds import KINDS
from tests.lives.town import town
from tests.lives.walk import Fault, Life, shortest
from tests.office import add_executor, hire
from tests.oracle.lives import Differs, live


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", choices=("services", "screens"), default="services")
    parser.add_argument("--lives", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--shorten", action="store_true")
    given = parser.parse_args()
    given.lives = given.lives or (5000 if given.through == "screens" else 2000)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        acts, bad = (through_screens if given.through == "screens" else through_services)(given, Path(folder))
    each = (time.perf_counter() - begun) / given.lives
    print(f"{given.lives - bad} of {given.lives} lives and {acts} acts agree; {each:.1f} s each")
    return 1 if bad else 0


def through_services(given: argparse.Namespace, folder: Path) -> tuple[int, int]:
    """Number of acts that agree, and of lives that differ."""
    app = create_app(load_settings({"OSM_DATA_DIR": str(folder)}))
    set_up(app)
    acts = differ = 0
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
    return acts, differ


def through_screens(given: argparse.Namespace, folder: Path) -> tuple[int, int]:
    """Number of steps without a fault, and of lives with one."""
    steps = faults = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", QUICK_HASHER)
        patch.setattr(passwords, "NOBODY", QUICK_HASHER.hash("-"))
        patch.setattr(asking, "wait_turn_of", partial(keys.wait_turn_of, sleep=lambda _seconds: None))
        with town(folder) as place:
            for number in range(given.first, given.first + given.lives):
                name = given.kinds[number % len(given.kinds)]
                life = Life(place, KINDS[name], number, name)
                try:
                    life.live(given.steps)
                except Fault as fault:
                    faults += 1
                    print(shortest(place, KINDS[name], fault) if given.shorten else fault, flush=True)
                steps += len(life.steps)
    return steps, faults


if __name__ == "__main__":
    sys.exit(main())
