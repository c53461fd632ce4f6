"""What a browser says of itself, in words: «Firefox, Windows»."""

from __future__ import annotations

from collections.abc import Iterable

UNKNOWN = "браузер неизвестен"

#: What stands in the User-Agent → the name. The first that fits: most of them claim to be Chrome and Safari as well.
_BROWSERS = (
    ("YaBrowser/", "Яндекс Браузер"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> str:
    """The browser and the system, as far as they can be told."""
    names = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(filter(None, names)) or UNKNOWN


def _first(text: str, table: Iterable[tuple[str, str]]) -> str:
    return next((name for sign, name in table if sign in text), "")
