"""Limits of the child process: memory, time and sizes, beyond which a file is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """50,000 incidents need about 130 MB and 5 s of the child, so each limit leaves room for the honest file."""

    file_bytes: int = 50 * MIB
    unpacked_bytes: int = 400 * MIB
    """Sum of the sizes that a zip (XLSX, ODS) declares for its parts."""
    repetitive_bytes: int = 64 * MIB
    repetitions: int = 200
    """Beyond so many unpacked bytes a byte of the file may stand for so many: an export has about 16, zeros 1,000."""
    archive_parts: int = 5_000
    memory_bytes: int = 1024 * MIB
    """Address space; a cell in XFD1048576 would ask for 512 GB."""
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    output_bytes: int = 512 * MIB
    rows: int = 200_000
    columns: int = 1_024
    cell_characters: int = 1_000_000


def apply(limits: Limits) -> None:
    """Bind this process to its limits. Windows has no rlimits: there sizes and wall time still hold."""
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
