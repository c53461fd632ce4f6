"""Which method of Instagram serves an act upon what people write; what is not in the table is done by hand.

Instagram corrects and restores nothing and blocks nobody by a program.
"""

from __future__ import annotations

from osm.connectors.ways import Act, Kind, Way, Ways

TOKEN = "access_token"  # noqa: S105  # the name of a key

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): Way("GET media/comments", (TOKEN,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("GET comment", (TOKEN,)),
    (Kind.COMMENT, Act.REPLY): Way("POST comment/replies", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("DELETE comment", (TOKEN,)),
}
KEY_WORDS = {TOKEN: "ключ доступа"}
WHERE_TO_GET = {
    TOKEN: "Приложение на developers.facebook.com с правами instagram_business_basic и "
    "instagram_business_manage_comments; страница должна быть профессиональной.",
}
