"""Messages and comments of before are found in their threads after the migration."""

from __future__ import annotations

from importlib import import_module

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from osm.connectors.contract import Target
from osm.connectors.ways import Kind
from osm.extensions import db
from osm.regulation.comment_words import CommentKind, CommentState
from osm.store.models import Account, Comment, Message
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at, hire

pytestmark = pytest.mark.nightly(on="postgresql")

THEN = at("02.03 10:00")
URL = "https://vk.com/wall-200000001_12?reply=348"


def _heard(account, name, **about):
    return Comment(
        network="vk", external_id=name, account_id=account.id, thread_key=name, kind=CommentKind.COMMENT, text="Яма",
        text_digest=name, stored_at=THEN, waiting_since=THEN, **about,
    )  # fmt: skip


def test_open_messages_get_their_names_and_answers_their_threads(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        office = hire()
        messages = [office.incident("02.03 10:00") for _ in range(3)]
        with transaction() as session:
            opened, closed, recalled = (session.merge(one) for one in messages)
            opened.url = closed.url = URL
            closed.closed_at = recalled.recalled_at = THEN
            account = Account(network="vk", external_id="200000001", created_at=THEN)
            session.add(account)
            session.flush()
            post, owner = "12", "-200000001"
            talk = {"kind": str(Kind.COMMUNITY_MESSAGE), "id": "9", "place": "77", "owner": owner}
            answer = {"kind": str(Kind.COMMENT), "id": "349", "place": post, "owner": owner, "thread": "348"}
            top = {"kind": str(Kind.COMMENT), "id": "348", "place": post, "owner": owner}
            taken = {"state": CommentState.TAKEN, "message_id": recalled.id, "decided_at": THEN}
            session.add_all(
                [
                    _heard(account, "-200000001_348", target=top, **taken),
                    _heard(account, "-200000001_349", target=answer, parent_external_id="-200000001_348"),
                    _heard(account, "community_message:-200000001_77_9", target=talk),
                    _heard(account, "-200000001_351", parent_external_id="-200000001_348"),
                ]
            )
        ids = [one.id for one in messages]
        db.session.remove()
        file = next((MIGRATIONS / "versions").glob("*_threads_of_before.py"))
        before = import_module(f"osm.store.migrations.versions.{file.stem}").down_revision
        downgrade(str(MIGRATIONS), revision=before)
        db.session.remove()
        upgrade(str(MIGRATIONS))
        names = dict(db.session.execute(db.select(Message.id, Message.comment_name)).tuples().all())
        assert [names[one] for one in ids] == [Target(Kind.COMMENT, "348", "12", "-200000001").name, "", ""]
        keys = db.session.scalars(db.select(Comment.thread_key).order_by(Comment.id)).all()
        named = Target(Kind.COMMUNITY_MESSAGE, "9", "77", "-200000001").named("")
        assert keys == ["-200000001_348", "-200000001_348", named, "-200000001_351"]
        first = db.session.scalars(db.select(Comment).order_by(Comment.id)).first()
        assert (first.state, first.message_id, first.version) == (CommentState.WAITING, None, 2)


def test_comments_under_photos_become_a_kind_of_their_own(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        with transaction() as session:
            account = Account(network="vk", external_id="200000001", created_at=THEN)
            session.add(account)
            session.flush()
            for kind in (Kind.COMMENT, Kind.PHOTO_COMMENT, Kind.VIDEO_COMMENT):
                one = _heard(account, Target(kind, "9", "12", "-200000001").name)
                one.kind = CommentKind(kind)
                session.add(one)
        db.session.remove()
        file = next((MIGRATIONS / "versions").glob("*_photo_and_video_comments.py"))
        before = import_module(f"osm.store.migrations.versions.{file.stem}").down_revision
        kinds = sa.select(sa.column("kind", sa.String())).select_from(sa.table("comment")).order_by(sa.column("id"))
        downgrade(str(MIGRATIONS), revision=before)
        assert db.session.scalars(kinds).all() == ["comment"] * 3
        db.session.remove()
        upgrade(str(MIGRATIONS))
        assert db.session.scalars(kinds).all() == ["comment", "photo_comment", "video_comment"]
