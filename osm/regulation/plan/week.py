"""«7 из 10» (Пр.2.2, reading 9), gaps and crowds: over what stands on the pages and what is still to come.

Counted per page, and in all by matter: one publication on three pages is one. It is recommended, so nothing is
blocked. Days are local, Monday to Sunday.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

WEEKLY = 10
"""Publications a week that Пр.2.2 recommends."""
CROWD = 5
CROWD_SPAN = timedelta(hours=1)
"""Five posts of one page within an hour: readers hide the page."""
GAP_DAYS = 2
"""So many days in a row without a post are a gap."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post upon one page. `matter`: the same on every page that it stands on. `at` is local."""

    matter: str
    page: int
    at: datetime
    stands: bool
    """Placed already; else it is still to come."""
    has_time: bool = True
    """Else only its day is known: it makes no crowd."""


@dataclass(frozen=True, slots=True)
class Count:
    """«7 из 10», and how many there will be."""

    stands: int
    planned: int
    of: int = WEEKLY

    @property
    def in_all(self) -> int:
        return self.stands + self.planned

    @property
    def is_short(self) -> bool:
        """Even with what is planned there are fewer."""
        return self.in_all < self.of


@dataclass(frozen=True, slots=True)
class WeekCount:
    """One week."""

    monday: date
    total: Count
    pages: Mapping[int, Count]


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many posts of one page from this instant within an hour."""

    page: int
    since: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Gap:
    """No post of this page from one day to another, both included."""

    page: int
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def count_week(monday: date, posts: Iterable[Post], pages: Collection[int], weekly: int = WEEKLY) -> WeekCount:
    """How many of this week stand and are to come, on each page and in all.

    A matter stands as soon as it stands on one page; the same matter twice on one page is two posts of the page.
    """
    within = [post for post in posts if monday <= post.at.date() < monday + timedelta(days=7)]
    standing, coming = Counter[int](), Counter[int]()
    for post in within:
        (standing if post.stands else coming)[post.page] += 1
    stands = {post.matter for post in within if post.stands}
    planned = {post.matter for post in within} - stands
    by_page = {page: Count(standing[page], coming[page], weekly) for page in pages}
    return WeekCount(monday, Count(len(stands), len(planned), weekly), by_page)


def crowds(posts: Iterable[Post]) -> list[Crowd]:
    """Each run of CROWD posts or more of one page within an hour, once; in order of time."""
    found = []
    for page, instants in sorted(_by_page(post for post in posts if post.has_time).items()):
        start = 0
        while start < len(instants):
            end = start
            while end < len(instants) and instants[end] - instants[start] < CROWD_SPAN:
                end += 1
            if end - start >= CROWD:
                found.append(Crowd(page, instants[start], end - start))
                start = end
            else:
                start += 1
    return sorted(found, key=lambda crowd: (crowd.since, crowd.page))


def gaps(posts: Iterable[Post], pages: Collection[int], first: date, last: date) -> list[Gap]:
    """Runs of GAP_DAYS days or more without a post of a page, between two days, both included."""
    taken = {page: {instant.date() for instant in instants} for page, instants in _by_page(posts).items()}
    found = []
    for page in pages:
        run: list[date] = []
        for number in range((last - first).days + 2):
            day = first + timedelta(days=number)
            if day <= last and day not in taken.get(page, set()):
                run.append(day)
                continue
            if len(run) >= GAP_DAYS:
                found.append(Gap(page, run[0], run[-1]))
            run = []
    return found


def _by_page(posts: Iterable[Post]) -> dict[int, Sequence[datetime]]:
    pages: dict[int, list[datetime]] = defaultdict(list)
    for post in posts:
        pages[post.page].append(post.at)
    return {page: sorted(instants) for page, instants in pages.items()}
