"""A child process for foreign content: limits of memory and time, no secret of ours, and its end says what was wrong.

A file that crashes a reader, asks for all memory or never ends, ends only the child."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

MIB = 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
KEPT_ENVIRONMENT = ("PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")  # the child sees no secret of ours
NO_ROOM = 74  # EX_IOERR of sysexits.h: a module ends with it where the disk took no more of what it wrote
_LOUDEST = 65_536  # bytes of the child's complaints that are looked into


@dataclass(frozen=True, slots=True)
class ChildLimits:
    memory_bytes: int = 1024 * MIB  # address space
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    output_bytes: int = 512 * MIB


class Ended(StrEnum):
    """How the child has ended. Its output says whether its work is done."""

    BY_ITSELF = "damaged"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "needs_too_much_memory"


def run_child(
    module: str, arguments: Sequence[str], limits: ChildLimits, out: IO[bytes], given: IO[bytes] | None = None
) -> Ended:
    """Run `python -m module arguments` to its end; `given` is its standard input, `out` takes its output. The module
    binds itself by `bind`. Raises OSError where the system starts no process or the disk has no room."""
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "RUST_BACKTRACE": "0"}
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(  # noqa: S603  no shell; a module of ours
            [sys.executable, "-m", module, *arguments],
            stdin=given or subprocess.DEVNULL, stdout=out, stderr=complaints, cwd=_ROOT, env=environment,
        )  # fmt: skip
        try:
            code = child.wait(limits.wall_seconds)
        except subprocess.TimeoutExpired:
            return Ended.TOO_SLOW
        finally:
            child.kill()
            child.wait()
        complaints.seek(0)
        return _how(code, complaints.read(_LOUDEST))


def _how(code: int, complaints: bytes) -> Ended:
    if code == NO_ROOM:
        raise OSError(errno.ENOSPC, "No space left on device")
    if -code == getattr(signal, "SIGXCPU", None):
        return Ended.TOO_SLOW
    if (
        b"memory allocation" in complaints
        or b"MemoryError" in complaints
        or -code == getattr(signal, "SIGKILL", None)  # the system itself had no memory left
    ):
        return Ended.TOO_MUCH_MEMORY
    return Ended.BY_ITSELF


def bind(limits: ChildLimits) -> None:
    """Bind this process to its limits. Windows has no rlimits: there the wall time and the sizes still hold."""
    if sys.platform == "win32":
        return
    import resource

    for kind, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.output_bytes + MIB),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (soft, hard))
    with suppress(OSError):  # another system than Linux
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this process goes, not the server
