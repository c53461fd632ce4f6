"""Requests to a network: bounded in size and time, to its own hosts; how they fail; the client of one page."""

import http.client
import io
import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from urllib3 import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ProxyError, ReadTimeoutError
from urllib3.util.ssl_ import create_urllib3_context

from osm.base.numbers import whole
from osm.connectors import base, contract
from osm.connectors.contract import Act, Cannot, Kind, Page, Picture, Report, Target, WaitTurn, Way, Ways, allowed


# --- How a network fails, and what follows from it
class Fault(StrEnum):
    """What follows from a failure. The table of a network's errors says which code is which."""

    PERMANENT = "permanent"  # it will never work: shown, done by hand
    TEMPORARY = "temporary"  # later perhaps: tried again, less and less often
    PAUSE = "pause"  # too much was asked for: the page (or the method) rests for `pause`
    PERSON = "person"  # somebody must do something in the network first: a captcha, a confirmation
    RIGHTS = "rights"  # the key is dead or may not do this: the page stops, the press centre gets a notice


PASSING = (Fault.TEMPORARY, Fault.PAUSE)
"""They say nothing of a key: whoever asked what it can knows no more than before."""


class NetworkError(base.ConnectorError):
    """An act or a reading failed. `said` is the network's own sentence; `str(error)` is what to tell people. `unclear`:
    it may have happened all the same (the connection ended after the request had gone out). `done`: acts with their aim
    reached all the same."""

    def __init__(
        self, words: str, fault: Fault, *, code: str = "", said: str = "", unclear: bool = False,
        pause: timedelta | None = None, done: frozenset[contract.Act] = frozenset(),
    ) -> None:  # fmt: skip
        super().__init__(words)
        self.fault, self.code, self.said, self.unclear, self.pause = fault, code, said, unclear, pause
        self.done = done

    @property
    def in_full(self) -> str:
        """Our words and the network's own sentence."""
        return f"{self} {self.said}".strip()

    def with_quote(self, advice: str) -> str:
        """What to tell people, the network's own sentence in brackets, and what to do."""
        return f"{self} ({self.said}) {advice}" if self.said else f"{self} {advice}"


class CannotLook(NetworkError):
    """Only a person can see whether an act has happened: the keys of this page do not allow it, or it would be too deep
    in a thread."""

    def __init__(self, words: str = "") -> None:
        words = words or "Проверить, выполнено ли это в соцсети, ключи этой страницы не позволяют."
        super().__init__(words, Fault.PERSON)


TOO_DEEP = (
    "Здесь так много комментариев, что программа не может проверить, есть ли среди них этот ответ. Посмотрите на сайте."
)


# --- What the refusals of a network mean, as data of each network; and a reading that is tried again
Answer = TypeVar("Answer")

TRIES = 4  # Of a reading that failed for the moment. Acts are tried again by the outbox, which looks first.
LONGEST_PAUSE = 8.0  # seconds between them, at most


@dataclass(frozen=True, slots=True)
class Meaning:
    """`unclear`: the act may have happened. `done`: acts with their aim reached all the same."""

    fault: Fault
    words: str
    unclear: bool = False
    pause: timedelta | None = None
    done: frozenset[contract.Act] = frozenset()

    def error(self, code: object, said: object = "") -> NetworkError:
        """As it is raised: with the code of the network, and its own sentence where ours does not say it all."""
        return NetworkError(
            self.words, self.fault, code=str(code)[:20], said=str(said or "")[:300], unclear=self.unclear,
            pause=self.pause, done=self.done,
        )  # fmt: skip


def tried_again(read: Callable[[], Answer]) -> Answer:
    """What the reading answers; what fails for the moment is tried a few times. NetworkError of the last try."""
    retrying = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, NetworkError) and e.fault is Fault.TEMPORARY),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
        reraise=True,
    )
    return retrying(read)


# --- One request to a network: bounded in time and size, to known hosts only, without redirects
CONNECT = 5  # seconds for making a connection
WHOLE = 30  # seconds for one request and its answer, headers and all, however slowly it drips
MOST_BYTES = 8 * 1024 * 1024  # of one answer; a hundred comments with all about them take a tenth
_PIECE = 64 * 1024
_LONGEST_PAUSE = timedelta(days=1)


def is_ours_to_fetch(url: str, hosts: tuple[str, ...], base: str) -> bool:
    """Whether an address that came from outside may be asked: https on one of these hosts, or where the API is."""
    try:
        parts, own = urlsplit(url), urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if (parts.scheme, host, port) == (own.scheme, own.hostname, own.port):
        return True
    known = any(host == known or host.endswith(f".{known}") for known in hosts)
    return parts.scheme == "https" and port in (None, 443) and not parts.username and known


class _UntilThen(io.RawIOBase):
    """The bytes of a socket until the instant `end`. A limit of the socket alone begins again with each byte."""

    def __init__(self, source: io.RawIOBase, sock: socket.socket, end: float) -> None:
        super().__init__()
        self._source, self._socket, self._end, self._usual = source, sock, end, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        try:
            return self._source.readinto(buffer)
        finally:
            self._socket.settimeout(self._usual)  # of the next request on this connection

    def close(self) -> None:
        self._source.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """What urllib3 gives its socket as the limit of one reading is the limit of the whole answer."""

    def __init__(self, sock: socket.socket, *args: Any, **given: Any) -> None:
        super().__init__(sock, *args, **given)
        limit = sock.gettimeout()
        if limit is not None:
            end = time.monotonic() + limit
            self.fp: io.BufferedReader = io.BufferedReader(_UntilThen(self.fp.detach(), sock, end))


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _Adapter(HTTPAdapter):
    def __init__(self, roots: Path | None) -> None:
        self._roots = roots
        super().__init__()

    def init_poolmanager(self, *args: Any, **given: Any) -> None:
        """`roots` are trusted besides the usual ones, which `requests` adds to any context."""
        if self._roots:
            given["ssl_context"] = create_urllib3_context()
            given["ssl_context"].load_verify_locations(self._roots)
        super().init_poolmanager(*args, **given)

    def get_connection_with_tls_context(self, *args: Any, **given: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **given)
        pool.ConnectionCls = _Https if pool.scheme == "https" else _Http
        return pool


class Transport:
    """The connections to one network. `until`: by `time.monotonic`, the end of all that is asked by it; `roots`: a file
    of certificates to trust besides the usual ones; `proxy`: its address, empty: none."""

    def __init__(
        self, *, whole: float = WHOLE, until: float = float("inf"), roots: Path | None = None, proxy: str = ""
    ) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(roots))
        self._whole, self._until = whole, until

    def ask(self, verb: str, url: str, *, wait: float = 0, **given: Any) -> tuple[int, bytes]:
        """Status and body. `wait`: seconds that the network was asked to hold the answer back. NetworkError TEMPORARY;
        `unclear` where the request may have arrived."""
        status, _, body = self.ask_whole(verb, url, wait=wait, **given)
        return status, body

    def ask_whole(self, verb: str, url: str, *, wait: float = 0, **given: Any) -> tuple[int, Mapping[str, str], bytes]:
        """The same with the headers."""
        left = min(self._whole + wait, self._until - time.monotonic())
        if left <= 0:
            raise _failed("Соцсеть не отвечает.")
        given["headers"] = {"Accept-Encoding": "identity", **given.get("headers", {})}
        given["timeout"] = Timeout(connect=min(CONNECT, left), total=left)
        try:
            with self._session.request(verb, url, allow_redirects=False, stream=True, **given) as response:
                body = b""
                while piece := response.raw.read1(_PIECE):
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise _failed("Соцсеть прислала слишком большой ответ.", unclear=True)
                return response.status_code, response.headers, body
        except (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL):
            raise _failed("Соцсеть не отвечает.") from None
        except (requests.exceptions.ReadTimeout, ReadTimeoutError):
            raise _failed("Соцсеть не ответила вовремя.", unclear=True) from None
        except requests.exceptions.ConnectionError as error:
            raise _failed("Связь с соцсетью прервалась.", unclear=not _never_connected(error)) from None
        except (requests.exceptions.RequestException, OSError, HTTPError, ValueError):  # the last: led to no address
            raise _failed("Связь с соцсетью прервалась.", unclear=True) from None

    def ask_json(self, verb: str, url: str, *, wait: float = 0, **given: Any) -> Any:
        """The answer as JSON. A page in HTML, half an answer, a status of failure: NetworkError TEMPORARY, unclear.
        PAUSE where the network says when to ask again."""
        return json_of(*self.ask_whole(verb, url, wait=wait, **given))


def json_of(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """As `Transport.ask_json` answers."""
    if status >= 500 or status == 429:
        pause = _asked_pause(headers.get("Retry-After", ""))
        raise NetworkError(
            f"Соцсеть ответила ошибкой {status}.",
            Fault.PAUSE if pause else Fault.TEMPORARY,
            unclear=status != 429, code=f"HTTP {status}", pause=pause,
        )  # fmt: skip
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _failed("Соцсеть ответила непонятно.", unclear=True, code=f"HTTP {status}") from None


Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""


def readable(read: Callable[..., Answer], *given: Any, **more: Any) -> Answer | None:
    """What is read of a part of an answer; None where it does not look as documented."""
    try:
        return read(*given, **more)
    except BROKEN:
        return None


def objects(answer: Any, *names: str) -> list[Raw]:
    """The objects of a list that has one of these names in the answer, or is the answer itself."""
    if isinstance(answer, Mapping):
        answer = next((answer[name] for name in names if isinstance(answer.get(name), list)), None)
    return [one for one in answer if isinstance(one, Mapping)] if isinstance(answer, list) else []


def form_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as networks take them: lists with commas, true as 1, what is None left out."""
    return {
        name: ",".join(map(str, value))
        if isinstance(value, list | tuple)
        else str(int(value) if isinstance(value, bool) else value)
        for name, value in values.items()
        if value is not None
    }


def _asked_pause(retry_after: str) -> timedelta | None:
    """Seconds or an instant, as RFC 9110 has it, at most a day; None where it says nothing."""
    try:
        seconds = whole(retry_after.strip())
        pause = (
            parsedate_to_datetime(retry_after) - datetime.now(UTC) if seconds is None else timedelta(seconds=seconds)
        )
    except (TypeError, ValueError):
        return None
    return min(pause, _LONGEST_PAUSE) if pause > timedelta() else None


def _failed(words: str, *, unclear: bool = False, code: str = "") -> NetworkError:
    return NetworkError(words, Fault.TEMPORARY, unclear=unclear, code=code)


def _never_connected(error: BaseException) -> bool:
    """Whether there was no connection, or none beyond the proxy: then nothing can have arrived."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ProxyError)


# --- What the connectors of all networks share
class PageClient:
    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self.page = page
        self._wait_turn = wait_turn
        self._transport = transport or Transport()

    def has(self, key: str) -> bool:
        return bool(self.page.keys.get(key))

    def way(self, ways: Ways, kind: Kind, act: Act) -> Way:
        """How it does this. NetworkError where no key allows it."""
        if (way := allowed(ways, self.page.keys, kind, act)) is None:
            raise NetworkError("Для этого у страницы нет ключа: выполните на сайте.", Fault.PERMANENT)
        return way

    @staticmethod
    def once(act: Act, call: Callable[[], Any]) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already, not banned any more."""
        try:
            return call()
        except NetworkError as error:
            if act in error.done:
                return None
            raise


Opened = tuple[str, str, str, Mapping[Act, str]]
"""What a key opens: title and address of the page, whose key it is, and what it lacks for which acts, in words."""


def report_of(
    asked: Mapping[str, Callable[[], Opened]],
    needs: Mapping[Act, Sequence[str]],
    words: Mapping[str, str],
    where: Mapping[str, str],
    by_hand: Sequence[Cannot] = (),
) -> Report:
    """What the keys of a page can do, each asked for what it is needed for. `needs`: act → the keys of which it takes
    one, the usual one first; `words` and `where`: what people call a key, and where they get it. Raises an error that
    passes."""
    title, url = "", ""
    whose: dict[str, str] = {}
    refused: dict[str, str] = {}
    lacks: dict[Act, str] = {}
    for key, ask in asked.items():
        try:
            name, address, whose[key], lacking = ask()
        except NetworkError as error:
            if error.fault in PASSING:
                raise
            refused[key] = error.with_quote(where[key])
        else:
            title, url, lacks = title or name, url or address, {**lacks, **lacking}
    for act, (usual, *others) in needs.items():
        if whose.keys().isdisjoint((usual, *others)):
            lacks[act] = refused.get(usual) or f"Нужен {words[usual]}. {where[usual]}"
    cannot = [Cannot(words[key], why) for key, why in refused.items()]
    cannot += [Cannot(act, lacks[act]) for act in needs if act in lacks]
    return Report(title, tuple(act for act in needs if act not in lacks), (*cannot, *by_hand), whose, url=url)


class ByHand:
    """Acts that a network does not let a program do; `by_hand` says so. A connector has its own where it can."""

    by_hand: str

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def restore(self, target: Target) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def unban(self, author: str) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)
