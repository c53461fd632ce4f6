"""An auditor reads without names until his day ends, changes nothing, and each page that he opens is logged."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import index
from osm.demo.office import seed
from osm.files.queries import ATTACHED
from osm.log.acts.record import record
from osm.log.models import READ
from osm.models import (
    Attachment,
    AuditAccess,
    Author,
    BlacklistEvidence,
    BlacklistProposal,
    Closure,
    Comment,
    Complaint,
    Event,
    Evidence,
    Followup,
    Message,
    MessageEdition,
    Reply,
    Shortcoming,
    User,
)
from osm.people.acts.users import edit_user
from osm.regulation.words import Role, Status
from osm.retention.rules import Columns
from osm.settings import SettingsError, load_settings
from tests.cast import audit, browser_of
from tests.conftest import MORNING
from tests.retention.poison import NAME, poison
from tests.web.routes import AUDITOR, ROUTES, address

MARK = NAME
LINK = "https://vk.com/yatskevichute"
FORM = {
    "name": "Зоя Проверкина", "position": "Прокуратура", "ordered_by": "прокурор города", "document": "№ 7 от 20.11",
    "last_day": "2026-12-05", "login": "zoya", "email": "",
}  # fmt: skip


AS_IT_IS: Columns = {
    "message": "text place", "followup": "text", "closure": "reason recipient restore_reason", "evidence": "text",
    "reply": "published_url", "draft": "text remarks", "part": "text remarks", "assignment": "task",
    "answer_group": "name text", "interim_explanation": "text", "criteria_exception": "text", "note": "text",
    "promise": "words result reason", "shortcoming": "words cause_words objection reason", "event_note": "text",
    "blacklist_proposal": "note decision_reason lift_reason", "blacklist_evidence": "text", "complaint": "reason",
}  # fmt: skip
"""What people wrote, and links to our answers: an audit is about that (docs/decisions/076). All else that a purge
destroys is given the name, and an auditor may see none of it."""


def mark_people() -> None:
    """Mark the name, profile and links of every citizen in the database."""
    poison(AS_IT_IS)
    named = {"author_name": MARK, "author_url": LINK, "url": LINK}
    told = {"author": [MARK, MARK], "url": [LINK, LINK]}
    with transaction() as session:
        unique = func.concat(LINK, Author.id) if db.engine.dialect.name == "postgresql" else LINK + func.cast(
            Author.id, Author.network.type)  # fmt: skip
        session.execute(update(Author).values(name=MARK, profile_url=unique))
        session.execute(update(Message).values(url=LINK, source_raw={"ФИО": MARK}))
        session.execute(update(Followup).values(url=LINK))
        for model in (Evidence, BlacklistEvidence):
            session.execute(update(model).values(named))
        session.execute(update(BlacklistProposal).values(author_name=MARK, author_url=LINK))
        session.execute(update(Complaint).values(evidence={**named, "text": "текст", "published_at": None}))
        session.execute(update(MessageEdition).values(told=told))
        session.execute(update(Attachment).values(filename=f"{MARK}.png"))
        record(ATTACHED, at=MORNING, actor=None, about=session.scalars(select(Comment)).first(), note=f"{MARK}.png")


def words_of(answer) -> str:
    """What a person reads in a page, a workbook or a PDF."""
    if answer.mimetype == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    if "spreadsheet" in answer.mimetype:
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    return answer.text


@pytest.fixture
def demonstration(app):
    """The demonstration with marked people; login → id."""
    with app.app_context():
        seed(MORNING)
        index.read_due(MORNING)
        mark_people()
        ids = dict(db.session.execute(select(User.login, User.id)).all())
        return ids | {"zoya": audit(ids["dina"], MORNING)}


def telling() -> set[int]:
    """Messages with an exclusion, a complaint, an edition, a later text or an answer; and some more."""
    found = {*db.session.scalars(select(Message.id).order_by(Message.id.desc()).limit(4))}
    for model in (Complaint, MessageEdition, Followup, Reply):
        found |= {*db.session.scalars(select(model.message_id).order_by(model.id).limit(3))}
    closed = select(Closure.message_id).join(Evidence, Evidence.closure_id == Closure.id)
    return found | {*db.session.scalars(closed.limit(4))}


def addresses() -> list[str]:
    """Each page; of those that declare the auditor for rows of every kind."""
    with_ids = {
        "message_id": select(Message.id).where(Message.id.in_(telling())),
        "proposal_id": select(BlacklistProposal.id),
        "complaint_id": select(Complaint.id),
        "shortcoming_id": select(Shortcoming.id).limit(5),
    }
    found = []
    for route in ROUTES:
        if "GET" in route.methods and (not route.access or AUDITOR not in route.access):
            found.append(address(route.rule))
        elif route.access and AUDITOR in route.access:
            name = next((name for name in with_ids if f"<int:{name}>" in route.rule), None)
            ids = db.session.scalars(with_ids[name]) if name else [""]
            found += [route.rule.replace(f"<int:{name}>", str(number)) for number in ids]
    closures = db.session.scalars(select(Evidence.closure_id)).all()
    assert closures
    assert db.session.scalar(select(func.count(BlacklistProposal.id)))
    return found


def test_no_page_or_file_of_an_auditor_names_a_citizen(app, demonstration):
    with app.app_context():
        asked = [
            *addresses(),
            "/messages?q=яма",
            "/admin/log?show=all",
            "/blacklist?part=listed",
            "/blacklist?part=closed",
        ]
        asked += [f"{one}?from=2026-01-01&to=2026-12-31" for one in asked if re.search("journal|export|reports", one)]
    zoya, anna = browser_of(app, demonstration, "zoya"), browser_of(app, demonstration, "anna")
    shown = []
    for place in asked:
        answer = zoya.get(place, follow_redirects=True)
        assert answer.status_code != 500, place
        words = f"{answer.headers}\n{words_of(answer)}"
        shown += [place] if MARK in words or LINK.removeprefix("https://") in words else []
    assert shown == []
    card = next(place for place in asked if re.fullmatch(r"/messages/\d+", place))
    assert "скрыто" in zoya.get(card).text
    assert MARK in anna.get(card).text  # of another request nothing is hidden
    found = [re.search(r'href="/messages/\d', one.get("/messages?q=яма").text) for one in (anna, zoya)]
    assert (bool(found[0]), found[1]) == (True, None), "words find nothing for her: names are among them"


def test_an_auditor_sends_nothing_but_his_own_log_in(app, zoya, desk):
    message = desk.in_status(Status.NEW)
    assert zoya.submit(f"/messages/{message.id}/talk", {"text": "Почему?"}).status_code == 403
    assert zoya.submit("/reminders/wishes", {"mail_mode": "none"}).status_code == 403
    assert 'id="talk"' not in zoya.get(f"/messages/{message.id}").text  # nobody has written a note
    assert ('href="/messages">Сообщения' in zoya.get("/").text, 'href="/admin"' in zoya.get("/").text) == (True, False)
    assert "Сменить" in zoya.get("/password").text
    assert zoya.submit("/logout").status_code == 303


def test_each_page_of_an_auditor_is_logged(app, zoya, desk, dina):
    message = desk.in_status(Status.NEW)
    for _ in range(2):
        zoya.get(f"/messages/{message.id}")
    zoya.get("/messages")
    read = select(Event.message_id, Event.changes).where(Event.action == READ, Event.object_kind == "audit")
    db.session.rollback()
    rows = db.session.execute(read.order_by(Event.id)).all()
    assert [(number, changes["page"][1]) for number, changes in rows] == [
        (message.id, "card.show"), (message.id, "card.show"), (None, "register.show"),
    ]  # fmt: skip
    page = dina.get("/admin/auditors").text
    assert "Зоя Проверкина" in page
    assert "Что смотрел: 4" in page
    seen = dina.get(f"/admin/log?show=reads&who={desk.ids['zoya']}").text
    assert "открыто проверяющим" in seen


def test_the_access_of_an_auditor_ends_by_itself(app, zoya, clock, now, client):
    assert zoya.get("/messages").status_code == 200
    clock.set(now + timedelta(days=10, hours=1))
    assert client.log_in("zoya", "длинный-пароль-zoya").status_code == 303
    clock.set(now + timedelta(days=11))
    assert zoya.get("/messages").location.startswith("/login")
    assert client.get("/messages").location.startswith("/login")
    refused = client.log_in("zoya", "длинный-пароль-zoya")
    assert refused.status_code == 401
    assert "Срок доступа проверяющего закончился" in refused.text


def test_an_administrator_gives_access_on_a_ground(app, dina, cast):
    page = dina.submit("/admin/auditors", FORM)
    assert page.status_code == 200
    assert "zoya" in page.text
    with app.app_context():
        access = db.session.scalars(select(AuditAccess)).one()
        assert (access.ordered_by, access.document) == ("прокурор города", "№ 7 от 20.11")
        assert access.until.isoformat() == "2026-12-05T14:00:00+00:00"
        assert db.session.get_one(User, access.user_id).own_roles == {Role.AUDITOR}


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("ordered_by", "", "кто поручил проверку"),
        ("document", " ", "номер и дату документа"),
        ("last_day", "", "последний день доступа"),
        ("last_day", "2027-01-05", "по 25.12.2026"),
        ("last_day", "2026-11-24", "с 25.11.2026"),
        ("name", "", "имя и фамилию"),
    ],
)
def test_access_without_ground_or_too_long_is_refused(app, dina, field, typed, told):
    page = dina.submit("/admin/auditors", {**FORM, field: typed})
    assert page.status_code == 422
    assert told in page.text
    assert 'value="Прокуратура"' in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count(AuditAccess.user_id))) == 0
        assert db.session.scalar(select(User).where(User.login == "zoya")) is None


def test_an_auditor_gets_no_other_role(app, zoya, dina, cast):
    with app.app_context(), transaction() as session:
        person, admin = session.get_one(User, cast["zoya"]), session.get_one(User, cast["dina"])
        given = {"name": "Зоя", "position": "", "phone": "", "department_id": None, "actor": admin, "now": MORNING}
        edit_user(person.id, person.version, roles=[Role.ADMIN], **given)
        assert person.own_roles == {Role.AUDITOR}
        edit_user(cast["efim"], 1, roles=[Role.AUDITOR], **given)
        assert session.get_one(User, cast["efim"]).own_roles == frozenset()


def test_no_group_of_a_directory_makes_an_auditor():
    ldap = {"OSM_LDAP_URL": "ldaps://ldap.example.org", "OSM_LDAP_BASE": "dc=example", "OSM_LDAP_ROLES": "cn=a=auditor"}
    with pytest.raises(SettingsError, match="роли: curator, executor, moderator, head, admin"):
        load_settings(ldap)
