"""The child process that opens foreign files: its limits, the formats it knows and the lines it writes.

Run as `python -m osm.connectors.incident_file.reading FILE FOLDER LIMITS`, it prints JSON lines: for each sheet
`{"sheet": name, "hidden": bool}`, then `[row, [cell, …]]` for each row that is not blank, then
`{"rows": count, "columns": most}`; in the end `{"done": format}` or `{"refused": code, "details": {…}}`. A cell is a
string, a number, true or false, or `{"t": ISO date or date and time}`. Without a last line the child died; with the
status NO_ROOM because the disk was full.
"""

from dataclasses import dataclass

from osm.base.child_process import MIB, ChildLimits


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


class Refusal(Exception):
    """`code` is a key of `SENTENCES` of `book`, `details` fill the gaps of its sentence."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
