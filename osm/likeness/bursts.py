"""Bursts: many people write of one thing within some hours, against the usual of these hours and this weekday (П.20).

Counted are voices: each author once in a window, so one furious author is one; a mailing by few is nobody (reading 11).
Who comments is a third of a voice: people answer one another below one post, so that comments come in clusters where
messages come one by one, and by this weight chance spreads both about alike. The usual
is the mean of the same local hours of past days of the same sort (working days, days off; the very weekday weighs
twice), a day of another burst cut down to what chance can do. How many would be many by chance follows from it as a
negative binomial tail, as wide as those days were uneven and as few days are known. Pure; the standard library only.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from statistics import median

from osm.regulation.control.activity import BurstRules

MAILING = 4
"""Copies, from this number on, are a mailing where their authors are few."""
NONE = 0.1
"""A usual below this is none: nine times of ten nobody writes, and the least number alone decides."""
ENOUGH_DAYS = 7
"""Days of the same sort from which on «usually nobody» can be said; before that it takes twice the least number."""
UNEVEN, UNEVEN_WEIGHT = 1.3, 5
"""How much wider than Poisson's a spread is taken to be before so many items have shown it: people answer others."""
AROUND = timedelta(hours=1)
"""So much wider on both sides the same hours of another day are looked at as well: nobody writes by the clock."""
HIGHEST_LEVEL = 3.0
"""When everybody writes of everything, the usual of each thing is raised up to so many times."""
STRANGERS = 4
"""Of a burst at most one text in so many can be a stranger; a pause before the rest is long from so many pauses on."""

Level = Callable[[datetime, datetime], float]
"""How many times the usual is written of all else between two instants; asked seldom."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One message or comment that is about the thing. `author` None: unknown, somebody of his own."""

    id: int
    at: datetime
    """Of publication."""
    author: Hashable | None = None
    is_comment: bool = False
    copies: Hashable | None = None
    """The group of near copies that its text belongs to."""
    is_spam: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """Of one window: how many items, how many voices; how much wider than Poisson's it spreads; of how many days."""

    items: float
    voices: float
    spread: float
    days: float


@dataclass(frozen=True, slots=True)
class Run:
    """Windows that are out of the usual and overlap. `window`, `count`, `usual` are those of one of them."""

    since: datetime
    until: datetime
    window: timedelta
    count: int
    usual: float


def counted(marks: Iterable[Mark], few: int) -> list[Mark]:
    """Without spam and without mailings: copies of one text by `few` authors or fewer."""
    honest = [mark for mark in marks if not mark.is_spam]
    groups: dict[Hashable, list[Mark]] = defaultdict(list)
    for mark in honest:
        if mark.copies is not None:
            groups[mark.copies].append(mark)
    mailings = {key for key, group in groups.items() if len(group) >= MAILING and len(authors(group)) <= few}
    return [mark for mark in honest if mark.copies is None or mark.copies not in mailings]


def authors(marks: Iterable[Mark]) -> dict[Hashable, bool]:
    """Who has written them: author → whether he has only commented. Each unknown one is somebody of his own."""
    found: dict[Hashable, bool] = {}
    for mark in marks:
        who = ("unknown", mark.id) if mark.author is None else mark.author
        found[who] = mark.is_comment and found.get(who, True)
    return found


def voices(marks: Iterable[Mark], rules: BurstRules) -> float:
    """How many voices that is."""
    found = authors(marks)
    comments = sum(found.values())
    return len(found) - comments + comments / rules.comments


def runs(
    marks: Sequence[Mark],
    fresh: Collection[int],
    *,
    known_from: datetime,
    rules: BurstRules,
    tz: tzinfo,
    level: Level = lambda *_: 1.0,
) -> list[Run]:
    """What is out of the usual in windows that hold one of the `fresh`.

    `marks`: all of the thing that are `counted`, the earliest first.

    `known_from`: since when the office knows anything at all; days before it say nothing.
    """
    series = _Series(marks, known_from, rules, tz)
    found: list[Run] = []
    for length in rules.windows:
        for start in series.starts(fresh, length):
            judged = series.judge(start, length, level)
            if judged is not None:
                found.append(judged)
    return _joined(found)


def is_same(texts: Set[Hashable], others: Set[Hashable]) -> bool:
    """Whether two things are written of in the same texts: more than half of the fewer are common."""
    return 2 * len(texts & others) > min(len(texts), len(others))


def strangers(texts: Sequence[tuple[Hashable, datetime, int]], rules: BurstRules) -> set[Hashable]:
    """Those that share one sign only, by chance, and lie long before the rest.

    `texts`: each with its time and the number of signs (the topic, a street …) by which it is of the burst, the
    earliest first. A pause is long from half of the shortest window on, where the rest come far quicker.
    """
    last, end = len(texts) - 1, 0
    for number in range(1, min(rules.least, len(texts) // STRANGERS + 1)):
        pause = texts[number][1] - texts[number - 1][1]
        usual = (texts[last][1] - texts[number][1]) / max(1, last - number)
        if pause >= min(rules.windows) / 2 and pause > STRANGERS * usual:
            end = number
    return {text for text, _, signs in texts[:end] if signs == 1}


def typical(words: Sequence[Set[str]]) -> int:
    """The place of the text nearest to the middle: it has the most words in common with the others.

    `words`: of each text, in the order of time; of texts as near the one in the middle of that order.
    """

    def nearness(place: int) -> tuple[float, float]:
        one = words[place]
        shares = (2 * len(one & other) / (len(one) + len(other)) for other in words if one or other)
        return round(sum(shares), 6), -abs(place - len(words) / 2)

    return max(range(len(words)), key=nearness)


def is_rare(count: float, usual: Usual, level: float, least: int, rules: BurstRules) -> bool:
    """Whether so many voices are a burst, where all else is as lively as `level` says."""
    if count < least or count < rules.times * usual.voices:
        return False
    if usual.voices < NONE and (usual.days >= ENOUGH_DAYS or count >= 2 * least):
        return True
    return _tail(count, usual, level) * rules.rarity <= 1


def usual_of(past: Sequence[tuple[int, float, float]]) -> Usual:
    """From the past windows, each as items, voices and the weight of its day."""
    total = sum(weight for *_, weight in past)
    if not total:
        return Usual(0.0, 0.0, UNEVEN, 0.0)
    days = total**2 / sum(weight**2 for *_, weight in past)
    items = _mean([(row[0], row[2]) for row in past])
    some = [(row[1], row[2]) for row in past]
    who, most = _mean(some), _most([number for number, _ in some])
    variance = sum(weight * (min(number, most) - who) ** 2 for number, weight in some) / total
    spread = (days * variance + UNEVEN * UNEVEN_WEIGHT) / (days * who + UNEVEN_WEIGHT)
    return Usual(items, who, max(1.0, spread), days)


class _Series:
    """All marks of one thing in order, and what stands in a window."""

    def __init__(self, marks: Sequence[Mark], known_from: datetime, rules: BurstRules, tz: tzinfo) -> None:
        self.marks = marks
        self.times = [mark.at for mark in marks]
        self.known_from, self.rules, self.tz = known_from, rules, tz

    def within(self, since: datetime, until: datetime) -> Sequence[Mark]:
        """Both ends included: an export tells minutes."""
        return self.marks[bisect_left(self.times, since) : bisect_right(self.times, until)]

    def starts(self, fresh: Collection[int], length: timedelta) -> list[datetime]:
        """Where windows begin that hold one of the fresh: at a mark."""
        wanted: set[datetime] = set()
        for mark in self.marks:
            if mark.id in fresh:
                wanted.update(one.at for one in self.within(mark.at - length, mark.at))
        return sorted(wanted)

    def judge(self, start: datetime, length: timedelta, level: Level) -> Run | None:
        now = self.within(start, start + length)
        number, least = voices(now, self.rules), self.rules.least_of(length)
        if number < least:
            return None
        usual = self.usual(start, length)
        if not is_rare(number, usual, 1.0, least, self.rules):
            return None
        raised = min(HIGHEST_LEVEL, max(1.0, level(start, start + length)))
        if not is_rare(number, usual, raised, least, self.rules):
            return None
        return Run(now[0].at, now[-1].at, length, len(now), usual.items)

    def usual(self, start: datetime, length: timedelta) -> Usual:
        """Of these very hours, or of the hours around them where more is usual there."""
        wide = self._of_past(start - AROUND, length + 2 * AROUND)
        share = length / (length + 2 * AROUND)
        here = self._of_past(start, length)
        if wide.voices * share <= here.voices:
            return here
        return replace(wide, items=max(here.items, wide.items * share), voices=wide.voices * share)

    def _of_past(self, start: datetime, length: timedelta) -> Usual:
        local = start.astimezone(self.tz)
        past: list[tuple[int, float, float]] = []
        for number in range(1, self.rules.weeks * 7 + 1):
            day = local - timedelta(days=number)  # of the same hours by the clock of the town
            if day < self.known_from:
                break
            if (day.weekday() >= 5) == (local.weekday() >= 5):
                then = self.within(day, day + length)
                weight = 2.0 if day.weekday() == local.weekday() else 1.0
                past.append((len(then), voices(then, self.rules), weight))
        return usual_of(past)


def _joined(found: list[Run]) -> list[Run]:
    """Those that overlap are one, and are told of by the shortest window, of several by that with the most."""
    joined: list[Run] = []
    for run in sorted(found, key=lambda one: (one.since, one.until)):
        if joined and run.since <= joined[-1].until:
            other = joined[-1]
            best = min(other, run, key=lambda one: (one.window, -one.count))
            joined[-1] = replace(best, since=other.since, until=max(run.until, other.until))
        else:
            joined.append(run)
    return joined


def _mean(numbers: Sequence[tuple[float, float]]) -> float:
    most = _most([number for number, _ in numbers])
    return sum(min(number, most) * weight for number, weight in numbers) / sum(weight for _, weight in numbers)


def _most(numbers: Sequence[float]) -> float:
    """What chance can do on one day; more was a burst of its own."""
    middle = median(numbers)
    return middle + 4 * math.sqrt(middle) + 2


def _tail(count: float, usual: Usual, level: float) -> float:
    """How likely `count`, without its fraction, or more are: negative binomial, wide where few days are known.

    Gamma before Poisson: what few days have shown may be far from what is usual.
    """
    seen = usual.voices * usual.days + 0.5
    mean = seen / (usual.days + 0.5) * level
    size = mean / (usual.spread - 1 + mean / seen)
    share = mean / (mean + size)
    term = (1 - share) ** size
    below = 0.0
    for number in range(int(count)):
        below += term
        term *= (number + size) / (number + 1) * share
    return max(0.0, 1 - below)
