"""The signs of a text, and the learned models that weigh them: one table, loaded for the first text.

A line of ``learned/weights.tsv`` is a sign and its weight in each category, in hundredths; ``python -m
moderation.learn`` writes it. A model only proposes that a person looks.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise, repeat
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from moderation.text import morph, word
from moderation.text.word import END, LEARNED, Word
from moderation.verdict import Category

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
    return word.SIGN | sum(bit for signs, bit in _SIGNS if token in signs)


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
    "threat.arson", "threat.building", "threat.face", "threat.weapon", "insult.strong", "insult.soft", "insult.form",
    "insult.stem", "insult.obscene", "insult.animal", "insult.adjective",
)  # fmt: skip
_FORMS = (
    (morph.FUTURE_1, "сделаю"), (morph.PRESENT_1, "делаю"), (morph.PERSON_2, "сделаешь"), (morph.PLURAL_3, "сделают"),
    (morph.SINGULAR_3, "сделает"), (morph.INFINITIVE, "делать"), (morph.IMPERATIVE, "делай"), (morph.PAST, "делал"),
)  # fmt: skip
_CASES = ((morph.INSTRUMENTAL, "чем"), (morph.NOMINATIVE, "кто"), (morph.ACCUSATIVE, "кого"))
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
    if len(form) <= _SHORT or grammar & morph.PREPOSITION or form in _THEMSELVES:
        return form
    if grammar & (morph.VERB | morph.INFINITIVE):
        for bit, name in _FORMS:
            if grammar & bit:
                return name
    if grammar & morph.NOUN and not grammar & morph.ADJECTIVE:
        case = next((name for bit, name in _CASES if grammar & bit), "")
        return f"{'лицо' if grammar & morph.ANIMATE else 'предмет'} {case}".rstrip()
    return "какой" if grammar & morph.ADJECTIVE else "*"


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
    if grammar & (morph.VERB | morph.INFINITIVE):
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


# --- The learned table
FOLDER = Path(__file__).parent / "learned"
FILE = FOLDER / "weights.tsv"
BIAS, THRESHOLD = "порог", "отметка"  # lines of the table that are no signs
NOTHING = 0
# The weights of all categories are one number, in hundredths, 20 bits each: one sum adds them all.
_BITS, _HALF = 20, 1 << 19
_SHIFTS = tuple(_BITS * number for number in range(len(LEARNED)))
_HALVES = sum(_HALF << shift for shift in _SHIFTS)
_weights_of, _place_of, _kind_of, _paired_of = map(attrgetter, ("weights", "place", "kind", "paired"))
_SHIFT = 20  # bits for a name in a row
_WHOLE = 30  # words of a text that is weighed whole
_MOST = 45  # words of a piece at most
_MOST_WORDS = 400  # words of a text that count for spam or advertising


def unpacked(weights: int) -> tuple[float, ...]:
    weights += _HALVES
    return tuple([((weights >> shift & (1 << _BITS) - 1) - _HALF) / 100 for shift in _SHIFTS])


class WordWeights(NamedTuple):
    """The weights of a word in all categories, its numbers in the two rows, and its signs that count in pairs."""

    weights: int
    place: int
    kind: int
    paired: tuple[int, ...]


class Model:
    def __init__(self, lines: Iterable[str]) -> None:
        self._alone: dict[str, int] = {}
        self._pairs: dict[int, int] = {}
        self._partners: dict[int, dict[int, int]] = {}  # of a sign that counts in pairs: the other, the weights
        self._numbers: dict[str, int] = {}
        for line in lines:
            if line.startswith("#"):
                continue
            sign, _, rest = line.rstrip("\n").partition("\t")
            weights = sum(int(number or 0) << shift for number, shift in zip(rest.split("\t"), _SHIFTS, strict=False))
            if KIND_FOLLOWS in sign:
                self._pairs[self._pair("k", sign.split(KIND_FOLLOWS))] = weights
            elif FOLLOWS in sign:
                self._pairs[self._pair("", sign.split(FOLLOWS))] = weights
            elif TOGETHER in sign:
                one, two = sorted(self._number("&" + name) for name in sign.split(TOGETHER))
                self._partners.setdefault(one, {})[two] = weights
            else:
                self._alone[sign] = weights
        self.bias = self._alone.pop(BIAS, NOTHING)
        self.marks = unpacked(self._alone.pop(THRESHOLD, NOTHING))
        self._edges = [(self._numbers.get(p + BEGINNING, 0), self._numbers.get(p + ENDING, 0)) for p in ("", "k")]

    def _pair(self, prefix: str, names: list[str]) -> int:
        first, second = names
        return self._number(prefix + first) << _SHIFT | self._number(prefix + second)

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def of_word(self, form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str]) -> WordWeights:
        its_kind = kind(form, mask, grammar)
        found = of_word(form, lemma, mask, grammar, lists, its_kind)
        weights = sum(map(self._alone.get, found, repeat(NOTHING)))
        number = self._numbers.get
        places = number(in_row(form, lemma, mask), 0), number("k" + its_kind, 0)
        pairs = (number("&" + sign, 0) for sign in paired(form, lemma, lists, its_kind))
        return WordWeights(weights, *places, tuple(filter(None, pairs)))

    def alone(self, words: Sequence[Word]) -> tuple[float, ...]:
        """As ``weigh``, without the pairs."""
        return unpacked(self.bias + sum(map(_weights_of, dict.fromkeys(words))))

    def weigh(self, words: Sequence[Word]) -> tuple[float, ...]:
        """The weight of these words in each category; a repeated sign counts once."""
        different = dict.fromkeys(words)
        total = self.bias + sum(map(_weights_of, different))
        pairs, partners = self._pairs, self._partners
        total += sum([pairs[pair] for pair in pairs.keys() & set(self._following(words))])
        together = set(chain.from_iterable(map(_paired_of, different)))
        for one in partners.keys() & together:
            others = partners[one]
            for two in others.keys() & together:
                total += others[two]
        return unpacked(total)

    def _following(self, words: Sequence[Word]) -> list[int]:
        (first, last), (first_kind, last_kind) = self._edges
        places = [first, *map(_place_of, words), last]
        kinds = [first_kind, *map(_kind_of, words), last_kind]
        return [one << _SHIFT | two for row in (places, kinds) for one, two in pairwise(row)]

    def shares(self, words: Sequence[Word], category: int) -> list[float]:
        """The share of each word, with half of every pair that it belongs to."""
        shares = [unpacked(word.weights)[category] for word in words]
        following = self._following(words)
        for start in (0, len(words) + 1):
            for i, pair in enumerate(following[start : start + len(words) + 1]):
                half = unpacked(self._pairs.get(pair, NOTHING))[category] / 2
                for place in (i - 1, i):
                    if 0 <= place < len(words):
                        shares[place] += half
        return shares


def pieces(words: Sequence[Word], category: Category) -> Iterable[range]:
    """The pieces to weigh: the whole text, or for threats and insults every two sentences of a long one."""
    length = len(words)
    while length and words[length - 1].form.isspace():
        length -= 1
    if category == "spam":
        return [range(min(length, _MOST_WORDS))]
    if length <= _WHOLE:
        return [range(length)]
    ends = [0, *(i + 1 for i, word in enumerate(words[: length - 1]) if word.mask & END), length]
    return [
        range(first, min(last if last - first <= _MOST else middle, first + _MOST))
        for first, middle, last in zip(ends, ends[1:], [*ends[2:], length], strict=False)
    ]


@lru_cache(maxsize=1)
def model() -> Model:
    """The model of this process. Without the table it is empty and finds no text."""
    if not FILE.is_file():
        return Model(())
    with FILE.open(encoding="utf-8") as lines:
        return Model(lines)
