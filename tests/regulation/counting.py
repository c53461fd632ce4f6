"""One clock as the product counts it, from a local time."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from osm.calendar.queries import load_calendar, load_parameters
from osm.regulation.deadlines import Clock, Pause, compute_clock
from osm.regulation.parameters import Parameters
from osm.regulation.words import ClockKind, Importance

TZ = ZoneInfo("Asia/Vladivostok")
SEVASTOPOL = Path(__file__).parent / "sevastopol.toml"
NORMAL, HIGH = Importance.NORMAL, Importance.HIGH


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def clock(
    kind: ClockKind,
    event: str,
    importance: Importance = NORMAL,
    parameters: Parameters | None = None,
    pauses: list[Pause] | None = None,
) -> Clock:
    return compute_clock(
        kind,
        at(event),
        importance,
        parameters=parameters or load_parameters(),
        calendar=load_calendar(),
        pauses=pauses or [],
    )
