"""What people press most, with each call that leaves the program failing once by an error that no code knows.

The calls find themselves (`tests/worker/boundary.py`). The press is answered in words with the number of the error,
what was typed is offered again, and all of it is done or nothing: pressed once more, it is done.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import import_comments
from osm.models import Comment, Event
from osm.plan.acts import outgoing
from osm.regulation.words import Status
from tests.answers.test_every_act import ACTS, TYPED, start
from tests.cast import Browser
from tests.comments.conftest import line
from tests.desk import NOW, Desk
from tests.worker.boundary import Boundary, watched

pytestmark = pytest.mark.sqlite

BEFORE = ("web_session", "draft_text", "login_attempt")
Pressed = tuple[int, str, Counter[str]]
Form = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Press:
    """`form(desk, number)`: where it is sent, and its fields, of something that no press was about yet."""

    who: str
    form: Callable[[Desk, int], Form]
    typed: str = ""
    gets: bool = False


def _on_message(path: str, status: Status, **fields: Any) -> Callable[[Desk, int], Form]:
    def form(desk: Desk, _number: int) -> Form:
        message = desk.in_status(status)
        return path.format(message.id), {"version": str(message.version), **fields}

    return form


def _act(path: str) -> Press:
    act = next(one for one in ACTS if one.path == path)
    return Press(act.actor, lambda desk, _number: start(desk, act)[1:], TYPED if act.text == "text" else "")


def _comment(_desk: Desk, number: int) -> Form:
    import_comments([line(id=f"-1_{number}", text="Дурак ты")], actor=None, now=NOW)
    verdicts.read_due_comments(NOW)
    row = db.session.scalars(select(Comment).where(Comment.external_id == f"-1_{number}")).one()
    return f"/moderation/{row.id}/decide", {"version": row.version, "choice": "delete", "ground": "insult"}


def _file(_desk: Desk, number: int) -> Form:
    content = f"Номер;Текст;Ссылка\n{number};Яма;vk.com/wall1_{number}\n".encode()
    return "/imports", {"file": (io.BytesIO(content), f"{number}.csv")}


def _plan(desk: Desk, number: int) -> Form:
    row = outgoing.add_idea(f"Каток {number}", NOW.date(), actor=desk.anna, now=NOW)
    return f"/plan/{row.id}/text", {"version": row.version, "title": "Каток", "text": TYPED}


PRESSES = {
    "log in": Press("", lambda *_: ("/login", {"login": "anna", "password": "пароль-anna"})),
    "take a message": Press("anna", _on_message("/messages/{}/select", Status.NEW)),
    "route": Press("anna", lambda d, n: _on_message(
        "/messages/{}/route", Status.NEW, executor_id=d.ids["boris"], task=TYPED)(d, n), TYPED),
    "submit": _act("/messages/{}/answer"),
    "approve": _act("/approvals/{}/approve"),
    "publish by hand": _act("/messages/{}/publish"),
    "exclude": Press("anna", _on_message("/messages/{}/exclude", Status.NEW, ground="ad", note=TYPED), TYPED),
    "decide a comment": Press("vera", _comment),
    "load a file": Press("anna", _file),
    "export the register": Press("anna", lambda *_: ("/messages/export.xlsx", {}), gets=True),
    "export the journal": Press("anna", lambda *_: ("/reports/export.xlsx", {}), gets=True),
    "save a publication": Press("anna", _plan, TYPED),
}  # fmt: skip


def rows() -> Counter[str]:
    """How many each table has, without what is kept before: a card is read, a text typed, a log-in counted."""
    db.session.rollback()
    tables = (one for one in db.metadata.sorted_tables if one.name not in BEFORE)
    found = Counter({one.name: db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables})
    found["event"] -= db.session.scalar(select(func.count()).where(Event.action == "read")) or 0
    return found


def press(app: Flask, person: Browser | None, one: Press, form: Form, boundary: Boundary) -> Pressed:
    """The status, the page, and what is there more than before."""
    (address, fields), before = form, rows()
    person = person or app.test_client()
    fields = {name: (io.BytesIO(given[0].getvalue()), given[1]) if isinstance(given, tuple) else given
              for name, given in fields.items()}  # fmt: skip
    given = {"csrf_token": person.token("/login" if not one.who else ""), **fields}
    boundary.is_on = True
    answer = person.get(address) if one.gets else person.post(address, data=given)
    boundary.is_on = False
    return answer.status_code, answer.text if "html" in answer.content_type else "", rows() - before


@pytest.mark.parametrize("name", PRESSES)
def test_a_call_that_fails_leaves_all_or_nothing_and_says_so(
    app: Flask, desk: Desk, request: pytest.FixtureRequest, name: str
):
    one, numbers, wrong = PRESSES[name], itertools.count(1), []
    person = request.getfixturevalue(one.who) if one.who else None
    with watched(app.extensions["osm"].settings.data_dir) as boundary:
        press(app, person, one, one.form(desk, next(numbers)), boundary)  # what is made once is there from here on
        boundary.fail(None)
        status, page, wanted = press(app, person, one, one.form(desk, next(numbers)), boundary)
        assert status < 400, page
        found = sorted(boundary.seen)
        for site in found:
            boundary.fail(site, 1)
            form = one.form(desk, next(numbers))
            status, page, more = press(app, person, one, form, boundary)
            said = re.sub(r"<[^>]+>|\s+", " ", page)
            if status >= 400 and not re.search("[а-яё]{3}", said):
                wrong.append(f"{site}: {status} without words")
            if status == 500 and "Номер ошибки" not in said:
                wrong.append(f"{site}: without its number")
            if status >= 400 and one.typed not in page:
                wrong.append(f"{site}: what was typed is gone")
            if more not in (Counter(), wanted):
                wrong.append(f"{site}: {status}, half-done: {dict(more)} of {dict(wanted)}")
            boundary.fail(None)
            again, _page, after = press(app, person, one, form, boundary)
            if more == Counter() and (again >= 400 or after != wanted):
                wrong.append(f"{site}: pressed once more: {again}, {dict(after)} of {dict(wanted)}")
    assert (bool(found), wrong) == (True, []), "\n".join(wrong)
