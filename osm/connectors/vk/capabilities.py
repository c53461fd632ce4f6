"""What VK lets a program do, with which key, and its limits."""

from __future__ import annotations

from osm.connectors.contract import Target
from osm.connectors.ways import Act, Kind, Way, Ways

# --- How often and how much VK may be asked, and where its addresses lie (dev.vk.com, API 5.199)
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


# --- Which method and which key of VK serve an act upon what people write; what is not in the table is done by hand
COMMUNITY, USER, SERVICE = "community", "user", "service"
READERS = (SERVICE, USER)
"""Keys that see walls; a community's own key does not."""

LONG_POLL = Way("groups.getLongPollServer", (COMMUNITY,))

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): LONG_POLL,
    (Kind.COMMENT, Act.REPLY): Way("wall.createComment", (COMMUNITY, USER)),
    (Kind.COMMENT, Act.EDIT): Way("wall.editComment", (USER,)),
    (Kind.COMMENT, Act.DELETE): Way("wall.deleteComment", (USER,)),
    (Kind.COMMENT, Act.RESTORE): Way("wall.restoreComment", (USER,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("wall.getComments", READERS),
    (Kind.COMMUNITY_MESSAGE, Act.READ): LONG_POLL,
    (Kind.COMMUNITY_MESSAGE, Act.REPLY): Way("messages.send", (COMMUNITY,)),
    (Kind.COMMUNITY_MESSAGE, Act.EDIT): Way("messages.edit", (COMMUNITY,)),
    (Kind.COMMUNITY_MESSAGE, Act.LOOK_UP): Way("messages.getHistory", (COMMUNITY,)),
    (Kind.SUGGESTED_POST, Act.READ): LONG_POLL,
    (Kind.SUGGESTED_POST, Act.DELETE): Way("wall.delete", (USER,)),
    (Kind.SUGGESTED_POST, Act.LOOK_UP): Way("wall.getById", (USER,)),
    (Kind.DISCUSSION, Act.READ): LONG_POLL,
    (Kind.DISCUSSION, Act.REPLY): Way("board.createComment", (USER,)),
    (Kind.DISCUSSION, Act.EDIT): Way("board.editComment", (USER,)),
    (Kind.DISCUSSION, Act.DELETE): Way("board.deleteComment", (COMMUNITY, USER)),
    (Kind.DISCUSSION, Act.RESTORE): Way("board.restoreComment", (COMMUNITY, USER)),
    (Kind.DISCUSSION, Act.LOOK_UP): Way("board.getComments", READERS),
    (Kind.PHOTO_COMMENT, Act.READ): LONG_POLL,
    (Kind.PHOTO_COMMENT, Act.REPLY): Way("photos.createComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.EDIT): Way("photos.editComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.DELETE): Way("photos.deleteComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.RESTORE): Way("photos.restoreComment", (USER,)),
    (Kind.PHOTO_COMMENT, Act.LOOK_UP): Way("photos.getComments", (USER,)),
    (Kind.VIDEO_COMMENT, Act.READ): LONG_POLL,
    (Kind.VIDEO_COMMENT, Act.REPLY): Way("video.createComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.EDIT): Way("video.editComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.DELETE): Way("video.deleteComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.RESTORE): Way("video.restoreComment", (USER,)),
    (Kind.VIDEO_COMMENT, Act.LOOK_UP): Way("video.getComments", (USER,)),
    (Kind.POST, Act.POST): Way("wall.post", (USER,)),
    (Kind.POST, Act.LOOK_UP): Way("wall.get", READERS),
    **{(kind, Act.BAN): Way("groups.ban", (USER,)) for kind in Kind},
    **{(kind, Act.UNBAN): Way("groups.unban", (USER,)) for kind in Kind},
}

PLACES: dict[Kind, tuple[str, str]] = {
    Kind.COMMENT: ("owner_id", "post_id"),
    Kind.DISCUSSION: ("group_id", "topic_id"),
    Kind.PHOTO_COMMENT: ("owner_id", "photo_id"),
    Kind.VIDEO_COMMENT: ("owner_id", "video_id"),
}
"""Kind → how its methods name whose place it is, and the place."""


def place_of(target: Target, page_id: str) -> dict[str, str]:
    """Its place, as the methods of its kind want it."""
    whose, where = PLACES[target.kind]
    return {whose: page_id if whose == "group_id" else target.owner, where: target.place}


KEY_WORDS = {COMMUNITY: "ключ сообщества", USER: "ключ администратора", SERVICE: "сервисный ключ"}
WHERE_TO_GET = {
    COMMUNITY: "Управление сообществом → Работа с API → Ключи доступа: комментарии к записям, сообщения, фотографии.",
    USER: "Ключ администратора сообщества с правами «Стена» и «Сообщества»: приложение VK ID, проверенное для бизнеса.",
    SERVICE: "Приложение на dev.vk.com → Настройки → Сервисный ключ доступа.",
}

BAN_REASONS = {"spam": 1, "ad": 1, "insult": 2, "profanity": 3}
"""Our ground → VK's reason of a ban; every other is 0, «other»."""
