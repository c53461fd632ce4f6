"""Time of the worker to find the repeats of one message (П.15) with 1,000, 10,000 and 100,000 stored.

`python benchmarks/bench_repeats.py [--sqlite] [SIZE …]`. OSM_TEST_POSTGRES_URL adds PostgreSQL, --sqlite leaves it out.
It shows time on the clock, processor time of this process, and a rival without an index: the text compared with every
stored text by rapidfuzz (token_set_ratio).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rapidfuzz import fuzz, process
from sqlalchemy import delete, select

from benchmarks.seeding.installation import installation
from osm.base.application import current_now
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due, repeats
from osm.check.acts.repeats import Compared, topic_of_message
from osm.likeness.places import Known
from osm.likeness.score import Traits, index_keys, read
from osm.models import DueReading, Message, MessageLink, ReadingKind
from tests.databases import SQLITE, backends

SIZES = (1_000, 10_000, 100_000)
MOST_MS = 5.0
FRESH = 500
"""Messages whose reading is timed; the others are stored before."""
RIVAL = 3
"""Messages compared with all others."""


@cache
def _traits(text: str, place: str) -> Traits:
    return read(text, place, Known())


def store_traits() -> None:
    """Store the traits of all messages as the worker does; each wording is read once."""
    columns = (Message.id, topic_of_message(), Message.received_at, Message.text, Message.place)
    last = 0
    while rows := db.session.execute(select(*columns).where(Message.id > last).order_by(Message.id).limit(2000)).all():
        last = rows[-1].id
        found = [Compared(row[0], None, *row[1:3], _traits(row.text, row.place)) for row in rows]
        with transaction():
            repeats.write_traits(found, {one.id: index_keys(one.traits, one.topic) for one in found})


def timed() -> tuple[float, float, int]:
    """For the newest messages: milliseconds per message on the clock and of this process, number of pairs proposed."""
    newest = list(db.session.scalars(select(Message.id).order_by(Message.id.desc()).limit(FRESH)))
    with transaction() as session:
        session.execute(delete(DueReading))
        due.enqueue(newest, [ReadingKind.REPEATS])
    begun, work = time.perf_counter(), time.process_time()
    done = repeats.read_due(current_now())
    spent, work = (time.perf_counter() - begun) * 1000 / done, (time.process_time() - work) * 1000 / done
    pairs = db.session.scalar(select(db.func.count()).select_from(MessageLink)) or 0
    return spent, work, pairs


def rival() -> float:
    """Milliseconds to compare one text with every stored text."""
    texts = list(db.session.scalars(select(Message.text)))
    begun = time.perf_counter()
    for text in texts[:RIVAL]:
        process.extract(text, texts, scorer=fuzz.token_set_ratio, limit=5)
    return (time.perf_counter() - begun) * 1000 / RIVAL


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    options.add_argument("--sqlite", action="store_true", help="SQLite only")
    chosen = options.parse_args(arguments)
    kept = True
    print(
        f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; bound {MOST_MS} ms a message"
    )
    print(f"{'':<12}{'stored':>10}{'a message':>14}{'pairs':>8}{'by comparing all':>20}")
    for backend in [SQLITE] if chosen.sqlite else backends():
        for size in sorted(chosen.sizes) or SIZES:
            with installation(backend, size) as app, app.app_context():
                store_traits()
                timed()  # the first round fills the cache of morphology
                spent, work, pairs = timed()
                other = rival()
            kept = kept and spent <= MOST_MS
            rival_words = f"{other:>12.0f} ms ({other / spent:.0f} ×)"
            print(f"{backend:<12}{size:>10,}{spent:>11.2f} ms{work:>11.2f} ms{pairs:>8,}{rival_words}", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
