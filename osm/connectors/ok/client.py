"""Asks Одноклассники: what it lets a program do, with which key, how often; what its refusals mean."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from osm.connectors import contract, transport
from osm.connectors.contract import Act, Kind, Way, Ways
from osm.connectors.transport import Fault, Meaning, NetworkError, tried_again

# --- How often and how much OK may be asked, and where its addresses lie (apiok.ru)
BASE = "https://api.ok.ru"
HOSTS = ("ok.ru", "mycdn.me", "okcdn.ru")  # where its pictures lie

PER_SECOND = 3.0  # Requests with one key. OK names no rate; so many it has always borne.
POLL_EVERY = 20
"""Seconds between two looks: OK tells of nothing by itself, and a comment is to come in within a minute."""
TOPICS = 30  # discussions that are looked at, the most recently alive: under older posts hardly anybody writes
CHATS = 20
COMMENTS_AT_ONCE = 100
TOPICS_AT_ONCE = 50  # posts of the group that are looked through for one of ours
PAGES_OF_COMMENTS = 20  # of a hundred each, under one post
LONGEST_COMMENT = 3000  # characters of an answer


# --- Which method and which key of OK serve an act upon what people write; what is not in the table is done by hand
APPLICATION, SECRET, TOKEN, BOT = "application_key", "application_secret", "access_token", "bot_token"

_SEES = Way("discussions.getComments", (TOKEN,))
TYPES: dict[Kind, str] = {
    Kind.COMMENT: "GROUP_TOPIC",
    Kind.PHOTO_COMMENT: "GROUP_PHOTO",
    Kind.VIDEO_COMMENT: "GROUP_MOVIE",
}
"""Kind → how OK calls the discussion that it stands in."""
KINDS = {name: kind for kind, name in TYPES.items()}

WAYS: Ways = {
    **{
        (kind, act): way
        for kind in TYPES
        for act, way in (
            (Act.READ, _SEES),
            (Act.LOOK_UP, _SEES),
            (Act.REPLY, Way("discussions.addDiscussionComment", (TOKEN,))),
            (Act.EDIT, Way("discussions.editDiscussionComment", (TOKEN,))),
            (Act.DELETE, Way("discussions.deleteDiscussionComment", (TOKEN,))),
        )
    },
    (Kind.POST, Act.POST): Way("mediatopic.post", (TOKEN,)),
    (Kind.POST, Act.LOOK_UP): Way("group.getStatTopics", (TOKEN,)),
    (Kind.COMMUNITY_MESSAGE, Act.READ): Way("me/chats", (BOT,)),
    (Kind.COMMUNITY_MESSAGE, Act.LOOK_UP): Way("me/messages", (BOT,)),
    (Kind.COMMUNITY_MESSAGE, Act.REPLY): Way("me/messages", (BOT,)),
}


def place_of(target: contract.Target) -> dict[str, str]:
    """Its place, as the methods of discussions want it."""
    return {"discussionId": target.place, "discussionType": TYPES[target.kind]}


KEY_WORDS = {
    APPLICATION: "публичный ключ приложения",
    SECRET: "секретный ключ приложения",
    TOKEN: "ключ администратора",
    BOT: "ключ сообщений группы",
}
WHERE_TO_GET = {
    APPLICATION: "Из письма Одноклассников о приложении; apiok.ru → «Мои приложения».",
    SECRET: "Из того же письма; показывается и в настройках приложения.",
    TOKEN: "Вечный access_token администратора группы с правами VALUABLE_ACCESS и GROUP_CONTENT: настройки приложения.",
    BOT: "Группа → Настройки → Сообщения → «Получить ключ доступа».",
}


# --- What each error of OK means for an act, and what it says to people
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


# --- Calls of OK: the signature, the turn of the key, and the answer or what is wrong with it
class Client(transport.PageClient):
    """OK for one page. Keys travel in the body; those of the Bot API in the address, where alone OK takes them."""

    def do(self, method: str, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already."""
        return self.once(act, lambda: self._call(method, parameters))

    def read(self, method: str, /, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        return tried_again(lambda: self._call(method, parameters))

    def read_messages(self, path: str, /, **parameters: Any) -> Any:
        return tried_again(lambda: self._graph("GET", path, parameters))

    def send_message(self, path: str, message: Mapping[str, Any]) -> Any:
        """One message of the Bot API, tried once."""
        return self._graph("POST", path, {}, json=message)

    def upload(self, server: str, picture: contract.Picture) -> Any:
        if not transport.is_ours_to_fetch(server, HOSTS, self.page.base):
            raise NetworkError("Одноклассники назвали чужой адрес, он не открыт.", Fault.TEMPORARY)
        files = {"pic1": (picture.filename, picture.content, picture.content_type)}
        return _answered(self._transport.ask_json("POST", server, files=files))

    def _call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        keys = self.page.keys
        lacks = next((name for name in (APPLICATION, SECRET, TOKEN) if not keys.get(name)), None)
        if lacks:
            raise NetworkError(f"Для этого нужен ещё {KEY_WORDS[lacks]}.", Fault.RIGHTS)
        named = {"method": method, "application_key": keys[APPLICATION], "format": "json"}
        given = named | {name: written(value) for name, value in parameters.items() if value is not None}
        sig = signature(given, keys[TOKEN], keys[SECRET])
        form = {name: value for name, value in given.items() if name != "method"}
        self._wait_turn(keys[TOKEN], PER_SECOND)
        return _answered(
            self._transport.ask_json(
                "POST",
                f"{self.page.base}/fb.do",
                params={"method": method},
                data={**form, "sig": sig, "access_token": keys[TOKEN]},
            )
        )

    def _graph(self, verb: str, path: str, parameters: Mapping[str, Any], **given: Any) -> Any:
        token = self.page.keys.get(BOT, "")
        self._wait_turn(token, PER_SECOND)
        asked = {name: written(value) for name, value in parameters.items() if value is not None}
        if "json" in given:
            given["headers"] = {"Content-Type": "application/json;charset=utf-8"}
        url = f"{self.page.base}/graph/{quote(path, safe='/:')}"
        return _answered(self._transport.ask_json(verb, url, params={**asked, "access_token": token}, **given))


def signature(parameters: Mapping[str, str], token: str, secret: str) -> str:
    """OK's mark of a call: the parameters as they are, not encoded, in the order of their names, and the session's
    secret, which the token and the application make."""
    session = _md5(token + secret)
    return _md5("".join(f"{name}={parameters[name]}" for name in sorted(parameters)) + session)


def written(value: Any) -> str:
    """A parameter as OK takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _answered(answer: Any) -> Any:
    code = code_of(answer)
    if code is not None:
        raise refused(code, answer)
    return answer


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
