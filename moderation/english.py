"""English profanity by better-profanity: loaded when the first Latin word comes, and asked once a word."""

from __future__ import annotations

from functools import lru_cache

# Words of its list that are everyday words in a town: medicine, names of wares, neutral talk.
_NOT_PROFANE = frozenset(
    "omg lol lmao rofl god hell sex sexy xxx viagra thug stupid weed gay lesbian homo kill crap damn ugly pot fat drunk heroin meth opium organ stoned"  # noqa: E501
    " nude naked panties bra lingerie rum puss menses ovary period testicle uterus virgin weird willy tit tits tush loin kinky lube"  # noqa: E501
    " extasy ecstasy pcp hooter gae jap desire cox kum muff pee pawn sniper strip stroke teat trashy undies unwed urinal urine vulgar"  # noqa: E501
    " womb erotic escort essohbee ganja gaylord gey ghey glans gigolo goddamn hardcore hobag homoey hump inbred incest junkie knob lech"  # noqa: E501
    " lesbo maxi moron murder nazi negro nympho oral orgasm orgies orgy paddy penis pimp playboy pms polack porn porno prostitute prude"  # noqa: E501
    " punky queer racist rape raped raper rapist rectal rectum reich revue ritard rumprammer scag screw screwed seduce semen sissy skag"  # noqa: E501
    " slave sleaze sleazy slope snatch souse spade spooge steamy stfu suck sucked sucking sumofabiatch swastika tampon tramp trashy tubgirl"  # noqa: E501
    " vagina vixen vodka weirdo wench woody wtf xtc yeasty yid anus bang banger bloody blow boob booty bone boner booger bod bong boned".split()  # noqa: E501
)


@lru_cache(maxsize=1)
def _censor() -> object:
    from better_profanity import Profanity

    return Profanity()


def is_profane(word: str) -> bool:
    """Whether a small Latin word is English profanity; the answer is cached with the word itself."""
    if len(word) < 3 or word in _NOT_PROFANE or len(word) > 24:
        return False
    return bool(_censor().contains_profanity(word))  # type: ignore[attr-defined]
