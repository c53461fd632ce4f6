"""How often and how much Instagram may be asked, and where its addresses lie (developers.facebook.com)."""

from __future__ import annotations

from osm.connectors.contract import PerHour

BASE = "https://graph.instagram.com"
VERSION = "v22.0"
HOSTS = ("cdninstagram.com", "fbcdn.net")
"""Where its pictures lie."""

PER_SECOND = 1.0
READING, ACTING = PerHour(at_once=50, more=68), PerHour(at_once=40, more=38)
"""Requests of one account: Meta allows 200 in any hour. Acts take from both, reading from its own alone."""
POLL_EVERY = 100
"""Seconds between two looks: each takes two requests or more."""
LOOK_EVERY = 600
"""The same, where Instagram tells of new comments itself: deletions are told by nobody."""
MEDIA = 15
"""Posts that are looked at, the newest: under older ones hardly anybody writes."""
COMMENTS_AT_ONCE = 50
PAGES_OF_COMMENTS = 10
LONGEST_COMMENT = 2200
"""Characters of an answer."""

WARNING = (
    "Реклама в Instagram наказуема с 01.09.2025. Подключайте страницу, только если руководство решило её вести: "
    "например, чтобы увидеть и закрыть то, что на ней осталось."
)
"""Who connects a page has read this, after how the network is restricted (`networks/restrictions.py`)."""
