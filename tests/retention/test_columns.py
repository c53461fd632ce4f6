"""Every column of words in the database is in the table of retention: destroyed with a term, or left with a reason."""

from __future__ import annotations

from sqlalchemy import JSON, Enum, LargeBinary, String, Table

from osm import models  # noqa: F401  # all tables
from osm.base.database import db
from osm.base.types import AboutPerson, OfPerson
from osm.retention.queries import _LAST, _MODELS, _OVER
from osm.retention.rules import (
    DESTROYED,
    ENTERED,
    LEFT,
    ROWS,
    SUBJECT_LABELS,
    SWEPT,
    TERMS,
    WITH_AUTHOR,
    Kept,
)

GOES = (*DESTROYED.values(), dict.fromkeys(SWEPT, ROWS), WITH_AUTHOR)


def named(tables) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for columns in tables:
        for table, names in columns.items():
            found.setdefault(table, set()).update(names.split())
    return found


def words_of(table: Table) -> set[str]:
    """Columns that can hold what somebody wrote."""
    kinds = (String, JSON, LargeBinary, OfPerson, AboutPerson)
    return {
        c.name for c in table.c if isinstance(c.type, kinds) and not isinstance(c.type, Enum) and not c.foreign_keys
    }


def test_no_column_of_words_is_forgotten():
    goes, left = named(GOES), named(LEFT.values())
    forgotten = {
        table.name: sorted(missing)
        for table in db.metadata.tables.values()
        if ROWS not in goes.get(table.name, ()) or table.name in left
        if (missing := words_of(table) - goes.get(table.name, set()) - left.get(table.name, set()))
    }
    assert forgotten == {}, "name them in DESTROYED or LEFT of osm/retention/rules.py"


def test_no_column_is_named_that_is_not_there_or_both_goes_and_stays():
    goes, left = named(GOES), named(LEFT.values())
    for table in goes.keys() | left.keys():
        columns = set(db.metadata.tables[table].c.keys()) | {ROWS}
        assert (goes.get(table, set()) | left.get(table, set())) <= columns, table
        assert not goes.get(table, set()) & left.get(table, set()), table


def test_every_kind_and_every_subject_is_known_everywhere():
    subjects = {subject for _, subject in DESTROYED}
    assert subjects == set(ENTERED) == set(SUBJECT_LABELS) == set(_MODELS) == set(_LAST)
    assert set(_OVER) == set(DESTROYED)
    assert all(since in db.metadata.tables[table].c for table, since in SWEPT.items())
    assert set(TERMS) == set(Kept)
