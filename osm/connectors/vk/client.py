"""Asks VK: what it lets a program do, with which key, how often; what its refusals mean."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from osm.connectors import contract, transport
from osm.connectors.contract import Act, Kind, Way, Ways, key_for
from osm.connectors.transport import Fault, Meaning, NetworkError, tried_again

# --- How often and how much VK may be asked, and where its addresses lie (dev.vk.com, API 5.199)
VERSION = "5.199"
BASE = "https://api.vk.ru"
HOSTS = ("vk.com", "vk.ru", "userapi.com", "vkuser.net", "vk-cdn.net")
"""Where long-poll servers, upload servers and pictures lie."""

PER_SECOND = {"community": 20.0, "user": 3.0, "service": 3.0}  # requests with one key; more ends in error 6
COMMENTS_AT_ONCE = 100
POSTS_LOOKED_THROUGH = 30  # of a wall after a gap: under older posts hardly anybody writes
LOOK_EVERY = 1800  # seconds between two looks through the last posts of a page whose events VK sends itself
POSTS_AT_ONCE = 100  # of a wall, to see what was published lately
PAGES_OF_POSTS = 20  # of a hundred each: VK takes fifty posts a day
PAGES_OF_COMMENTS = 50  # of a hundred each, under one post


# --- Which method and which key of VK serve an act upon what people write; what is not in the table is done by hand
COMMUNITY, USER, SERVICE = "community", "user", "service"
READERS = (SERVICE, USER)  # keys that see walls; a community's own key does not

LONG_POLL = Way("groups.getLongPollServer", (COMMUNITY,))

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): LONG_POLL,
    (Kind.COMMENT, Act.REPLY): Way("wall.createComment", (COMMUNITY, USER)),
    (Kind.COMMENT, Act.EDIT): Way("wall.editComment", (USER,)),
    (Kind.COMMENT, Act.DELETE): Way("wall.deleteComment", (USER,)),
    (Kind.COMMENT, Act.RESTORE): Way("wall.restoreComment", (USER,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("wall.getComments", READERS),
    (Kind.COMMUNITY_MESSAGE, Act.READ): LONG_POLL,
    (Kind.COMMUNITY_MESSAGE, Act.REPLY): Way("messages.send", (COMMUNITY,)),
    (Kind.COMMUNITY_MESSAGE, Act.EDIT): Way("messages.edit", (COMMUNITY,)),
    (Kind.COMMUNITY_MESSAGE, Act.LOOK_UP): Way("messages.getHistory", (COMMUNITY,)),
    (Kind.SUGGESTED_POST, Act.READ): LONG_POLL,
    (Kind.SUGGESTED_POST, Act.DELETE): Way("wall.delete", (USER,)),
    (Kind.SUGGESTED_POST, Act.LOOK_UP): Way("wall.getById", (USER,)),
    (Kind.DISCUSSION, Act.READ): LONG_POLL,
    (Kind.DISCUSSION, Act.REPLY): Way("board.createComment", (USER,)),
    (Kind.DISCUSSION, Act.EDIT): Way("board.editComment", (USER,)),
    (Kind.DISCUSSION, Act.DELETE): Way("board.deleteComment", (COMMUNITY, USER)),
    (Kind.DISCUSSION, Act.RESTORE): Way("board.restoreComment", (COMMUNITY, USER)),
    (Kind.DISCUSSION, Act.LOOK_UP): Way("board.getComments", READERS),
    (Kind.PHOTO_COMMENT, Act.READ): LONG_POLL,
    (Kind.PHOTO_COMMENT, Act.REPLY): Way("photos.createComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.EDIT): Way("photos.editComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.DELETE): Way("photos.deleteComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.RESTORE): Way("photos.restoreComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.LOOK_UP): Way("photos.getComments", (USER,)),
    (Kind.VIDEO_COMMENT, Act.READ): LONG_POLL,
    (Kind.VIDEO_COMMENT, Act.REPLY): Way("video.createComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.EDIT): Way("video.editComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.DELETE): Way("video.deleteComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.RESTORE): Way("video.restoreComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.LOOK_UP): Way("video.getComments", (USER,)),
    (Kind.POST, Act.POST): Way("wall.post", (USER,)),
    (Kind.POST, Act.LOOK_UP): Way("wall.get", READERS),
    **{(kind, Act.BAN): Way("groups.ban", (USER,)) for kind in Kind},
    **{(kind, Act.UNBAN): Way("groups.unban", (USER,)) for kind in Kind},
}

PLACES: dict[Kind, tuple[str, str]] = {
    Kind.COMMENT: ("owner_id", "post_id"),
    Kind.DISCUSSION: ("group_id", "topic_id"),
    Kind.PHOTO_COMMENT: ("owner_id", "photo_id"),
    Kind.VIDEO_COMMENT: ("owner_id", "video_id"),
}
"""Kind → how its methods name whose place it is, and the place."""


def place_of(target: contract.Target, page_id: str) -> dict[str, str]:
    """Its place, as the methods of its kind want it."""
    whose, where = PLACES[target.kind]
    return {whose: page_id if whose == "group_id" else target.owner, where: target.place}


KEY_WORDS = {COMMUNITY: "ключ сообщества", USER: "ключ администратора", SERVICE: "сервисный ключ"}
WHERE_TO_GET = {
    COMMUNITY: "Управление сообществом → Работа с API → Ключи доступа: комментарии к записям, сообщения, фотографии.",
    USER: "Ключ администратора сообщества с правами «Стена» и «Сообщества»: приложение VK ID, проверенное для бизнеса.",
    SERVICE: "Приложение на dev.vk.com → Настройки → Сервисный ключ доступа.",
}

BAN_REASONS = {"spam": 1, "ad": 1, "insult": 2, "profanity": 3}
"""Our ground → VK's reason of a ban; every other is 0, «other»."""


# --- What each error of VK means for an act, and what it says to people
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
    18: Meaning(Fault.PERMANENT, "Страница автора удалена или заблокирована.", done=frozenset({Act.BAN, Act.UNBAN})),
    24: Meaning(Fault.PERSON, _HAND),
    27: _KEY,
    28: _KEY,
    29: Meaning(Fault.PAUSE, "Дневной предел ВКонтакте для этого действия исчерпан.", pause=_HOURS),
    36: _INSIDE,
    100: _BAD,
    104: Meaning(Fault.PERMANENT, "Этого во ВКонтакте больше нет.", done=frozenset({Act.DELETE, Act.UNBAN})),
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


# --- Calls of VK's methods: the right key, its turn, and the answer or what is wrong with it
class Client(transport.PageClient):
    """VK for one page. Keys travel in a header, so that no address and no log holds them."""

    @property
    def keys(self) -> Mapping[str, str]:
        return self.page.keys

    @property
    def owner(self) -> str:
        return f"-{self.page.id}"

    def do(self, kind: Kind, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already, not banned any more."""
        way = self.way(WAYS, kind, act)
        key = key_for(way, self.keys)
        return self.once(act, lambda: self._call(way.method, key, parameters))

    def read(self, method: str, keys: tuple[str, ...], /, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        key = key_for(Way(method, keys), self.keys)
        return tried_again(lambda: self._call(method, key, parameters))

    def poll(self, server: str, wait: int, parameters: Mapping[str, Any]) -> Any:
        self._check_host(server)
        return self._transport.ask_json("GET", server, wait=wait, params=transport.form_values(parameters))

    def upload(self, server: str, field: str, filename: str, content: bytes, content_type: str) -> Any:
        self._check_host(server)
        return self._transport.ask_json("POST", server, files={field: (filename, content, content_type)})

    def _call(self, method: str, key: str, parameters: Mapping[str, Any]) -> Any:
        token = self.keys.get(key, "")
        self._wait_turn(token, PER_SECOND[key])
        answer = self._transport.ask_json(
            "POST",
            f"{self.page.base}/method/{method}",
            data=transport.form_values({**parameters, "v": VERSION}),
            headers={"Authorization": f"Bearer {token}"},
        )
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            raise refused(answer["error"])
        if not isinstance(answer, dict) or "response" not in answer:
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY, unclear=True)
        return answer["response"]

    def _check_host(self, url: str) -> None:
        if not transport.is_ours_to_fetch(url, HOSTS, self.page.base):
            host = urlsplit(url).hostname or "неизвестный адрес"
            raise NetworkError(f"ВКонтакте назвала чужой адрес ({host[:100]}), он не открыт.", Fault.TEMPORARY)
