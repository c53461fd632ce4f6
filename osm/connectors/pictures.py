"""A picture of a comment is fetched as evidence: from the connector's hosts alone, bounded in size and time."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from osm.connectors.faults import Fault, NetworkError
from osm.connectors.transport import Transport, is_ours_to_fetch

SECONDS = 15
"""For one picture, however slowly it drips."""


def fetch_picture(url: str, hosts: tuple[str, ...], base: str) -> bytes:
    """The picture as it lies there; at most one redirect, within the same host.

    NetworkError, TEMPORARY where another try may have it.
    """
    transport = Transport(whole=SECONDS)
    for _ in range(2):
        if not is_ours_to_fetch(url, hosts, base):
            raise NetworkError("Изображение лежит не на сервере соцсети: не сохранено.", Fault.PERMANENT)
        status, headers, body = transport.ask_whole("GET", url)
        if status == 200 and body:
            return body
        if status not in (301, 302, 303, 307, 308):
            break
        there = urljoin(url, headers.get("Location", ""))
        if urlsplit(there).netloc != urlsplit(url).netloc:
            break
        url = there
    fault = Fault.TEMPORARY if status == 429 or status >= 500 else Fault.PERMANENT
    raise NetworkError(f"Соцсеть не отдала изображение (ответ {status}).", fault)
