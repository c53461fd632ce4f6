"""Asks VK, and knows what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from osm.connectors.faults import Fault, Meaning, NetworkError, tried_again
from osm.connectors.page import PageClient
from osm.connectors.transport import form_values, is_ours_to_fetch
from osm.connectors.vk.capabilities import HOSTS, PER_SECOND, VERSION
from osm.connectors.ways import Act, Way, key_for

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


# --- Calls of VK's methods: the right key, its turn, and the answer or what is wrong with it
class Client(PageClient):
    """VK for one page. Keys travel in a header, so that no address and no log holds them."""

    @property
    def keys(self) -> Mapping[str, str]:
        return self.page.keys

    @property
    def owner(self) -> str:
        """The page as VK names the owner of a wall."""
        return f"-{self.page.id}"

    def do(self, way: Way, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already, not banned any more."""
        key = key_for(way, self.keys)
        return self.once(act, lambda: self._call(way.method, key, parameters))

    def read(self, method: str, keys: tuple[str, ...], /, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        key = key_for(Way(method, keys), self.keys)
        return tried_again(lambda: self._call(method, key, parameters))

    def poll(self, server: str, wait: int, parameters: Mapping[str, Any]) -> Any:
        """Ask a long-poll server that VK has named."""
        self._check_host(server)
        return self._transport.ask_json("GET", server, wait=wait, params=form_values(parameters))

    def upload(self, server: str, field: str, filename: str, content: bytes, content_type: str) -> Any:
        """Give a file to an upload server that VK has named."""
        self._check_host(server)
        return self._transport.ask_json("POST", server, files={field: (filename, content, content_type)})

    def _call(self, method: str, key: str, parameters: Mapping[str, Any]) -> Any:
        token = self.keys.get(key, "")
        self._wait_turn(token, PER_SECOND[key])
        answer = self._transport.ask_json(
            "POST",
            f"{self.page.base}/method/{method}",
            data=form_values({**parameters, "v": VERSION}),
            headers={"Authorization": f"Bearer {token}"},
        )
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            raise refused(answer["error"])
        if not isinstance(answer, dict) or "response" not in answer:
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY, unclear=True)
        return answer["response"]

    def _check_host(self, url: str) -> None:
        if not is_ours_to_fetch(url, HOSTS, self.page.base):
            host = urlsplit(url).hostname or "неизвестный адрес"
            raise NetworkError(f"ВКонтакте назвала чужой адрес ({host[:100]}), он не открыт.", Fault.TEMPORARY)
