"""The demonstration's stories: one message each, with what happens to it and when."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from random import Random
from typing import Any

from babel.dates import format_date

from osm.regulation.working_time.worktime import WorkCalendar

# --- Invented addresses in the networks: well formed, with numbers that no real page has
_PROFILES = {
    "vk": "https://vk.com/id9990000{0:03}",
    "ok": "https://ok.ru/profile/999000000{0:03}",
    "max": "https://max.ru/u/000000000{0:03}",
}
"""Networks whose authors have a profile here; in the others there is only a name."""

_MESSAGES = {
    "vk": "https://vk.com/wall-9990000001_{0}?reply={1}",
    "ok": "https://ok.ru/group/99900000000001/topic/9990000{0}?comment={1}",
    "telegram": "https://t.me/c/9990000001/{0}?comment={1}",
    "max": "https://max.ru/c/-9990000001/{0}?comment={1}",
    "instagram": "https://www.instagram.com/p/OSMDEMO{0}/?comment_id={1}",
}


def profile_url(network: str, profile: int) -> str:
    """The author's page; empty where he has none."""
    return _PROFILES[network].format(profile) if profile and network in _PROFILES else ""


def message_url(network: str, number: int) -> str:
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number)


def reply_url(network: str, number: int, reply: int) -> str:
    """The address of our reply; `reply` counts from 1."""
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number + reply)


# --- The stories of the demonstration: read from texts/*.toml, each event placed at an instant before now
FILES = ("incoming", "in_work", "approval", "waiting", "answered", "closed")

_MINUTES = {"d": 480, "h": 60, "m": 1}
_AGO = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_DATE = re.compile(r"\{(0|\+\d+)\}")


ADDED = "enter_in_source"  # the one step that no file names: the reader adds it behind what was published long ago

NOT_YET_ENTERED = timedelta(days=2)
ENTERED_AFTER = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Step:
    """One act: its name in `osm.demo.steps.STEPS`, its instant, and what was given with it."""

    do: str
    at: datetime
    given: Mapping[str, str]
    by: str = ""  # login of who acts; by default the curator, or the executor where the act is his
    screenshot: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One message as it came in, and the acts upon it in their order."""

    ends: str  # code of the status of the message after the last step
    network: str
    author: str
    text: str
    received_at: datetime
    published_at: datetime
    steps: tuple[Step, ...]
    place: str = ""
    topic: str = ""
    profile: int = 0  # number of the author's invented profile; the same number is the same person
    entered_by: str = ""  # login of who entered it by hand; empty for an incident
    high: bool = False
    repeat: bool = False
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Instants before `now` by the working calendar of the office."""

    calendar: WorkCalendar
    now: datetime

    def ago(self, span: str) -> datetime:
        """The instant that lies `span` before now; whole minutes, in UTC. Raises CalendarOutOfRange."""
        now = self.now.replace(second=0, microsecond=0)
        clock, minutes = span.startswith("clock "), _minutes(span.removeprefix("clock "))
        instant = now - timedelta(minutes=minutes) if clock else self.calendar.subtract(now, minutes)
        return instant.astimezone(UTC)

    def dated(self, text: str, at: datetime) -> str:
        """The text with its dates in words, counted from the day on which it was written."""

        def day(found: re.Match[str]) -> str:
            later = int(found[1])
            day = self.calendar.add_working_days(at, later) if later else self.calendar.local(at)
            return str(format_date(day.date(), "d MMMM", locale="ru"))

        return _DATE.sub(day, text.strip())


def load_stories(past: Past) -> list[Story]:
    """All stories, in the order of their files. ValueError where one contradicts itself."""
    return [_story(raw, past) for name in FILES for raw in read_texts(name)["message"]]


def read_texts(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("osm.demo").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8"))


def noticed_after(text: str) -> timedelta:
    """How long after its publication the message came to us; always the same for the same text."""
    return timedelta(minutes=Random(text).randint(3, 90))  # noqa: S311  nothing secret


def _story(raw: Mapping[str, Any], past: Past) -> Story:
    received_at = past.ago(raw["received"])
    story = Story(
        ends=raw["ends"], network=raw["network"], author=raw["author"], text=raw["text"].strip(),
        received_at=received_at, published_at=received_at - noticed_after(raw["text"]),
        steps=tuple(_steps(raw.get("step", ()), past)), place=raw.get("place", ""), topic=raw.get("topic", ""),
        profile=raw.get("profile", 0), entered_by=raw.get("by", ""), high=raw.get("high", False),
        repeat=raw.get("repeat", False), photos=tuple(raw.get("photos", ())),
    )  # fmt: skip
    instants = [received_at, *(step.at for step in story.steps)]
    if instants != sorted(instants):
        raise ValueError(f"the steps of «{story.text[:40]}…» are not in the order of time")
    steps = (*story.steps, *_entered(story, past.now))
    return replace(story, steps=tuple(sorted(steps, key=lambda step: step.at)))


def _entered(story: Story, now: datetime) -> Iterator[Step]:
    """The press centre copies answers into «Инцидент Менеджмент»; the answers of these days still wait."""
    for step in story.steps:
        if step.do == "publish" and not story.entered_by and now - step.at > NOT_YET_ENTERED:
            yield Step(ADDED, step.at + ENTERED_AFTER, {}, by="vera")


def _steps(raw_steps: list[dict[str, Any]], past: Past) -> Iterator[Step]:
    for raw in raw_steps:
        at = past.ago(raw["ago"])
        given = {
            name: past.dated(value, at)
            for name, value in raw.items()
            if name not in ("do", "ago", "by", "screenshot", "detected")
        }
        if "detected" in raw:
            given["detected_at"] = past.ago(raw["detected"]).isoformat()
        yield Step(raw["do"], at, given, raw.get("by", ""), raw.get("screenshot", False))


def _minutes(span: str) -> int:
    found = _AGO.fullmatch(span)
    if not found or not any(found.groups()):
        raise ValueError(f"«{span}» is no span of time, write 2d3h15m")
    return sum(int(number or 0) * minutes for number, minutes in zip(found.groups(), _MINUTES.values(), strict=True))
