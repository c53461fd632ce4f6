"""Bursts that the worker finds: reported once, once more when doubled, never because old messages were loaded."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.bursts.acts import bursts
from osm.check.acts import due
from osm.jobs.running import run_due
from osm.messages.acts import entry, routing
from osm.models import (
    Author,
    Burst,
    BurstMark,
    Event,
    ImportRun,
    ImportSource,
    ImportState,
    Message,
    Origin,
    ReadingKind,
)
from tests.office import at

THEN = at("25.11 12:00")
TEXTS = ("Батареи холодные", "Когда дадут тепло?", "Мёрзнем третий день", "Дома шестнадцать градусов", "Нет отопления")
MAILING = "Требуем немедленно включить отопление во всех домах нашего города, подпишитесь под этим письмом"


@pytest.fixture
def write(desk):
    """`write(number, …)`: messages by different people about heating, a minute apart, heard at once."""
    numbers = count(1)

    def store(number, since=THEN, *, known_at=None, text="", people=0, topic="Отопление", place="") -> list[Message]:
        kept = []
        with transaction() as session:
            for n in range(number):
                one = next(numbers)
                name = f"Житель {n % people if people else one}"
                author = session.scalars(db.select(Author).where(Author.name == name)).first()
                published = since + timedelta(minutes=n)
                message = Message(
                    number=f"В-{one}", key=f"number:В-{one}", origin=Origin.INCIDENT, network="vk", place=place,
                    url=f"https://vk.com/wall-5_{one}", text=text or f"{TEXTS[one % 5]} № {one}",
                    author=author or Author(network="vk", name=name, profile_url=f"https://vk.com/{one}"),
                    topic_id=desk.topics[topic] if topic else None, published_at=published,
                    received_at=known_at or published, stored_at=known_at or published,
                )  # fmt: skip
                entry.register(message, now=known_at or published, actor=None)
                kept.append(message)
        return kept

    return store


def known() -> list[Burst]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Burst).order_by(Burst.id)))


def texts(burst: Burst) -> set[int | None]:
    return set(db.session.scalars(db.select(BurstMark.message_id).where(BurstMark.burst_id == burst.id)))


def told() -> list[str]:
    found = db.select(Event.action).where(Event.object_kind == "burst").order_by(Event.id)
    return list(db.session.scalars(found))


def test_a_burst_is_reported_once_and_once_more_when_it_doubles(write):
    write(12)
    run_due(THEN + timedelta(minutes=15))
    run_due(THEN + timedelta(minutes=16))
    (burst,) = known()
    assert (burst.kind, burst.name, burst.since, burst.told, burst.usual_hundredths) == (
        "topic",
        "Отопление",
        THEN,
        12,
        0,
    )
    assert burst.known_at == THEN + timedelta(minutes=15)
    write(11, THEN + timedelta(hours=1))
    run_due(THEN + timedelta(minutes=80))
    assert told() == ["burst_found"]
    write(1, THEN + timedelta(minutes=75))
    run_due(THEN + timedelta(minutes=81))
    write(30, THEN + timedelta(minutes=82))
    run_due(THEN + timedelta(minutes=120))
    (burst,) = known()
    assert (burst.told, len(texts(burst)), burst.doubled_at) == (12, 54, THEN + timedelta(minutes=81))
    assert told() == ["burst_found", "burst_doubled"]


def test_topic_street_and_settlement_of_the_same_messages_are_one(write):
    write(8, place="с. Иннокентьевка, ул. Калининская, 12")
    write(4, THEN + timedelta(minutes=8))
    write(5, THEN + timedelta(minutes=12), text="И у нас пусто", topic="", place="с. Иннокентьевка, ул. Калининская, 3")
    run_due(THEN + timedelta(minutes=20))
    (burst,) = known()
    assert (burst.kind, burst.name, burst.also) == ("place", "улица Калининская", "Отопление")
    assert len(texts(burst)) == 17
    assert told() == ["burst_found"]
    write(24, THEN + timedelta(minutes=20))
    run_due(THEN + timedelta(minutes=50))
    (burst,) = known()
    assert (burst.kind, burst.name, burst.also) == ("topic", "Отопление", "")
    assert told() == ["burst_found", "burst_doubled"]


def test_two_topics_of_one_street_are_two_and_share_no_message(write):
    write(12, place="ул. Калининская, 12")
    write(8, topic="Ремонт дорог", place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=15))
    assert {burst.name: (burst.also, len(texts(burst))) for burst in known()} == {
        "Отопление": ("улица Калининская", 12),
        "Ремонт дорог": ("улица Калининская", 8),
    }


def test_of_a_street_other_matters_hours_later_are_another_burst(write):
    write(12, place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=15))
    later = write(16, THEN + timedelta(hours=7), topic="", place="ул. Калининская, 3")
    with transaction():
        for number, message in enumerate(later):
            message.source_topic = f"Тема {number}"
    run_due(THEN + timedelta(hours=7, minutes=20))
    assert [(burst.name, burst.since, len(texts(burst))) for burst in known()] == [
        ("Отопление", THEN, 12),
        ("улица Калининская", THEN + timedelta(hours=7), 16),
    ]
    assert told() == ["burst_found", "burst_found"]


def test_places_that_were_known_first_join_the_topic_when_it_comes(write, desk):
    many = [*write(8, place="ул. Калининская, 12"), *write(8, topic="", place="ул. Лесная, 4")]
    for message in many:
        with transaction():
            message.topic_id = None
    run_due(THEN + timedelta(minutes=15))
    assert {burst.name for burst in known()} == {"улица Калининская", "улица Лесная"}
    for message in many:
        with transaction():
            message.topic_id = desk.topics["Отопление"]
            due.enqueue([message.id], [ReadingKind.BURSTS])
    run_due(THEN + timedelta(minutes=16))
    assert [(burst.name, len(texts(burst))) for burst in known() if texts(burst)] == [("Отопление", 16)]
    assert told() == ["burst_found", "burst_found"]


def test_its_start_leaves_out_who_wrote_long_before_of_the_topic_alone(write):
    write(1, THEN - timedelta(hours=6))
    write(1, THEN - timedelta(hours=4), place="ул. Калининская, 12")
    write(20, place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=25))
    (burst,) = known()
    assert burst.since == THEN - timedelta(hours=4)
    assert len(texts(burst)) == 21


def test_during_an_import_bursts_are_not_counted_for_four_minutes(write):
    write(8, known_at=THEN + timedelta(minutes=8))
    with transaction() as session:
        source = ImportSource(name="ИМ", mapping={})
        run = ImportRun(
            source=source, filename="1.xlsx", sha256="0" * 64, created_at=THEN, state=ImportState.PUBLISHING,
            lease_owner="another", lease_until=THEN + timedelta(hours=1),
        )  # fmt: skip
        session.add_all([source, run])
    run_due(THEN + timedelta(minutes=10))
    assert known() == []
    write(30, known_at=THEN + timedelta(minutes=11))
    with transaction():
        run.state, run.finished_at = ImportState.DONE, THEN + timedelta(minutes=11)
    run_due(THEN + timedelta(minutes=11))
    assert [(burst.told, burst.known_count) for burst in known()] == [(38, 38)]
    with transaction():
        run.state, run.finished_at = ImportState.PUBLISHING, None
    write(8, THEN + timedelta(days=1), topic="Ремонт дорог")
    run_due(THEN + timedelta(days=1, minutes=4))
    assert [burst.name for burst in known()] == ["Отопление", "Ремонт дорог"]


def test_what_is_read_once_more_stays_in_its_burst(write):
    messages = write(12)
    run_due(THEN + timedelta(minutes=15))
    due.enqueue([message.id for message in messages], [ReadingKind.BURSTS])
    db.session.commit()
    run_due(THEN + timedelta(days=3))
    (burst,) = known()
    assert len(texts(burst)) == 12
    assert told() == ["burst_found"]


def test_a_place_is_counted_by_its_street(write):
    write(8, topic="", place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=10))
    assert [(burst.kind, burst.name) for burst in known()] == [("place", "улица Калининская")]


def test_what_was_published_long_ago_is_no_burst_by_being_loaded(write):
    write(40, THEN - timedelta(days=5), known_at=THEN)
    for day in range(40):
        write(1, THEN - timedelta(days=day, hours=3), known_at=THEN)
    run_due(THEN)
    assert known() == []


def test_an_export_of_the_last_hours_is_counted_by_publication(write):
    write(12, THEN - timedelta(hours=6), known_at=THEN)
    run_due(THEN)
    assert [(burst.since, burst.known_at) for burst in known()] == [(THEN - timedelta(hours=6), THEN)]


def test_a_mailing_by_few_is_none_the_same_text_by_many_is(write):
    write(12, text=MAILING, people=3)
    run_due(THEN + timedelta(minutes=15))
    assert known() == []
    write(12, THEN + timedelta(minutes=20), text=MAILING.replace("домах", "домах и школах"), topic="Ремонт дорог")
    run_due(THEN + timedelta(minutes=40))
    assert [burst.name for burst in known()] == ["Ремонт дорог"]


def test_a_worker_killed_before_the_end_reports_nothing_twice(write, monkeypatch):
    write(12)
    with monkeypatch.context() as killed:
        killed.setattr(bursts, "record", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_due(THEN + timedelta(minutes=15))
    assert known() == []
    run_due(THEN + timedelta(minutes=16))
    assert len(known()) == 1
    assert told() == ["burst_found"]


def test_a_burst_waits_for_the_copies_but_not_for_ever(write, monkeypatch):
    write(12, known_at=THEN + timedelta(minutes=12))
    with monkeypatch.context() as broken:
        broken.setattr("osm.check.acts.copies.read", lambda *_: 1 / 0)
        run_due(THEN + timedelta(minutes=12))
        assert known() == []
        run_due(THEN + timedelta(minutes=16))
    assert len(known()) == 1


def test_a_corrected_topic_is_counted_again(write, desk):
    messages = write(12)
    run_due(THEN + timedelta(minutes=15))
    m = desk.again(messages[0])
    routing.route_message(
        m.id, m.version, executor_id=desk.boris.id, task="Узнать", topic_id=desk.topics["Ремонт дорог"],
        actor=desk.anna, now=THEN + timedelta(minutes=20),
    )  # fmt: skip
    run_due(THEN + timedelta(minutes=21))
    marks = db.session.scalars(db.select(BurstMark.name).where(BurstMark.message_id == m.id))
    assert list(marks) == ["Ремонт дорог"]


def test_old_marks_go_those_of_a_burst_stay(write):
    write(12)
    write(3, topic="Ремонт дорог")
    run_due(THEN + timedelta(minutes=15))
    run_due(THEN + timedelta(weeks=10))
    names = db.session.scalars(db.select(BurstMark.name).distinct())
    assert list(names) == ["Отопление"]
