"""The boundary of the program: each call out of it is recorded with its place in the code, and can be made to fail.

Python reports files, processes and connections (`sys.addaudithook`); answers from a network and the commit of a
transaction are watched separately.
"""

from __future__ import annotations

import http.client
import smtplib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from osm.base import transaction

ROOT = Path(__file__).resolve().parents[2]
FILES = ("open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.scandir", "os.listdir", "shutil.rmtree")
OTHERS = {"subprocess.Popen": "process", "http.client.send": "network", "smtplib.send": "mail",
          "smtplib.connect": "mail", "http.client.connect": "network"}  # fmt: skip
THROUGH = ("connectors/transport.py", "connectors/vk/client.py", "connectors/ok/client.py",
           "connectors/instagram/client.py", "base/transaction.py", "base/durable.py", "base/child_process.py",
           "jobs/")  # fmt: skip
"""Rooms that every such call goes through: what matters is who called them."""
OUTSIDE = frozenset({"network", "mail", "process"})


class Unforeseen(Exception):
    """An error that no code expects."""


@dataclass(frozen=True, order=True)
class Site:
    """`what`: the kind of the call; `where`: functions of osm, innermost first; `job`: the job that made it."""

    what: str
    where: str
    job: str = ""


@dataclass
class Boundary:
    """`seen`: how often each was called. `failing`: the one that fails, at most `times` times, for one `subject`."""

    folder: Path
    seen: Counter[Site] = field(default_factory=Counter)
    failing: Site | None = None
    times: float = float("inf")
    failed: list[Any] = field(default_factory=list)
    is_on: bool = False
    job: str = ""
    """Which job is at work."""

    def call(self, what: str) -> None:
        frame: FrameType | None = sys._getframe(1)
        found = _where(frame) if self.is_on else ""
        if not found:
            return
        site = Site(what, found, self.job)
        self.seen[site] += 1
        if site != self.failing or len(self.failed) >= self.times:
            return
        subject = _subject(frame)
        if self.failed and self.failed[0] != subject:
            return
        self.failed.append(subject)
        raise Unforeseen

    def fail(self, site: Site | None, times: float = float("inf")) -> None:
        self.failing, self.times = site, times
        self.failed.clear()
        self.seen.clear()

    def audit(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event in OTHERS:
            self.call(OTHERS[event])
        elif event in FILES and given and isinstance(given[0], str | Path) and self._is_ours(str(given[0])):
            self.call("file")

    def _is_ours(self, path: str) -> bool:
        return path.startswith((str(self.folder), tempfile.gettempdir())) and ".sqlite3" not in path


def _frames(frame: FrameType | None) -> Iterator[tuple[str, FrameType]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame
        frame = frame.f_back


def _where(frame: FrameType | None) -> str:
    found = []
    for name, one in _frames(frame):
        if "importlib" in name or "/logging/" in name or "linecache" in name:
            return ""
        path = name.removeprefix(f"{ROOT}/osm/")
        if path != name and not path.startswith(THROUGH):
            found.append(f"{path}:{one.f_code.co_qualname}")
    return " < ".join(found[:2])


def _subject(frame: FrameType | None) -> Any:
    """The act, letter, run or page that the call is made for; None if there is none."""
    here = [one.f_locals for _name, one in _frames(frame)]
    for values in here:
        if "errand" in values:
            return "act", values["errand"].action_id
        if hasattr(values.get("letter"), "ids"):
            return "letter", values["letter"].ids
    for values in here:
        for name in ("run_id", "account_id", "connection_id", "number"):
            if isinstance(values.get(name), int):
                return name, values[name]
        owner = getattr(getattr(values.get("self"), "_client", None), "owner", None)
        if owner is not None:
            return "page", owner
    return None


_watching: list[Boundary] = []


def _hook(event: str, given: tuple[Any, ...]) -> None:
    for one in _watching:
        one.audit(event, given)


sys.addaudithook(_hook)


@contextmanager
def watched(folder: Path) -> Iterator[Boundary]:
    """`folder`: the data folder of the application."""
    one = Boundary(folder)

    def before(of: Any, name: str, what: str, *, after: bool = False) -> None:
        real = getattr(of, name)

        def called(*args: Any, **given: Any) -> Any:
            if not after:
                one.call(what)
            answer = real(*args, **given)
            if after:
                one.call(what)
            return answer

        patch.setattr(of, name, called)

    with pytest.MonkeyPatch.context() as patch:
        before(http.client.HTTPConnection, "getresponse", "network answer")
        before(smtplib.SMTP, "getreply", "mail answer")
        before(transaction, "_commit", "commit")
        before(transaction, "_commit", "commit done", after=True)
        _watching.append(one)
        try:
            yield one
        finally:
            _watching.remove(one)
