"""What Instagram lets a program do, with which key, and its limits."""

from __future__ import annotations

from osm.connectors.contract import PerHour
from osm.connectors.ways import Act, Kind, Way, Ways

# --- How often and how much Instagram may be asked, and where its addresses lie (developers.facebook.com)
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
"""Who connects a page has read this, after how the network is restricted (`networks/catalogue.py`)."""


# --- Which method of Instagram serves an act upon what people write; what is not in the table is done by hand
TOKEN, APP_SECRET = "access_token", "app_secret"

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): Way("GET media/comments", (TOKEN,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("GET comment", (TOKEN,)),
    (Kind.COMMENT, Act.REPLY): Way("POST comment/replies", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("DELETE comment", (TOKEN,)),
    (Kind.COMMENT, Act.HIDE): Way("POST comment hide=true", (TOKEN,)),
    (Kind.COMMENT, Act.SHOW): Way("POST comment hide=false", (TOKEN,)),
}
KEY_WORDS = {TOKEN: "ключ доступа", APP_SECRET: "секрет приложения"}
WHERE_TO_GET = {
    TOKEN: "Приложение на developers.facebook.com с правами instagram_business_basic и "
    "instagram_business_manage_comments; страница должна быть профессиональной.",
    APP_SECRET: "Нужен, только если Instagram присылает события (Webhook): приложение → Настройки → Основное.",
}
