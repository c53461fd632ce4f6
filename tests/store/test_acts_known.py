"""An upgrade adds to old acts the name of what they placed and their proposal; it marks messages made from comments."""

from __future__ import annotations

from datetime import timedelta

from flask_migrate import downgrade, upgrade

from osm.blacklist.acts import entries
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.acts.importing import store_heard
from osm.connectors.comments_file import IncomingComment
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.store.models import Comment, Message, OutboxAction
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at, hire

NOW = at("25.11 10:00")
PLACED = {"kind": "comment", "id": "17", "place": "5", "owner": "-200000001", "author": "-200000001", "thread": "9"}
MESSAGE = {"kind": "community_message", "id": "17", "place": "55", "owner": "-200000001", "author": "", "thread": ""}


def heard(number: str, text: str) -> Comment:
    with transaction():
        store_heard(
            [
                IncomingComment(
                    row=0, network="vk", external_id=number, kind="comment", text=text, post_url="", post_title="",
                    url=f"https://vk.com/wall-1_2?reply={number}", parent_external_id="", author_name="Анна",
                    author_url=f"https://vk.com/id{number}", published_at=NOW,
                )
            ],
            now=NOW,
        )  # fmt: skip
    return db.session.scalars(db.select(Comment).where(Comment.external_id == number)).one()


def decide(office, row: Comment, choice: Choice, now, ground: str = "") -> None:
    comments.decide([Chosen(row.id, row.version)], choice, ground=ground, actor=office.anna, now=now)


def test_rows_of_before_are_named(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        office = hire()
        message = office.routed("24.11 09:00", "24.11 09:10")
        draft = office.submitted(message, "24.11 10:00")
        about = {"kind": OutboxKind.PUBLISH, "network": "vk", "message_id": message.id, "draft_id": draft.id,
                 "state": OutboxState.DONE, "settled_at": NOW, "not_before": NOW, "created_at": NOW,
                 "target": PLACED}  # fmt: skip
        with transaction() as session:
            for key, placed in (("a", PLACED), ("b", PLACED), ("c", MESSAGE), ("d", None)):
                session.add(OutboxAction(**about, placed=placed, idempotency_key=key))
        rude = heard("31", "Вы все воры")
        proposal = entries.propose(rude, ground="insult", term="month", actor=office.vera, now=NOW)
        entries.approve(proposal.id, proposal.version, actor=office.anna, now=NOW)
        listed = proposal.id
        taken, again, kept = (heard(number, f"Когда уберут снег? {number}") for number in ("32", "33", "34"))
        decide(office, taken, Choice.TAKE, NOW)
        decide(office, again, Choice.TAKE, NOW)
        of_again = again.message_id
        comments.undo(again.id, again.version, actor=office.anna, now=NOW + timedelta(minutes=1))
        decide(office, again, Choice.TAKE, NOW + timedelta(minutes=2))
        assert again.message_id == of_again
        with transaction():
            kept.message_id = message.id  # joined, not taken
        stood = set(db.session.scalars(db.select(Message.id).where(Message.by_comment)))
        assert stood == {taken.message_id, of_again}
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0075")
        upgrade(str(MIGRATIONS))
        names = db.select(OutboxAction.idempotency_key, OutboxAction.placed_name)
        placed = dict(db.session.execute(names).tuples().all())
        assert {key: placed[key] for key in "abcd"} == {
            "a": "-200000001_17", "b": None, "c": "community_message:-200000001_55_17", "d": None,
        }  # fmt: skip
        bans = db.select(OutboxAction.proposal_id).where(OutboxAction.kind == OutboxKind.BAN)
        assert db.session.scalars(bans).all() == [listed]
        assert set(db.session.scalars(db.select(Message.id).where(Message.by_comment))) == stood
