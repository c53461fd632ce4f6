"""Import of 5,000 and 50,000 rows: seconds of each part, memory, how the page and other people fare meanwhile.

`python benchmarks/bench_import.py [ROWS …]` works on a database of its own; OSM_TEST_POSTGRES_URL adds PostgreSQL.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import xlsxwriter  # noqa: E402
from flask import Flask  # noqa: E402

from osm import create_app  # noqa: E402
from osm.clock import current_now  # noqa: E402
from osm.extensions import db  # noqa: E402
from osm.services import import_runs, import_work  # noqa: E402
from osm.settings import load_settings  # noqa: E402
from osm.store.models import WorkerBeat  # noqa: E402
from osm.store.queries.imports import progress, run_report  # noqa: E402
from osm.store.schema import set_up  # noqa: E402
from osm.store.transaction import transaction  # noqa: E402
from tests.databases import backends, fresh_database  # noqa: E402

HEADER = (
    "Номер инцидента", "Дата публикации", "Дата поступления", "Соцсеть", "Ссылка на сообщение", "Автор",
    "Профиль автора", "Адрес", "Группа тем", "Текст сообщения", "Повышенная важность", "Статус", "Куратор",
)  # fmt: skip
WORDS = ("фонарь", "во дворе", "не горит", "яма", "на дороге", "мусор", "остановка", "снег", "крыша", "вода", "тепло")
LIMIT_SECONDS, LIMIT_MEGABYTES = 60, 500


def write_export(path: Path, rows: int) -> None:
    """An export as the source makes it: texts of 12 to 60 words, a profile to every fifth row, every 20th is urgent."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet("Инциденты")
    sheet.write_row(0, 0, HEADER)
    first = datetime(2024, 1, 9, 8)  # noqa: DTZ001  a wall clock, as the file shows it
    for i in range(rows):
        at = first + timedelta(minutes=17 * i)
        text = " ".join(WORDS[(i * 7 + n * n) % len(WORDS)] for n in range(12 + i % 49))
        sheet.write_row(i + 1, 0, (
            str(8_000_000 + i), f"{at:%d.%m.%Y %H:%M}", f"{at + timedelta(minutes=31):%d.%m.%Y %H:%M}", "ВКонтакте",
            f"https://vk.com/wall-90{i % 400}_{i}?reply={i + 1}", f"Житель {i % (rows // 5)}",
            f"https://vk.com/id{9_000_000 + i % (rows // 5)}", f"ул. Пробная, {i % 200}", "Дороги", text,
            "Да" if i % 20 == 0 else "Нет", "Ответ дан" if i % 3 == 0 else "Новый", "Куратор",
        ))  # fmt: skip
    book.close()


@contextmanager
def beside(app: Flask, work: Callable[[], None], every: float) -> Iterator[list[float]]:
    """Do this again and again in another thread; milliseconds that each took."""
    times: list[float] = []
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(every):
            with app.app_context():
                begun = time.perf_counter()
                work()
                times.append((time.perf_counter() - begun) * 1000)

    thread = threading.Thread(target=loop)
    thread.start()
    yield times
    stop.set()
    thread.join()


def another_write() -> None:
    """What somebody else's small change needs of the database."""
    with transaction() as session:
        session.merge(WorkerBeat(name="somebody else", at=current_now()))


def run(backend: str, rows: int) -> bool:
    """Import one file and print what it took; whether it kept the limits."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(fresh_database(backend, folder))
        write_export(folder / "export.xlsx", rows)
        app = create_app(load_settings({"OSM_DATA_DIR": str(folder / "data"), "OSM_DATABASE_URL": url}))
        set_up(app)
        with app.app_context():
            content = (folder / "export.xlsx").read_bytes()
            marks = [time.perf_counter()]
            run_id = import_runs.upload_file("export.xlsx", content, source="", actor=None, now=current_now()).id
            marks.append(time.perf_counter())
            import_runs.start_run(
                run_id, columns={}, times="local", history=False, dry_run=False, actor=None, now=current_now()
            )
            with (
                beside(app, lambda: progress(run_id) and None, 0.5) as looks,
                beside(app, another_write, 0.2) as writes,
            ):
                import_work.take_up("bench", current_now)
            marks.append(time.perf_counter())
            assert run_report(run_id).counts["created"] == rows
            db.engine.dispose()
        opened, loaded = (later - earlier for earlier, later in pairwise(marks))
    own, child = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(
        f"{backend:<11}{rows:>7} rows: opened {opened:5.1f} s, read and published {loaded:6.1f} s "
        f"({rows / loaded:,.0f} rows/s); memory {own:.0f} MB, reader {child:.0f} MB; "
        f"progress median {median(looks):.0f} ms, max {max(looks):.0f} ms; "
        f"another's write median {median(writes):.0f} ms, 95 % {sorted(writes)[int(len(writes) * 0.95)]:.0f} ms"
    )
    return opened + loaded < LIMIT_SECONDS and own + child < LIMIT_MEGABYTES


def main(sizes: list[int]) -> int:
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    kept = [run(backend, rows) for backend in backends() for rows in sizes]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]] or [5_000, 50_000]))
