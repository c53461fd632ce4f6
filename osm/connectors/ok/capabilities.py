"""What Одноклассники lets a program do, with which key, and its limits."""

from __future__ import annotations

from osm.connectors.contract import Target
from osm.connectors.ways import Act, Kind, Way, Ways

# --- How often and how much OK may be asked, and where its addresses lie (apiok.ru)
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


# --- Which method and which key of OK serve an act upon what people write; what is not in the table is done by hand
APPLICATION, SECRET, TOKEN, BOT = "application_key", "application_secret", "access_token", "bot_token"

_SEES = Way("discussions.getComments", (TOKEN,))
TYPES: dict[Kind, str] = {
    Kind.COMMENT: "GROUP_TOPIC",
    Kind.PHOTO_COMMENT: "GROUP_PHOTO",
    Kind.VIDEO_COMMENT: "GROUP_MOVIE",
}
"""Kind → how OK calls the discussion that it stands in."""
KINDS = {name: kind for kind, name in TYPES.items()}

WAYS: Ways = {
    **{
        (kind, act): way
        for kind in TYPES
        for act, way in (
            (Act.READ, _SEES),
            (Act.LOOK_UP, _SEES),
            (Act.REPLY, Way("discussions.addDiscussionComment", (TOKEN,))),
            (Act.EDIT, Way("discussions.editDiscussionComment", (TOKEN,))),
            (Act.DELETE, Way("discussions.deleteDiscussionComment", (TOKEN,))),
        )
    },
    (Kind.POST, Act.POST): Way("mediatopic.post", (TOKEN,)),
    (Kind.POST, Act.LOOK_UP): Way("group.getStatTopics", (TOKEN,)),
    (Kind.COMMUNITY_MESSAGE, Act.READ): Way("me/chats", (BOT,)),
    (Kind.COMMUNITY_MESSAGE, Act.LOOK_UP): Way("me/messages", (BOT,)),
    (Kind.COMMUNITY_MESSAGE, Act.REPLY): Way("me/messages", (BOT,)),
}


def place_of(target: Target) -> dict[str, str]:
    """Its place, as the methods of discussions want it."""
    return {"discussionId": target.place, "discussionType": TYPES[target.kind]}


KEY_WORDS = {
    APPLICATION: "публичный ключ приложения",
    SECRET: "секретный ключ приложения",
    TOKEN: "ключ администратора",
    BOT: "ключ сообщений группы",
}
WHERE_TO_GET = {
    APPLICATION: "Из письма Одноклассников о приложении; apiok.ru → «Мои приложения».",
    SECRET: "Из того же письма; показывается и в настройках приложения.",
    TOKEN: "Вечный access_token администратора группы с правами VALUABLE_ACCESS и GROUP_CONTENT: настройки приложения.",
    BOT: "Группа → Настройки → Сообщения → «Получить ключ доступа».",
}
