"""An office at noon where every lane has something to do, twice, and a copy of it that each test starts from."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from osm.answers.acts import ordering
from osm.approvals import acts as approval
from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE, put_away, transaction
from osm.comments.acts import comments, deletions
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.acts.deletions import Fetching
from osm.guarding.acts import leaving
from osm.imports.acts import runs
from osm.jobs.running import SINCE
from osm.listening.acts import called, hearing
from osm.listening.acts.called import Reading
from osm.listening.acts.hearing import Listening
from osm.log.acts import audit, contents
from osm.models import Comment, Connection, Message, OutboxAction, ReceivedEvent, User
from osm.outbox.acts import asking as acts_asking
from osm.outbox.acts import rounds
from osm.outbox.acts.rounds import Ongoing
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import outgoing, planning, posting
from osm.plan.acts.outgoing import Written
from osm.plan.rules import PlanAct
from osm.regulation.blacklist import OutboxKind
from osm.regulation.words import Status
from osm.settings.environment import MailSettings, Security
from tests.connectors.files import HEADER, incident, xlsx
from tests.desk import NOW, Desk
from tests.emulators.instagram import KEYS as INSTAGRAM_KEYS
from tests.emulators.instagram import PAGE, Instagram, instagram_network
from tests.emulators.vk import KEYS, Vk, vk_network
from tests.emulators.vk_world import World
from tests.office import OVERRIDE, at
from tests.pictures import picture
from tests.reminders.mailbox import Mailbox

NOON = at("25.11 12:00")
BEFORE, LONG_AGO = NOW - timedelta(hours=1), NOW - timedelta(days=2)
SECOND = 200000002


@dataclass
class Everything:
    """`worlds`: the two communities of VK, each with a deletion, an answer, a ban and a publication that are due."""

    app: Flask
    desk: Desk
    vk: Vk
    instagram: Instagram
    mailbox: Mailbox
    copies: Path
    worlds: list[World]
    _kept: dict[str, Any] = field(default_factory=dict)

    def keep(self) -> None:
        """From now on `put_back` restores this state."""
        put_away()
        db.engine.dispose()
        file = Path(str(db.engine.url.database))
        shutil.copyfile(file, self.copies.parent / "kept.sqlite3")
        self._kept["worlds"] = [_without_locks(world) for world in self.worlds]
        self._kept["instagram"] = _without_locks(self.instagram)
        self._kept["seals"] = self.app.extensions["osm"].settings.seals_file.read_bytes()
        SINCE.forget(self.app)  # the worker has just begun: no lane is silent yet
        self._kept["remembers"] = dict(self.app.extensions["osm"].remembers)

    def put_back(self) -> None:
        put_away()
        db.engine.dispose()
        file = Path(str(db.engine.url.database))
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self.copies.parent / "kept.sqlite3", file)
        for one, kept in zip(
            [*self.worlds, self.instagram], [*self._kept["worlds"], self._kept["instagram"]], strict=True
        ):
            one.__dict__.update(copy.deepcopy(kept))
        memory = self.app.extensions["osm"].remembers
        memory.clear()
        memory.update(self._kept["remembers"])
        self.app.extensions["osm"].settings.seals_file.write_bytes(self._kept["seals"])
        contents.forget()
        self.app.extensions["osm"].clock.set(NOON)
        rounds._ongoing, hearing._listening, called._reading = Ongoing(), Listening(), Reading()
        acts_asking._renewing, deletions._fetching = {}, Fetching()
        for asking in (leaving.run, posting.run_past_plan):
            asking.__self__._asked.clear()
        self.mailbox.letters.clear()
        shutil.rmtree(self.copies, ignore_errors=True)


def _without_locks(one: Any) -> dict[str, Any]:
    return copy.deepcopy({name: value for name, value in vars(one).items() if name not in ("changed", "serving")})


@contextmanager
def everything_due(app: Flask, desk: Desk, folder: Path) -> Iterator[Everything]:
    """All of it, at noon. Afterwards the application has its former settings."""
    kept, clock = app.extensions["osm"].settings, app.extensions["osm"].clock
    box = Mailbox()
    with vk_network(limits=False) as vk, instagram_network(now=int(NOW.timestamp())) as instagram:
        second = World(group=SECOND, now=int(NOW.timestamp()), people=vk.world.people)
        vk.world.now = int(NOW.timestamp())
        one = Everything(app, desk, vk, instagram, box, folder / "copies", [vk.world, second])
        mail = MailSettings("127.0.0.1", box.port, Security.NONE, "osm@example.ru", base_url="https://osm.example.ru")
        urls = {**kept.network_urls, "vk": vk.base, "instagram": instagram.serving.base}
        app.extensions["osm"].settings = replace(kept, mail=mail, backup_dir=one.copies, network_urls=urls)
        try:
            _bring_about(one, [KEYS, vk.add(second)])
            app.extensions["osm"].clock = FixedClock(NOON)
            one.keep()
            yield one
        finally:
            app.extensions["osm"].settings, app.extensions["osm"].clock = kept, clock
            box.stop()


def _bring_about(one: Everything, keys: list[dict[str, str]]) -> None:
    anna = one.desk.anna
    with transaction() as session:
        for login, person in one.desk.ids.items():
            session.execute(update(User).where(User.id == person).values(email=f"{login}@example.ru"))
    pages = [
        connect_page("vk", str(world.group), given, publish="auto", actor=anna, now=BEFORE).account_id
        for world, given in zip(one.worlds, keys, strict=True)
    ]
    ends = {"expires_at": (NOON + timedelta(days=20)).isoformat()}
    connect_page(
        "instagram", PAGE, {**INSTAGRAM_KEYS, **ends}, has_read=True, actor=anna, now=BEFORE - timedelta(days=2)
    )
    hearing.run(BEFORE, WHOLE)
    one.vk.pictures["яма.png"] = picture()
    for number, world in enumerate(one.worlds):
        _on_page(one, world, number)
    _to_publish(one, pages)
    for number in (0, 1):
        content = xlsx([HEADER, *(incident(501 + 10 * number + row) for row in range(2))])
        run = runs.upload_file("выгрузка.xlsx", content, source="", actor=anna, now=NOW)
        runs.start_run(run.id, columns={}, times="local", history=False, dry_run=False, actor=anna, now=NOW)
    _was_called(one)
    audit.seal_events(NOON)


def _on_page(one: Everything, world: World, number: int) -> None:
    """An insult with a picture that is deleted, a question that is answered, a person who is banned."""
    anna, post = one.desk.anna, world.post("Пост")
    photo = {"id": 1, "owner_id": 1, "album_id": 1, "date": 1, "has_tags": False,
             "sizes": [{"type": "x", "url": f"{one.vk.base}/picture/яма.png", "width": 60, "height": 40}]}  # fmt: skip
    rude, asks, barred = (world.person(1000 * (number + 1) + who, "Житель", f"№ {who}") for who in range(3))
    world.write(post, rude, "Вы идиоты", attachments=[{"type": "photo", "photo": photo}])
    world.write(post, asks, f"Когда вывезут мусор, дом {number}?")
    world.write(post, barred, "Окна дёшево")
    hearing.run(NOW, WHOLE)
    here = select(Comment).where(Comment.external_id.startswith(f"{world.owner}_")).order_by(Comment.id)
    insult, question, advert = db.session.scalars(here).all()
    message = one.desk.in_status(Status.ON_APPROVAL)
    with transaction():
        question = db.session.get_one(Comment, question.id)
        question.message_id = message.id
        db.session.get_one(Message, message.id).text = question.text
    draft, fresh = message.replies[-1].drafts[-1], db.session.get_one(Message, message.id, populate_existing=True)
    given = {"draft_id": draft.id, "override": OVERRIDE, "actor": anna, "now": NOW}
    ordering.approve_and_order(
        lambda: approval.approve_draft(fresh.id, fresh.version, **given), fresh.id, actor=anna, now=NOW
    )
    comments.decide([Chosen(insult.id, insult.version)], Choice.DELETE, ground="insult", actor=anna, now=NOON)
    with transaction() as session:
        author = db.session.get_one(Comment, advert.id).author_id
        session.add(
            OutboxAction(
                kind=OutboxKind.BAN, network="vk", author_id=author, not_before=NOW, created_at=NOW,
                created_by_id=anna.id, idempotency_key=f"ban:{number}",
            )
        )  # fmt: skip


def _to_publish(one: Everything, pages: list[int]) -> None:
    row = outgoing.add_idea("Открытие катка", NOON.date(), actor=one.desk.vera, now=NOW)
    what = Written(title="Открытие катка", text="Завтра открываем каток. Приходите!", pages=tuple(pages))
    row = outgoing.save(row.id, row.version, what, then=PlanAct.APPROVE, actor=one.desk.anna, now=NOW)
    planning.set_time(
        row.id, row.version, NOON.date(), time(12), late_minutes=24 * 60, schedule=True, actor=one.desk.anna, now=NOW
    )


def _was_called(one: Everything) -> None:
    """The network has reported a comment to each page of VK."""
    for world in one.worlds:
        world.write(
            next(iter(world.posts)),
            1,
            "Спасибо",
        )
        body = json.dumps({name: world.events[-1][name] for name in ("type", "object")})
        there = select(Connection).join(Connection.account).where(Connection.account.has(external_id=str(world.group)))
        with transaction() as session:
            connection = session.scalars(there).one()
            session.add(
                ReceivedEvent(connection_id=connection.id, event_id=str(world.group), body=body, received_at=NOW)
            )
