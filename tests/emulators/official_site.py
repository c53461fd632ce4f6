"""The office's official site on another port, so another origin: one page that shows the register in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from tests.emulators.serving import Answer, Asked, Serving, served

_PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Официальный сайт</title></head>
<body><h1>Официальный сайт округа</h1>
<iframe src="{register}" title="Официальные страницы в социальных сетях" width="100%" height="700"></iframe>
</body></html>"""


@contextmanager
def official_site(register: str) -> Iterator[str]:
    """The site's address; `register` is the address in the frame."""

    def answer(_asked: Asked) -> Answer:
        return Answer(_PAGE.format(register=escape(register)))

    with served(Serving(answer)) as site:
        yield site.base
