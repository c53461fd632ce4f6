"""The lanes of the worker and their jobs: jobs of one lane follow each other, lanes do not wait for each other.

A job claims the rows that are due and leaves the rest; it can be repeated at will.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from osm.accounts.acts import evidence_pictures, hearing, kinds, posting, publishing, stopping, ways
from osm.blacklist.acts import entries
from osm.bursts.acts import bursts, marks
from osm.check.acts import copies, due, index, repeats, rules, verdicts
from osm.clock import SystemClock, current_now
from osm.files.acts import files
from osm.flow.acts import act
from osm.guarding.acts import leaving
from osm.imports.acts import files as acts_files
from osm.imports.acts import work
from osm.jobs.lease import PROCESS, is_gone
from osm.keeping.acts import nightly
from osm.log.acts import audit, record
from osm.people.acts import logins
from osm.reminders.acts import due as acts_due
from osm.reminders.acts import letters, mailing
from osm.services.pace import Pace
from osm.shortcomings.acts import memos, shortcomings
from osm.urgent.acts import urgent


@dataclass(frozen=True)
class Lane:
    """One thread, one lease and one beat of this name.

    `seconds`: what each of its jobs takes of a round at most; what is left over is done in the next one, at once.
    Without it each job does all that is due, and the next round is a second later. `begin` is called whenever the
    lane is given its lease. `gives_way`: asked after a round that is followed by the next at once, whether it rests.
    """

    name: str
    seconds: float = float("inf")
    begin: Callable[[], object] = lambda: None
    gives_way: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Job:
    """`run(now, pace)` does what is due and returns how many rows it took up; `pace` is for what may take long."""

    name: str
    lane: Lane
    run: Callable[[datetime, Pace], int]
    seldom: bool = False
    """A run every SELDOM_SECONDS is enough."""

    def take_up(self, now: datetime, pace: Pace) -> int | None:
        """What it does now; None for one that runs seldom and has run at this instant or shortly before."""
        if not self.seldom:
            return self.run(now, pace)
        done: dict[str, tuple[float, datetime]] = current_app.extensions.setdefault("osm_done_at", {})
        began, at = done.get(self.name, (float("-inf"), now))
        lately = time.monotonic() - began < SELDOM_SECONDS
        if lately and timedelta() <= now - at < timedelta(seconds=SELDOM_SECONDS):
            return None
        done[self.name] = time.monotonic(), now
        return self.run(now, pace)


SELDOM_SECONDS = 10
"""How often is looked for what need not be told within the second."""

KEPT_FOR = timedelta(days=90)
"""For how long a reminder stands in its list."""


def _begin_reading() -> None:
    due.release_all()  # of whoever had the lease before
    repeats.owe_outdated()  # the program may be another edition than that which read before


def _begin_mailing() -> None:
    mailing.settle_interrupted(current_now())  # of whoever had the lease before


CLOCKS = Lane("clocks")
FILES = Lane("files", seconds=5.0)
# Reading gives way: what an import enters is to be read anyway, after the last row, and somebody waits for that row.
READING = Lane("reading", seconds=0.2, begin=_begin_reading, gives_way=work.is_under_way)
# Each round only takes in what has been heard: who waits for a network waits in a thread of his own.
NETWORKS = Lane("networks", seconds=1.0, begin=lambda: stopping.release_of(is_gone))
MAIL = Lane("mail", begin=_begin_mailing)
LANES = (CLOCKS, FILES, READING, NETWORKS, MAIL)


def _terms(now: datetime, pace: Pace) -> int:
    return act.recompute_outdated(now, pace.goes_on)


def _breaches(now: datetime, _pace: Pace) -> int:
    return act.record_breaches(now)


def _urgent(now: datetime, _pace: Pace) -> int:
    return urgent.tell_to_call(now)


def _danger(now: datetime, _pace: Pace) -> int:
    return urgent.tell(now)


def _outages(now: datetime, _pace: Pace) -> int:
    return shortcomings.note(now)


def _imports(_now: datetime, pace: Pace) -> int:
    # An import may outlast its round: its lease is renewed by the clock, not by the instant of the round.
    return work.take_up(PROCESS, current_now, pace)


def _rules(_now: datetime, _pace: Pace) -> int:
    return rules.follow()


def _blacklist(now: datetime, _pace: Pace) -> int:
    return entries.run(now)


def _plan(now: datetime, _pace: Pace) -> int:
    return posting.posting_take_up(now)


def _past_plan(now: datetime, pace: Pace) -> int:
    return posting.past_plan_take_up(now, pace)


def _outbox(now: datetime, pace: Pace) -> int:
    return publishing.take_up(PROCESS, now, pace)


def _memos(now: datetime, _pace: Pace) -> int:
    return memos.prepare_due(now, current_app.extensions["osm_settings"].memo_period)


def _sessions(now: datetime, _pace: Pace) -> int:
    return logins.remove_expired_sessions(now)


def _waiting_files(_now: datetime, _pace: Pace) -> int:
    # Files bear the time of the computer: by OSM_NOW another process's folder, in use, could look old.
    now = SystemClock().now()
    return files.remove_old(now) + acts_files.remove_leftovers(now)


def _readings(now: datetime, _pace: Pace) -> int:
    return record.enter_kept(now)


def _seals(now: datetime, _pace: Pace) -> int:
    return audit.seal_events(now)


def _events(now: datetime, pace: Pace) -> int:
    return acts_due.read_log(now, pace.goes_on)


def _terms_near(now: datetime, _pace: Pace) -> int:
    before = current_app.extensions["osm_settings"].reminders.before
    near = acts_due.remind_of_terms(now, before) + acts_due.remind_of_the_morning(now)
    return near + acts_due.remind_of_tasks(now)


def _alarms(now: datetime, _pace: Pace) -> int:
    from osm.jobs import alarms  # which asks for the lanes

    return alarms.look(now)


def _page_checks(now: datetime, _pace: Pace) -> int:
    return leaving.remind_of_checks(now)


def _promises(now: datetime, _pace: Pace) -> int:
    return acts_due.remind_of_promises(now) + letters.remove_older(now - KEPT_FOR)


JOBS: tuple[Job, ...] = (
    Job("terms", CLOCKS, _terms),  # before the breaches: nobody is judged by a calendar that is no longer in force
    Job("breaches", CLOCKS, _breaches),
    Job("urgent", CLOCKS, _urgent),
    Job("danger", CLOCKS, _danger),
    Job("imports", FILES, _imports),
    Job("administrators", NETWORKS, leaving.take_up),
    Job("callbacks", NETWORKS, kinds.take_up),
    Job("pages", NETWORKS, hearing.take_up),  # before the checks: what a tick hears it also looks through
    Job("lessons", READING, rules.learn_due, seldom=True),  # before the rules, which then follow
    Job("rules", READING, _rules),  # before the checks: what other words have judged is judged anew in the same round
    Job("comments", READING, verdicts.read_due_comments),
    Job("verdicts", READING, verdicts.read_due),
    Job("search", READING, index.read_due),
    Job("repeats", READING, repeats.read_due),
    Job("blacklist", CLOCKS, _blacklist),
    Job("pictures", NETWORKS, evidence_pictures.take_up),  # before the deletions, which wait for them
    Job("plan", NETWORKS, _plan),  # before the outbox: what is due goes out in the same round
    Job("outbox", NETWORKS, _outbox),
    Job("past-plan", NETWORKS, _past_plan, seldom=True),  # after the outbox: what it has placed is known by its address
    Job("keys", NETWORKS, ways.take_up, seldom=True),
    Job("reminders", CLOCKS, _events),  # after the breaches, which are events
    Job("terms-near", CLOCKS, _terms_near, seldom=True),
    Job("promises", CLOCKS, _promises, seldom=True),
    Job("page-checks", CLOCKS, _page_checks, seldom=True),
    Job("copies", READING, copies.read_due),
    Job("memos", CLOCKS, _memos),
    Job("outages", CLOCKS, _outages, seldom=True),
    Job("marks", READING, marks.read_due),
    Job("bursts", READING, bursts.judge_new),  # after the copies and checks: a mailing is none
    Job("sessions", CLOCKS, _sessions),
    Job("files", FILES, _waiting_files),
    Job("backup", FILES, nightly.run),
    Job("readings", CLOCKS, _readings),
    Job("alarms", MAIL, _alarms, seldom=True),  # not of the clocks: of those it must say that they are late
    Job("mail", MAIL, mailing.send_due),
    Job("seals", CLOCKS, _seals),  # last: what the round itself has logged is sealed with it
)
"""In the order of `osm tick`."""
