"""Where the files of the site lie, seen from each other: on our own server, or in a folder of somebody else's site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PAGE, EMBED, FRAGMENT = "accounts.html", "accounts-embed.html", "accounts-fragment.html"
JSON, SCHEMA, CSV, ATOM = "accounts.json", "accounts.schema.json", "accounts.csv", "accounts.atom"
STYLE = "accounts.css"
OPEN_DATA = "opendata"
LIST = f"{OPEN_DATA}/list.csv"
PASSPORT = f"{OPEN_DATA}/index.html"


@dataclass(frozen=True, slots=True)
class Places:
    """`base`: what stands before every name to make it a whole address; empty where nobody has said.

    On our server it is scheme and host, of a folder the address of the folder with its slash.
    `own`: names that have an address of their own on our server, from its root on.
    """

    base: str = ""
    root: str = ""
    """The folder of the set on our server, «/public/»; empty: the links are from file to file."""
    own: Mapping[str, str] = field(default_factory=dict)

    def full(self, name: str) -> str:
        """The whole address, as far as it is known."""
        return self.base + (self._rooted(name) if self.root else name)

    def beside(self, name: str, where: str) -> str:
        """The address as a link in the file `where` of the same set."""
        return self._rooted(name) if self.root else "../" * where.count("/") + name

    def _rooted(self, name: str) -> str:
        return self.own.get(name, self.root + name)
