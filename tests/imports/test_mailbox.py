"""Exports that come by mail, against dovecot: taken from known senders only, moved and never deleted."""

from __future__ import annotations

import os
from dataclasses import replace
from email.message import EmailMessage

import pytest

from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import mailbox
from osm.jobs import lanes
from osm.models import Arrival, ImportRun
from osm.reminders.acts import mailing
from osm.settings.environment import InboxSettings
from tests.forks import FORKS

from .desk import NOON, export, load, messages, rows, work
from .dovecot import DOVECOT, PASSWORD, USER, running

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="no dovecot")
OURS = "pressa@les.example.ru"


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture
def box(app, office, server, monkeypatch):
    of = InboxSettings("localhost", server.port, USER, PASSWORD, frozenset({OURS}), str(server.ca))
    kept = app.extensions["osm"].settings
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(kept, inbox_mail=of))
    mailing.TROUBLES.forget()
    with mailbox.opened(of) as opened:
        for name in ("INBOX", mailbox.LOADED, mailbox.REFUSED):
            opened.folder.set(name)
            opened.delete(opened.uids())
    load(export(*rows(1)))
    return of


def send(of, sender, **attached: bytes) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Пресс-служба <{sender}>", "a@les.example.ru", "Выгрузка"
    letter.set_content("Во вложении")
    for name, content in attached.items():
        letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    with mailbox.opened(of) as box:
        box.append(letter.as_bytes(), "INBOX")


def counts(of) -> tuple[int, int, int]:
    with mailbox.opened(of) as box:
        return tuple(box.folder.status(name)["MESSAGES"] for name in ("INBOX", mailbox.LOADED, mailbox.REFUSED))


def rounds() -> None:
    for _ in range(3):
        lanes.read_mail(NOON, Pace())
        lanes.take_exports(NOON, Pace())
        work()


def test_an_attachment_of_a_known_layout_is_loaded(box):
    send(box, OURS, выгрузка_xlsx=export(*rows(3)), подпись_png=b"picture")
    rounds()
    assert len(messages()) == 3
    assert counts(box) == (0, 1, 0)
    assert db.session.scalars(db.select(Arrival)).one().settled_at == NOON


def test_letters_of_strangers_stay_untouched(box):
    send(box, "stranger@evil.example", a_xlsx=export(*rows(3)))
    rounds()
    assert counts(box) == (1, 0, 0)
    with mailbox.opened(box) as opened:
        assert [letter.flags for letter in opened.fetch(mark_seen=False)] in ([()], [("\\Recent",)])
    assert len(messages()) == 1


def test_what_cannot_be_read_and_letters_without_files_are_put_aside(box):
    send(box, OURS, a_xlsx=b"PK\x03\x04 no book")
    send(box, OURS)
    rounds()
    assert counts(box) == (0, 0, 2)


def test_the_same_file_twice_is_loaded_once(box):
    content = export(*rows(3))
    for _ in range(2):
        send(box, OURS, a_xlsx=content)
    rounds()
    send(box, OURS, b_xlsx=content)
    rounds()
    assert counts(box) == (0, 3, 0)
    assert db.session.query(ImportRun).count() == 2  # with the one of the fixture


def test_a_scanner_that_is_down_leaves_letters_where_they_are_and_is_told(box, app, monkeypatch, tmp_path):
    program = tmp_path / "scan"
    program.write_text("#!/bin/sh\nexit 2\n")
    program.chmod(0o755)
    settings = replace(app.extensions["osm"].settings, scan_command=(str(program),))
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)
    send(box, OURS, a_xlsx=export(*rows(3)))
    send(box, OURS)
    rounds()
    assert counts(box) == (2, 0, 0)
    (trouble,) = mailing.troubles()
    assert (trouble.name, "вирусы" in trouble.reason) == (lanes.MAILBOX, True)
    program.write_text("#!/bin/sh\nexit 0\n")
    rounds()
    assert (counts(box), len(messages()), mailing.troubles()) == ((0, 1, 1), 3, [])


def test_a_wrong_password_or_certificate_is_one_trouble(box, app, monkeypatch):
    for wrong, words in (
        ({"password": "x"}, "имя и пароль"),
        ({"ca": ""}, "сертификату"),
        ({"port": 1}, "не отвечает"),
    ):
        settings = replace(app.extensions["osm"].settings, inbox_mail=replace(box, **wrong))
        monkeypatch.setattr(app.extensions["osm"], "settings", settings)
        assert lanes.read_mail(NOON, Pace()) == 0
        (trouble,) = mailing.troubles()
        assert words in trouble.reason
        assert PASSWORD not in trouble.reason
        mailing.end_trouble(lanes.MAILBOX)


def _killed(environ, of):
    os.environ.update(environ)
    from osm import create_app

    with create_app(with_web=False).app_context():
        mailbox.MailBox.move = lambda *_: os.kill(os.getpid(), 9)
        mailbox.work(of, NOON, Pace())


def test_killed_between_the_store_and_the_move_it_is_loaded_once(box, app):
    send(box, OURS, a_xlsx=export(*rows(3)))
    settings = app.extensions["osm"].settings
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }
    db.session.remove()
    process = FORKS.Process(target=_killed, args=(environ, box), daemon=True)
    process.start()
    process.join(120)
    assert process.exitcode == -9
    assert counts(box) == (1, 0, 0)
    rounds()
    assert counts(box) == (0, 1, 0)
    assert (len(messages()), db.session.query(ImportRun).count()) == (3, 2)
