"""A calendar as RFC 5545 writes it: folded lines, escaped texts, instants in UTC, days without an hour."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from osm.documents.sheet import plain

LONGEST_LINE = 75  # octets of a line without its end (§3.1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `start`: an instant, or a day without an hour."""

    uid: str
    title: str
    start: datetime | date


def calendar(name: str, entries: Iterable[Entry], *, now: datetime) -> bytes:
    """The whole file; `now`: when it was made (DTSTAMP, §3.8.7.2)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OSM//Content plan//RU", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{_text(name)}"]  # fmt: skip
    for entry in entries:
        lines += ["BEGIN:VEVENT", f"UID:{_text(entry.uid)}", f"DTSTAMP:{_instant(now)}", *_when(entry.start),
                  f"SUMMARY:{_text(entry.title)}", "TRANSP:TRANSPARENT", "END:VEVENT"]  # fmt: skip
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _when(start: datetime | date) -> list[str]:
    if isinstance(start, datetime):
        return [f"DTSTART:{_instant(start)}"]
    return [f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{start + timedelta(days=1):%Y%m%d}"]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A value of TEXT (§3.3.11); other control characters are not allowed there."""
    escaped = plain(words).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = "\\n".join(escaped.splitlines())
    return "".join(character for character in escaped if character >= " " and character != "\x7f")


def _folded(line: str) -> Iterator[bytes]:
    """Its parts of LONGEST_LINE octets at most; each further one begins with a blank, no letter is cut in two."""
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > LONGEST_LINE:
            yield part
            part = b" "
        part += octets
    yield part
