"""Simulated months with known bursts and known decoys, to measure a notice of heightened activity (clause 20).

README: ``for month in months(7): …`` gives twelve; give ``month.items`` to the detector one by one in their order (that
of ``known_at``) and judge only its results from ``judged_from`` on, by ``month.bursts`` and ``month.decoys``. The four
weeks before are for learning the usual numbers. Every fourth month is quiet: decoys, no bursts. The same seed gives the
same months.

Model: messages are Poisson by the hour (day, week, holidays, lively and dull days), comments come in talks of up to ten
over some hours, three to a message. About half of the messages name a street; a few have no topic. Instants are UTC.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from benchmarks.bursts import town
from benchmarks.bursts.facts import Burst, Decoy, Item, Month
from benchmarks.bursts.life import COMMENTS_TO_A_MESSAGE, Life, Truth

__all__ = ["Burst", "Decoy", "Item", "Month", "month", "months"]


@dataclass(frozen=True)
class Shape:
    """The course of a burst: messages, comments (varying by a third), length in hours, local hours of its beginning."""

    name: str
    kind: str
    messages: int
    comments: int
    hours: float
    begins: tuple[float, float]


STREET = Shape("street", "place", 4, 0, 2, (8, 19))
"""On a street with hardly any messages."""
TWELVE = Shape("twelve", "topic", 12, 8, 2, (8, 19))
SLOW = Shape("slow", "topic", 14, 10, 8, (8, 12))
NIGHT = Shape("night", "topic", 6, 5, 2.5, (0.5, 2.5))
DOUBLING = Shape("doubling", "topic", 15, 8, 4, (9, 17))
"""Each hour has twice as many as the one before."""
TWICE = Shape("twice", "topic", 0, 0, 12, (8.5, 9.5))
"""A busy topic with twice its usual items for a day: the weakest burst; its counts come from the usual ones."""
PAIR = (Shape("pair topic", "topic", 9, 6, 2, (9, 18)), Shape("pair place", "place", 6, 3, 2, (9, 18)))
"""Two independent bursts at the same time."""
COMMENTS = Shape("comments only", "topic", 0, 18, 2, (9, 20))
DAYS_OF_BURSTS: tuple[tuple[Shape, ...], ...] = (
    (STREET,), (TWELVE,), (SLOW,), (NIGHT,), (DOUBLING,), (TWICE,), PAIR, (COMMENTS,),
)  # fmt: skip


def months(seed: int, count: int = 12) -> Iterator[Month]:
    """So many months; every fourth is quiet."""
    for place in range(count):
        yield month(seed * 1000 + place, quiet=place % 4 == 3)


def month(seed: int, quiet: bool = False) -> Month:
    """One month with every shape of burst (none, if quiet) and every kind of decoy, mostly on separate days."""
    return _Making(seed).month(quiet)


class _Making(Life):
    """One month in the making: the usual items, then additions, then delays."""

    def month(self, quiet: bool) -> Month:
        self.live()
        free = [day for day in self.judged_days()[:-2] if not self.is_special(day) and day != self.busy_monday]
        decoys = (self.mailing, self.furious_author, self.quiet_topic, self.history, self.late_batch, self.outage)
        days = iter(self.random.sample(free, len(DAYS_OF_BURSTS) + len(decoys)))
        if not quiet:
            self.bursts(days)
        self.calendar_decoys()
        for decoy in decoys:  # the outage is last, because it delays all other items
            decoy(next(days))
        return self.written_down()

    # Bursts

    def bursts(self, days: Iterator[date]) -> None:
        by_share = sorted(self.shares, key=self.shares.__getitem__, reverse=True)
        busy = [name for name in by_share[:3] if name != self.growing]
        twice = self.random.choice(busy)
        topics = iter(self.shuffled([name for name in by_share[:-1] if name not in (self.growing, twice)]))
        silent, known = self.shuffled(town.STREETS[town.NEARLY_SILENT :]), self.shuffled(town.STREETS[8:30])
        for shapes in DAYS_OF_BURSTS:
            start = self.at(next(days), self.random.uniform(*shapes[0].begins))
            for shape in shapes:
                topic = twice if shape is TWICE else next(topics)
                place = "" if shape.kind == "topic" else silent[0] if shape is STREET else known[0]
                self.burst(shape, topic, place, start + timedelta(minutes=self.random.uniform(0, 25)))

    def burst(self, shape: Shape, topic: str, place: str, since: datetime) -> None:
        length = timedelta(hours=shape.hours)
        name = place or topic
        usual = self.usual_count(shape.kind, name, since, length)
        messages, comments = shape.messages, round(shape.comments * self.random.uniform(0.7, 1.3))
        if shape is TWICE:
            extra = max(8, round(usual))
            messages = round(extra / (1 + COMMENTS_TO_A_MESSAGE))
            comments = extra - messages
        people, drafts = self.people(messages + comments), []
        for number in range(messages + comments):
            is_message = number < messages
            moment = since + length * self.part(shape, number if is_message else number - messages, is_message)
            where = place or self.street()
            what = topic if not place or self.random.random() < 0.8 else self.topic(self.first)
            drafts.append((self.message if is_message else self.comment)(what, where, moment, people[number]))
        fact = Burst(shape.name, shape.kind, name, topic if place else "", since, since + length, usual, len(drafts))
        self.add(fact, drafts)

    def part(self, shape: Shape, number: int, is_message: bool) -> float:
        """The time of the n-th item as a part of the burst."""
        if shape is not DOUBLING:
            return self.random.random()
        hours = int(shape.hours)
        hour = int(math.log2(number + 1)) if is_message else self.random.choices(range(hours), (1, 2, 4, 8))[0]
        return (hour + self.random.random()) / hours

    # Decoys

    def calendar_decoys(self) -> None:
        self.add(Decoy("busy Monday", "", self.at(self.busy_monday, 8), self.at(self.busy_monday, 12)))
        for first, last in town.HOLIDAYS:
            end = self.at(last + timedelta(days=1))
            if self.judged_from < end < self.until:
                self.add(Decoy("holiday lull", "", max(self.at(first), self.judged_from), end))
                self.add(Decoy("end of a lull", "", end, end + timedelta(days=1)))
        self.add(Decoy("slow growth", self.growing, self.judged_from, self.until))

    def mailing(self, day: date) -> None:
        """One text with small changes, by two or three authors."""
        since, topic, place = self.at(day, self.random.uniform(9, 18)), self.topic(day), self.street()
        text, people = self.text(topic, place), self.people(self.random.randint(2, 3))
        drafts = []
        for number in range(self.random.randint(8, 15)):
            make = self.message if self.random.random() < 0.6 else self.comment
            moment = since + timedelta(hours=self.random.uniform(0, 3))
            drafts.append(make(topic, place, moment, people[number % len(people)]))
            drafts[-1].text = self.random.choice((text, text, text.upper(), text + "!", text + " Репост!"))
        self.add(Decoy("mailing", topic, since, since + timedelta(hours=3)), drafts)

    def furious_author(self, day: date) -> None:
        since, topic, place = self.at(day, self.random.uniform(9, 20)), self.topic(day), self.street()
        moments = [since + timedelta(hours=self.random.uniform(0, 2.5)) for _ in range(15)]
        (author,) = self.people(1)
        drafts = [self.comment(topic, place, moment, author) for moment in moments]
        self.add(Decoy("furious author", topic, since, since + timedelta(hours=2.5)), drafts)

    def quiet_topic(self, day: date) -> None:
        """By chance two messages within an hour, on a topic with two a week."""
        topic = min(self.shares, key=self.shares.__getitem__)
        since = self.at(day, self.random.uniform(9, 18))
        moments = [since, since + timedelta(minutes=self.random.uniform(5, 50))]
        drafts = [self.message(topic, "", moment, who) for moment, who in zip(moments, self.people(2), strict=True)]
        self.add(Decoy("two by chance", topic, since, moments[1]), drafts)

    def history(self, day: date) -> None:
        """The last four months of one more page, loaded within two minutes."""
        loaded, drafts = self.at(day, self.random.uniform(9.5, 11)), []
        for _ in range(self.random.randint(250, 450)):
            past = day - timedelta(days=self.random.randint(1, 120))
            make = self.comment if self.random.random() < 0.6 else self.message
            hour = self.random.choices(range(24), town.HOURS)[0]
            drafts.append(make(self.topic(past), self.street(), self.moment(past, hour)))
            drafts[-1].known_at = loaded + timedelta(seconds=self.random.uniform(0, 120))
        self.add(Decoy("history import", "", loaded, loaded), drafts)

    def late_batch(self, day: date) -> None:
        """Some messages of four days, from a source without exports in that time, come with one export."""
        end = self.at(day, 13)
        comes = self.exports[bisect_left(self.exports, end) - 1]
        since = comes - timedelta(days=4)
        waiting = [draft for draft in self.usual if draft.by_export and since <= draft.published_at < comes]
        late = [draft for draft in waiting if self.random.random() < 0.6]
        for draft in late:
            draft.known_at = comes + timedelta(seconds=self.random.uniform(0, 20))
        self.truths.append(Truth(Decoy("late batch", "", comes, comes), late))

    def outage(self, day: date) -> None:
        """For some hours the office gets no items, then all of them."""
        since = self.at(day, self.random.uniform(13, 14.5))
        end = since + timedelta(hours=self.random.uniform(4, 7))
        late = [draft for draft in self.usual + self.added if since <= draft.known_at < end]
        for draft in late:
            draft.known_at = end + timedelta(seconds=self.random.uniform(0, 120))
        self.truths.append(Truth(Decoy("outage", "", since, end), late))
