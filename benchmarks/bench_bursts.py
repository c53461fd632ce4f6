"""Share of bursts found in simulated months, their delay, and the share of false notices (`bursts/months.py`).

The detector gets the items minute by minute with the rules as shipped; it is not tuned to the months, and the only
bound is the five minutes. Seed 1 was used while the detector was written; report others. A notice is true if its name
is that of a burst (or the topic of a street's burst) and their times overlap.

    python benchmarks/bench_bursts.py [first seed] [number of seeds]
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bursts.months import Burst, Item, Month, months
from osm.likeness import words
from osm.likeness.bursts import Mark, counted, runs
from osm.regulation.parameters import parse_parameters

ROOT = Path(__file__).resolve().parent.parent
RULES = parse_parameters((ROOT / "osm/regulation/lesozavodsk_215.toml").read_text(encoding="utf-8")).bursts
TZ = ZoneInfo("Asia/Vladivostok")
MINUTE = timedelta(minutes=1)
ALL = ""
"""The series of everything that has a topic."""
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A reported burst of one topic or place: its items, and whether it was reported again."""

    since: datetime
    until: datetime
    count: int
    is_doubled: bool


@dataclass(frozen=True)
class Notice:
    """The first report of a burst."""

    kind: str
    name: str
    since: datetime
    until: datetime
    known_at: datetime
    last_known: datetime
    """When the last item known at that time became known."""
    count: int
    usual: float
    ids: frozenset[int]


class Copies:
    """Groups of near copies in memory, with the reach of the program's own index."""

    def __init__(self) -> None:
        self.under: dict[int, list[tuple[str, int, datetime]]] = defaultdict(list)

    def group(self, item: Item) -> int | None:
        folded = words.fold(item.text)
        if folded is None:
            return None
        found = item.id
        for key in folded.keys:
            for letters, group, at in self.under[key]:
                near = abs(at - item.published_at) <= timedelta(days=14)
                if near and words.likeness(folded.letters, letters):
                    found = group
                    break
            else:
                continue
            break
        for key in folded.keys:
            if len(self.under[key]) < 32:
                self.under[key].append((folded.letters, found, item.published_at))
        return found


class Office:
    """What the program knows of one month so far, and its reports."""

    def __init__(self, month: Month) -> None:
        self.month, self.copies = month, Copies()
        self.marks: dict[Name, list[Mark]] = defaultdict(list)
        self.times: dict[int, Item] = {}
        self.known: dict[Name, list[Known]] = defaultdict(list)
        self.notices: list[Notice] = []
        self.doubled = 0
        self.slowest = 0.0

    def go(self) -> None:
        for minute, batch in groupby(self.month.items, key=lambda item: item.known_at.replace(second=0, microsecond=0)):
            self.take(list(batch), minute + MINUTE)

    def take(self, batch: list[Item], now: datetime) -> None:
        touched: dict[Name, set[int]] = defaultdict(set)
        for item in batch:
            if item.published_at < now - RULES.reach:
                continue
            self.times[item.id] = item
            mark = Mark(item.id, item.published_at, item.author, item.kind == "comment", self.copies.group(item))
            names = [("topic", item.topic)] if item.topic else []
            names += [("place", item.place)] if item.place else []
            for name in names:
                self.marks[name].append(mark)
                if item.published_at >= now - RULES.oldest:
                    touched[name].add(item.id)
        for name in touched:
            self.marks[name].sort(key=lambda mark: mark.at)
        known_from = max(min(item.published_at for item in self.times.values()), now - RULES.reach)
        for name, fresh in touched.items():
            began = time.perf_counter()
            self.judge(name, fresh, now, known_from)
            self.slowest = max(self.slowest, time.perf_counter() - began)

    def judge(self, name: Name, fresh: set[int], now: datetime, known_from: datetime) -> None:
        def level(since: datetime, until: datetime) -> float:
            return self.level(name, since, until)

        marks = counted(self.marks[name], RULES.few_authors)
        for run in runs(marks, fresh, known_from=known_from, rules=RULES, tz=TZ, level=level):
            gap = max(RULES.windows)
            near = (one for one in self.known[name] if run.since <= one.until + gap and run.until >= one.since - gap)
            nearest = next(near, None)
            if nearest is None:
                inside = [mark for mark in marks if run.since <= mark.at <= run.until]
                last = max(self.times[mark.id].known_at for mark in inside)
                notice = Notice(
                    *name, run.since, run.until, now, last, run.count, run.usual, frozenset(m.id for m in inside)
                )
                self.known[name].append(Known(run.since, run.until, len(inside), False))
                self.notices.append(notice)
                continue
            longer = replace(nearest, until=max(nearest.until, run.until))
            inside = [mark for mark in marks if longer.since <= mark.at <= longer.until]
            if not longer.is_doubled and len(inside) >= 2 * longer.count:
                longer = replace(longer, is_doubled=True)
                self.doubled += 1
            self.known[name][self.known[name].index(nearest)] = longer

    def level(self, name: Name, since: datetime, until: datetime) -> float:
        """As the database query of the service: the same hours of the same weekday, all other topics."""
        weeks = [timedelta(weeks=number) for number in range(RULES.weeks + 1)]
        numbers = [
            sum(since - week <= mark.at <= until - week for other, marks in self.marks.items()
                if other[0] == "topic" and other != name for mark in marks)
            for week in weeks
        ]  # fmt: skip
        past = [number for number in numbers[1:] if number]
        return numbers[0] / median(past) if past else 1.0


def is_of(notice: Notice, burst: Burst) -> bool:
    named = (notice.kind, notice.name) == (burst.kind, burst.name) or (
        notice.kind == "topic" and notice.name == burst.about
    )
    return named and notice.since <= burst.until and notice.until >= burst.since


def misled(notice: Notice, month: Month) -> str:
    fits = [decoy for decoy in month.decoys if decoy.since <= notice.known_at and notice.since <= decoy.until
            and (not decoy.name or decoy.name == notice.name)]  # fmt: skip
    if not fits:
        near = [burst for burst in month.bursts if burst.since <= notice.until and notice.since <= burst.until]
        return "near another burst" if near else "nothing"
    return min(fits, key=lambda decoy: decoy.until - decoy.since).kind


def seen_at(month: Month, burst: Burst, number: int) -> datetime | None:
    times = sorted(item.known_at for item in month.items if item.id in set(burst.ids))
    return times[number - 1] if len(times) >= number else None


def main() -> int:
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 41
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    began, count, doubled, slowest, worst = time.perf_counter(), 0, 0, 0.0, timedelta(0)
    all_of: Counter[str] = Counter()
    found: Counter[str] = Counter()
    delays: dict[str, list[float]] = defaultdict(list)
    whys: Counter[str] = Counter()
    false_of: list[int] = []
    for month in _months(first, seeds):
        office = Office(month)
        office.go()
        count += 1
        doubled, slowest = doubled + office.doubled, max(slowest, office.slowest)
        judged = [notice for notice in office.notices if notice.known_at >= month.judged_from]
        worst = max([worst, *(notice.known_at - notice.last_known for notice in judged)])
        for burst in month.bursts:
            all_of[burst.shape] += 1
            own = [notice for notice in judged if is_of(notice, burst)]
            if own:
                found[burst.shape] += 1
                could = seen_at(month, burst, RULES.least)
                if could is not None:
                    delays[burst.shape].append((min(n.known_at for n in own) - could) / timedelta(minutes=1))
        false = [notice for notice in judged if not any(is_of(notice, burst) for burst in month.bursts)]
        false_of.append(len(false))
        whys.update(misled(notice, month) for notice in false)
        if "--false" in sys.argv:
            for notice in false:
                print("  ", misled(notice, month), notice.kind, notice.name, notice.count, round(notice.usual, 1))
    print(f"{count} months, seeds {first}…{first + seeds - 1}, {time.perf_counter() - began:.0f} s")
    after = f"minutes after the {RULES.least}th item was known: median, worst"
    print(f"{'shape':14} {'bursts':>7} {'found':>6} {'recall':>7}  {after}")
    for shape, number in all_of.items():
        late = delays[shape]
        delays = f"{median(late):8.0f} {max(late):8.0f}" if late else f"{'–':>8} {'–':>8}"
        print(f"{shape:14} {number:7} {found[shape]:6} {found[shape] / number:7.0%}  {delays}")
    print(
        f"{'all':14} {sum(all_of.values()):7} {sum(found.values()):6} {sum(found.values()) / sum(all_of.values()):7.0%}"
    )
    print(f"false notices: {sum(false_of) / count:.2f} a month (worst month {max(false_of)}), misled by {dict(whys)}")
    print(f"reported again as doubled: {doubled}; slowest look {slowest * 1000:.0f} ms")
    print(f"from the last item of a notice becoming known to it: {worst.total_seconds():.0f} s at worst (bound 300)")
    return 0 if worst <= timedelta(minutes=5) else 1


def _months(first: int, seeds: int) -> Iterator[Month]:
    for seed in range(first, first + seeds):
        yield from months(seed, int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3].isdigit() else 12)


if __name__ == "__main__":
    sys.exit(main())
