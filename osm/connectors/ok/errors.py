"""What each error of OK means for an act, and what it says to people. OK sends them with status 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from osm.connectors.failures import Meaning
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ways import Act

_MINUTES, _HOURS = timedelta(minutes=10), timedelta(hours=3)

_INSIDE = Meaning(Fault.TEMPORARY, "Внутренняя ошибка Одноклассников.", unclear=True)
_KEY = Meaning(Fault.RIGHTS, "Ключ Одноклассников больше не действует. Замените ключи страницы.")
_RIGHT = Meaning(Fault.RIGHTS, "Одноклассники не дают этого права: его запрашивают у поддержки (api-support@ok.ru).")
_APPLICATION = Meaning(Fault.RIGHTS, "Одноклассники не узнают приложение: проверьте его ключ и секретный ключ.")
_BAD = Meaning(Fault.PERMANENT, "Одноклассники не понимают этот запрос: возможно, запись удалена.")
_GONE = frozenset({Act.DELETE})
_ACCESS = Meaning(Fault.PERMANENT, "Одноклассники этого здесь не разрешают.")

ERRORS: Mapping[int, Meaning] = {
    1: _INSIDE,
    2: Meaning(Fault.TEMPORARY, "Одноклассники временно недоступны.", unclear=True),
    3: Meaning(Fault.RIGHTS, "Одноклассники больше не дают делать это через программу."),
    4: _BAD,
    7: Meaning(Fault.PERSON, "Одноклассники запретили это действие: посмотрите на сайте, что они просят."),
    8: Meaning(Fault.PAUSE, "Одноклассники просят сделать перерыв: слишком много одинаковых действий.", pause=_MINUTES),
    9: Meaning(Fault.PAUSE, "Одноклассники не принимают запросы с этого адреса сети.", pause=_HOURS),
    10: _RIGHT,
    11: Meaning(Fault.PAUSE, "Предел Одноклассников для этого действия исчерпан.", pause=_HOURS),
    24: _RIGHT,
    100: _BAD,
    101: _APPLICATION,
    102: _KEY,
    103: _KEY,
    104: _APPLICATION,
    106: Meaning(Fault.PERMANENT, "Этого обсуждения в Одноклассниках больше нет.", done=_GONE),
    110: Meaning(Fault.PERMANENT, "Страница автора удалена или заблокирована."),
    141: Meaning(Fault.PERMANENT, "Одноклассники не знают такого комментария.", done=_GONE),
    160: Meaning(Fault.PERMANENT, "Одноклассники не знают такой группы: проверьте её номер."),
    200: _RIGHT,
    300: Meaning(Fault.PERMANENT, "Этого в Одноклассниках больше нет.", done=_GONE),
    401: _KEY,
    451: _BAD,
    453: _KEY,
    454: Meaning(
        Fault.PERMANENT, "Одноклассники не пропускают такой текст: в нём нашлось запрещённое слово или ссылка."
    ),
    455: _ACCESS,
    456: Meaning(Fault.PERMANENT, "Настройки группы этого не разрешают: возможно, комментарии закрыты."),
    457: _KEY,
    600: _BAD,
    601: _BAD,
    700: Meaning(Fault.PERMANENT, "Этого комментария в Одноклассниках больше нет.", done=_GONE),
    701: Meaning(Fault.PERMANENT, "Исправить можно только комментарий, который написала страница."),
    702: Meaning(Fault.PERMANENT, "Этот комментарий в Одноклассниках уже удалён.", done=_GONE),
    704: Meaning(Fault.PERMANENT, "Исправить ответ уже нельзя: время, которое дают Одноклассники, прошло."),
    9999: _INSIDE,
}
UNKNOWN = Meaning(Fault.PERMANENT, "Одноклассники отказали.")


def meaning_of(code: int) -> Meaning:
    return ERRORS.get(code, UNKNOWN)


def code_of(answer: Any) -> int | None:
    """The code of an error, 0 for one without a number; None where the answer is none."""
    if not isinstance(answer, Mapping) or not {"error_code", "error_msg", "error"} & answer.keys():
        return None
    try:
        return int(answer["error_code"])
    except (KeyError, TypeError, ValueError):
        return 0


def refused(code: int, answer: Mapping[str, Any]) -> NetworkError:
    """The error as ours. Its `error_data` goes nowhere."""
    return meaning_of(code).error(code, answer.get("error_msg"))
