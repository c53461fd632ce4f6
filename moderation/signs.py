"""Signs of a text for the model: words, shapes, roots."""

import re
from collections.abc import Iterable

from moderation.text import word
from moderation.text.morph import (
    ACCUSATIVE,
    ADJECTIVE,
    ANIMATE,
    FUTURE_1,
    IMPERATIVE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    PRESENT_1,
    SINGULAR_3,
    VERB,
)

# --- Shapes of tokens that are not plain words: punctuation, numbers and money, links, messenger handles
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
    mask = word.SIGN
    for signs, bit in _SIGNS:
        if token in signs:
            mask |= bit
    return mask


_SIGNS = (
    (_ENDS, word.END),
    (_BREAKS, word.BREAK),
    (_QUOTES, word.QUOTE),
    ("!", word.EXCLAIM),
    ("[", word.BRACKET),
    ("$₽€", word.MONEY),
)


def link_shape(token: str) -> tuple[int, tuple[str, ...]]:
    """Bits of an address and the names of its host, longest first; 0 if it is no address."""
    if not _DOMAIN.match(token):
        return 0, ()
    mask = word.LINK
    if _SHORTENERS.match(token):
        mask |= word.SHORTENER
    elif _MESSENGERS.match(token):
        mask |= word.MESSENGER
    elif _BAD_ZONES.search(token):
        mask |= word.BAD_LINK
    host = _BEFORE_HOST.sub("", token).split("/")[0].split(":")[0]
    labels = host.split(".")
    return mask, tuple(".".join(labels[i:]) for i in range(len(labels) - 1))


# --- Signs of a word for a learned model: dictionary form, grammar, parts, neighbours
FOLLOWS, KIND_FOLLOWS, TOGETHER = " > ", " >> ", " + "
BEGINNING, ENDING = "^", "$"  # of a row
PART, STRANGE = "/", "?/"  # before a part of a word; before one of an unknown word
# Lists that are signs: people, injuries, contempt.
TELLING = (
    "people.", "threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.punch", "threat.body",
    "threat.arson",
    "threat.building", "threat.face", "threat.weapon", "insult.strong", "insult.soft", "insult.form", "insult.stem",
    "insult.obscene", "insult.animal", "insult.adjective",
)  # fmt: skip
_FORMS = (
    (FUTURE_1, "сделаю"), (PRESENT_1, "делаю"), (PERSON_2, "сделаешь"), (PLURAL_3, "сделают"), (SINGULAR_3, "сделает"),
    (INFINITIVE, "делать"), (IMPERATIVE, "делай"), (PAST, "делал"),
)  # fmt: skip
_CASES = ((INSTRUMENTAL, "чем"), (NOMINATIVE, "кто"), (ACCUSATIVE, "кого"))
_SHAPES = (
    (word.NUMBER, "#число"), (word.MONEY, "#деньги"), (word.LINK, "#ссылка"), (word.HANDLE, "#ник"),
    (word.MIXED, "#смесь"), (word.ENGLISH, "#латиница"), (word.BAD_LINK, "#случайный сайт"),
    (word.SHORTENER, "#короткая ссылка"), (word.MESSENGER, "#мессенджер"), (word.PROFANE, "#брань"),
)  # fmt: skip
_THEMSELVES = frozenset(  # small words that are each a kind
    ["тебя", "тебе", "тобой", "меня", "мной", "него", "нему", "ними", "твой", "твоя", "твои", "твою", "твоего",
     "твоей", "твоих", "ваша", "ваше", "ваши", "вашу", "вашего", "вашей", "ваших", "вами", "нами", "если", "пока",
     "иначе", "чтоб", "чтобы", "только", "когда", "надо", "пора", "мало", "лучше", "всех", "этих", "таких", "этот",
     "этого", "этому", "пусть", "тому", "того", "будет", "будешь", "будете", "буду", "завтра", "скоро", "ночью",
     "вечером", "сами", "сама", "самого", "кто-то"]
)  # fmt: skip
_STOPS = frozenset(".,!?")
_SHORT = 3  # letters of a word that is a kind
_CYRILLIC = re.compile("[а-я]{3,}")
_LONGEST = 24  # letters that are split into parts
_PARTS = range(3, 6)  # letters of a part, including the edges


def shapes(mask: int) -> list[str]:
    return [name for bit, name in _SHAPES if mask & bit]


def kind(form: str, mask: int, grammar: int) -> str:
    """The kind of a word in a row: for a small word itself, for a verb its form, for a noun its case."""
    if mask & word.SIGN:
        return form if form in ".,!?:-—" else "знак"
    if len(form) <= _SHORT or grammar & PREPOSITION or form in _THEMSELVES:
        return form
    if grammar & (VERB | INFINITIVE):
        for bit, name in _FORMS:
            if grammar & bit:
                return name
    if grammar & NOUN and not grammar & ADJECTIVE:
        case = next((name for bit, name in _CASES if grammar & bit), "")
        return f"{'лицо' if grammar & ANIMATE else 'предмет'} {case}".rstrip()
    return "какой" if grammar & ADJECTIVE else "*"


def in_row(form: str, lemma: str, mask: int) -> str:
    if mask & word.SIGN:
        return form if form in _STOPS else "."
    if mask & (word.NUMBER | word.LINK | word.HANDLE):
        return shapes(mask)[-1]
    return "~" + lemma


def paired(form: str, lemma: str, lists: Iterable[str], its_kind: str) -> list[str]:
    """The signs of a word that count in pairs: people, time, action."""
    if form in _ASKED:
        return ["~" + form]
    found = ["~" + lemma] if lemma in _PAIRED else []
    if its_kind in _DEEDS:
        found.append(its_kind)
    for one in lists:
        found += ["@" + one, f"@{one}:{its_kind}"]
    return found


_ASKED = frozenset("?!")
_DEEDS = frozenset({"сделаю", "сделаешь", "сделают", "делай"})  # «тебе … сделаю», at any distance
_PAIRED = frozenset(
    ["ты", "вы", "твой", "ваш", "если", "еще", "не", "бы", "я", "мы", "они", "он", "надо", "пора", "пока", "кто", "сам",
     "ночь", "завтра", "скоро"]
)  # fmt: skip


def of_word(form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str], its_kind: str) -> list[str]:
    """All signs of one word; ``lists``: those of ``TELLING`` with the word; ``its_kind``: see ``kind``."""
    if mask & word.SIGN:
        return ["~" + form]
    found = shapes(mask)
    if mask & word.PROFANE:  # an obscene verb may threaten
        return [*found, f"#брань:{its_kind}", *[f"@{one}:{its_kind}" for one in lists]]
    name = in_row(form, lemma, mask)
    found.append(name)
    if grammar & (VERB | INFINITIVE):
        found.append(f"{name}:{its_kind}")
    for one in lists:
        found += ["@" + one, f"@{one}:{its_kind}"]
    # Not for words in a list of insults: the parts of «козёл» would also count for «козловой».
    if _CYRILLIC.fullmatch(form) and not any(one.startswith("insult.") for one in lists):
        edged = f"^{form[:_LONGEST]}$"
        parts = [edged[i : i + size] for size in _PARTS for i in range(len(edged) - size + 1)]
        found += [PART + part for part in parts]
        if mask & word.UNKNOWN:
            found += [STRANGE + part for part in parts]
    return list(dict.fromkeys(found))
