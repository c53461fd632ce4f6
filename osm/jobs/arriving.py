"""Exports that come by themselves: their next steps, the folder, and what is put away for too long."""

from datetime import datetime, timedelta

from osm.base.application import current_settings
from osm.base.transaction import Pace, give_up
from osm.imports.acts import arrivals, folder, mailbox
from osm.models import CameBy
from osm.neighbours.acts import answering
from osm.reminders.acts import mailing
from osm.retention import queries
from osm.retention.rules import Kept

FOLDER, MAILBOX = "inbox folder", "inbox mail"
"""Names of the troubles that they cannot be used; the jobs themselves do not fail."""


def run(now: datetime, pace: Pace) -> int:
    """One round; returns the number of steps."""
    ends, count = arrivals.advance(now)
    path = current_settings().inbox_dir
    if path is not None:
        of_folder = [end for end in ends if end.way is CameBy.FOLDER]
        ends = [end for end in ends if end.way is not CameBy.FOLDER]
        try:
            moved, done, waits = folder.work(path, of_folder, now, pace)
            ends, count = ends + moved, count + done
            _note(FOLDER, now, waits)
        except folder.Trouble as trouble:
            mailing.note_trouble(FOLDER, now, str(trouble))
    arrivals.settle(ends, now)
    return count + len(ends)


def read_mail(now: datetime, pace: Pace) -> int:
    """Take the exports of the mailbox; returns the number of letters."""
    settings = current_settings().inbox_mail
    if settings is None:
        return 0
    try:
        done, waits = mailbox.work(settings, now, pace, answering)
    except mailbox.Trouble as trouble:
        give_up()
        mailing.note_trouble(MAILBOX, now, str(trouble))
        return 0
    _note(MAILBOX, now, waits)
    return done


def _note(name: str, now: datetime, waits: str) -> None:
    if waits:
        mailing.note_trouble(name, now, waits)
    else:
        mailing.end_trouble(name)


def purge(now: datetime, _pace: Pace) -> int:
    """Delete files of the folder that have outlived their term, after a person has agreed to the first purge."""
    path = current_settings().inbox_dir
    if path is None or not queries.is_agreed():
        return 0
    try:
        return folder.purge(path, now - timedelta(days=queries.terms()[Kept.LOADS]))
    except folder.Trouble:
        return 0  # noted by `run`
