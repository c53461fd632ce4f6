"""Bursts: many people write about one thing within some hours, compared with these hours on other days (П.20).

The unit is a voice: each author counts once in a window, and a mailing by few people does not count (reading 11). An
author with comments only is a third of a voice: people answer each other under one post, so comments come in clusters
and messages do not, and with this weight both vary about alike. The usual number is the mean of the same local hours on
past days of the same sort (working days or days off; the same weekday has double weight), and days with another burst
are cut to what chance can do. The limit of chance is a tail of a negative binomial distribution, wider if those days
varied much or are few. Pure; standard library only.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from statistics import median

from osm.regulation.parameters import BurstRules

MAILING = 4  # from this number copies by few authors are a mailing
NONE = 0.1
"""A smaller usual number counts as zero: on nine days of ten there was no item, so only the minimum decides."""
ENOUGH_DAYS = 7
"""Days of the same sort after which the usual number can be zero; before that twice the minimum is needed."""
UNEVEN, UNEVEN_WEIGHT = 1.3, 5
"""Assumed overdispersion against Poisson, and its weight in items: people answer each other."""
AROUND = timedelta(hours=1)
"""The window of past days is also widened by this on both sides, because people do not write at fixed hours."""
HIGHEST_LEVEL = 3.0  # if people write more about everything, the usual number is raised, at most by this factor
STRANGERS = 4
"""At most one text of a burst in so many can be a stranger; a pause is long if it is so many times the usual one."""

Level = Callable[[datetime, datetime], float]
"""The number of all other items between two instants, as a multiple of the usual number; called rarely."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One message or comment about the thing. `author` None: unknown, counted as a separate person."""

    id: int
    at: datetime  # of publication
    author: Hashable | None = None
    is_comment: bool = False
    copies: Hashable | None = None  # the group of near copies that its text belongs to
    is_spam: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """Of one window: mean number of items and voices, overdispersion against Poisson, effective number of days."""

    items: float
    voices: float
    spread: float
    days: float


@dataclass(frozen=True, slots=True)
class Run:
    """Overlapping windows with an unusual number. `window`, `count`, `usual` are those of one of them."""

    since: datetime
    until: datetime
    window: timedelta
    count: int
    usual: float


def counted(marks: Iterable[Mark], few: int) -> list[Mark]:
    """The marks without spam and without mailings (copies of one text by at most `few` authors)."""
    honest = [mark for mark in marks if not mark.is_spam]
    groups: dict[Hashable, list[Mark]] = defaultdict(list)
    for mark in honest:
        if mark.copies is not None:
            groups[mark.copies].append(mark)
    mailings = {key for key, group in groups.items() if len(group) >= MAILING and len(authors(group)) <= few}
    return [mark for mark in honest if mark.copies is None or mark.copies not in mailings]


def authors(marks: Iterable[Mark]) -> dict[Hashable, bool]:
    """Author → whether he has only commented. Each unknown author is a separate person."""
    found: dict[Hashable, bool] = {}
    for mark in marks:
        who = ("unknown", mark.id) if mark.author is None else mark.author
        found[who] = mark.is_comment and found.get(who, True)
    return found


def voices(marks: Iterable[Mark], rules: BurstRules) -> float:
    found = authors(marks)
    comments = sum(found.values())
    return len(found) - comments + comments / rules.comments


def runs(
    marks: Sequence[Mark], fresh: Collection[int], *, known_from: datetime, rules: BurstRules, tz: tzinfo,
    level: Level = lambda *_: 1.0,
) -> list[Run]:  # fmt: skip
    """Unusual windows that contain one of the `fresh` marks.

    `marks`: all `counted` marks of the thing, earliest first.

    `known_from`: the first day with data; earlier days are not zero but unknown.
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
    """Whether two things have the same texts: more than half of the shorter list is common."""
    return 2 * len(texts & others) > min(len(texts), len(others))


def strangers(texts: Sequence[tuple[Hashable, datetime, int]], rules: BurstRules) -> set[Hashable]:
    """Texts that belong to the burst by one sign only and were written long before the rest. `texts`: each with its
    time and its number of signs (the topic, a street …), earliest first. A pause is long from half of the shortest
    window, and if the rest came far more quickly."""
    last, end = len(texts) - 1, 0
    for number in range(1, min(rules.least, len(texts) // STRANGERS + 1)):
        pause = texts[number][1] - texts[number - 1][1]
        usual = (texts[last][1] - texts[number][1]) / max(1, last - number)
        if pause >= min(rules.windows) / 2 and pause > STRANGERS * usual:
            end = number
    return {text for text, _, signs in texts[:end] if signs == 1}


def typical(words: Sequence[Set[str]]) -> int:
    """The index of the most typical text: it has the most words in common with the others. `words`: of each text, by
    time; among equals the one in the middle is taken."""

    def nearness(place: int) -> tuple[float, float]:
        one = words[place]
        shares = (2 * len(one & other) / (len(one) + len(other)) for other in words if one or other)
        return round(sum(shares), 6), -abs(place - len(words) / 2)

    return max(range(len(words)), key=nearness)


def is_rare(count: float, usual: Usual, level: float, least: int, rules: BurstRules) -> bool:
    """Whether so many voices are a burst; `level`: how lively everything else is."""
    if count < least or count < rules.times * usual.voices:
        return False
    if usual.voices < NONE and (usual.days >= ENOUGH_DAYS or count >= 2 * least):
        return True
    return _tail(count, usual, level) * rules.rarity <= 1


def usual_of(past: Sequence[tuple[int, float, float]]) -> Usual:
    """From past windows, each as (items, voices, weight of its day)."""
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
    """All marks of one thing in order."""

    def __init__(self, marks: Sequence[Mark], known_from: datetime, rules: BurstRules, tz: tzinfo) -> None:
        self.marks = marks
        self.times = [mark.at for mark in marks]
        self.known_from, self.rules, self.tz = known_from, rules, tz

    def within(self, since: datetime, until: datetime) -> Sequence[Mark]:
        """With both ends, because an export has only minutes."""
        return self.marks[bisect_left(self.times, since) : bisect_right(self.times, until)]

    def starts(self, fresh: Collection[int], length: timedelta) -> list[datetime]:
        """Starts of windows with a fresh mark; each starts at a mark."""
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
        """The usual number in these hours, or in wider hours if it is higher there."""
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
            day = local - timedelta(days=number)  # the same hours by local time
            if day < self.known_from:
                break
            if (day.weekday() >= 5) == (local.weekday() >= 5):
                then = self.within(day, day + length)
                weight = 2.0 if day.weekday() == local.weekday() else 1.0
                past.append((len(then), voices(then, self.rules), weight))
        return usual_of(past)


def _joined(found: list[Run]) -> list[Run]:
    """Join overlapping runs, with the values of the shortest window; among equals, of that with the most marks."""
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
    """The most that chance can do on one day; more was another burst."""
    middle = median(numbers)
    return middle + 4 * math.sqrt(middle) + 2


def _tail(count: float, usual: Usual, level: float) -> float:
    """Probability of at most `count` (rounded down) being exceeded or reached: negative binomial, wide with few days.
    Gamma before Poisson: the mean of few days may be far from the true one."""
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
