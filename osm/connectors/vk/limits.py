"""How often and how much VK may be asked, and where its addresses lie (dev.vk.com, API 5.199)."""

from __future__ import annotations

VERSION = "5.199"
BASE = "https://api.vk.ru"
HOSTS = ("vk.com", "vk.ru", "userapi.com", "vkuser.net", "vk-cdn.net")
"""Where long-poll servers, upload servers and pictures lie."""

PER_SECOND = {"community": 20.0, "user": 3.0, "service": 3.0}
"""Requests with one key; more ends in error 6."""
COMMENTS_AT_ONCE = 100
POSTS_LOOKED_THROUGH = 30
"""Of a wall after a gap: under older posts hardly anybody writes."""
LOOK_EVERY = 1800
"""Seconds between two looks through the last posts of a page that VK tells of by calls."""
POSTS_AT_ONCE = 100
"""Of a wall, to see what was published lately."""
PAGES_OF_POSTS = 20
"""Of a hundred each: VK takes fifty posts a day."""
PAGES_OF_COMMENTS = 50
"""Of a hundred each, under one post."""
