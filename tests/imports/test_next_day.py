"""The next day's file changes what belongs to the source, and never what people have done here (design §6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.answers.acts import drafting, publication
from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts.files import OWNED
from osm.messages.acts import closing, executors, routing
from osm.models import Department, DueReading, Event, Topic
from osm.regulation.words import Importance, Status
from tests.connectors.files import HEADER, incident

from .desk import NOON, actions, at, export, load, message, running

NEXT_DAY = at("03.11 09:00")
WIDE = [*HEADER, "Адрес", "Тема", "Срок", "Повторный", "Район города", "Подразделение"]


def wide(**changes):
    row = dict(zip(HEADER, incident(501), strict=True)) | {
        "Адрес": "ул. Тестовая, 501",
        "Тема": "Освещение",
        "Срок": "03.11.2026 10:40",
        "Повторный": "Нет",
        "Район города": "Северный",
        "Подразделение": "ЖКХ",
    }
    return list((row | changes).values())


#: Column of a message → heading, new cell, what is stored then.
CHANGES = {
    "network": ("Ссылка", "https://ok.ru/group/55/topic/66?comment=7", "ok"),
    "url": ("Ссылка", "https://vk.com/wall-77_9000?reply=1", "https://vk.com/wall-77_9000?reply=1"),
    "text": ("Текст", "Фонарь на Тестовой починили, но мигает.", "Фонарь на Тестовой починили, но мигает."),
    "place": ("Адрес", "ул. Тестовая, 503", "ул. Тестовая, 503"),
    "is_repeat": ("Повторный", "Да", True),
    "published_at": ("Дата публикации", "02.11.2026 10:20", at("02.11 10:20")),
    "source_status": ("Статус", "В работе", "В работе"),
    "source_topic": ("Тема", "Дороги", "Дороги"),
    "source_deadline": ("Срок", "03.11.2026 12:00", at("03.11 12:00")),
}


def test_the_table_of_this_test_is_the_table_of_the_product():
    assert CHANGES.keys() == OWNED.keys()


@pytest.mark.parametrize("column", CHANGES)
def test_what_the_source_owns_follows_the_source(office, column):
    heading, cell, stored = CHANGES[column]
    load(export(wide(), header=WIDE))
    before = getattr(message(501), column)
    done = load(export(wide(**{heading: cell}), header=WIDE), now=NEXT_DAY)
    assert done.counts == {"updated": 1}
    assert getattr(message(501), column) == stored != before
    assert actions(message(501)) == ["enter", "source_changed"]
    assert column in db.session.query(Event).filter_by(action="source_changed").one().changes


def test_only_what_changed_is_read_again(office):
    load(export(wide(), incident(502) + [""] * 6, header=WIDE))
    with transaction() as session:
        session.execute(db.delete(DueReading))
    load(export(wide(Текст="Фонарь мигает."), incident(502) + [""] * 6, header=WIDE), now=NEXT_DAY)
    assert set(db.session.scalars(db.select(DueReading.message_id))) == {message(501).id}


def test_columns_of_no_field_are_kept_as_they_came_and_follow_too(office):
    load(export(wide(), header=WIDE))
    assert message(501).source_raw == {"responsible": "ЖКХ", "municipality": "Северный"}
    load(export([*wide(), "да"], header=[*WIDE, "Есть фото"]), now=NEXT_DAY)
    assert message(501).source_raw == {"responsible": "ЖКХ", "municipality": "Северный", "Есть фото": "да"}


def test_a_file_without_a_column_empties_nothing(office):
    load(export(wide(), header=WIDE))
    kept = {column: getattr(message(501), column) for column in OWNED}
    kept["source_raw"] = message(501).source_raw
    assert load(export(incident(501)), now=NEXT_DAY).counts == {"unchanged": 1}
    assert {column: getattr(message(501), column) for column in kept} == kept


def test_an_empty_cell_of_a_column_that_is_there_does(office):
    load(export(wide(), header=WIDE))
    load(export(wide(Адрес="", Срок="—"), header=WIDE), now=NEXT_DAY)
    assert (message(501).place, message(501).source_deadline) == ("", None)


def test_the_log_says_that_a_text_changed_and_never_the_text(office):
    load(export(wide(), header=WIDE))
    load(export(wide(Текст="Секретные слова гражданина о фонаре.", Статус="В работе"), header=WIDE), now=NEXT_DAY)
    event = db.session.query(Event).filter_by(action="source_changed").one()
    assert event.changes == {
        "text": ["changed", True], "source_status": ["Новый", "В работе"], "version": [1, 2],
    }  # fmt: skip
    assert event.actor_id is None


def test_work_done_here_stays(office):
    load(export(wide(), header=WIDE))
    with transaction() as session:
        roads = Topic(name="Дороги", department=session.query(Department).first())
        session.add(roads)
        session.flush()
        roads_id = roads.id
    new = message(501)
    routed = routing.route_message(
        new.id, new.version, executor_id=office.boris.id, task="Проверить опору", topic_id=roads_id,
        actor=office.anna, now=NOON,
    )  # fmt: skip
    raised = executors.raise_importance(
        routed.id, routed.version, detected_at=None, reason="Школа рядом", actor=office.anna, now=NOON
    )
    drafting.submit_draft(
        raised.id, raised.version, text="Здравствуйте! Лампу заменили.", kind="final", confirmed=True,
        actor=office.boris, now=NOON + timedelta(minutes=30),
    )  # fmt: skip
    seen = message(501).version
    fields = ("number", "status", "importance", "topic_id", "received_at", "detected_at", "selected_at")
    kept = {name: getattr(message(501), name) for name in fields}
    clocks = running(message(501))
    changed = wide(Статус="Закрыт", Важность="Обычная", Тема="Освещение", Текст="Новые слова того же автора о фонаре.")
    changed[HEADER.index("Дата поступления")] = "02.11.2026 09:00"
    done = load(export(changed, header=WIDE), now=NEXT_DAY)
    after = message(501)
    assert done.counts == {"updated": 1}
    assert after.text == "Новые слова того же автора о фонаре."
    assert after.version == seen + 1  # a person who has it open is warned
    assert {name: getattr(after, name) for name in fields} == kept
    assert kept["status"] is Status.ON_APPROVAL
    assert kept["importance"] is Importance.HIGH
    assert running(after) == clocks
    assert [(row.executor_id, row.task) for row in after.assignments] == [(office.boris.id, "Проверить опору")]
    assert [draft.text for reply in after.replies for draft in reply.drafts] == ["Здравствуйте! Лампу заменили."]
    assert done.warnings == {2: "В выгрузке «Закрыт», здесь «На согласовании»: сроки идут, проверьте."}


def test_a_form_that_was_open_is_not_made_stale_by_a_file(office):
    """Only what people have read of a message raises its version."""
    load(export(wide(), header=WIDE))
    seen = message(501).version
    load(export(wide(Статус="В работе"), header=WIDE), now=NEXT_DAY)
    routed = routing.route_message(
        message(501).id, seen, executor_id=office.boris.id, task="", actor=office.anna, now=NEXT_DAY
    )
    assert routed.status is Status.IN_WORK


def test_the_file_alone_never_raises_the_importance_but_a_person_is_asked(office):
    load(export(incident(501)))
    done = load(export(incident(501, Важность="Повышенная")), now=NEXT_DAY)
    assert message(501).importance is Importance.NORMAL
    assert "важность повышенная" in done.warnings[2]


def test_a_message_closed_here_is_updated_in_silence(office):
    load(export(incident(501)))
    new = message(501)
    closing.dismiss_message(new.id, new.version, reason="Не вопрос", actor=office.anna, now=NOON)
    done = load(export(incident(501, Статус="Ответ дан", Важность="Повышенная")), now=NEXT_DAY)
    assert (message(501).status, message(501).source_status) == (Status.DISMISSED, "Ответ дан")
    assert done.warnings == {}
    assert running(message(501)) == {}


def test_an_answer_in_the_source_ticks_what_was_published_before(office):
    """The program does not ask for what «Инцидент Менеджмент» itself says already."""
    load(export(incident(501), incident(502)))
    for number in (501, 502):
        answer(office, message(number))
    load(export(incident(501, Статус="Ответ дан"), incident(502, Статус="В работе")), now=NEXT_DAY)
    entered = {number: message(number).replies[0].entered_in_source_at for number in (501, 502)}
    assert entered == {501: NEXT_DAY, 502: None}
    assert message(501).replies[0].entered_in_source_by_id is None
    assert actions(message(501))[-2:] == ["source_changed", "source_entered"]


def answer(office, stored):
    stored = routing.route_message(
        stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("02.11 12:10")
    )
    office.submitted(stored, "02.11 12:20")
    office.approved(stored, "02.11 12:30")
    publication.publish_by_hand(
        stored.id,
        stored.version,
        url="https://vk.com/wall-77_501?reply=10",
        published_at=None,
        actor=office.anna,
        now=at("02.11 12:40"),
    )
