"""Complaints about a deletion or a ban (П.17, Пр.2.6): who reviews them, within what term, with which outcome."""

from datetime import datetime

from osm.regulation import errors, labelled, words
from osm.regulation.working_time import worktime

REVIEWERS = frozenset({words.Role.CURATOR, words.Role.HEAD})
"""The curator (or his substitute) and the head; never the person whose decision it is about."""
TERM_DAYS = 1  # working days for the review, counted as in П.13; the office's own term, no clause sets it


class ComplaintOutcome(labelled.Labelled):
    UPHELD = "upheld", "Решение оставлено в силе"
    RESTORED = "restored", "Комментарий возвращён"
    ADMITTED = "admitted", "Признано ошибкой, вернуть комментарий соцсеть не может"
    """The deletion was wrong, but the network cannot bring the comment back."""
    UNBANNED = "unbanned", "Блокировка снята"


OUTCOME_LABELS = {one: one.label for one in ComplaintOutcome}


def review_due(entered_at: datetime, calendar: worktime.WorkCalendar) -> datetime | None:
    """The end of the term; None where the calendar does not know that day."""
    try:
        return calendar.add_working_days(entered_at, TERM_DAYS)
    except errors.CalendarOutOfRange:
        return None
