"""The letters: subject, text, links. They name a message by its number and topic, never by what a citizen wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from osm.mail_settings import MailSettings
from osm.regulation.durations import plural
from osm.store.queries.reminders.reminders import Line


def compose(
    lines: Sequence[Line], *, to: str, letter: str, digest: bool, settings: MailSettings, there: datetime
) -> EmailMessage:
    """One letter. `letter` makes its Message-ID, the same however often it is sent; `there`: the local time."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _subject(lines, digest, there)
    message["From"] = Address("ОСМ", addr_spec=settings.sender)
    message["To"] = ascii_address(to)
    message["Date"] = there
    message["Message-ID"] = f"<osm.{letter}@{settings.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*(_block(line, settings) for line in lines), _ending(settings)]), cte="base64")
    return message


def ascii_address(address: str) -> str:
    """With a Russian domain as the servers know it."""
    box, _, domain = address.rpartition("@")
    return f"{box}@{domain.encode('idna').decode('ascii')}"


def _subject(lines: Sequence[Line], digest: bool, there: datetime) -> str:
    if len(lines) == 1 and not digest:
        line = lines[0]
        return f"{line.words}: № {line.number}" if line.number else line.words
    counted = f"{len(lines)} {plural(len(lines), 'напоминание', 'напоминания', 'напоминаний')}"
    return f"ОСМ: {counted}, сводка на {there:%d.%m %H:%M}" if digest else f"ОСМ: {counted}"


def _block(line: Line, settings: MailSettings) -> str:
    of = f"№ {line.number}" + (f", {line.topic}" if line.topic else "") if line.number else ""
    link = f"{settings.base_url}{line.page}" if settings.base_url and line.page else ""
    return "\n".join(filter(None, [line.words, of, link]))


def _ending(settings: MailSettings) -> str:
    where = f"{settings.base_url}/reminders" if settings.base_url else "в программе, страница «Напоминания»"
    return f"—\nПисьмо отправила программа ОСМ, отвечать на него не нужно.\nВсе напоминания и как их присылать: {where}"
