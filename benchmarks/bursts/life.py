"""The usual life of the simulated town: who writes what when, and when the office gets it."""

from __future__ import annotations

import calendar
import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from benchmarks.bursts import town
from benchmarks.bursts.facts import Burst, Decoy, Item, Month

ZONE = ZoneInfo("Asia/Vladivostok")
WARM_UP = timedelta(days=28)
COMMENTS_TO_A_MESSAGE = 3.0
LONGEST_TALK = 10
MEAN_TALK = 3.6


@dataclass(eq=False)
class Draft:
    """An item that can still change."""

    kind: str
    topic: str
    place: str
    author: str
    text: str
    published_at: datetime
    known_at: datetime
    by_export: bool = False


@dataclass
class Truth:
    """A fact with its items."""

    fact: Burst | Decoy
    drafts: list[Draft] = field(default_factory=list)


class Life:
    """Four weeks and a month of the town without special events, and methods to add them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = chance = random.Random(seed)
        number = chance.choice(sorted(town.GROWING))
        self.first = date(2026, number, 1)
        self.days = calendar.monthrange(2026, number)[1]
        self.judged_from = self.at(self.first)
        self.since, self.until = self.judged_from - WARM_UP, self.at(self.first + timedelta(days=self.days))
        self.growing = town.GROWING[number]
        self.shares = {name: row[0] * chance.lognormvariate(0, 0.2) for name, row in town.TOPICS.items()}
        self.streets = list(accumulate(1 / (rank + 2) ** 1.25 for rank in range(len(town.STREETS))))
        self.authors = list(accumulate(1 / (rank + 15) ** 0.7 for rank in range(1500)))
        self.holidays = {day for pair in town.HOLIDAYS for day in days_between(*pair)}
        self.after_holidays = {last + timedelta(days=1) for _, last in town.HOLIDAYS}
        mondays = [day for day in self.judged_days() if day.weekday() == 0 and not self.is_special(day)]
        self.busy_monday = chance.choice(mondays)
        self.level = chance.uniform(29, 42)
        self.exports = self.times_of_exports()
        self.usual: list[Draft] = []
        self.added: list[Draft] = []
        self.truths: list[Truth] = []

    def live(self) -> None:
        for day in days_between(self.since.astimezone(ZONE).date(), self.judged_days()[-1]):
            rate = self.level * self.random.gammavariate(40, 1 / 40) * town.WEEKDAYS[day.weekday()]
            rate *= 0.45 if day in self.holidays else 1.35 if day in self.after_holidays else 1
            for hour, weight in enumerate(town.HOURS):
                busy = 2.2 if day == self.busy_monday and 8 <= hour < 12 else 1
                here = rate / 24 * weight * busy
                for _ in range(self.poisson(here)):
                    self.usual.append(self.message(self.seen_topic(day), self.street(), self.moment(day, hour)))
                for _ in range(self.poisson(here * COMMENTS_TO_A_MESSAGE / MEAN_TALK)):
                    self.talk(self.topic(day), self.street(), self.moment(day, hour))

    def talk(self, topic: str, place: str, begins: datetime) -> None:
        """Comments under one post: some name the street, most have the topic."""
        published = begins
        for _ in range(min(LONGEST_TALK, 1 + int(self.random.expovariate(1 / 3.4)))):
            seen, said = self.random.random() < 0.75, self.random.random() < 0.3
            self.usual.append(self.comment(topic if seen else "", place if said else "", published))
            published += timedelta(hours=self.random.expovariate(1 / 1.5))
            if published.astimezone(ZONE).hour < 6 and self.random.random() < 0.8:
                published += timedelta(hours=7)

    def usual_count(self, kind: str, name: str, since: datetime, length: timedelta) -> float:
        """The mean over all days in the same hours."""
        count = sum(
            (draft.published_at - since) % timedelta(days=1) < length
            for draft in self.usual
            if getattr(draft, kind) == name
        )
        return count / ((self.until - self.since) / timedelta(days=1))

    def add(self, fact: Burst | Decoy, drafts: Sequence[Draft] = ()) -> None:
        self.added.extend(drafts)
        self.truths.append(Truth(fact, list(drafts)))

    def written_down(self) -> Month:
        """Numbers in the order of arrival in the office; later arrivals than the month are left out."""
        got = [draft for draft in self.usual + self.added if draft.known_at < self.until]
        got.sort(key=lambda draft: (draft.known_at, draft.published_at))
        ids = {draft: number for number, draft in enumerate(got, start=1)}
        bursts, decoys = [], []
        for truth in self.truths:
            numbers = tuple(sorted(ids[draft] for draft in truth.drafts))
            if isinstance(truth.fact, Burst):
                bursts.append(replace(truth.fact, ids=numbers))
            else:
                until = max([truth.fact.until, *(draft.known_at for draft in truth.drafts)])
                decoys.append(replace(truth.fact, ids=numbers, until=until))
        bursts.sort(key=lambda burst: burst.since)
        decoys.sort(key=lambda decoy: decoy.since)
        items = tuple(
            Item(ids[one], one.kind, one.topic, one.place, one.author, one.text, one.published_at, one.known_at)
            for one in got
        )
        return Month(self.seed, self.since, self.judged_from, self.until, items, tuple(bursts), tuple(decoys))

    # --- Items

    def message(self, topic: str, place: str, published: datetime, author: str = "") -> Draft:
        """Every third is written on a page of the office and known at once; the others come with exports."""
        by_export = self.random.random() < 0.65
        known = self.exported(published) if by_export else published + self.seconds(5, 40)
        text = self.text(topic, place)
        return Draft("message", topic, place, author or self.author(), text, published, known, by_export)

    def comment(self, topic: str, place: str, published: datetime, author: str = "") -> Draft:
        text = self.text(topic, place) if topic and self.random.random() < 0.5 else self.random.choice(town.REACTIONS)
        if place and place not in text:
            text += f", {place}"
        known = published + self.seconds(2, 40)
        return Draft("comment", topic, place, author or self.author(), text, published, known)

    def text(self, topic: str, place: str) -> str:
        said = self.random.choice(town.TOPICS[topic][1:]) if topic else "прошу помочь"
        where = f", ул. {place}, {self.random.randint(1, 60)}" if place else ""
        text = self.random.choice(town.OPENINGS) + said + where + self.random.choice(town.ENDINGS)
        return text[0].upper() + text[1:]

    def topic(self, day: date) -> str:
        """By their shares; the growing one has 2.5 times its share at the end of the month."""
        grown = 1 + 1.5 * max(0, (day - self.first).days) / self.days
        weights = [share * (grown if name == self.growing else 1) for name, share in self.shares.items()]
        return self.random.choices(list(self.shares), weights)[0]

    def seen_topic(self, day: date) -> str:
        """A topic, or none if it was not recognised."""
        return self.topic(day) if self.random.random() < 0.94 else ""

    def street(self) -> str:
        """A street, or none, because about half of the people name none."""
        return self.random.choices(town.STREETS, cum_weights=self.streets)[0] if self.random.random() < 0.55 else ""

    def author(self) -> str:
        return f"Житель {self.random.choices(range(len(self.authors)), cum_weights=self.authors)[0] + 1}"

    def people(self, count: int) -> list[str]:
        """``count`` different people."""
        return [f"Житель {number + 1}" for number in self.random.sample(range(len(self.authors)), count)]

    def poisson(self, rate: float) -> int:
        """Knuth's method, for small rates."""
        limit, product, count = math.exp(-rate), self.random.random(), 0
        while product > limit:
            product *= self.random.random()
            count += 1
        return count

    def shuffled(self, names: Sequence[str]) -> list[str]:
        return self.random.sample(names, len(names))

    # Time

    def at(self, day: date, hours: float = 0) -> datetime:
        """This many hours after local midnight."""
        return datetime.combine(day, time(), ZONE).astimezone(UTC) + timedelta(hours=hours)

    def moment(self, day: date, hour: int) -> datetime:
        return self.at(day, hour + self.random.random())

    def seconds(self, least: float, most: float) -> timedelta:
        return timedelta(seconds=self.random.uniform(least, most))

    def judged_days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def is_special(self, day: date) -> bool:
        return day in self.holidays or day in self.after_holidays

    def times_of_exports(self) -> list[datetime]:
        """The first of a day always comes; one in twenty of the others is forgotten."""
        times = []
        for day in days_between(self.since.astimezone(ZONE).date(), self.judged_days()[-1] + timedelta(days=3)):
            day_off = day.weekday() >= 5 or day in self.holidays
            for number, (hour, minute) in enumerate((town.EXPORT_ON_DAY_OFF,) if day_off else town.EXPORTS):
                moment = self.at(day, hour + minute / 60 + self.random.uniform(-0.3, 0.3))
                if number == 0 or self.random.random() < 0.95:
                    times.append(moment)
        return times

    def exported(self, published: datetime) -> datetime:
        """The source needs some minutes; the rows of one export are read within seconds."""
        ready = published + timedelta(minutes=self.random.uniform(3, 15))
        return self.exports[bisect_left(self.exports, ready)] + self.seconds(0, 20)


def days_between(first: date, last: date) -> list[date]:
    """Both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
