"""Letters that a person sends by pressing a button: a test of the mail, an invitation. Sent at once or not at all."""

import secrets
from datetime import datetime

from osm.base.application import current_settings
from osm.base.transaction import transaction
from osm.flow.acts.terms import in_force
from osm.log.acts.record import record
from osm.models import User
from osm.regulation.errors import MissingInput, refuse
from osm.reminders.acts.letters import ascii_address, new_letter
from osm.reminders.acts.mailing import NotReached, Post, Refused, Unclear
from osm.settings.environment import ADDRESS

ENDING = "—\nПисьмо отправила программа ОСМ, отвечать на него не нужно."


class LetterNotSent(MissingInput):
    """The server did not take the letter; the words say why."""

    def __init__(self, reason: str) -> None:
        super().__init__("email", f"Письмо не ушло: {reason}.")


def send_letter(to: str, subject: str, text: str, *, action: str, about: User, actor: User, now: datetime) -> None:
    """Send it and note that in the log as `action`. Raises MissingInput for a wrong address, LetterNotSent."""
    settings = current_settings().mail
    if settings is None:
        raise LetterNotSent("почтовый сервер не задан")
    refuse("email", not ADDRESS.fullmatch(to), "Адрес не похож на почтовый. Нужен как ivanova@example.ru.")
    there, letter = in_force().calendar.local(now), secrets.token_hex(8)
    message = new_letter(to, subject, f"{text}\n\n{ENDING}", letter=letter, settings=settings, there=there)
    message["Auto-Submitted"] = "auto-generated"
    try:
        with Post(settings) as post:
            post.send(message, ascii_address(to), lambda: None)
    except (NotReached, Refused, Unclear) as error:
        raise LetterNotSent(str(error)) from error
    with transaction():
        record(action, at=now, actor=actor, about=about)
