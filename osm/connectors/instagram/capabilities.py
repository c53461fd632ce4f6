"""Which method of Instagram serves an act upon what people write; what is not in the table is done by hand.

Instagram corrects and restores nothing and blocks nobody by a program.
"""

from __future__ import annotations

from osm.connectors.ways import Act, Kind, Way, Ways

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
