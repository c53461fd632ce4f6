"""Each list of the members of an enumeration has them all, or is noted below with what it leaves out and why.

Enumerations and lists are found automatically: tables of Python, templates, scripts, CHECK constraints, words of the
log (mypy checks that a `match` is complete). So a new member is asked for everywhere at once.
"""

from __future__ import annotations

import enum
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from jinja2 import Environment, nodes
from sqlalchemy import CheckConstraint, Enum

import moderation
import osm
from osm.base.database import db
from osm.log.queries.groups import action_words
from osm.settings import ROOT

from .test_house import MODULES, name

#: Place → members that it leaves out, and why. A table of words leaves out none.
LEFT_OUT: dict[str, tuple[str, str]] = {
    "osm.connectors.ok.client.TYPES": (
        "community_message discussion post suggested_post",
        "OK names these two types only",
    ),
    "osm.connectors.max.client.NEEDS": (
        "restore unban",
        "MAX has no method for them, so no right",
    ),
    "osm.connectors.telegram.client.IN_GROUP": (
        "look_up post restore",
        "posts need a right in the channel, the others Telegram has not",
    ),
    "osm.connectors.vk.client.PLACES": (
        "community_message post suggested_post",
        "there are no comments under these",
    ),
    "osm.connectors.vk.events._PLACES": ("community_message post suggested_post", "told by events of their own"),
    "osm.connectors.vk.client.BAN_REASONS": ("threat", "VK has no such reason: 0, «другое»"),
    "osm.regulation.blacklist._DAYS": ("forever month", "no number of days"),
    "osm.regulation.control.OF_CLOCK": ("answer final", "by the status"),
    "osm.regulation.control.OF_STATUS": (
        "answered awaiting_author dismissed excluded redirected unanswerable withdrawn",
        "nobody's work: the curator",
    ),
    "osm.regulation.control.CAUSES_OF": ("approve part rework route", "no clock before these"),
    "osm.regulation.control.SHORTCOMING_CLAUSES": (
        "breach",
        "the machine's, of the clause of its clock",
    ),
    "osm.regulation.deadlines._STILL_TO_COME": (
        (
            "answered approved awaiting_author awaiting_final dismissed excluded in_work new redirected "
            "selected unanswerable withdrawn"
        ),
        "no draft is on its way",
    ),
    "osm.regulation.executors.FITTING": ("admin auditor head system", "nobody stands in for these"),
    "osm.integrators.acts.taking.STATUS_OF": ("duplicate rejected staged", "no end of a message that comes alone"),
    "osm.flow.acts.moving.CLOCK_OF": ("sent waiting", "nothing is asked of the department"),
    "osm.talk.acts._WRITTEN": ("decline hurry", "acts of their own"),
    "osm.flow.queries.duties._STATE_OF_MINE": ("all_sent common late_part", "of no single executor"),
    "osm.inbox.queries.overview.WAITS_FOR": (
        "answered dismissed excluded redirected unanswerable withdrawn",
        "nobody is waited for",
    ),
    "osm.threads.queries.AFTER": (
        (
            "approved awaiting_final dismissed excluded in_work new on_approval redirected rework selected "
            "unanswerable withdrawn"
        ),
        "an author answers what was answered",
    ),
    "osm.answers.views.MODES": (
        "answered awaiting_author awaiting_final dismissed excluded new redirected selected unanswerable withdrawn",
        "nobody writes: Mode.OVER",
    ),
    "osm.comments.views._LISTED": ("expired lifted rejected", "no list names these"),
    "osm.messages.screens.FINDINGS_SAID": ("excluded", "said by the exclusion"),
    "osm.plan.screens.publication._SAID": (
        "cancelled failed found idea published scheduled",
        "not reached by a press of «Сохранить»",
    ),
    "osm.people.screens.users.GRANTED": ("auditor system", "given by a form of its own; nobody is given it"),
    "osm.retention.queries._PARTS": (
        "backups blacklist comments loads logins messages",
        "no parts of a message with a term of their own",
    ),
    "osm.shell.frame.ROWS": ("system", "it has no screen"),
    "osm.threads.screens.SAID": (
        "awaiting_final dismissed excluded in_work new on_approval redirected rework selected unanswerable withdrawn",
        "no offer leads there",
    ),
    "osm.messages.views.card.ASKED": (
        "answered awaiting_author dismissed excluded redirected unanswerable withdrawn",
        "nothing is asked of anybody",
    ),
    "osm.messages.views.card.NEXT_STEP": (
        "answered approved dismissed excluded in_work on_approval redirected rework unanswerable withdrawn",
        "no step of the curator",
    ),
    "osm.messages.views.steps.STEPS": (
        (
            "add_executor approve_draft arrange_executors correct_and_approve decline publish_clarification "
            "publish_final publish_interim remove_executor return_draft return_part revoke_approval "
            "submit_draft submit_part substitute take_routing_back withdraw_draft"
        ),
        "done on other screens",
    ),
    "moderation.learn.STRENGTH": ("ad profanity", "known by words, not weighed"),
    "moderation.learn.MARK": ("ad profanity", "known by words, not weighed"),
    "moderation.rules.weighed._TITLES": ("ad profanity", "known by words, not weighed"),
    "templates/comments/copies.html deleted": ("waiting", "only what is decided is listed"),
    "templates/comments/decided.html deleted": ("waiting", "only what is decided is listed"),
}

#: Tables with a few rows that are no register of their enumeration.
NO_REGISTERS = {
    "osm.answers.screens.publishing.DONE": "the three acts of one screen",
}


def modules() -> list[ModuleType]:
    found = (
        one.name
        for package in (osm, moderation)
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    )
    return [importlib.import_module(one) for one in found if not one.endswith("__main__") and ".versions" not in one]


LOADED = modules()
ENUMS = sorted(
    {
        value
        for module in LOADED
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, enum.Enum)
        and value.__module__ == module.__name__
        and len(value)
    },
    key=lambda one: (one.__module__, one.__name__),
)
CODES = {one: {str(member.value) for member in one} for one in ENUMS if len(one) >= 3}


def tables() -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Each table of a module, in the module that defines it and not where it is imported."""
    seen = set()
    for module in LOADED:
        for called, value in vars(module).items():
            is_table = type(value).__name__ != "LocalProxy" and isinstance(value, Mapping) and value
            if is_table and id(value) not in seen and re.search(rf"(?m)^{called}\b.*=", _source(module)):
                seen.add(id(value))
                yield f"{module.__name__}.{called}", value


def _source(module: ModuleType) -> str:
    with open(module.__file__ or "", encoding="utf-8") as file:
        return file.read()


def problems(place: str, of: type[enum.Enum], there: set[str]) -> Iterator[str]:
    missing = {str(member.value) for member in of} - there
    declared = set(LEFT_OUT.get(place, ("", ""))[0].split())
    if missing != declared:
        yield f"{place} ({of.__name__}): leaves out {sorted(missing - declared)}, has {sorted(declared - missing)}"


def test_every_table_of_kinds_is_complete_or_says_what_it_leaves_out():
    wrong = []
    for place, table in tables():
        kinds = {type(key) for key in table}
        if place in NO_REGISTERS or hasattr(table, "default_factory") or len(kinds) != 1:
            continue
        if issubclass(of := kinds.pop(), enum.Enum):
            wrong += problems(place, of, {str(key.value) for key in table})
    assert not wrong, "\n".join(wrong)


def like(codes: set[str]) -> type[enum.Enum] | None:
    """The enumeration with these codes: nearly all of them, at least three; the nearest if several fit."""
    near = [
        (len(codes ^ members), one)
        for one, members in CODES.items()
        if len(codes & members) >= 3 and len(codes & members) >= 0.75 * max(len(codes), 0.75 * len(members))
    ]
    return min(near, key=lambda one: one[0])[1] if near else None


def test_every_table_by_the_codes_of_an_enumeration_is_complete():
    wrong = []
    for place, table in tables():
        if place in NO_REGISTERS or not all(type(key) is str for key in table):
            continue
        if of := like(set(table)):
            wrong += problems(place, of, set(table))
    assert not wrong, "\n".join(wrong)


def compared(node: nodes.If) -> tuple[str, set[str], bool]:
    """What an `if … elif …` compares with which codes, and whether it has an `else`."""
    codes, subject = set(), ""
    for test in [node.test, *(one.test for one in node.elif_)]:
        for one in [test, *test.find_all(nodes.Compare)]:
            if not isinstance(one, nodes.Compare) or one.ops[0].op not in ("eq", "in"):
                continue
            there = one.ops[0].expr
            constants = [there] if isinstance(there, nodes.Const) else getattr(there, "items", [])
            found = {item.value for item in constants if isinstance(item, nodes.Const) and isinstance(item.value, str)}
            if found and subject in ("", repr(one.expr)):
                subject, codes = repr(one.expr), codes | found
    return subject, codes, bool(node.else_)


def test_templates_have_a_branch_for_every_member():
    environment = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        place = name(path)
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for table in tree.find_all(nodes.Dict):
            keys = {pair.key.value for pair in table.items if isinstance(pair.key, nodes.Const)}
            if f"{place}:{table.lineno}" not in NO_REGISTERS and (
                of := like({key for key in keys if isinstance(key, str)})
            ):
                wrong += problems(f"{place} {sorted(keys)[0]}", of, keys)
        for branch in tree.find_all(nodes.If):
            _subject, codes, is_open = compared(branch)
            if not is_open and len(codes) >= 3 and (of := like(codes)):
                wrong += problems(f"{place} if {sorted(codes)[0]}", of, codes)
    assert not wrong, "\n".join(wrong)


def test_scripts_know_every_member_that_they_list():
    wrong = []
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        for literal in re.findall(r"\{([^{}]*:[^{}]*)\}", path.read_text(encoding="utf-8")):
            keys = set(re.findall(r"""(?:^|[,\s])["']?([a-z_]+)["']?\s*:""", literal))
            if len(keys) >= 3 and (of := like(keys)):
                wrong += problems(f"{name(path)} {sorted(keys)[0]}", of, keys)
    assert not wrong, "\n".join(wrong)


def enums_of_columns() -> Iterator[tuple[str, str, set[str]]]:
    for table in db.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Enum) and column.type.enum_class:
                yield table.name, column.name, {str(member.value) for member in column.type.enum_class}


def test_the_database_that_migrations_made_knows_every_member(app):
    """The list of a column in the database itself; on PostgreSQL it is written as an array."""
    wrong = []
    with app.app_context():
        inspector = db.inspect(db.engine)
        for table, column, members in enums_of_columns():
            checks = [one["sqltext"] for one in inspector.get_check_constraints(table)]
            lists = [
                set(re.findall(r"'([^']+)'", text))
                for text in checks
                if re.match(rf"\(*\"?{column}\"?\)*(::text)? (IN|= ANY)", text)
            ]
            if members not in lists:
                wrong.append(f"{table}.{column}: {sorted(members)} is none of {lists}")
    assert not wrong, "\n".join(wrong)


def test_constraints_name_codes_that_there_are():
    """A code in any other constraint must be a code of its column: a renamed one would constrain nothing."""
    columns: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for table, column, members in enums_of_columns():
        columns[table][column] = members
    wrong = []
    for table in db.metadata.tables.values():
        for check in (one for one in table.constraints if isinstance(one, CheckConstraint)):
            text = str(check.sqltext)
            for column, listed in re.findall(r"(\w+) (?:=|<>|IN|NOT IN) (\('[^)]*\)|'[^']*')", text):
                unknown = set(re.findall(r"'([^']*)'", listed)) - columns[table.name].get(column, set()) - {""}
                if column in columns[table.name] and unknown:
                    wrong.append(f"{table.name}: {text}: {sorted(unknown)}")
    assert not wrong, "\n".join(wrong)


RECORDED = re.compile(r"""\b(?:record|settle|act|_tell|_log|_told)\(\s*["']([a-z][a-z_]+)["']""")


@pytest.mark.parametrize("path", [path for path in MODULES if {"acts", "acts.py"} & set(path.parts)], ids=name)
def test_every_event_of_the_log_has_words(path):
    codes = {code for code in RECORDED.findall(path.read_text(encoding="utf-8")) if not code.startswith("outbox")}
    assert [code for code in codes if action_words(code, "message") == code] == []


def test_what_is_declared_is_still_there():
    """An exception for a table that is gone, or without a reason, would hide a new one."""
    there = {place for place, _table in tables()}
    gone = [
        place
        for place in (*LEFT_OUT, *NO_REGISTERS)
        if place.startswith(("osm.", "moderation.")) and place not in there
    ]
    assert gone == []
