"""When an interim answer (П.13) needs a reason: a second one, and one to a repeated message (П.15)."""

from collections.abc import Iterable
from enum import StrEnum

from osm.regulation.words import ReplyKind


class InterimGround(StrEnum):
    """Why the reason is asked for."""

    SECOND = "second"
    """An interim answer stands already: П.13 knows one, then the final one."""
    REPEAT = "repeat"
    """П.15: a repeated message is answered by measures, work or progress."""


class InterimReason(StrEnum):
    """Why it is nevertheless no final answer yet."""

    WORK_GOES_ON = "work_goes_on"
    WAITING_FOR_OTHERS = "waiting_for_others"
    WEATHER_OR_SUPPLY = "weather_or_supply"
    OTHER = "other"
    """In the person's own words."""


INTERIM_GROUND_LABELS: dict[InterimGround, str] = {
    InterimGround.SECOND: "промежуточный ответ уже был (п. 13)",
    InterimGround.REPEAT: "сообщение повторное (п. 15)",
}
INTERIM_REASON_LABELS: dict[InterimReason, str] = {
    InterimReason.WORK_GOES_ON: "работы идут, итог ещё не известен",
    InterimReason.WAITING_FOR_OTHERS: "ждём другую организацию",
    InterimReason.WEATHER_OR_SUPPLY: "мешает погода или нет материалов",
    InterimReason.OTHER: "другая причина (напишите)",
}


def interim_grounds(published: Iterable[ReplyKind], *, is_repeat: bool) -> tuple[InterimGround, ...]:
    """On which grounds an interim answer needs a reason now; empty: it needs none.

    `published`: the kinds of replies to this message that are in the network.
    """
    second = (InterimGround.SECOND,) if ReplyKind.INTERIM in published else ()
    return (*second, InterimGround.REPEAT) if is_repeat else second
