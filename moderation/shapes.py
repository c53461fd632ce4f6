"""Shapes of tokens that are not plain words: punctuation, numbers and money, links, messenger handles."""

from __future__ import annotations

import re

from .word import (
    BAD_LINK,
    BRACKET,
    BREAK,
    END,
    EXCLAIM,
    LINK,
    MESSENGER,
    MONEY,
    QUOTE,
    SHORTENER,
    SIGN,
)

_ENDS = ".!?…\n"
_BREAKS = ",;:—–-()"
_QUOTES = '«»"“”„'
_DOMAIN = re.compile(
    r"(?:https?:/{1,2}|www\.)\S+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:ru|su|com|net|org|info|biz|online|site|shop|store|top|xyz|club|fun"
    r"|click|pro|me|io|link|live|bet|win|vip|space|website|icu|tk|ml|cc|ly|do|gl|gd|app|bot|dev|tv|ua|by|kz|uz|de|eu|us|uk|cn|example|one"
    r"|host|world|life|best|work|today|market|money|cash|loan|casino|game|games|ltd|group|company|agency|blog|page|gg|to|ws|pw|mobi|name|gift|cam|sbs|cyou|lol|buzz|rest|bond|quest|fit|ink|help|plus|promo|vin|porn|sex|date|art|top|cfd|network|finance|trade|bid|stream|download|digital|expert|guru|media)"
    r"(?:[/:]\S*)?|(?:[а-я0-9](?:[а-я0-9-]*[а-я0-9])?\.)+(?:рф|онлайн|сайт)(?:/\S*)?"
)
_SHORTENERS = re.compile(
    r"(?:https?:/{1,2})?(?:www\.)?(?:bit\.(?:ly|do)|clck\.(?:ru|su)|vk\.cc|goo\.gl|tinyurl\.com|is\.gd|ow\.ly|cutt\.ly|t\.co|u\.to|qps\.ru|goo\.su|rb\.gy|shorturl\.at|surl\.li)"
)
_MESSENGERS = re.compile(
    r"(?:https?:/{1,2})?(?:www\.)?(?:t\.me|telegram\.(?:me|org|im)|wa\.me|chat\.whatsapp\.com|viber\.click|tg\.link|discord\.gg)"
)
_BAD_ZONES = re.compile(
    r"\.(?:top|xyz|click|fun|bet|win|vip|icu|tk|ml|casino|loan|cash|club|online|site|store|shop|space|live|website|pw|ws|host|gift|cam|sbs|cyou|lol|buzz|rest|bond|quest|fit|money|market|game|games|link|best|help|promo|porn|sex|date|cfd|finance|trade|bid|stream|download|today|work|life|world|ru\.com)(?:[/:]|$)"
)
_BEFORE_HOST = re.compile(r"^(?:https?:/*)?(?:www\.)?")
HANDLE_NAME = re.compile(r"@[a-z0-9][a-z0-9_.]{2,}")
_CURRENCY = r"(?:руб(?:лей|ля)?|р|usdt?|eur|грн|баксов|[$₽€])"
SUM = re.compile(rf"\d[\d.,]*+(?:(?:тыс|тр|млн|[кkт])\.?{_CURRENCY}?|{_CURRENCY})\.?|[$₽€]\d[\d.,]*[кk]?")
FIGURE = re.compile(r"[-+№#]?\d[\d.,:/xх*-]*(?:[-.]?[а-яa-z²³]{1,4}\.?)?")


def sign_shape(token: str) -> int:
    """Bits of one punctuation mark or symbol."""
    mask = SIGN
    for signs, bit in _SIGNS:
        if token in signs:
            mask |= bit
    return mask


_SIGNS = (
    (_ENDS, END),
    (_BREAKS, BREAK),
    (_QUOTES, QUOTE),
    ("!", EXCLAIM),
    ("[", BRACKET),
    ("$₽€", MONEY),
)


def link_shape(token: str) -> tuple[int, tuple[str, ...]]:
    """Bits of an address and the names of its host, longest first; 0 if it is no address."""
    if not _DOMAIN.match(token):
        return 0, ()
    mask = LINK
    if _SHORTENERS.match(token):
        mask |= SHORTENER
    elif _MESSENGERS.match(token):
        mask |= MESSENGER
    elif _BAD_ZONES.search(token):
        mask |= BAD_LINK
    host = _BEFORE_HOST.sub("", token).split("/")[0].split(":")[0]
    labels = host.split(".")
    return mask, tuple(".".join(labels[i:]) for i in range(len(labels) - 1))
