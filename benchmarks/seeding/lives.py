"""The life of one message as rows: text, people, clocks, versions, events."""

from __future__ import annotations

from datetime import datetime
from random import Random

from benchmarks.seeding.bulk import Rows
from benchmarks.seeding.closed import ClosedLife
from benchmarks.seeding.life import Office, World
from benchmarks.seeding.texts import Texts
from benchmarks.seeding.worked import MINUTES, PATH, STEPS, WorkedLife
from osm.flow.acts.clocks import InForce
from osm.regulation.transitions import CLOSED
from osm.regulation.words import Action, Status


class Lives:
    """Adds lives to `rows`."""

    def __init__(self, rows: Rows, office: Office, rules: InForce, chance: Random, now: datetime) -> None:
        self.rules, self.chance, self.now = rules, chance, now
        texts = Texts(chance)
        topics = [topic for topic in office.topics if topic[1] in texts.words["topics"]]
        self._world = World(rows, office, rules, chance, now, texts, topics)

    def steps(self, status: Status) -> list[tuple[Action, float]]:
        """The completed steps of the path with this status, each with its working minutes."""
        return [(step, self.chance.expovariate(1 / MINUTES[step])) for step in PATH[: STEPS.get(status, 0)]]

    def live(self, number: int, status: Status, received_at: datetime, steps: list[tuple[Action, float]]) -> None:
        """One message with everything that belongs to it."""
        life = (ClosedLife if status in CLOSED else WorkedLife)(self._world, number, status, received_at)
        for step, minutes in steps:
            life.pass_time(minutes)
            life.step(step)
        life.come_to_rest()
