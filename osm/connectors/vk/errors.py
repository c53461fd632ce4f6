"""What each error of VK means for an act, and what it says to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from osm.connectors.failures import Meaning
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ways import Act

_MINUTES, _HOURS = timedelta(minutes=10), timedelta(hours=3)

_INSIDE = Meaning(Fault.TEMPORARY, "Внутренняя ошибка ВКонтакте.", unclear=True)
_KEY = Meaning(Fault.RIGHTS, "Ключ ВКонтакте больше не действует или его прав не хватает. Замените ключ страницы.")
_ACCESS = Meaning(Fault.PERMANENT, "ВКонтакте этого здесь не разрешает.")
_BAD = Meaning(Fault.PERMANENT, "ВКонтакте не понимает этот запрос: возможно, запись удалена.")
_HAND = "ВКонтакте просит подтвердить, что это человек. Выполните действие на сайте."

ERRORS: Mapping[int, Meaning] = {
    1: _INSIDE,
    5: _KEY,
    6: Meaning(Fault.TEMPORARY, "ВКонтакте просит обращаться реже.", pause=timedelta(seconds=1)),
    7: _ACCESS,
    9: Meaning(Fault.PAUSE, "ВКонтакте просит сделать перерыв: слишком много одинаковых действий.", pause=_MINUTES),
    10: _INSIDE,
    14: Meaning(Fault.PERSON, _HAND),
    15: _ACCESS,
    17: Meaning(Fault.PERSON, _HAND),
    18: Meaning(
        Fault.PERMANENT,
        "Страница автора удалена или заблокирована.",
        done=frozenset({Act.BAN, Act.UNBAN}),
    ),
    24: Meaning(Fault.PERSON, _HAND),
    27: _KEY,
    28: _KEY,
    29: Meaning(Fault.PAUSE, "Дневной предел ВКонтакте для этого действия исчерпан.", pause=_HOURS),
    36: _INSIDE,
    100: _BAD,
    104: Meaning(
        Fault.PERMANENT,
        "Этого во ВКонтакте больше нет.",
        done=frozenset({Act.DELETE, Act.UNBAN}),
    ),
    113: _BAD,
    125: _BAD,
    203: _ACCESS,
    211: _ACCESS,
    212: Meaning(Fault.PERMANENT, "Комментарии к этой записи закрыты."),
    213: Meaning(Fault.PERMANENT, "Отвечать под этой записью ВКонтакте не разрешает: возможно, комментарии закрыты."),
    214: _ACCESS,
    222: Meaning(Fault.PERMANENT, "ВКонтакте не разрешает здесь ссылки. Уберите ссылку из ответа."),
    223: Meaning(Fault.PAUSE, "Слишком много ответов под этой записью.", pause=_MINUTES),
    243: Meaning(Fault.PERMANENT, "Комментарий не удалён.", done=frozenset({Act.RESTORE})),
    901: Meaning(Fault.PERMANENT, "Этот человек не разрешил сообществу писать ему."),
    902: Meaning(Fault.PERMANENT, "Настройки приватности этого человека не дают ему написать."),
    1117: _KEY,
}
UNKNOWN = Meaning(Fault.PERMANENT, "ВКонтакте отказала.")


def meaning_of(code: int) -> Meaning:
    return ERRORS.get(code, UNKNOWN)


def refused(error: Mapping[str, Any]) -> NetworkError:
    """What VK answered under `error`, as ours. Its `request_params` hold what was sent and go nowhere."""
    code = error.get("error_code")
    return meaning_of(code if isinstance(code, int) else 0).error(code, error.get("error_msg"))
