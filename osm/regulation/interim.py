"""When an interim answer (П.13) needs a reason: a second one, and one to a repeated message (П.15)."""

from collections.abc import Iterable

from osm.regulation import labelled, words


class InterimGround(labelled.Labelled):
    SECOND = "second", "промежуточный ответ уже был (п. 13)"
    """An interim answer stands already: П.13 knows one, then the final one."""
    REPEAT = "repeat", "сообщение повторное (п. 15)"
    """П.15: a repeated message is answered by measures, work or progress."""


class InterimReason(labelled.Labelled):
    """Why it is nevertheless no final answer yet."""

    WORK_GOES_ON = "work_goes_on", "работы идут, итог ещё не известен"
    WAITING_FOR_OTHERS = "waiting_for_others", "ждём другую организацию"
    WEATHER_OR_SUPPLY = "weather_or_supply", "мешает погода или нет материалов"
    OTHER = "other", "другая причина (напишите)"  # in the person's own words


INTERIM_GROUND_LABELS = {one: one.label for one in InterimGround}
INTERIM_REASON_LABELS = {one: one.label for one in InterimReason}


def interim_grounds(published: Iterable[words.ReplyKind], *, is_repeat: bool) -> tuple[InterimGround, ...]:
    """On which grounds an interim answer needs a reason now; empty: it needs none. `published`: the kinds of replies to
    this message that are in the network."""
    second = (InterimGround.SECOND,) if words.ReplyKind.INTERIM in published else ()
    return (*second, InterimGround.REPEAT) if is_repeat else second
