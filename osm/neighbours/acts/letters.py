"""Letters to bodies outside, through the mail of the reminders. After an unclear end people look: none goes twice."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import or_, select, update

from osm.base.database import db
from osm.base.transaction import Pace, give_up, is_passing, transaction
from osm.base.types import among_codes
from osm.flow.acts.clocks import in_force
from osm.models import MailState, NeighbourQuestion
from osm.neighbours import rules
from osm.neighbours.acts.asking import link_to
from osm.people.queries.people import office
from osm.reminders.acts import mailing
from osm.reminders.acts.letters import ascii_address
from osm.reminders.acts.mailing import NotReached, Post, Refused, Unclear
from osm.settings import Settings
from osm.settings.environment import ADDRESS

log = logging.getLogger(__name__)

_AT_MOST = 50
_TO_MAIL = among_codes(NeighbourQuestion.mail, (MailState.WAITING, MailState.SENDING))
"""As in the index of these rows."""


class _CalledOff(Exception):
    """It was withdrawn before it left."""


def send_due(now: datetime, pace: Pace, settings: Settings) -> int:
    """Send what is due; returns the number of letters."""
    if settings.mail is None or time.monotonic() < mailing.PAUSED.get():
        return 0
    settle_interrupted(now - mailing.INTERRUPTED_AFTER)
    later = or_(NeighbourQuestion.mail_at.is_(None), NeighbourQuestion.mail_at <= now)
    wanted = (NeighbourQuestion.mail == MailState.WAITING, NeighbourQuestion.state.in_(rules.OUT), later)
    due = select(NeighbourQuestion.id).where(_TO_MAIL, *wanted)
    ids = db.session.scalars(due.order_by(NeighbourQuestion.id).limit(_AT_MOST)).all()
    sent = 0
    with Post(settings.mail) as post:
        for question_id in ids:
            if not pace.may_continue():
                break
            try:
                sent += _send(question_id, post, settings, now)
            except NotReached as error:
                mailing.PAUSED.set(time.monotonic() + mailing.AGAIN_SECONDS)
                mailing.note_trouble(mailing.SERVER, now, str(error))
                _mark([question_id], mail_at=now + mailing.PUT_OFF)
                break
            except Exception as error:  # it must not be in the way of the others
                give_up()
                if is_passing(error):
                    raise
                post.hang_up()
                log.exception("letter not sent", extra={"question": question_id})
                _end_unforeseen(question_id)
    if sent:
        mailing.end_trouble(mailing.SERVER)
    return sent


def settle_interrupted(before: datetime) -> None:
    """Letters that an ended process was sending until this instant: they have left or not."""
    lost = (_TO_MAIL, NeighbourQuestion.mail == MailState.SENDING, NeighbourQuestion.mail_at <= before)
    if ids := db.session.scalars(select(NeighbourQuestion.id).where(*lost)).all():
        _mark(ids, mail=MailState.UNCLEAR)


def compose(row: NeighbourQuestion, settings: Settings, now: datetime) -> EmailMessage:
    assert settings.mail is not None
    message = EmailMessage(policy=SMTP)
    message["Subject"] = rules.subject_of(row.id, row.mark)
    message["From"] = Address(office().name[:100] or "Администрация", addr_spec=settings.mail.sender)
    message["To"] = ascii_address(row.body.email)
    message["Date"] = in_force().calendar.local(now)
    message["Message-ID"] = f"<osm.question-{row.mark}@{settings.mail.domain}>"
    if settings.inbox_mail is not None and ADDRESS.fullmatch(settings.inbox_mail.user):
        message["Reply-To"] = settings.inbox_mail.user  # where answers are read
    message.set_content(letter_of(row, settings.site.links), cte="base64")
    return message


def letter_of(row: NeighbourQuestion, public_url: str) -> str:
    """The letter with its link, if it has one."""
    return row.letter.replace(rules.LINK, link_to(row, public_url)) if row.token_digest else row.letter


def _send(question_id: int, post: Post, settings: Settings, now: datetime) -> bool:
    row = db.session.get_one(NeighbourQuestion, question_id)
    if not row.body.email or (row.token_digest and not settings.site.links):
        _mark([question_id], mail=MailState.FAILED)
        return False
    message, to, attempt = compose(row, settings, now), ascii_address(row.body.email), row.attempts + 1
    db.session.rollback()  # hold no lock while waiting for the server
    again = now + timedelta(minutes=min(2**attempt, 60))
    try:
        post.send(message, to, lambda: _claim(question_id, attempt, now))
    except _CalledOff:
        return False
    except Refused as error:
        log.warning("letter refused", extra={"question": question_id, "reason": str(error)})
        for_good = error.for_good or attempt >= mailing.MOST_ATTEMPTS
        state = MailState.FAILED if for_good else MailState.WAITING
        _mark([question_id], mail=state, mail_at=again, attempts=attempt)
        return False
    except Unclear as error:
        log.warning("letter with unclear end", extra={"question": question_id, "reason": str(error)})
        _mark([question_id], mail=MailState.UNCLEAR)
        return False
    _mark([question_id], mail=MailState.SENT, mail_at=now)
    return True


def _claim(question_id: int, attempt: int, now: datetime) -> None:
    """The last step before the text is transferred."""
    with transaction() as session:
        mine = update(NeighbourQuestion).where(
            NeighbourQuestion.id == question_id, NeighbourQuestion.mail == MailState.WAITING,
            NeighbourQuestion.state.in_(rules.OUT),
        )  # fmt: skip
        claimed = mine.values(mail=MailState.SENDING, mail_at=now, attempts=attempt).returning(NeighbourQuestion.id)
        if session.scalar(claimed) is None:
            raise _CalledOff


def _end_unforeseen(question_id: int) -> None:
    begun = db.session.get_one(NeighbourQuestion, question_id).mail is MailState.SENDING
    _mark([question_id], mail=MailState.UNCLEAR if begun else MailState.FAILED)


def _mark(ids: Sequence[int], **values: Any) -> None:
    with transaction() as session:
        session.execute(update(NeighbourQuestion).where(NeighbourQuestion.id.in_(ids)).values(**values))
