"""Calls of VK's methods: the right key, its turn, and the answer or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from osm.connectors.contract import Page, WaitTurn
from osm.connectors.failures import tried_again
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.transport import Transport, form_values, is_ours_to_fetch
from osm.connectors.vk.errors import meaning_of, refused
from osm.connectors.vk.limits import HOSTS, PER_SECOND, VERSION
from osm.connectors.ways import Act, Way, key_for
from osm.numbers import whole


class Client:
    """VK for one page. Keys travel in a header, so that no address and no log holds them."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self.page = page
        self._wait_turn = wait_turn
        self._transport = transport or Transport()

    @property
    def keys(self) -> Mapping[str, str]:
        return self.page.keys

    @property
    def owner(self) -> str:
        """The page as VK names the owner of a wall."""
        return f"-{self.page.id}"

    def do(self, way: Way, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already, not banned any more."""
        try:
            return self._call(way.method, key_for(way, self.keys), parameters)
        except NetworkError as error:
            if (code := whole(error.code)) is not None and act in meaning_of(code).done:
                return None
            raise

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
