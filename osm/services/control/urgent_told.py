"""The content of an urgent report (П.20), and its checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from osm.networks.addresses import is_web
from osm.regulation.errors import MissingInput
from osm.services.acts import required
from osm.services.edits import lines, one_line

LONGEST = 2_000
MOST_LINKS, LONGEST_LINK = 20, 500
MOST_MESSAGES = 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the form says. `since_at` None: unknown; `links`: one a line."""

    what: str
    place: str = ""
    since_at: datetime | None = None
    how_many: int | None = 1
    links: str = ""
    workers: str = ""
    done: str = ""


def checked(told: Told, now: datetime) -> dict[str, object]:
    """The columns of the report. Raises MissingInput by the field."""
    what = required("what", told.what, "Напишите, что случилось.")
    texts = {"what": what, "workers": told.workers.strip(), "done": told.done.strip()}
    for name, value in texts.items():
        if len(value) > LONGEST:
            raise MissingInput(name, f"Больше {LONGEST} знаков: доклад должен поместиться на одном экране. Сократите.")
    if told.since_at is not None and told.since_at > now:
        raise MissingInput("since_at", "Это время ещё не наступило. Исправьте или оставьте поле пустым.")
    if told.how_many is None or not 1 <= told.how_many <= MOST_MESSAGES:
        raise MissingInput("how_many", "Сколько сообщений, напишите числом: от одного.")
    links = lines("links", "Ссылки", told.links, longest=LONGEST_LINK, most=MOST_LINKS)
    wrong = next((link for link in links if not is_web(link)), None)
    if wrong:
        raise MissingInput("links", f"«{wrong[:60]}» — не ссылка. Нужен адрес, который начинается с https://.")
    return {
        **texts, "place": one_line("place", "Место", told.place, 300), "since_at": told.since_at,
        "how_many": told.how_many, "links": "\n".join(links),
    }  # fmt: skip
