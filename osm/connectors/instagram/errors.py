"""What each error of Instagram means for an act, and what it says to people. They come with status 400."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from osm.connectors.failures import Meaning
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ways import Act

_HOUR, _HOURS = timedelta(hours=1), timedelta(hours=3)

_INSIDE = Meaning(Fault.TEMPORARY, "Внутренняя ошибка Instagram.", unclear=True)
_OFTEN = Meaning(Fault.PAUSE, "Instagram просит сделать перерыв: исчерпано число запросов за час.", pause=_HOUR)
_KEY = Meaning(Fault.RIGHTS, "Ключ Instagram больше не действует. Замените ключ страницы.")
_RIGHT = Meaning(Fault.RIGHTS, "Instagram не даёт этого права: проверьте права ключа.")
GONE = Meaning(Fault.PERMANENT, "Этого в Instagram больше нет.", done=frozenset({Act.DELETE, Act.HIDE}))

ERRORS: Mapping[int, Meaning] = {
    1: _INSIDE,
    2: _INSIDE,
    3: _RIGHT,
    4: _OFTEN,
    10: _RIGHT,
    17: _OFTEN,
    24: GONE,
    32: _OFTEN,
    100: Meaning(Fault.PERMANENT, "Instagram не понимает этот запрос: возможно, комментарий удалён."),
    102: _KEY,
    190: _KEY,
    368: Meaning(Fault.PAUSE, "Instagram временно запретил странице это действие.", pause=_HOURS),
    613: _OFTEN,
    **dict.fromkeys(range(200, 300), _RIGHT),
}
UNKNOWN = Meaning(Fault.PERMANENT, "Instagram отказал.")
_NO_SUCH_OBJECT = (100, 33)
"""Code and subcode of what does not exist, or is not this page's to see."""


def is_gone(error: NetworkError) -> bool:
    return error.code in ("100/33", "24")


def meaning_of(code: int, subcode: int = 0) -> Meaning:
    return GONE if (code, subcode) == _NO_SUCH_OBJECT else ERRORS.get(code, UNKNOWN)


def refused(error: Mapping[str, Any]) -> NetworkError:
    """What Instagram answered under `error`, as ours."""
    code, subcode = (_number(error.get(name)) for name in ("code", "error_subcode"))
    meaning = meaning_of(code, subcode)
    if error.get("is_transient") is True and meaning is UNKNOWN:
        meaning = _INSIDE
    return meaning.error(f"{code}/{subcode}" if subcode else code, error.get("message"))


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
