"""The lists are data that an editor can read, and the library imports nothing from the product."""

import ast
import sys
from pathlib import Path

import pytest

import moderation
from moderation.lexicon import FOLDER, read_entries
from moderation.model import TELLING
from moderation.vocabulary import LISTS

LEARNING = {"learn.py"}  # only learning may import more
SOURCES = sorted(Path(moderation.__file__).parent.rglob("*.py"))
ALLOWED = {"moderation", "pymorphy3", "better_profanity"} | set(sys.stdlib_module_names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_library_imports_nothing_of_the_application(source):
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        more = {"numpy", "scipy", "sklearn"} if source.name in LEARNING else set()
        assert {name.split(".")[0] for name in names} <= ALLOWED | more


@pytest.mark.parametrize("name", [*LISTS, "profanity"])
def test_every_entry_is_one_plain_line_of_a_section(name):
    entries = list(read_entries(name))
    assert len(entries) > 50
    for entry in entries:
        assert entry.text == entry.text.strip().lower()
        assert not set(entry.text) & set("()[]{}\\^$?|<>")
        assert not entry.text.startswith("..")
        assert not entry.text.endswith("..")


@pytest.mark.parametrize("name", [*LISTS, "profanity"])
def test_no_section_has_an_entry_twice(name):
    entries = [(entry.group, entry.text) for entry in read_entries(name)]
    assert len(entries) == len(set(entries))


def test_every_section_is_read_by_somebody():
    code = "".join(source.read_text(encoding="utf-8") for source in SOURCES)
    for name in [*LISTS, "profanity"]:
        groups = {entry.group for entry in read_entries(name)}
        unread = {group for group in groups if f'"{group}"' not in code and not group.startswith(TELLING)}
        assert unread == set(), f"{name}.txt: никто не читает"


def test_lists_are_in_the_folder_of_the_code():
    assert {path.stem for path in FOLDER.glob("*.txt")} == {*LISTS, "profanity", "english", "lookalikes", "danger"}
