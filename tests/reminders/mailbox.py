"""An SMTP server on loopback (aiosmtpd) that keeps accepted letters, and can refuse, or hang up after accepting."""

from __future__ import annotations

import asyncio
import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class _AnyPort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailbox:
    """`letters`: the accepted ones, in order. `answers`: the answers to the next letters instead of «250»."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}
        """Address → what is said to it; nothing: the server hangs up."""
        self.hangs_up = 0
        """So many letters are taken, and the connection ends without a word."""
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0)
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def stop(self) -> None:
        self._controller.stop()

    def to(self, login: str) -> list[EmailMessage]:
        """The letters to this one of the cast."""
        return [letter for letter in self.letters if letter["To"] == f"{login}@example.ru"]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            if not self.refused[address]:
                server.transport.abort()
            return self.refused[address] or "421"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        letter = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        if self.hangs_up:
            self.hangs_up -= 1
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 OK"


def text_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")
