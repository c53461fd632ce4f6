"""Calls of Instagram: the key, its turn, and the answer or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osm.connectors.contract import Page, WaitTurn
from osm.connectors.failures import tried_again
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.instagram.capabilities import KEY_WORDS, TOKEN
from osm.connectors.instagram.errors import meaning_of, refused
from osm.connectors.instagram.limits import PER_SECOND, VERSION
from osm.connectors.transport import Transport, form_values
from osm.connectors.ways import Act
from osm.numbers import whole


class Client:
    """Instagram for one page. The key travels in a header."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self.page = page
        self._wait_turn = wait_turn
        self._transport = transport or Transport()

    @property
    def has_key(self) -> bool:
        return bool(self.page.keys.get(TOKEN))

    def do(self, verb: str, path: str, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already."""
        try:
            return self._call(verb, path, data=form_values(parameters))
        except NetworkError as error:
            code, _, subcode = error.code.partition("/")
            known = whole(code)
            if known is not None and act in meaning_of(known, whole(subcode) or 0).done:
                return None
            raise

    def read(self, path: str, /, **parameters: Any) -> Mapping[str, Any]:
        """A reading: what fails for the moment is tried again, a few times."""
        answer = tried_again(lambda: self._call("GET", path, params=form_values(parameters)))
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
