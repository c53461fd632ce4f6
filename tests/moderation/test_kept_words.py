"""A word that no list names loses its form in the cache; what the rules compare with must be kept, or they are dead."""

import ast
import importlib
from pathlib import Path

import pytest

from moderation import kept_words, rules
from moderation.vocabulary import load_vocabulary
from moderation.word import Word
from moderation.words import WordReader

FOLDER = Path(rules.__file__).parent
READER = WordReader(load_vocabulary())


def compared(module_name: str, attribute: str) -> set[str]:
    """The Russian words with which the rules of a module compare ``word.form`` or ``word.lemma``."""
    module = importlib.import_module(f"moderation.rules.{module_name}")
    tree = ast.parse((FOLDER / f"{module_name}.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == attribute:
            for other in node.comparators:
                for part in ast.walk(other):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value)
                    elif isinstance(part, ast.Name) and isinstance(getattr(module, part.id, None), frozenset):
                        found |= getattr(module, part.id)
    return {word for word in found if len(word) > 1 and word.isalpha()}


MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_forms_that_rules_ask_for_are_kept(module):
    assert sorted(word for word in compared(module, "form") if READER.word(word).form != word) == []


@pytest.mark.parametrize("module", MODULES)
def test_lemmas_that_rules_ask_for_stand_in_a_list(module):
    vocabulary = READER.vocabulary
    listed = vocabulary.singles.keys() | vocabulary.phrases.words
    assert sorted(word for word in compared(module, "lemma") if word not in listed) == []


def test_words_kept_are_bounded_and_an_endless_token_is_not_kept(monkeypatch):
    monkeypatch.setattr(kept_words, "MOST", 3)
    asked = []
    kept = kept_words.KeptWords(lambda token: asked.append(token) or Word(token, token, frozenset(), 0))
    endless = "а" * 1000
    for token in ("яма", "яма", "люк", endless, endless, "снег", "двор", "яма"):
        assert kept[token].form == token
        assert len(kept) <= 3
    assert asked == ["яма", "люк", endless, endless, "снег", "двор", "яма"]
