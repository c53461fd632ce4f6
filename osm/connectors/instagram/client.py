"""Asks Instagram: what it lets a program do, with which key, how often; what its refusals mean."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from osm.connectors import contract, page, transport
from osm.connectors.faults import Fault, Meaning, NetworkError, tried_again
from osm.connectors.ways import Act, Kind, Way, Ways

# --- How often and how much Instagram may be asked, and where its addresses lie (developers.facebook.com)
BASE = "https://graph.instagram.com"
VERSION = "v22.0"
HOSTS = ("cdninstagram.com", "fbcdn.net")  # where its pictures lie

PER_SECOND = 1.0
READING, ACTING = contract.PerHour(at_once=50, more=68), contract.PerHour(at_once=40, more=38)
"""Requests of one account: Meta allows 200 in any hour. Acts take from both, reading from its own alone."""
POLL_EVERY = 100  # seconds between two looks: each takes two requests or more
LOOK_EVERY = 600  # the same, where Instagram sends new comments itself: it never reports deletions
MEDIA = 15  # posts that are looked at, the newest: under older ones hardly anybody writes
COMMENTS_AT_ONCE = 50
PAGES_OF_COMMENTS = 10
LONGEST_COMMENT = 2200  # characters of an answer

WARNING = (
    "Реклама в Instagram наказуема с 01.09.2025. Подключайте страницу, только если руководство решило её вести: "
    "например, чтобы увидеть и закрыть то, что на ней осталось."
)
"""Who connects a page has read this, after how the network is restricted (`networks/catalogue.py`)."""


# --- Which method of Instagram serves an act upon what people write; what is not in the table is done by hand
TOKEN, APP_SECRET = "access_token", "app_secret"

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): Way("GET media/comments", (TOKEN,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("GET comment", (TOKEN,)),
    (Kind.COMMENT, Act.REPLY): Way("POST comment/replies", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("DELETE comment", (TOKEN,)),
    (Kind.COMMENT, Act.HIDE): Way("POST comment hide=true", (TOKEN,)),
    (Kind.COMMENT, Act.SHOW): Way("POST comment hide=false", (TOKEN,)),
}
KEY_WORDS = {TOKEN: "ключ доступа", APP_SECRET: "секрет приложения"}
WHERE_TO_GET = {
    TOKEN: "Приложение на developers.facebook.com с правами instagram_business_basic и "
    "instagram_business_manage_comments; страница должна быть профессиональной.",
    APP_SECRET: "Нужен, только если Instagram присылает события (Webhook): приложение → Настройки → Основное.",
}


# --- What each error of Instagram means for an act, and what it says to people
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
_NO_SUCH_OBJECT = (100, 33)  # code and subcode of what does not exist, or is not this page's to see


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


# --- Calls of Instagram: the key, its turn, and the answer or what is wrong with it
class Client(page.PageClient):
    """Instagram for one page. The key travels in a header."""

    def do(self, verb: str, path: str, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already."""
        return self.once(act, lambda: self._call(verb, path, data=transport.form_values(parameters)))

    def read(self, path: str, /, **parameters: Any) -> Mapping[str, Any]:
        """A reading: what fails for the moment is tried again, a few times."""
        answer = tried_again(lambda: self._call("GET", path, params=transport.form_values(parameters)))
        return answer if isinstance(answer, Mapping) else {}

    def renewed(self) -> tuple[str, int]:
        """Another key for this one, and the seconds for which it is good. It must be a day old."""
        answer = self._call("GET", "refresh_access_token", params={"grant_type": "ig_refresh_token"}, version="")
        key, seconds = (
            (answer.get("access_token"), answer.get("expires_in")) if isinstance(answer, Mapping) else ("", 0)
        )
        if not isinstance(key, str) or not key or not isinstance(seconds, int) or seconds <= 0:
            raise NetworkError("Instagram не продлил ключ.", Fault.TEMPORARY)
        return key, seconds

    def _call(self, verb: str, path: str, *, version: str = f"/{VERSION}", **given: Any) -> Any:
        token = self.page.keys.get(TOKEN, "")
        if not token:
            raise NetworkError(f"Для этого нужен {KEY_WORDS[TOKEN]}.", Fault.RIGHTS)
        self._wait_turn(token, PER_SECOND)
        url = f"{self.page.base}{version}/{path}"
        answer = self._transport.ask_json(verb, url, headers={"Authorization": f"Bearer {token}"}, **given)
        error = answer.get("error") if isinstance(answer, Mapping) else None
        if isinstance(error, Mapping):
            raise refused(error)
        return answer
