"""Urgent reports of before: only what is certain is said to have been made known to the head."""

from __future__ import annotations

from importlib import import_module

from flask_migrate import downgrade, upgrade
from sqlalchemy import func

from osm.extensions import db
from osm.people.acts.logins import edit_user
from osm.regulation.words import Post, Role
from osm.store.models import Reached, ReachedAs, UrgentReading, UrgentReport, User, UserRole
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from osm.urgent.acts import urgent
from osm.urgent.acts.instructions import ReportForm
from tests.office import at, hire

OPENED, READ, NAMED = at("16.03 09:00"), at("17.03 10:05"), at("18.03 09:00")


def _leader(login: str) -> int:
    with transaction() as session:
        person = User(
            login=login, name=login.title(), password_hash="-", created_at=OPENED, role_rows=[UserRole(role=Role.HEAD)]
        )
        session.add(person)
        session.flush()
        return person.id


def _give_post(user_id: int, post: Post, now) -> None:
    person = db.session.get_one(User, user_id, populate_existing=True)
    about = {"name": person.name, "position": "", "phone": "", "department_id": None}
    edit_user(user_id, person.version, **about, roles=[Role.HEAD], post=post, actor=None, now=now)


def test_what_leaders_have_read_is_theirs_and_only_the_heads_was_made_known(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        office = hire()
        maxim = _leader("maxim")
        _give_post(maxim, Post.CHIEF_OF_STAFF, OPENED)
        messages = [office.incident("17.03 09:00") for _ in range(4)]
        reports = [
            urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=office.anna, now=at("17.03 10:00")).id
            for message in messages
        ]
        _give_post(maxim, Post.HEAD, NAMED)
        with transaction() as session:
            for report_id, reader, when in (
                (reports[0], office.ids["gleb"], READ),  # his post is unknown
                (reports[1], maxim, READ),  # he was no head then
                (reports[2], maxim, NAMED),
            ):
                row = session.get_one(UrgentReport, report_id)
                row.reached, row.reached_at, row.reached_id = Reached.READ, when, reader
        db.session.remove()
        file = next((MIGRATIONS / "versions").glob("*_who_the_head_is.py"))
        before = import_module(f"osm.store.migrations.versions.{file.stem}").down_revision
        downgrade(str(MIGRATIONS), revision=before)
        upgrade(str(MIGRATIONS))
        rows = [db.session.get_one(UrgentReport, report_id) for report_id in reports]
        assert [row.reached_as for row in rows] == [None, None, ReachedAs.HEAD, None]
        assert [(row.received_at, row.known_at) for row in rows] == [(at("17.03 09:00"), at("17.03 09:00"))] * 4
        readings = db.select(UrgentReading.urgent_report_id, UrgentReading.user_id).order_by(
            UrgentReading.urgent_report_id
        )
        assert list(db.session.execute(readings).tuples()) == [
            (reports[0], office.ids["gleb"]), (reports[1], maxim), (reports[2], maxim)
        ]  # fmt: skip
        unread = db.select(func.count()).select_from(UrgentReport).where(UrgentReport.reached.is_(None))
        assert db.session.scalar(unread) == 1, "what was closed stays closed"
