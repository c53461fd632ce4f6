"""Foreign files are parsed in a child process with limits; this list says where each parser runs."""

from __future__ import annotations

import subprocess
import sys

from tests.test_house import MODULES, imported, name

PARSERS = {
    "PIL", "bs4", "bz2", "charset_normalizer", "csv", "defusedxml", "docx", "docxtpl", "email", "gzip", "html5lib",
    "imap_tools", "lxml", "lzma", "mailbox", "markdown", "marshal", "nh3", "odf", "openpyxl", "pandas", "pickle",
    "pillow_heif", "plistlib", "pypdf", "python_calamine", "shelve", "tarfile", "xlrd", "xml", "xmltodict", "yaml",
    "zipfile",
}  # fmt: skip
"""Libraries that read a format: what is crafted can make them take all memory or never end.

JSON and TOML are not among them: they take as long as their input is large, which every reader bounds.
"""

CHILD = {
    "osm/connectors/incident_file/reading/formats.py": {"charset_normalizer", "csv", "zipfile"},
    "osm/connectors/incident_file/reading/workbook.py": {"python_calamine"},
    "osm/documents/filling_process.py": {"docx", "docxtpl", "lxml", "zipfile"},
    "osm/documents/form_process.py": {"openpyxl"},
    "osm/files/acts/drawing.py": {"PIL", "pillow_heif"},
}
"""They run in a child process alone (`osm/base/child_process.py`): no process that serves has them loaded."""

OWN = {
    "osm/documents/sheet.py": {"docx"},
    "osm/demo/story.py": {"PIL", "openpyxl"},
    "osm/documents/pdf.py": {"xml"},
    "osm/documents/public_register.py": {"xml"},
    "osm/documents/open_data.py": {"csv"},
    "osm/documents/tables.py": {"csv"},
    "osm/neighbours/acts/asking.py": {"email"},
    "osm/reminders/acts/letters.py": {"email"},
    "osm/reminders/acts/mailing.py": {"email"},
    "moderation/own_words.py": {"csv"},
}
"""They write, or read what comes with the program."""

BOTH = {
    "osm/documents/markdown_process.py": {"markdown", "nh3"},
}
"""They read what comes with the program here, and what people wrote in the child."""

BOUNDED = {
    "osm/connectors/transport.py": {"email"},  # one date of a header; what is none is passed over
    "osm/check/acts/dictionary.py": {"csv"},  # of 512 KB, by an administrator; a line of 131,072 characters ends it
    "osm/imports/acts/mailbox.py": {
        "email",
        "imap_tools",
    },  # of known senders; a letter above the largest file is not read
    "osm/neighbours/acts/answering.py": {"email", "imap_tools"},  # the same, of bodies that were asked
    "osm/log/acts/contents.py": {"zipfile"},  # by a command; only whether it is one
    "osm/store/archive.py": {"zipfile"},  # by a command; signed, and each member has its size in the manifest
}
"""They read in place what somebody gives, and the comment says what bounds it."""


def parsers_of(path) -> set[str]:
    return {whole.split(".")[0] for whole in imported(path)} & PARSERS


def test_each_parser_is_in_the_list_with_where_it_runs():
    found = {name(path): parsers for path in MODULES if (parsers := parsers_of(path))}
    assert found == CHILD | OWN | BOTH | BOUNDED, "a parser of foreign content runs in osm/base/child_process.py"


def test_no_process_that_serves_loads_what_runs_in_the_child():
    modules = [path.removesuffix(".py").replace("/", ".") for path in CHILD]
    never = [*modules, "PIL", "pillow_heif", "python_calamine", "docxtpl", "openpyxl"]
    code = (
        "import sys, osm.serve.processes, osm.jobs.lanes, osm.shell.frame, osm.cli.office\n"
        "from importlib import import_module; from osm.shell import frame\n"
        "for name in (*frame.BASE, *frame.SCREENS): import_module(name)\n"
        f"print(*sorted(set(sys.modules) & set({never})))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_what_people_wrote_in_markdown_is_read_in_the_child_alone():
    """Foreign text may only go through `markdown_process`; the other way into the library is for the help alone."""
    readers = {name(path) for path in MODULES if "osm.documents.markdown_process" in imported(path)}
    assert readers == {"osm/help/screens.py"}
