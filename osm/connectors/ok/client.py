"""Calls of OK: the signature, the turn of the key, and the answer or what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from osm.connectors.contract import Page, Picture, WaitTurn
from osm.connectors.failures import tried_again
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ok.capabilities import APPLICATION, BOT, KEY_WORDS, SECRET, TOKEN
from osm.connectors.ok.errors import code_of, meaning_of, refused
from osm.connectors.ok.limits import HOSTS, PER_SECOND
from osm.connectors.transport import Transport, is_ours_to_fetch
from osm.connectors.ways import Act
from osm.numbers import whole


class Client:
    """OK for one page. Keys travel in the body; those of the Bot API in the address, where alone OK takes them."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self.page = page
        self._wait_turn = wait_turn
        self._transport = transport or Transport()

    def has(self, key: str) -> bool:
        return bool(self.page.keys.get(key))

    def do(self, method: str, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already."""
        try:
            return self._call(method, parameters)
        except NetworkError as error:
            if (code := whole(error.code)) is not None and act in meaning_of(code).done:
                return None
            raise

    def read(self, method: str, /, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        return tried_again(lambda: self._call(method, parameters))

    def read_messages(self, path: str, /, **parameters: Any) -> Any:
        """A reading of the Bot API."""
        return tried_again(lambda: self._graph("GET", path, parameters))

    def send_message(self, path: str, message: Mapping[str, Any]) -> Any:
        """One message of the Bot API, tried once."""
        return self._graph("POST", path, {}, json=message)

    def upload(self, server: str, picture: Picture) -> Any:
        """Give a photo to an upload server that OK has named."""
        if not is_ours_to_fetch(server, HOSTS, self.page.base):
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
