"""What a row of the table of reminders may say: the kinds, who is concerned, how urgent they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Haste(StrEnum):
    """When it is shown, and how it is mailed."""

    URGENT = "urgent"
    """At any hour, by a letter of its own."""
    AT_ONCE = "at_once"
    """In working time, by a letter of its own."""
    DIGEST = "digest"
    """In working time, by the next digest."""


class Whom(StrEnum):
    """Who is reminded, at the time when the worker reads the event."""

    NEW_EXECUTORS = "new_executors"
    """Whoever was given the message and whose turn has come (П.14): each assignment once, whatever brought it."""
    EXECUTORS = "executors"
    """Who prepares the answer: the one whose part or assignment the event names, else all."""
    CURATORS = "curators"
    OWING = "owing"
    """Whose work the clock measures, and the curators."""
    PERSON = "person"
    """Whom the event names as `to_id`."""
    PERSON_AND_CURATORS = "person_and_curators"
    """He too, but it must not wait for him alone."""
    ON_CALL = "on_call"
    """The duty officer whom the event names as `to_id`; where it names nobody, the press centre."""
    PRESS = "press"
    """Curators and moderators."""
    KEEPERS = "keepers"
    """Curators, who see what is wrong, and administrators, who can mend it."""
    GUARDS = "guards"
    """Who looks after the pages: the press centre and administrators."""
    HEADS = "heads"
    ADMINS = "admins"


class Kind(StrEnum):
    """What a person is reminded of."""

    ASSIGNED = "assigned"
    AGAIN = "again"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    HURRIED = "hurried"
    TERM = "term"
    BREACH = "breach"
    MORNING = "morning"
    PROMISE = "promise"
    WEEK = "week"
    URGENT_REPORT = "urgent_report"
    CALL = "call"
    DANGER = "danger"
    BURST = "burst"
    SHIFT_GIVEN = "shift_given"
    INSTRUCTION = "instruction"
    INSTRUCTION_URGENT = "instruction_urgent"
    INSTRUCTION_URGENT_RETURNED = "instruction_urgent_returned"
    INSTRUCTION_RETURNED = "instruction_returned"
    INSTRUCTION_REPORTED = "instruction_reported"
    MEMO_READY = "memo_ready"
    MEMO_SENT = "memo_sent"
    PUBLICATION = "publication"
    OUTBOX = "outbox"
    NEWS_OFFERED = "news_offered"
    NEWS_DECIDED = "news_decided"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_RETURNED = "plan_returned"
    PLAN_BY_HAND = "plan_by_hand"
    PLAN_LATE = "plan_late"
    PLAN_FAILED = "plan_failed"
    KRAI_TERM = "krai_term"
    PAGE_STOPPED = "page_stopped"
    PAGE_CHECK = "page_check"
    PAGE_TASK = "page_task"
    PAGE_STRANGER = "page_stranger"
    JOB_FAILED = "job_failed"
    LANE_LATE = "lane_late"
    DISK_FULL = "disk_full"
    LOG_FAULT = "log_fault"
    BACKUP_FAILED = "backup_failed"
    TRIAL_FAILED = "trial_failed"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `words`: a sentence in which {names} are taken from the facts; `page`: where it leads.

    `after`: it is shown so much later. `of_urgent`: which kind it is where an urgent report brought it (П.20).
    `own_letter`: a letter was asked for, so it goes by itself, seen or not, and is sent once like a digest.
    """

    words: str
    haste: Haste
    whom: Whom
    acts: tuple[str, ...] = ()
    page: str = "/messages/{message_id}"
    after: timedelta = timedelta(0)
    of_urgent: Kind | None = None
    own_letter: bool = False
