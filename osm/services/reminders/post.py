"""The server that takes the letters. What matters of every error is whether the letter may have been taken."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from types import TracebackType

from osm.failures import why
from osm.mail_settings import MailSettings, Security

TIMEOUT_SECONDS = 10.0
"""For each answer of the server."""


class NotReached(Exception):
    """The server does not answer or does not let us in; the letter is still here. `str(error)`: why, in Russian."""


class Refused(Exception):
    """The server did not take this letter; `for_good`: it never will."""

    def __init__(self, code: int) -> None:
        super().__init__(f"сервер ответил {code}")
        self.for_good = code >= 500


class Unclear(Exception):
    """The letter was given to the server and no answer came: it was taken, or not."""


class Post:
    """`with Post(settings) as post`: connected by the first letter, one connection for all of a round."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            try:
                self._server.quit()
            except Exception:  # whatever it is: the letters are sent
                self.hang_up()

    def send(self, message: EmailMessage, to: str, about_to: Callable[[], None]) -> None:
        """Give the letter to the server. `about_to` is called when nothing but the letter itself is left to be sent.

        Raises NotReached, Refused, Unclear, and what `about_to` raises: then nothing was sent.
        """
        try:
            server = self._connected()
            self._expect(server.mail(self._settings.sender)[0], 200, 300)
            self._expect(server.rcpt(to)[0], 200, 300)
            self._expect(server.docmd("DATA")[0], 300, 400)
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise NotReached(_words(error)) from error
        try:
            about_to()
        except BaseException:
            self.hang_up()
            raise
        try:
            server.send(re.sub(rb"(?m)^\.", b"..", message.as_bytes()) + b".\r\n")
            code = server.getreply()[0]
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise Unclear(_words(error)) from error
        self._expect(code, 200, 300)

    def _expect(self, code: int, lowest: int, above: int) -> None:
        if lowest <= code < above:
            return
        if code == 421 and self._server is not None:  # it closes the connection
            self.hang_up()
        elif self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self.hang_up()
        raise Refused(code)

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            of = self._settings
            if of.security is Security.TLS:
                checked = ssl.create_default_context()
                self._server = smtplib.SMTP_SSL(of.host, of.port, timeout=TIMEOUT_SECONDS, context=checked)
            else:
                self._server = smtplib.SMTP(of.host, of.port, timeout=TIMEOUT_SECONDS)
            if of.security is Security.STARTTLS:
                self._server.starttls(context=ssl.create_default_context())
            if of.user:
                self._server.login(of.user, of.password)
            self._server.ehlo_or_helo_if_needed()
        return self._server

    def hang_up(self) -> None:
        """End the connection without a word; the next letter opens another one."""
        if self._server is not None:
            self._server.close()
            self._server = None


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib hides it in its own
        return "сервер не отвечает"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "имя или пароль не подошли"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "сервер прервал связь"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return why(error)
    return "сервер ответил ошибкой"
