"""One token becomes a word: its reading, dictionary forms, lists that it stands in, and its shape; kept by form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from . import disguise, english
from .function_words import KEPT, SHORT
from .kept_words import KeptWords
from .morph import ADJECTIVE, FUTURE_1, INFINITIVE, NOUN, VERB, is_known, morph
from .profane import Profane, profane, profane_masked
from .shapes import FIGURE, HANDLE_NAME, SUM, link_shape, sign_shape
from .violent import VIOLENT, ViolentForms
from .vocabulary import Vocabulary
from .weigh import HEAVY_FROM, WORDS, Weight, weigher
from .word import (
    ANCHOR,
    COMPOUND,
    ENGLISH,
    FIRST_GROUP_BIT,
    FIRST_PHRASE_BIT,
    GLUED,
    HANDLE,
    HEAVY,
    LISTED,
    MIXED,
    MONEY,
    NUMBER,
    OPENING,
    PROFANE,
    SINGLE,
    WILL,
    Word,
)

_KEPT = KEPT | WORDS
_LONGEST_WORD = 36  # letters
_NOTHING: frozenset[str] = frozenset()

# Lists whose entries rules count one by one; of the others the bit says enough.
_COUNTED = (
    "spam.", "ad.", "own.", "exception.", "threat.intent", "threat.direct", "threat.veiled", "threat.stakes",
    "insult.idiom", "insult.phrase", "insult.sarcasm", "profanity.phrase",
)  # fmt: skip
_TELLING = NOUN | VERB | INFINITIVE | ADJECTIVE  # «у тебя» alone tells nothing
_LETTER_INSIDE = re.compile(r"[^\W\d_]")


class WordReader:
    """Reads tokens against one vocabulary; a bounded cache keeps what was decided for a form."""

    def __init__(self, vocabulary: Vocabulary, marks: Mapping[str, int] | None = None) -> None:
        """``marks``: the bits of very forms that the caller's rules ask for."""
        self.vocabulary = vocabulary
        self._marks = marks or {}
        self._plain: dict[tuple[int, int, Weight], Word] = {}
        self._weigher, self._violent = weigher(), ViolentForms(vocabulary)
        self._violent_groups = self.group_mask(*VIOLENT)
        self.word: Callable[[str], Word] = KeptWords(self._read).__getitem__  # the word for a normalised token

    def group_mask(self, *groups: str) -> int:
        """Bits of the given groups."""
        mask = 0
        for group, bit in self.vocabulary.bits.items():
            if group in groups:
                mask |= bit << FIRST_GROUP_BIT
        return mask

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self, token: str) -> Word:
        if disguise.CYRILLIC.fullmatch(token):
            return self._cyrillic(token)
        if not token[0].isalnum() and len(token) == 1:
            return self._sign(token)
        if token.startswith(("3.14", "3,14")) and disguise.CYRILLIC.fullmatch(token[4:]):
            return self._cyrillic("пи" + token[4:], MIXED)
        if SUM.fullmatch(token):
            return self._listed(token, (token,), NUMBER | MONEY)
        if FIGURE.fullmatch(token) and not self._profane_reading(token):
            return self._listed(token, (token,), NUMBER)
        link = self._link(token)
        if link:
            return link
        if disguise.LATIN.fullmatch(token):
            return self._latin(token)
        return self._disguised(token) or self._compound(token)

    def _sign(self, token: str) -> Word:
        mask = sign_shape(token)
        listed = self._listed(token, (token,), mask)
        return listed if listed.form else Word(token, token, _NOTHING, mask)

    def _link(self, token: str) -> Word | None:
        if HANDLE_NAME.fullmatch(token):
            return Word(token, token, frozenset((token,)), HANDLE)
        mask, hosts = link_shape(token)
        return self._listed(token, hosts, mask) if mask else None

    def _cyrillic(self, form: str, mask: int = 0) -> Word:
        found = morph(form)
        bad = profane(form)
        verb = None if found.known else self._violent.coined(form)
        if verb:
            return self._listed(form, (verb, *found.lemmas), mask, found.grammar | FUTURE_1 | VERB, bad)
        if not found.known and not bad:
            for shorter in dict.fromkeys((disguise.squeeze_long(form), disguise.squeeze(form))):
                if shorter == form:
                    continue
                bad = profane(shorter)
                if bad or is_known(shorter):
                    found, form = morph(shorter), shorter
                    break
            else:
                heard = self._by_ear(form, mask)
                if heard:
                    return heard
        if len(form) == 1:
            mask |= SINGLE
        if len(form) > _LONGEST_WORD and len(set(form)) > 9:
            mask |= GLUED
        return self._listed(form, found.lemmas, mask, found.grammar, bad)

    def _by_ear(self, form: str, mask: int) -> Word | None:
        """The violent verb of which a form that no dictionary has is a mistaken spelling."""
        for candidate in self._violent.by_ear(form):
            found = morph(candidate)
            word = self._listed(candidate, found.lemmas, mask, found.grammar)
            if word.mask & self._violent_groups:
                return word
        return None

    def _listed(
        self, form: str, lemmas: tuple[str, ...], mask: int, grammar: int = 0, bad: Profane | None = None
    ) -> Word:
        lemma = lemmas[0] if lemmas else ""
        keys = frozenset(lemmas) | {form, "=" + form}
        vocabulary = self.vocabulary
        entries = vocabulary.entries_of(keys, form)
        if not entries and grammar & (VERB | INFINITIVE):
            entries = self._violent.done_to_many(lemmas)
        anchored = vocabulary.phrases.anchored(keys, form)
        mask |= self._marks.get(form, 0)
        if grammar & FUTURE_1:
            mask |= WILL
        if bad:
            mask |= PROFANE
        for entry in entries:
            mask |= vocabulary.bits[entry.group] << FIRST_GROUP_BIT
        counted = tuple(entry for entry in entries if entry.group.startswith(_COUNTED))
        if counted:
            mask |= LISTED
        if anchored.sides:
            mask |= ANCHOR
            for group in anchored.groups:
                mask |= vocabulary.phrase_bits[group] << FIRST_PHRASE_BIT
        begins = vocabulary.phrases.begins(keys, form)
        if begins and vocabulary.phrases.opens(keys, form):
            mask |= OPENING
        in_phrases = begins or vocabulary.phrases.asks_for(keys, form)
        if not (entries or in_phrases or bad or len(form) <= SHORT or form in _KEPT):
            return self._shared(form, mask, grammar, lemma)
        weighed = self._weigher.of(form, {entry.group: None for entry in entries}, grammar, lemma)
        if weighed.alone >= HEAVY_FROM and grammar & _TELLING:
            mask |= HEAVY
        return Word(form, lemma, frozenset(keys), mask, grammar, bad, counted, anchored.sides, (), *weighed)

    def _shared(self, form: str, mask: int, grammar: int, lemma: str) -> Word:
        """Words that mean nothing to any list are kept once for all that weigh the same: the cache stays small."""
        weighed = self._weigher.of(form, (), grammar, lemma)
        if weighed.alone >= HEAVY_FROM and grammar & _TELLING:
            mask |= HEAVY
        key = (mask, grammar, weighed)
        word = self._plain.get(key)
        if word is None:
            word = Word("", "", _NOTHING, mask, grammar, None, (), (), (), *weighed)
            self._plain[key] = word
        return word

    def _latin(self, token: str) -> Word:
        entries = self.vocabulary.entries_of((token,), token)
        begun = self.vocabulary.phrases.begins(frozenset((token, "=" + token)), token)
        entries = entries or self.vocabulary.entries_of(("=" + token,), token)
        if not entries and not begun:
            bad = self._profane_reading(token)
            if bad:
                return self._listed(bad[0], (bad[0],), MIXED, 0, bad[1])
            if english.is_profane(token):
                return Word(token, token, frozenset((token,)), PROFANE | ENGLISH, 0, Profane("coarse", token))
            for reading in disguise.sounds_like(token):
                if is_known(reading) and (len(reading) > 3 or reading in ("вас", "тебя")):
                    return self._cyrillic(reading, ENGLISH)
        return self._listed(token, (token,), ENGLISH)

    def _profane_reading(self, token: str) -> tuple[str, Profane] | None:
        """The first obscene word among what a token looks or sounds like."""
        if token in english.EVERYDAY:
            return None
        latin = bool(disguise.HAS_LATIN.search(token))
        readings = disguise.looks_like(token)
        if latin and not disguise.HAS_CYRILLIC.search(token):
            readings = disguise.sounds_like(token) + readings
        for reading in readings:
            for form in (reading, disguise.squeeze(reading)):
                bad = profane(form)
                if (
                    bad
                    and (bad.strength == "strong" or not latin or disguise.HAS_CYRILLIC.search(token))
                    and disguise.sure(token, form)
                ):
                    return form, bad
        return None

    def _disguised(self, token: str) -> Word | None:
        if not _LETTER_INSIDE.search(token):
            return None
        bare = token.strip("*#@_")
        if bare != token and disguise.CYRILLIC.fullmatch(bare) and not profane_masked(token):
            return self._cyrillic(bare)  # *слово*, #слово, **слово
        has_cyrillic = bool(disguise.HAS_CYRILLIC.search(token))
        hidden = profane_masked(token) if has_cyrillic else None
        if hidden:
            bad = profane(hidden) or Profane("coarse", hidden)
            return self._listed(hidden, (hidden,), MIXED, 0, bad)
        bad_reading = self._profane_reading(token)
        if bad_reading:
            return self._listed(bad_reading[0], (bad_reading[0],), MIXED, 0, bad_reading[1])
        masked = self._violent.masked(token) if has_cyrillic else None
        if masked:
            return self._cyrillic(masked, MIXED)
        if not has_cyrillic and "'" in token:
            for reading in disguise.sounds_like(token):
                if is_known(reading):
                    return self._cyrillic(reading, ENGLISH)
        if has_cyrillic and ("@" in token or "$" in token):
            for reading in disguise.looks_like(token):
                if is_known(reading):
                    return self._cyrillic(reading, MIXED)
        pieces = [piece for piece in re.split(r"[^а-яa-z0-9α-ω]+", token) if piece]
        if len(pieces) > 1:
            return self._torn(token, pieces)
        if has_cyrillic or not token.isascii():
            readings = disguise.looks_like(token.strip("*#@$%&^~_!?"))
            for reading in readings:
                if is_known(reading):
                    return self._cyrillic(reading, MIXED)
            if readings and has_cyrillic:
                return self._cyrillic(readings[0], MIXED)
            if disguise.foreign_mixture(token):
                return self._listed(token, (token,), MIXED)
        else:
            for reading in disguise.sounds_like(token):
                if is_known(reading) and len(reading) > 3:
                    return self._cyrillic(reading, ENGLISH)
        return None

    def _torn(self, token: str, pieces: list[str]) -> Word | None:
        """A word torn apart by separators: п.и.з.д.е.ц; but по-хорошему and кто-нибудь stay what they are."""
        joined = "".join(pieces)
        if not disguise.CYRILLIC.fullmatch(joined):
            joined = next(iter(disguise.looks_like(joined)), "")
        if not joined:
            return None
        short = all(len(piece) <= 2 for piece in pieces)
        if short or not all(is_known(piece) for piece in pieces):
            bad = profane(joined) or profane(disguise.squeeze(joined))
            if bad and not any(profane(piece) for piece in pieces):
                return self._listed(joined, (joined,), MIXED, 0, bad)
            listed = self.vocabulary.entries_of((joined, "=" + joined), joined)
            if short and len(pieces) > 2 and (is_known(joined) or listed):
                return self._cyrillic(joined, MIXED)
        if "-" in token and is_known(token):
            return self._cyrillic(token)
        return None

    def _compound(self, token: str) -> Word:
        parts = tuple(
            (piece.start(), piece.end(), self.word(piece[0]))
            for piece in re.finditer(r"[^\W_]+|[^\w\s]|_", token)
            if piece[0] != token
        )
        mask = COMPOUND if len(parts) > 1 else 0
        for _, _, word in parts:
            mask |= word.mask
        if mask & COMPOUND:
            return Word(token, token, frozenset((token,)), mask, 0, None, (), (), parts)
        return self._listed(token, (token,), mask)
