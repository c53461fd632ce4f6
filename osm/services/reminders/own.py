"""What a person does with his reminders: he looks at them, and says how he wants them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from osm.extensions import db
from osm.mail_settings import ADDRESS
from osm.regulation.control.letters import MailMode
from osm.regulation.errors import MissingInput
from osm.services.clocks.clocks import in_force
from osm.services.log.log import record
from osm.store.models import MailState, Reminder, User
from osm.store.queries.reminders.reminders import Line, listed
from osm.store.transaction import BesideReading, transaction, unless_busy

_LONGEST = 200


def open_list(*, actor: User, now: datetime) -> list[Line]:
    """The reminders of this person; those that were new are seen from now on, and go into no digest any more."""
    lines = listed(actor, now, in_force().calendar)
    if actor.unseen:
        person = actor.id
        shown = (Reminder.recipient_id == person, Reminder.seen_at.is_(None), Reminder.shown_from <= now)
        with BesideReading("reminders_seen", person=person), unless_busy(0.5), transaction() as session:
            session.execute(update(Reminder).where(*shown).values(seen_at=now))
            actor.has_unseen(0)
    return lines


def set_wishes(*, email: str, mode: str, sound: bool, actor: User, now: datetime) -> None:
    """How this person wants his reminders. Raises MissingInput; the log names the address without its letters."""
    typed = email.strip()
    if mode not in set(MailMode):
        raise MissingInput("mail_mode", "Выберите, как присылать письма.")
    if (typed and not ADDRESS.fullmatch(typed)) or len(typed) > _LONGEST:
        raise MissingInput("email", "Адрес не похож на почтовый. Нужен как ivanova@example.ru.")
    person = actor.id
    with transaction():
        row = db.session.get_one(User, person, with_for_update={"of": User})
        changes = {
            "mail_mode": (row.mail_mode, MailMode(mode)),
            "sound": (row.sound, sound),
            **({"email": ("changed", True)} if typed != row.email else {}),
        }
        if all(old == new for old, new in changes.values()):
            return
        row.email, row.mail_mode, row.sound = typed, MailMode(mode), sound
        if not typed or row.mail_mode is MailMode.NONE:
            _call_off(person)
        record("reminder_wishes", at=now, actor=row, object_kind="user", object_id=person, changes=changes)


def _call_off(person: int) -> None:
    """What has not gone yet goes no more."""
    waiting = update(Reminder).where(Reminder.recipient_id == person, Reminder.mail == MailState.WAITING)
    db.session.execute(waiting.values(mail=MailState.NONE))
