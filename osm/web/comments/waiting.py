"""The number of the comments that wait and the age of the oldest, for the menu and for the head of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, g

from osm.clock import current_now
from osm.regulation.durations import duration
from osm.regulation.waiting import Age, age
from osm.services.clocks.clocks import in_force
from osm.store.queries.comments.waiting import Waiting, waiting_comments
from osm.web.nav import Counted, count_at


@dataclass(frozen=True, slots=True)
class Oldest:
    """The longest wait of its kind, and the office's own target for it in words."""

    label: str
    age: Age
    target: str


def waiting() -> Waiting:
    """The page and its menu say so, the database is asked once."""
    if "osm_comments_waiting" not in g:
        g.osm_comments_waiting = waiting_comments()
    found: Waiting = g.osm_comments_waiting
    return found


def oldest() -> list[Oldest]:
    """The oldest of all and the oldest threat, each against its target; a threat that is the oldest of all once."""
    return list(_oldest(waiting(), current_now()))


def _oldest(found: Waiting, now: datetime) -> Iterator[Oldest]:
    rules = in_force()
    kinds = (
        ("Самый старый ждёт", found.oldest, rules.parameters.comment_target),
        ("Угроза ждёт", found.threat, rules.parameters.threat_target),
    )
    for label, since, target in kinds:
        how_old = age(since, now, target, rules.calendar) if since else None
        if how_old:
            yield Oldest(label, how_old, duration(target))


def _in_menu(now: datetime) -> Counted:
    """The oldest age; that of a threat where only its target has passed."""
    found = waiting()
    ages = list(_oldest(found, now))
    told = next((one for one in ages if one.age.is_late), next(iter(ages), None))
    if told is None:
        return Counted(found.number)
    words = f"{told.label.lower()} {told.age.text}, внутренняя цель {told.target}"
    return Counted(found.number, told.age.short, words, told.age.is_late)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["oldest_comments"] = oldest
    count_at(app, "/moderation", lambda _person, now: _in_menu(now))
