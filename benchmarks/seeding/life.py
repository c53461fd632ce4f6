"""Common parts of every message: author, events, clocks with their breaches, words for the search."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from benchmarks.seeding.bulk import Rows
from benchmarks.seeding.texts import Texts
from osm.check.acts.index import words_of
from osm.flow.acts.clocks import InForce
from osm.models import Author, Deadline, Event, EventNote, Message, MessageSearch, Origin
from osm.regulation.deadlines import compute_clock
from osm.regulation.words import Action, ClockKind, DeadlineState, Importance, Status

NETWORKS = (("vk", "https://vk.com/wall-77{0}_{1}", "https://vk.com/id77{0}"),) * 5 + (
    ("ok", "https://ok.ru/group/77{0}/topic/{1}", "https://ok.ru/profile/77{0}"),
    ("ok", "https://ok.ru/group/77{0}/topic/{1}", "https://ok.ru/profile/77{0}"),
    ("telegram", "https://t.me/osm_bench/{1}", "https://t.me/osm_bench_{0}"),
)


@dataclass(frozen=True)
class Office:
    """The people here (ids), and the topics."""

    curators: Sequence[int]
    executors: Sequence[tuple[int, int, str]]
    """Person, department, its name."""
    topics: Sequence[tuple[int, str, int | None]]
    """Topic, its name, its department."""


@dataclass
class World:
    """Common to all lives: the rows, the people, the rules, and the authors so far."""

    rows: Rows
    office: Office
    rules: InForce
    chance: Random
    now: datetime
    texts: Texts
    topics: Sequence[tuple[int, str, int | None]]
    authors: list[dict[str, Any]] = field(default_factory=list)


class Life(ABC):
    """One message on its way; `at` is its present instant."""

    def __init__(self, of: World, number: int, status: Status, received_at: datetime) -> None:
        self.of, self.status, self.at = of, status, received_at
        self.chance, self.texts, self.add = of.chance, of.texts, of.rows.add
        self.deadlines: list[dict[str, Any]] = []
        self.reply: dict[str, Any] = {}
        self.assignment: dict[str, Any] = {}
        self.draft: dict[str, Any] = {}
        self.curator = self.chance.choice(of.office.curators)
        topic_id, topic, department_id = self.chance.choice(of.topics)
        mine = [executor for executor in of.office.executors if executor[1] == department_id] or of.office.executors
        self.executor, self.department_id, self.department = self.chance.choice(mine)
        self.place = self.texts.place()
        network, url, _ = kind = self.chance.choice(NETWORKS)
        author = self._author(kind)
        self.author_name = author["name"]
        high = self.chance.random() < 0.06
        self.message = self.add(
            Message,
            number=str(number),
            key=f"number:{number}",
            origin=Origin.INCIDENT,
            status=status,
            importance=Importance.HIGH if high else Importance.NORMAL,
            network=network,
            url=url.format(number % 400, number),
            text=self.texts.message(topic, *self.place),
            place=f"ул. {self.place[0]}, {self.place[1]}",
            author_id=author["id"],
            topic_id=topic_id,
            is_repeat=self.chance.random() < 0.05,
            published_at=received_at - timedelta(minutes=self.chance.randint(5, 900)),
            received_at=received_at,
            detected_at=received_at if high else None,
            stored_at=received_at,
            source_status="Новый",
            source_topic=topic,
            source_raw={"municipality": "Лесозаводск", "curator": "Пресс-центр"},
        )
        self.message["version"] = 1
        self.event("enter", changes={"status": [None, "new"]})
        self.clock(ClockKind.ROUTE, received_at)
        if high:
            self.clock(ClockKind.ANSWER, received_at)
            self.clock(ClockKind.DRAFT, received_at)

    def _author(self, kind: tuple[str, str, str]) -> dict[str, Any]:
        authors = self.of.authors
        if authors and self.chance.random() < 0.65:
            return self.chance.choice(authors)
        network, _, profile = kind
        made = self.add(Author, network=network, name=self.texts.author(), profile_url="")
        made["profile_url"] = profile.format(made["id"])
        authors.append(made)
        return made

    def pass_time(self, minutes: float) -> None:
        self.at = self.of.rules.calendar.add(self.at, minutes)

    def event(self, action: str, *, actor: int | None = None, note: str = "", **values: Any) -> dict[str, Any]:
        row = self.add(
            Event, at=self.at, actor_id=actor, action=str(action), message_id=self.message["id"],
            **{"changes": {}, **values},
        )  # fmt: skip
        if note:
            made = EventNote(text=note)
            row["note_digest"] = made.digest
            self.add(EventNote, event_id=row["id"], text=note, salt=made.salt)
        return row

    def act(self, action: Action, actor: int, clause: str, before: Status, after: Status, **values: Any) -> None:
        """The event of an act that raises the version."""
        version = self.message["version"] = self.message["version"] + 1
        changes = {"version": [version - 1, version], **values.pop("changes", {})}
        if before is not after:
            changes["status"] = [before.value, after.value]
        self.event(action, actor=actor, clause=clause, changes=changes, **values)

    def clock(self, kind: ClockKind, anchor: datetime) -> None:
        rules = self.of.rules
        clock = compute_clock(
            kind, anchor, self.message["importance"], parameters=rules.parameters, calendar=rules.calendar
        )
        row = self.add(
            Deadline, message_id=self.message["id"], kind=kind, clause=clock.clause, unit=clock.unit.value,
            started_at=anchor, due_at=clock.due_at, explanation=clock.explanation,
            calendar_version=rules.calendar.version, state=DeadlineState.OPEN,
        )  # fmt: skip
        self.deadlines.append(row)

    def end(self, *kinds: ClockKind, state: DeadlineState = DeadlineState.MET) -> None:
        for row in self.deadlines:
            if row["state"] is DeadlineState.OPEN and (not kinds or row["kind"] in kinds):
                row["state"], row["ended_at"] = state, self.at
                if state is DeadlineState.MET and row["due_at"] < self.at:
                    self.breach(row, self.at)

    def breach(self, row: dict[str, Any], at: datetime) -> None:
        row["breached_at"] = row["due_at"]
        event = self.event(
            "breach", clause=row["clause"], object_kind="deadline", object_id=row["id"],
            changes={"kind": [None, row["kind"].value], "breached_at": [None, row["due_at"].isoformat()]},
        )  # fmt: skip
        event["at"] = at

    @abstractmethod
    def step(self, step: Action) -> None:
        """A step of the path of an answer."""

    def come_to_rest(self) -> None:
        """Note the missed deadlines, and index the words of the message."""
        for row in self.deadlines:
            if row["state"] is DeadlineState.OPEN and row["due_at"] < self.of.now:
                self.breach(row, row["due_at"])
        said = self.message["number"], self.message["text"], self.message["place"]
        parts = (*said, self.author_name, self.draft.get("text", ""))
        self.add(MessageSearch, message_id=self.message["id"], words=" ".join(sorted(words_of(" ".join(parts)))))
