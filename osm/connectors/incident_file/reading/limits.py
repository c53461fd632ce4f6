"""Limits of the child process that reads an export, and why it refuses a file."""

from dataclasses import dataclass

from osm.base.child_process import MIB, ChildLimits


# --- Limits of the child process that reads an export: memory, time and sizes, beyond which a file is refused
@dataclass(frozen=True, slots=True)
class Limits(ChildLimits):
    """50,000 incidents need about 130 MB and 5 s of the child, so each limit leaves room for the honest file. Of memory
    a cell in XFD1048576 would ask for 512 GB."""

    file_bytes: int = 50 * MIB
    unpacked_bytes: int = 400 * MIB  # sum of the sizes that a zip (XLSX, ODS) declares for its parts
    repetitive_bytes: int = 64 * MIB
    repetitions: int = 200
    """Beyond so many unpacked bytes a byte of the file may stand for so many: an export has about 16, zeros 1,000."""
    archive_parts: int = 5_000
    rows: int = 200_000
    columns: int = 1_024
    cell_characters: int = 1_000_000


# --- Why a file was refused, as a code that travels from the child process to its parent
class Refusal(Exception):
    """`code` is a key of `errors.SENTENCES`, `details` fill the gaps of its sentence."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
