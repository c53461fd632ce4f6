"""A later file changes the text of a message: the change is kept and shown, and an approved answer is held."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due, verdicts
from osm.imports.acts import work as acts_work
from osm.imports.queries.editions import editions_of, editions_waiting, texts_of
from osm.messages.acts import closing, executors, routing
from osm.messages.acts.executors import AnswerHeld
from osm.models import DueReading, EditionKind, Event, MessageEdition, MessageVerdict, OutboxAction, ReadingKind, User
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from tests.connectors.files import HEADER, incident

from .desk import NOON, actions, at, export, load, message, messages, running, start, upload, work
from .test_next_day import answer

LATER = at("02.11 14:00")
TEXT = "Застрял лифт на Тестовой, внутри ребёнок"
MENDED = "Застрял лифт на Тестовой, уже починили, спасибо"
PROFILES = [*HEADER, "Профиль автора"]


def row(**changes):
    return incident(501, **({"Текст": TEXT} | changes))


def again(**changes):
    return load(export(row(**changes)), now=LATER)


def waiting(office, who="anna"):
    db.session.rollback()
    person = getattr(office, who)
    found = editions_waiting(person.id, person.roles)
    return [(one.number, sorted(one.edition.told), one.edition.is_held) for one in found]


def kinds() -> list[EditionKind]:
    return list(db.session.scalars(db.select(MessageEdition.kind).order_by(MessageEdition.id)))


def texts() -> list[str]:
    stored = message(501)
    return [one["text"] for one in texts_of(stored.text, stored.stored_at, editions_of(stored.id))]


def approved(office):
    stored = message(501)
    routing.route_message(
        stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("02.11 12:10")
    )
    office.submitted(message(501), "02.11 12:20")
    office.approved(message(501), "02.11 12:30")
    return message(501)


#: What differs in the later file → what is shown.
CHANGES = {
    "text": ({"Текст": MENDED}, ["text"]),
    "a figure": ({"Текст": TEXT + " 15 лет"}, ["text"]),
    "link": ({"Ссылка": "https://vk.com/wall-77_999?reply=9"}, ["url"]),
    "time": ({"Дата публикации": "02.11.2026 09:15"}, ["published_at"]),
    "text and time": ({"Текст": MENDED, "Дата публикации": "02.11.2026 09:15"}, ["published_at", "text"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_kept_raises_the_version_and_waits_for_people(office, name):
    changes, told = CHANGES[name]
    load(export(row()))
    stored = message(501)
    routing.route_message(stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=NOON)
    version, clocks = message(501).version, running(message(501))
    assert again(**changes).counts == {"updated": 1}
    assert (message(501).version, message(501).status, running(message(501))) == (version + 1, Status.IN_WORK, clocks)
    assert waiting(office) == waiting(office, "boris") == [("501", told, False)]
    assert waiting(office, "nina") == waiting(office, "vera") == waiting(office, "gleb") == []
    event = db.session.scalars(db.select(Event).where(Event.action == "source_changed")).one()
    assert event.changes["version"] == [version, version + 1]
    assert {name: event.changes[name] for name in told} == {name: ["changed", True] for name in told}


def test_another_profile_is_a_change_and_the_card_has_the_other_author(office):
    one, other = "https://vk.com/id9007001", "https://vk.com/id9007002"
    load(export([*row(), one], header=PROFILES))
    load(export([*row(Автор="Пётр Ильин"), other], header=PROFILES), now=LATER)
    assert waiting(office) == [("501", ["author"], False)]
    assert (message(501).author.name, message(501).author.profile_url) == ("Пётр Ильин", other)
    assert editions_of(message(501).id)[0].told == {"author": ["Лидия Пробная", "Пётр Ильин"]}


#: Another spelling of the same.
FORMS = {
    "spaces": {"Текст": "Застрял  лифт на Тестовой,\nвнутри ребёнок "},
    "punctuation": {"Текст": "Застрял лифт на Тестовой — внутри ребёнок!!!"},
    "entities": {"Текст": "Застрял&nbsp;лифт на Тестовой,<br>внутри ребёнок"},
    "cut with an ellipsis": {"Текст": "Застрял лифт на Тестовой…"},
    "cut in a word": {"Текст": "Застрял лифт на Тестовой, внутри ребё"},
    "renamed": {"Автор": "Лидия П."},
    "link as on a phone": {"Ссылка": "https://m.vk.com/wall-77_501?reply=9", "Статус": "В работе"},
    "seconds": {"Дата публикации": "02.11.2026 10:15:40"},
}


@pytest.mark.parametrize("name", FORMS)
def test_another_spelling_is_kept_and_holds_nothing(office, name):
    load(export(row()))
    version = approved(office).version
    assert again(**FORMS[name]).counts == {"updated": 1}
    assert kinds() == [EditionKind.FORM]
    assert message(501).version == version
    assert waiting(office) == waiting(office, "boris") == []
    assert len(editions_of(message(501).id)) == 1


def test_a_cut_text_is_kept_with_the_whole_and_repeated_silently(office):
    load(export(row()))
    again(Текст="Застрял лифт на Тестовой…")
    assert message(501).text == TEXT
    again(Текст="Застрял лифт на Тестовой…", Статус="В работе")
    assert texts() == [TEXT, "Застрял лифт на Тестовой…"]
    again(Статус="В работе")
    assert message(501).text == TEXT


@pytest.mark.parametrize("empty", ["", "—", "…", "​"])
def test_an_empty_text_replaces_none(office, empty):
    load(export(row()))
    again(Текст=empty, Статус="В работе")
    assert message(501).text == TEXT
    assert waiting(office) == []


def test_the_whole_text_after_a_cut_one_is_new_to_everybody(office):
    load(export(row(Текст="Застрял лифт на Тестовой…")))
    again()
    assert message(501).text == TEXT
    assert waiting(office) == [("501", ["text"], False)]


def test_all_texts_are_kept_oldest_first(office):
    load(export(row()))
    again(Текст=MENDED)
    again(Текст="Застрял лифт, снова")
    assert texts() == [TEXT, MENDED, "Застрял лифт, снова"]
    assert waiting(office) == [("501", ["text"], False)]


def test_who_has_looked_is_asked_no_more_and_the_others_are(office):
    load(export(row()))
    stored = message(501)
    routing.route_message(stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=NOON)
    again(Текст=MENDED)
    number, version = message(501).id, message(501).version
    edition = editions_of(number)[0].id
    assert executors.look(number, edition, actor=office.boris, now=LATER)
    assert not executors.look(number, edition, actor=office.boris, now=LATER)
    assert (len(waiting(office)), waiting(office, "boris")) == (1, [])
    assert message(501).version == version
    again(Текст="Застрял лифт, снова")
    assert len(waiting(office, "boris")) == 1


def test_who_was_given_the_message_after_the_change_has_read_nothing_else(office):
    load(export(row()))
    again(Текст=MENDED)
    stored = message(501)
    routing.route_message(
        stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("02.11 15:00")
    )
    assert waiting(office, "boris") == []


def test_check_and_search_for_repeats_run_again(office):
    load(export(row()))
    verdicts.read_due(NOON)
    with transaction() as session:
        session.execute(db.delete(DueReading))
    again(Текст="Застрял лифт, ублюдки, я вас убью")
    assert {one.kind for one in db.session.query(DueReading)} >= {ReadingKind.VERDICT, ReadingKind.REPEATS}
    verdicts.read_due(LATER)
    db.session.rollback()
    assert db.session.query(MessageVerdict).one().findings
    assert due.count_queued(ReadingKind.VERDICT) == 0


def test_an_approved_answer_is_held_until_a_person_says_that_it_fits(office):
    load(export(row()))
    approved(office)
    again(Текст=MENDED)
    stored = message(501)
    assert stored.status is Status.APPROVED
    assert waiting(office) == [("501", ["text"], True)]
    draft, edition = stored.replies[0].approved_draft_id, editions_of(stored.id)[0].id
    with pytest.raises(AnswerHeld):
        executors.check_not_held(draft)
    executors.look(stored.id, edition, actor=office.anna, now=LATER)
    assert waiting(office) == [("501", ["text"], True)]
    assert waiting(office, "boris") == [("501", ["text"], True)]
    with pytest.raises(StaleVersion):
        executors.answer_fits(stored.id, stored.version - 1, edition, actor=office.anna, now=LATER)
    executors.answer_fits(stored.id, message(501).version, edition, actor=office.anna, now=LATER)
    executors.check_not_held(draft)
    assert waiting(office) == []
    assert actions(message(501))[-1] == "answer_fits"


def order(stored, *, sent=None):
    """An answer that the program is about to publish, ordered by an approval on a connected page."""
    with transaction() as session:
        action = OutboxAction(
            kind=OutboxKind.PUBLISH, network="vk", message_id=stored.id, draft_id=stored.replies[0].approved_draft_id,
            target={"kind": "comment", "id": "9", "place": "501", "owner": "-77"}, not_before=NOON, created_at=NOON,
            idempotency_key="publish:1:0", sent_at=sent,
        )  # fmt: skip
        session.add(action)


def test_what_the_program_was_to_send_waits_until_it_fits(office):
    load(export(row()))
    order(approved(office))
    again(Текст=MENDED)
    action = db.session.query(OutboxAction).one()
    assert (action.state, action.for_person, action.version) == (OutboxState.PENDING, True, 2)
    stored = message(501)
    executors.answer_fits(stored.id, stored.version, editions_of(stored.id)[0].id, actor=office.anna, now=LATER)
    action = db.session.query(OutboxAction).one()
    assert (action.state, action.for_person, action.error) == (OutboxState.PENDING, False, "")


def test_what_is_being_sent_is_not_stopped_but_no_later_try_begins(office):
    load(export(row()))
    order(approved(office), sent=NOON)
    again(Текст=MENDED)
    assert not db.session.query(OutboxAction).one().for_person
    assert waiting(office) == [("501", ["text"], True)]


def test_an_answer_approved_again_is_no_longer_held(office):
    load(export(row()))
    approved(office)
    again(Текст=MENDED)
    stored = message(501)
    approval.revoke_approval(stored.id, stored.version, reason="Изменилось", actor=office.anna, now=LATER)
    assert waiting(office) == [("501", ["text"], False)]
    office.submitted(message(501), "02.11 14:20")
    office.approved(message(501), "02.11 14:30")
    executors.check_not_held(message(501).replies[0].approved_draft_id)
    assert waiting(office) == [("501", ["text"], False)]


def test_an_answered_or_closed_message_keeps_the_edition_without_asking(office):
    load(export(row(), incident(502), incident(503)))
    answer(office, message(501))
    for number, act in ((502, closing.dismiss_message), (503, closing.exclude_message)):
        stored = message(number)
        given = {"reason": "Не о нас"} if number == 502 else {"ground": "ad", "note": "окна"}
        act(stored.id, stored.version, **given, actor=office.anna, now=NOON)
    load(export(*(incident(number, Текст=MENDED) for number in (501, 502, 503))), now=LATER)
    assert [message(number).status for number in (501, 502, 503)] == [
        Status.ANSWERED, Status.DISMISSED, Status.EXCLUDED
    ]  # fmt: skip
    assert all(len(editions_of(message(number).id)) == 1 for number in (501, 502, 503))
    assert all(running(message(number)) == {} for number in (501, 502, 503))
    assert waiting(office) == waiting(office, "boris") == []


def test_history_never_changes_what_is_open(office):
    load(export(row(), incident(502)))
    stored = message(502)
    closing.dismiss_message(stored.id, stored.version, reason="Не о нас", actor=office.anna, now=NOON)
    done = load(export(row(Текст=MENDED, Статус="Закрыт"), incident(502, Текст=MENDED)), now=LATER, history=True)
    assert done.counts == {"updated": 1, "unchanged": 1}
    assert (message(501).text, message(501).source_status) == (TEXT, "Новый")
    assert done.warnings == {2: "Сообщение в работе: загрузка истории его не меняет."}
    assert message(502).text == MENDED
    checked = load(export(row(Текст="Третий текст")), now=LATER, history=True, dry_run=True)
    assert checked.counts == {"unchanged": 1}


def test_the_check_says_what_would_change_before_it_does(office):
    load(export(row(), incident(502), incident(503)))
    changed = [row(Текст=MENDED), incident(502, Автор="Лидия П."), incident(503, Статус="В работе")]
    checked = load(export(*changed), now=LATER, dry_run=True)
    assert checked.counts == {"updated": 3}
    assert checked.run.forecast["changes"] == {"text": 1}
    assert checked.run.forecast["changed"] == [2, 3]
    assert db.session.query(MessageEdition).count() == 0


@pytest.mark.usefixtures("small_steps")
def test_of_an_act_and_a_file_at_one_moment_neither_is_lost(app, office):
    """Real threads: a person slower than the file is refused, and then routes the changed message."""
    count = 8
    load(export(*(incident(600 + n) for n in range(count))))
    run_id = upload(export(*(incident(600 + n, Текст=f"{MENDED} {n}") for n in range(count))), now=LATER)
    start(run_id, now=LATER, owner="worker:1")
    ids, anna, boris = [one.id for one in messages()], office.ids["anna"], office.ids["boris"]
    db.session.rollback()
    gate, outcome = threading.Barrier(2), []

    def publish() -> None:
        with app.app_context():
            gate.wait(60)
            acts_work.carry_out(run_id, "worker:1", lambda: LATER)

    def route() -> None:
        with app.app_context():
            gate.wait(60)
            for one in ids:
                actor = db.session.get_one(User, anna)
                try:
                    routing.route_message(one, 1, executor_id=boris, task="", actor=actor, now=LATER)
                    outcome.append("done")
                except StaleVersion:
                    outcome.append("told")
                finally:
                    db.session.rollback()

    threads = [threading.Thread(target=what) for what in (publish, route)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    work(now=LATER + timedelta(minutes=5))
    found = messages()
    assert [one.text for one in found] == [f"{MENDED} {n}" for n in range(count)]
    assert [(one.version, one.status is Status.IN_WORK) for one in found] == [
        (3, True) if what == "done" else (2, False) for what in outcome
    ]
