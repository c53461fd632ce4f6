"""The house keeps its shape: what may be imported where, what must stand in every module."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from osm.settings import ROOT

MODULES = sorted([ROOT / "app.py", *(ROOT / "osm").rglob("*.py"), *(ROOT / "moderation").rglob("*.py")])
LIBRARIES_OF_MODERATION = {"moderation", "pymorphy3", "better_profanity"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """The first parts of all names that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "osm" / "regulation").rglob("*.py")), ids=name)
def test_the_regulation_imports_the_standard_library_only(path):
    for module in imported(path):
        assert module.split(".")[0] in sys.stdlib_module_names or module.startswith("osm.regulation"), module


@pytest.mark.parametrize("path", sorted((ROOT / "moderation").rglob("*.py")), ids=name)
def test_moderation_is_a_library_of_its_own(path):
    for module in imported(path):
        first = module.split(".")[0]
        assert first in sys.stdlib_module_names or first in LIBRARIES_OF_MODERATION, module


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_each_module_says_its_subject_in_the_first_line(path):
    text = path.read_text(encoding="utf-8")
    if text.strip():
        assert (ast.get_docstring(ast.parse(text)) or "").splitlines()[:1], name(path)


@pytest.mark.parametrize("path", [path for path in MODULES if {"services", "store"} & set(path.parts)], ids=name)
def test_only_web_jobs_and_commands_ask_the_clock(path):
    assert not re.search(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(|current_now", path.read_text("utf-8"))


def test_every_pin_is_exact():
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            wanted = line.split("#")[0].strip()
            if wanted and wanted != "-r requirements.txt":
                assert re.match(r"[\w.-]+(\[\w+\])?==[\w.]+( ;.*)?$", wanted), wanted


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=name)
def test_no_test_gives_itself_up_while_it_runs(path):
    """What a test needs stands in a marker above it: without it the test is left out by name, with it there is none."""
    given_up = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("pytest.skip", "pytest.importorskip")
    ]
    assert given_up == []
