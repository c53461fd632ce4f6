"""How often and how much OK may be asked, and where its addresses lie (apiok.ru)."""

from __future__ import annotations

BASE = "https://api.ok.ru"
HOSTS = ("ok.ru", "mycdn.me", "okcdn.ru")
"""Where its pictures lie."""

PER_SECOND = 3.0
"""Requests with one key. OK names no rate; so many it has always borne."""
POLL_EVERY = 20
"""Seconds between two looks: OK tells of nothing by itself, and a comment is to come in within a minute."""
TOPICS = 30
"""Discussions that are looked at, the most recently alive: under older posts hardly anybody writes."""
CHATS = 20
COMMENTS_AT_ONCE = 100
TOPICS_AT_ONCE = 50
"""Posts of the group that are looked through for one of ours."""
PAGES_OF_COMMENTS = 20
"""Of a hundred each, under one post."""
LONGEST_COMMENT = 3000
"""Characters of an answer."""
