"""What was read of a word is kept, and only so much of it."""

from moderation import kept_words
from moderation.word import Word


def test_words_kept_are_bounded_and_an_endless_token_is_not_kept(monkeypatch):
    monkeypatch.setattr(kept_words, "MOST", 3)
    asked = []
    kept = kept_words.KeptWords(lambda token: asked.append(token) or Word(token, token, frozenset(), 0))
    endless = "а" * 1000
    for token in ("яма", "яма", "люк", endless, endless, "снег", "двор", "яма"):
        assert kept[token].form == token
        assert len(kept) <= 3
    assert asked == ["яма", "люк", endless, endless, "снег", "двор", "яма"]
