"""Import of 50,000 rows over real HTTP: seconds, memory, and the page times of other people.

`python benchmarks/bench_import.py [ROWS …]`: web and worker are separate processes; one person uploads the file and
watches its progress, three others work. OSM_TEST_POSTGRES_URL adds PostgreSQL.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import xlsxwriter

from benchmarks.seeding.installation import installation
from benchmarks.seeding.served import Person, Served, served
from tests.databases import backends

HEADER = (
    "Номер инцидента", "Дата публикации", "Дата поступления", "Соцсеть", "Ссылка на сообщение", "Автор",
    "Профиль автора", "Адрес", "Группа тем", "Текст сообщения", "Повышенная важность", "Статус", "Куратор",
)  # fmt: skip
WORDS = ("фонарь", "во дворе", "не горит", "яма", "на дороге", "мусор", "остановка", "снег", "крыша", "вода", "тепло")
MOST_SECONDS, MOST_MEGABYTES, MOST_MS = 60, 500, 200
STORED = 1_000
"""Messages stored before."""
OTHERS = ("vera", "boris", "curator1")


def write_export(path: Path, rows: int) -> None:
    """An export like those of the source: texts of 12 to 60 words, a profile in every fifth row, every 20th urgent."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet("Инциденты")
    sheet.write_row(0, 0, HEADER)
    first = datetime(2024, 1, 9, 8)  # noqa: DTZ001  local time, as in the file
    for i in range(rows):
        at = first + timedelta(minutes=17 * i)
        text = " ".join(WORDS[(i * 7 + n * n) % len(WORDS)] for n in range(12 + i % 49))
        sheet.write_row(i + 1, 0, (
            str(6_000_000 + i), f"{at:%d.%m.%Y %H:%M}", f"{at + timedelta(minutes=31):%d.%m.%Y %H:%M}", "ВКонтакте",
            f"https://vk.com/wall-90{i % 400}_{i}?reply={i + 1}", f"Житель {i % (rows // 5)}",
            f"https://vk.com/id{9_000_000 + i % (rows // 5)}", f"ул. Пробная, {i % 200}", "Дороги", text,
            "Да" if i % 20 == 0 else "Нет", "Ответ дан" if i % 3 == 0 else "Новый", "Куратор",
        ))  # fmt: skip
    book.close()


class Others(threading.Thread):
    """A person at work: his list, a card, the badges; milliseconds of each page."""

    def __init__(self, port: int, login: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.person, self.stop, self.times = Person(port, login), stop, list[float]()

    def run(self) -> None:
        chance = random.Random(self.person.login)
        cards = ["/"]
        while not self.stop.wait(chance.uniform(0.2, 0.6)):
            path = chance.choice(["/", "/nav/badges", chance.choice(cards)])
            begun = time.perf_counter()
            status, page = self.person.get(path)
            self.times.append((time.perf_counter() - begun) * 1000)
            assert status == 200, (path, status)
            cards = sorted(set(re.findall(r'href="(/messages/\d+)"', page))) or cards


class Watch(threading.Thread):
    """The highest memory of web, worker and the reader of files together, in megabytes."""

    def __init__(self, server: Served, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.server, self.stop, self.most = server, stop, 0.0

    def run(self) -> None:
        while not self.stop.wait(0.25):
            self.most = max(self.most, sum(of.rss for of in self.server.family()))


def run(backend: str, rows: int) -> bool:
    """Import one file and print the results; returns whether the bounds were kept."""
    with tempfile.TemporaryDirectory() as name, installation(backend, STORED) as app, served(app) as server:
        path = Path(name) / "export.xlsx"
        write_export(path, rows)
        anna, stop = Person(server.port, "anna"), threading.Event()
        others = [Others(server.port, login, stop) for login in OTHERS]
        watch = Watch(server, stop)
        begun = time.perf_counter()
        status, run_page = anna.upload("/imports", path.name, path.read_bytes())
        assert status == 303, run_page
        opened = time.perf_counter() - begun
        for thread in (*others, watch):
            thread.start()
        begun = time.perf_counter()
        status, page = anna.post(f"{run_page}/start", {"times": "local", "what": "load"})
        assert status == 303, page
        looks = _look(anna, run_page)
        loaded = time.perf_counter() - begun
        stop.set()
        for thread in (*others, watch):
            thread.join(30)
        report = re.sub(r"<[^>]+>|\s", "", anna.get(run_page)[1])
        assert f"Новых{rows}" in report, report[:2000]
        times = sorted(time for other in others for time in other.times)
        late = times[int(len(times) * 0.95)]
        print(
            f"{backend:<11}{rows:>7} rows: opened {opened:5.1f} s, read and published {loaded:6.1f} s "
            f"({rows / loaded:,.0f} rows/s); progress shown {len(looks)} times, median {median(looks):.0f} ms; "
            f"other people's pages ({len(times)}): median {median(times):.0f} ms, 95 % {late:.0f} ms, "
            f"max {times[-1]:.0f} ms; all processes at most {watch.most:.0f} MB; after: {server.memory_words()}"
        )
    return opened + loaded < MOST_SECONDS and watch.most < MOST_MEGABYTES and late < MOST_MS


def _look(person: Person, run_page: str) -> list[float]:
    """Look at the progress twice a second until it ends; milliseconds of each look."""
    times = []
    while True:
        time.sleep(0.5)
        begun = time.perf_counter()
        status, page = person.get(f"{run_page}/progress", {"HX-Request": "true"})
        times.append((time.perf_counter() - begun) * 1000)
        assert status == 200, (status, page)
        if not page:  # htmx is redirected by a header
            return times


def main(sizes: list[int]) -> int:
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"bounds: {MOST_SECONDS} s, {MOST_MEGABYTES} MB, 95 % of other people's pages under {MOST_MS} ms")
    kept = [run(backend, rows) for backend in backends() for rows in sizes]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]] or [50_000]))
