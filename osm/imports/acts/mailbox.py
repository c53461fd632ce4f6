"""The mailbox to which exports come (OSM_IMAP_…): attachments of known senders are taken, then the letter is moved.

A letter is moved after its files are stored here, and never deleted. Its UID is used in one session only, so a new
UIDVALIDITY changes nothing; a letter that is seen again is known by the content of its files.
"""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.errors import MessageError
from imaplib import IMAP4
from pathlib import PurePath
from typing import Protocol

from imap_tools import AND, ImapToolsError, MailBox, MailMessage

from osm.base.supervised import why
from osm.base.transaction import Pace
from osm.connectors.base import ConnectorError
from osm.files.acts import scanning
from osm.imports.acts import arrivals, files
from osm.models import CameBy
from osm.regulation.errors import MissingInput
from osm.settings.environment import InboxSettings

log = logging.getLogger(__name__)

LOADED, REFUSED = "Загружено", "Отклонено"
SECONDS = 30  # for one answer of the server
MOST = 100  # letters of one round
_ENDINGS = (".xlsx", ".xls", ".ods", ".csv")
_LARGEST = files.MAX_BYTES * 3 // 2  # bytes of a letter: an attachment is a third longer in it


class Trouble(Exception):
    """The mailbox cannot be used; `str(error)` says why, for an administrator."""


@contextmanager
def opened(settings: InboxSettings) -> Iterator[MailBox]:
    """Logged in, with the folders of letters that are done. Raises Trouble."""
    at = f"{settings.host}:{settings.port}"
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
        with MailBox(settings.host, settings.port, timeout=SECONDS, ssl_context=context).login(
            settings.user, settings.password
        ) as box:
            # Those before the log-in lack it, and without it the library would copy and delete.
            _, [after] = box.client.capability()
            box.client.capabilities = tuple(after.decode().upper().split())
            if "MOVE" not in box.client.capabilities:
                raise Trouble(f"{at}: сервер не умеет переносить письма (MOVE)")
            for name in (LOADED, REFUSED):
                if not box.folder.exists(name):
                    box.folder.create(name)
            yield box
    except ssl.SSLError as error:
        raise Trouble(f"{at}: сертификату сервера нет доверия или TLS не отвечает (OSM_CA_BUNDLE)") from error
    except OSError as error:
        raise Trouble(f"{at}: {why(error)}") from error
    except (IMAP4.error, ImapToolsError) as error:
        raise Trouble(f"{at}: сервер отказал, проверьте имя и пароль") from error


class Answers(Protocol):
    """Takes letters that are no exports; the subject above gives it."""

    def is_answer(self, letter: MailMessage) -> bool: ...
    def take_letter(self, letter: MailMessage, now: datetime) -> bool: ...


def work(settings: InboxSettings, now: datetime, pace: Pace, answers: Answers | None = None) -> tuple[int, str]:
    """Take what is new: the number of letters moved, and why one waits. Raises Trouble."""
    done, waits = 0, ""
    with opened(settings) as box:
        newest = box.fetch(AND(all=True), headers_only=True, mark_seen=False, bulk=True, limit=MOST, reverse=True)
        for letter in reversed(list(newest)):  # an older export before a newer one
            if not pace.may_continue():
                break
            is_small = letter.size_rfc822 <= _LARGEST
            asked = answers if answers and is_small and answers.is_answer(letter) else None
            if letter.uid and (asked or _sender(letter) in settings.senders):
                try:
                    if asked and not _take_answer(box, letter.uid, asked, now):
                        continue
                    is_taken = bool(asked) or (is_small and _take_all(box, letter.uid, now))
                except scanning.ScannerDown:
                    waits = arrivals.UNSCANNED
                    if scanning.works():
                        continue  # this letter alone is too much for it
                    break
                if not is_taken:
                    arrivals.note_refused(now)
                box.move(letter.uid, LOADED if is_taken else REFUSED)
                done += 1
    return done, waits


def _sender(letter: MailMessage) -> str:
    """Empty where a stranger has broken the headers: one letter must not hold up the others."""
    try:
        return letter.from_.lower()
    except MessageError:
        return ""


def _take_answer(box: MailBox, uid: str, answers: Answers, now: datetime) -> bool:
    """Whether its answer is stored: only then is the letter moved."""
    return any(answers.take_letter(letter, now) for letter in list(box.fetch(AND(uid=uid), mark_seen=False)))


def _take_all(box: MailBox, uid: str, now: datetime) -> bool:
    """Store the files of a letter; whether it had some, and each was taken."""
    found = [one for letter in box.fetch(AND(uid=uid), mark_seen=False) for one in _attached(letter)]
    taken = [_take(content, name, now) for name, content in found]
    return bool(taken) and all(taken)


def _attached(letter: MailMessage) -> list[tuple[str, bytes]]:
    try:
        return [
            (one.filename, one.payload)
            for one in letter.attachments
            if PurePath(one.filename.lower()).suffix in _ENDINGS
        ]
    except Exception:  # whatever is in it: it must not come again with each round
        log.exception("a letter cannot be read")
        return []


def _take(content: bytes, name: str, now: datetime) -> bool:
    try:
        arrivals.take(content, name, CameBy.MAIL, now=now)
    except arrivals.Known:
        return True  # it has come before
    except scanning.ScannerDown:
        raise
    except (ConnectorError, MissingInput):
        return False
    return True
