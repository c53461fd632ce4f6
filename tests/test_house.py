"""The rules of the code base: which imports are allowed where, what every module must have."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from osm.settings import ROOT

from . import choosing

MODULES = sorted([ROOT / "app.py", *(ROOT / "osm").rglob("*.py"), *(ROOT / "moderation").rglob("*.py")])
LIBRARIES_OF_MODERATION = {"pymorphy3", "better_profanity"}


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


def foreign(folder: Path, *, own: str, also: set[str]) -> list[str]:
    """The imports of a folder that are neither in the standard library nor its own nor in `also`."""
    return [
        f"{name(path)}: {module}"
        for path in sorted(folder.rglob("*.py"))
        for module in sorted(imported(path))
        if not module.startswith(own) and module.split(".")[0] not in sys.stdlib_module_names | also
    ]


def test_the_regulation_imports_the_standard_library_only():
    assert foreign(ROOT / "osm" / "regulation", own="osm.regulation", also=set()) == []


def test_moderation_is_a_separate_library():
    others = foreign(ROOT / "moderation", own="moderation", also=LIBRARIES_OF_MODERATION)
    learning = {f"moderation/learn.py: {name}" for name in ("numpy", "scipy.sparse", "sklearn.linear_model")}
    assert set(others) <= learning  # only the module that learns the model needs them, and no other imports it
    assert not any("moderation.learn" in imported(path) for path in MODULES if path.name != "learn.py")


def test_each_module_says_its_subject_in_the_first_line():
    texts = {name(path): path.read_text(encoding="utf-8") for path in MODULES}
    silent = [path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []


def test_only_web_jobs_and_commands_ask_the_clock():
    asking = re.compile(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(|current_now")
    others = [
        path
        for path in MODULES
        if path.name != "application.py"
        and {"acts", "acts.py", "queries", "queries.py", "models", "models.py", "base", "store"}
        & set(path.relative_to(ROOT).parts)
    ]
    assert others
    assert [name(path) for path in others if asking.search(path.read_text("utf-8"))] == []


#: Acts far below their screens that still ask for a setting. A new one is given it: the list gets shorter only.
ASK_FOR_SETTINGS = {
    "osm/approvals/acts.py",
    "osm/base/durable.py",
    "osm/blacklist/acts/bans.py",
    "osm/check/acts/copies.py",
    "osm/check/acts/repeats.py",
    "osm/check/acts/rules.py",
    "osm/comments/acts/deletions.py",
    "osm/comments/acts/importing.py",
    "osm/outbox/acts/asking.py",
    "osm/files/acts/files.py",
    "osm/files/acts/scanning.py",
    "osm/imports/acts/files.py",
    "osm/integrators/acts/webhooks.py",
    "osm/keeping/acts/backup.py",
    "osm/keeping/acts/restore.py",
    "osm/log/acts/audit.py",
    "osm/log/acts/record.py",
    "osm/people/acts/people_list.py",
    "osm/login/queries.py",
    "osm/plan/acts/texts.py",
    "osm/reminders/acts/letters.py",
    "osm/reminders/acts/single_letters.py",
    "osm/retention/acts/purge.py",
}


def test_acts_queries_and_views_are_given_their_settings():
    layers = {"acts", "queries", "models", "rules", "views", "base", "store"}
    found = {
        name(path)
        for path in MODULES
        if layers & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        and path.name != "application.py"
        and re.search(r"\b(current_settings|local_zone)\(\)", path.read_text("utf-8"))
    }
    assert found == ASK_FOR_SETTINGS


def test_an_application_carries_one_object_of_ours():
    found = [name(path) for path in MODULES if re.search(r"\.extensions\b(?!\[\"osm\"\])", path.read_text("utf-8"))]
    assert found == []


def test_a_folder_has_at_most_fifteen_modules():
    count = Counter(path.parent for path in MODULES)
    assert {name(folder): number for folder, number in count.items() if number > 15} == {}


def test_a_number_that_somebody_wrote_is_read_in_one_place():
    """`str.isdigit` accepts «²», which `int` refuses; modules about language only look at signs."""
    asking = re.compile(r"\.(isdigit|isdecimal|isnumeric)\(")
    of_language = {"wording", "likeness", "moderation"}
    others = [path for path in MODULES if not of_language & set(path.relative_to(ROOT).parts)]
    found = {name(path) for path in others if asking.search(path.read_text("utf-8"))}
    assert found == {
        "osm/connectors/incident_file/cells.py",  # the sign that a cell begins with
        "osm/base/numbers.py",
        "osm/regulation/working_time/production_calendar.py",  # keys of a file that comes with the program
        "osm/bursts/acts/marks.py",  # the sign that a mark ends with
        "osm/topics/rules.py",  # a word of a text
        "osm/shortcomings/queries/memos.py",  # the number of a clause
    }


REQUIREMENTS = ("requirements", "requirements-dev")
_CHOSEN = re.compile(r"[\w.-]+(\[\w+\])?==[\w.]+( ;.*)?")
_INSTALLED = re.compile(r"([\w.-]+(?:\[\w+\])?==[\w.]+)(?: ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


@pytest.mark.parametrize("list_", REQUIREMENTS)
def test_every_pin_is_exact_and_bears_the_hashes_of_its_files(list_):
    chosen = [line.split("#")[0].strip() for line in (ROOT / f"{list_}.in").read_text(encoding="utf-8").splitlines()]
    pins = [line for line in chosen if line and line != "-r requirements.in"]
    assert [pin for pin in pins if not _CHOSEN.fullmatch(pin)] == []
    locked = (ROOT / f"{list_}.txt").read_text(encoding="utf-8")
    assert _INSTALLED.sub("", locked) == ""  # only packages with hashes: no address, no other list
    installed = {found[1].lower() for found in _INSTALLED.finditer(locked)}
    assert {pin.split(" ;")[0].lower() for pin in pins} <= installed


def test_what_the_product_needs_is_the_same_for_tests():
    product, tests = ((ROOT / f"{name}.txt").read_text(encoding="utf-8") for name in REQUIREMENTS)
    assert {found[0] for found in _INSTALLED.finditer(product)} <= {found[0] for found in _INSTALLED.finditer(tests)}


def test_no_test_gives_itself_up_while_it_runs():
    """What a test needs is a marker above it: without it the test is left out by name, with it the test cannot skip."""
    given_up = [
        f"{name(path)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("pytest.skip", "pytest.importorskip")
    ]
    assert given_up == []


def test_the_table_of_asvs_has_every_number_once_and_names_files_that_are_there():
    table = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| (да|нет|не относится) \| [^|]+ \|$", table, re.MULTILINE)
    numbers = [number for number, _ in rows]
    assert (len(numbers), len(set(numbers))) == (158, 158)  # levels 1 and 2 of the chapters 2-4, 7, 8, 12-14
    assert table.count("\n| ") == len(rows) + 8
    named = re.findall(r"`([\w./-]+\.(?:py|html|js|conf|service|md|txt)|tests/[\w/]+)`", table)
    assert len(named) > 100
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_lists_of_tests_name_only_what_is_there():
    """A test that was renamed would no longer run on PostgreSQL, and nobody would see it."""
    lines = (ROOT / choosing.ON_POSTGRESQL).read_text(encoding="utf-8").splitlines()
    tests = {tuple(line.partition("[")[0].split("::")) for line in lines}
    files = {path for path, _ in tests} | {*choosing.ALWAYS_ON_BOTH, *choosing.SLOW, *choosing.LONG}
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path, _ in tests if (ROOT / path).is_file()}
    assert sorted(path for path in files if not (ROOT / path).exists()) == []
    assert sorted(f"{path}::{test}" for path, test in tests if f"def {test}(" not in texts.get(path, "")) == []
