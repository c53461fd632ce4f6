"""One token becomes a word: reading, dictionary forms, lists, shape; cached by form."""

import re
from functools import lru_cache

from moderation.model import FIGURE, HANDLE_NAME, SUM, TELLING, link_shape, model, sign_shape
from moderation.text import disguise
from moderation.text import profane as english
from moderation.text import word as shape
from moderation.text.morph import FUTURE_1, INFINITIVE, VERB, is_known, morph
from moderation.text.profane import Profane, near, profane, profane_masked
from moderation.text.word import Word
from moderation.vocabulary import SCORNFUL, ViolentForms, Vocabulary

_LONGEST_WORD, _LEAST_MARKED = 36, 5  # letters
MOST_KEPT, _LONGEST_KEPT = 1 << 17, 48  # words, letters

# Lists with entries that rules count one by one; for the others the bit is enough.
_COUNTED = (
    "spam.", "ad.", "own.", "exception.", "threat.direct", "insult.idiom", "insult.phrase", "insult.sarcasm",
    "profanity.phrase",
)  # fmt: skip
_LETTER_INSIDE = re.compile(r"[^\W\d_]")


class WordReader:
    """Reads tokens with one vocabulary; a bounded cache keeps the result for a form."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._model, self._violent = model(), ViolentForms(vocabulary)
        telling = [name for name in vocabulary.bits if name.startswith(TELLING)]
        self._telling_bits = [(name, vocabulary.bits[name] << shape.FIRST_GROUP_BIT) for name in telling]
        self._telling_mask = self.group_mask(*telling)
        self._contempt = self.group_mask("insult.strong", "insult.form", "insult.obscene")
        self._kept = lru_cache(MOST_KEPT)(self._read)

    def word(self, token: str) -> Word:
        """The word for a normalised token; a very long token is not cached."""
        return self._kept(token) if len(token) <= _LONGEST_KEPT else self._read(token)

    def group_mask(self, *groups: str) -> int:
        mask = 0
        for group, bit in self.vocabulary.bits.items():
            if group in groups:
                mask |= bit << shape.FIRST_GROUP_BIT
        return mask

    def _read(self, token: str) -> Word:
        if disguise.CYRILLIC.fullmatch(token):
            return self._cyrillic(token)
        if not token[0].isalnum() and len(token) == 1:
            return self._listed(token, (token,), sign_shape(token))
        if token.startswith(("3.14", "3,14")) and disguise.CYRILLIC.fullmatch(token[4:]):
            return self._cyrillic("пи" + token[4:], shape.MIXED)
        if SUM.fullmatch(token):
            return self._listed(token, (token,), shape.NUMBER | shape.MONEY)
        if FIGURE.fullmatch(token) and not self._profane_reading(token):
            return self._listed(token, (token,), shape.NUMBER)
        link = self._link(token)
        if link:
            return link
        if disguise.LATIN.fullmatch(token):
            return self._latin(token)
        return self._disguised(token) or self._compound(token)

    def _link(self, token: str) -> Word | None:
        if HANDLE_NAME.fullmatch(token):
            return self._listed(token, (token,), shape.HANDLE)
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
                heard = self._violent.by_ear(form)
                if heard:
                    return self._listed(heard, morph(heard).lemmas, mask, morph(heard).grammar)
                bad = near(form)
                mask |= shape.UNKNOWN
                if self.vocabulary.insulting_by_ear(found.lemmas[0]):
                    mask |= self.group_mask("insult.stem")
        if len(form) == 1:
            mask |= shape.SINGLE
        if len(form) > _LONGEST_WORD and len(set(form)) > 9:
            mask |= shape.GLUED
        return self._listed(form, found.lemmas, mask, found.grammar, bad)

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
        if bad:
            mask |= shape.PROFANE
        if lemma.endswith(SCORNFUL) and vocabulary.scornful(lemma):
            mask |= self.group_mask("insult.stem")
        for entry in entries:
            mask |= vocabulary.bits[entry.group] << shape.FIRST_GROUP_BIT
        counted = tuple(entry for entry in entries if entry.group.startswith(_COUNTED))
        if anchored:
            mask |= shape.ANCHOR
        weighed = self._model.of_word(form, lemma, mask, grammar, self.telling(mask))
        keys &= vocabulary.phrases.words  # only keys that some phrase has a place for
        return Word(form, lemma, keys, mask, grammar, bad, counted, anchored, (), *weighed)

    def telling(self, mask: int) -> list[str]:
        """The lists that are signs of a word with this mask."""
        return [name for name, bit in self._telling_bits if mask & bit] if mask & self._telling_mask else []

    def _latin(self, token: str) -> Word:
        entries = self.vocabulary.entries_of((token,), token)
        begun = not self.vocabulary.phrases.words.isdisjoint((token, "=" + token))
        entries = entries or self.vocabulary.entries_of(("=" + token,), token)
        if not entries and not begun and token not in english.everyday():
            bad = self._profane_reading(token)
            if bad:
                return self._hidden(*bad)
            if token in english.swearwords():
                return self._listed(token, (token,), shape.ENGLISH, 0, Profane("coarse", token))
            for reading in disguise.sounds_like(token):
                if is_known(reading) and (len(reading) > 3 or reading in ("вас", "тебя")):
                    return self._cyrillic(reading, shape.ENGLISH)
        return self._listed(token, (token,), shape.ENGLISH)

    def _hidden(self, form: str, bad: Profane) -> Word:
        """An obscene word in disguise keeps the lists and the grammar of its plain form: «отп*зжу» is violent too."""
        plain = morph(form)
        return self._listed(form, (form, *plain.lemmas), shape.MIXED, plain.grammar, bad)

    def _profane_reading(self, token: str) -> tuple[str, Profane] | None:
        """The first obscene word that a token looks or sounds like."""
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

    def _disguised(self, token: str) -> Word | None:  # noqa: C901  # one disguise after the other, in their order
        if not _LETTER_INSIDE.search(token):
            return None
        bare = token.strip("*#@_")
        if bare != token and disguise.CYRILLIC.fullmatch(bare):
            marked = len(bare) >= _LEAST_MARKED and is_known(bare)  # «**ученик» is «ученик», not «ссученик»
            if marked or not profane_masked(token):
                return self._cyrillic(bare)  # *слово*, #слово, **слово
        has_cyrillic = bool(disguise.HAS_CYRILLIC.search(token))
        hidden = profane_masked(token) if has_cyrillic else None
        if hidden:
            bad = (profane(hidden) or Profane("coarse", hidden))._replace(sure=".." not in token)
            return self._hidden(hidden, bad)
        bad_reading = self._profane_reading(token)
        if bad_reading:
            return self._hidden(*bad_reading)
        masked = self._violent.masked(token) if has_cyrillic else None
        if masked:
            return self._cyrillic(masked, shape.MIXED)
        if not has_cyrillic and "'" in token:
            for reading in disguise.sounds_like(token):
                if is_known(reading):
                    return self._cyrillic(reading, shape.ENGLISH)
        if has_cyrillic and ("@" in token or "$" in token):
            for reading in disguise.looks_like(token):
                if is_known(reading):
                    return self._cyrillic(reading, shape.MIXED)
        pieces = [piece for piece in re.split(r"[^а-яa-z0-9α-ω]+", token) if piece]
        if len(pieces) > 1:
            return self._torn(token, pieces)
        if has_cyrillic or not token.isascii():
            readings = disguise.looks_like(token.strip("*#@$%&^~_!?"))
            for reading in readings:
                if is_known(reading):
                    return self._cyrillic(reading, shape.MIXED)
            if readings and has_cyrillic:
                return self._cyrillic(readings[0], shape.MIXED)
            if disguise.foreign_mixture(token):
                return self._listed(token, (token,), shape.MIXED)
        else:
            for reading in disguise.sounds_like(token):
                if is_known(reading) and len(reading) > 3:
                    return self._cyrillic(reading, shape.ENGLISH)
        return None

    def _torn(self, token: str, pieces: list[str]) -> Word | None:
        """A word split by separators: п.и.з.д.е.ц; but по-хорошему and кто-нибудь stay unchanged."""
        joined = "".join(pieces)
        if not disguise.CYRILLIC.fullmatch(joined):
            joined = next(iter(disguise.looks_like(joined)), "")
        if not joined:
            return None
        short = all(len(piece) <= 2 for piece in pieces)
        apart = (short and len(pieces) > 2) or self._cyrillic(joined).mask & self._contempt  # «ид.иот»
        if short or apart or not all(is_known(piece) for piece in pieces):
            bad = profane(joined) or profane(disguise.squeeze(joined))
            if bad and not any(profane(piece) for piece in pieces):
                return self._hidden(joined, bad)
            listed = self.vocabulary.entries_of((joined, "=" + joined), joined)
            if apart and (is_known(joined) or listed):
                return self._cyrillic(joined, shape.MIXED)
        if "-" in token and is_known(token):
            return self._cyrillic(token)
        return None

    def _compound(self, token: str) -> Word:
        parts = tuple(
            (piece.start(), piece.end(), self.word(piece[0]))
            for piece in re.finditer(r"[^\W_]+|[^\w\s]|_", token)
            if piece[0] != token
        )
        mask = shape.COMPOUND if len(parts) > 1 else 0
        for _, _, word in parts:
            mask |= word.mask
        if mask & shape.COMPOUND:
            return Word(token, token, frozenset((token,)), mask, 0, None, (), (), parts)
        return self._listed(token, (token,), mask)
