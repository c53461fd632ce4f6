"""The screens of what a later export changed: the check, «Ждёт меня» with its poll and count, the card, the editor."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts import runs
from osm.inbox.queries import news
from osm.models import DraftText, HeldRow, Message, MessageEdition
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.connectors.files import incident
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words
from tests.statements import counted

from .desk import export, load, message, start, upload, work

LATER = at("25.11 11:00")
MENDED = "Яму на Калининской, 12 засыпали, спасибо"


@pytest.fixture
def files(reader_inside, folder):
    """Files are read by this process."""


def number_of(stored: Message) -> str:
    db.session.rollback()
    return db.session.get_one(Message, stored.id).number


def same(stored: Message, **changes):
    """The row of the export from which a message of the desk was made."""
    db.session.rollback()
    stored = db.session.get_one(Message, stored.id)
    row = {"Ссылка": stored.url, "Автор": "", "Текст": stored.text, "Дата публикации": "", "Дата поступления": ""}
    return incident(stored.number, **(row | changes))


def change(stored: Message, **changes) -> None:
    load(export(same(stored, **({"Текст": MENDED} | changes))), now=LATER)


def poll_of(page: str) -> str:
    return unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', page)[1])


def title(page: str) -> str:
    return re.search(r"<title>(.*?)</title>", page)[1]


def edition_id() -> int:
    db.session.rollback()
    return db.session.scalars(db.select(MessageEdition.id).order_by(MessageEdition.id.desc())).first()


@pytest.mark.words
def test_the_check_shows_old_and_new_before_anything_is_loaded(desk, anna, files):
    stored = desk.in_status(Status.IN_WORK)
    run_id = upload(export(same(stored, Текст=MENDED)), actor=desk.anna, now=LATER)
    start(run_id, dry_run=True, now=LATER)
    work(now=LATER)
    page = anna.get(f"/imports/{run_id}").text
    assert "Изменится текст: 1" in words(page)
    assert re.search(r"<del>.*?</del>.*?<ins>.*?засыпали", page, re.DOTALL)
    assert db.session.query(MessageEdition).count() == 0


def test_its_worker_sees_it_in_the_list_poll_and_count(desk, anna, boris, vera, files):
    stored = desk.in_status(Status.IN_WORK)
    before = {browser: (title(browser.get("/").text), poll_of(browser.get("/").text)) for browser in (anna, boris)}
    assert [one[0] for one in before.values()] == ["Ждёт меня · ОСМ", "(1) Ждёт меня · ОСМ"]
    change(stored)
    for browser, (_, poll) in before.items():
        assert "новых 1" in words(browser.htmx(poll, method="GET").text)
        page = browser.get("/").text
        assert f'data-row="edition-{edition_id()}"' in page
        assert "Просмотрено" in words(page)
    assert title(anna.get("/").text) == "(1) Ждёт меня · ОСМ"
    assert title(boris.get("/").text) == "(2) Ждёт меня · ОСМ"
    assert 'data-row="edition' not in vera.get("/").text


def test_seen_it_goes_from_the_list_of_that_person_alone(app, desk, anna, boris, files):
    stored = desk.in_status(Status.IN_WORK)
    change(stored)
    here = f"/messages/{stored.id}/editions/{edition_id()}/seen"
    assert boris.submit(here, {"back": "/"}).headers["Location"] == "/"
    assert 'data-row="edition' not in boris.get("/").text
    assert 'data-row="edition' in anna.get("/").text
    assert browser_of(app, desk.ids, "roman").submit(here, {}).status_code == 404
    boris.submit(f"/messages/{stored.id}/editions/99999/seen", {"back": "/"})
    assert "Не выполнено" in boris.get("/").text


@pytest.mark.words
def test_the_card_shows_it_and_keeps_every_text(desk, anna, gleb, files):
    stored = desk.in_status(Status.IN_WORK)
    change(stored)
    change(stored, Текст="Яму раскопали снова", Статус="В работе")
    page = words(anna.get(f"/messages/{stored.id}").text)
    assert "Текст изменился в ИМ" in page
    assert "Прежние тексты: 2" in page
    assert "обновлено по новой выгрузке — текст" in page
    assert "Прежние тексты: 2" in words(gleb.get(f"/messages/{stored.id}").text)
    assert "Просмотрено" not in words(gleb.get(f"/messages/{stored.id}").text)


@pytest.mark.words
def test_a_held_answer_shows_its_term_and_one_press_releases_it(desk, anna, boris, files):
    stored = desk.in_status(Status.APPROVED)
    change(stored)
    page = words(anna.get("/").text)
    assert "ответ придержан, п. 8" in page
    assert "Ответ годится" in page
    assert "Согласованный ответ придержан." in words(anna.get(f"/messages/{stored.id}/publish").text)
    here = f"/messages/{stored.id}/editions/{edition_id()}/fits"
    assert boris.submit(here, {}).status_code == 403
    old = anna.submit(here, {"version": message(number_of(stored)).version - 1, "back": "/"})
    assert old.status_code == 303
    assert "Не выполнено" in words(anna.get("/").text)
    anna.submit(here, {"version": message(number_of(stored)).version, "back": "/"})
    page = anna.get("/").text
    assert "Ответ больше не придержан" in words(page) or "ответ больше не придержан" in words(page)
    assert 'data-row="edition' not in page


@pytest.mark.words
def test_an_editor_that_was_open_is_warned_and_keeps_the_typed_text(desk, boris, files):
    stored = desk.in_status(Status.IN_WORK)
    version = message(number_of(stored)).version
    typed = "Здравствуйте! Яму засыплет МБУ «Дороги» до 27 ноября."
    change(stored)
    form = {"version": version, "text": typed, "kind": "final", "confirmed": "1"}
    answer = boris.submit(f"/messages/{stored.id}/answer", form)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Пока страница была открыта, сообщение изменили." in page
    assert "обновлено по новой выгрузке — текст" in page
    assert typed in unescape(answer.text)
    assert message(number_of(stored)).status is Status.IN_WORK


def test_the_curators_form_is_warned_too_while_the_answer_is_on_approval(desk, anna, files):
    stored = desk.in_status(Status.ON_APPROVAL)
    version, draft = message(number_of(stored)).version, message(number_of(stored)).replies[0].drafts[-1].id
    change(stored)
    form = {"version": version, "draft_id": draft, "in_spite": "not_due"}
    answer = anna.submit(f"/approvals/{stored.id}/approve", form)
    assert answer.status_code == 409
    assert message(number_of(stored)).status is Status.ON_APPROVAL


def test_what_is_typed_stays_saved_while_a_file_changes_the_message(desk, boris, files):
    stored = desk.in_status(Status.IN_WORK)
    here, form = f"/messages/{stored.id}/answer/text", {"screen": "answer"}
    saved = boris.htmx(here, {"text": "Набрано до загрузки", **form}).text
    change(stored)
    seen = re.search(r'name="saved_at"[^>]*value="([^"]+)"', saved)[1]
    boris.htmx(here, {"text": "Набрано после загрузки", "saved_at": seen, **form})
    db.session.rollback()
    assert [one.text for one in db.session.scalars(db.select(DraftText))] == ["Набрано после загрузки"]


OTHER = {
    "Ссылка": "https://vk.com/wall-77_900?reply=3",
    "Автор": "Пётр Ильин",
    "Текст": "На Калининской прорвало трубу.",
    "Дата поступления": "25.11.2026 10:40",
    "Дата публикации": "25.11.2026 10:30",
}
FIRST = {"Ссылка": "https://vk.com/wall-77_1?reply=1", "Дата поступления": "25.11.2026 10:05"}


@pytest.fixture
def held(desk, files):
    """A row with the number of another message, received at 10:40."""
    load(export(incident(7411500, **FIRST)), now=NOW)
    run_id = load(export(incident(7411500, **OTHER)), now=NOW).run_id
    return run_id, db.session.scalars(db.select(HeldRow.id)).one()


@pytest.mark.words
def test_a_held_row_is_in_list_poll_count_and_on_its_load(desk, anna, vera, files):
    load(export(incident(7411500, **FIRST)), now=NOW)
    page = anna.get("/").text
    before, poll = title(page), poll_of(page)
    run_id = load(export(incident(7411500, **OTHER)), now=NOW).run_id
    assert "новых 1" in words(anna.htmx(poll, method="GET").text)
    page = anna.get("/").text
    assert (before, title(page)) == ("(1) Ждёт меня · ОСМ", "(2) Ждёт меня · ОСМ")
    for said in ("Под № 7411500 другое сообщение", "Это новое", "Заменить", "Не загружать", "осталось 40 мин", "п. 7"):
        assert said in words(page), said
    assert 'data-row="held-' not in vera.get("/").text
    assert "Под этим номером другое сообщение" in words(anna.get(f"/imports/{run_id}").text)
    assert "пришло другое сообщение" in words(anna.get(f"/messages/{message(7411500).id}").text)


def test_when_its_term_passes_the_list_says_that_it_changed(desk, anna, held, clock):
    poll = poll_of(anna.get("/").text)
    clock.set(at("25.11 11:41"))
    assert anna.htmx(poll, method="GET").status_code == 200


@pytest.mark.words
@pytest.mark.parametrize(
    ("act", "said"), [("new", "внесено как новое"), ("replace", "заменено"), ("decline", "Строка не загружена")]
)
def test_each_decision_is_one_form(desk, anna, boris, held, act, said):
    _, row = held
    assert boris.submit(f"/imports/held/{row}/{act}", {}).status_code == 403
    assert anna.get(f"/imports/held/{row}/{act}").status_code == 405
    answer = anna.submit(f"/imports/held/{row}/{act}", {"version": message(7411500).version})
    assert answer.headers["Location"] == "/"
    page = anna.get("/").text
    assert said in words(page)
    assert 'data-row="held-' not in page
    anna.submit(f"/imports/held/{row}/{act}", {"version": message(7411500).version, "run": held[0]})
    assert "уже решено" in words(anna.get("/").text)


@pytest.mark.words
def test_a_page_from_before_somebody_worked_on_it_replaces_nothing(desk, anna, held):
    _, row = held
    stored = message(7411500)
    with transaction():
        stored.version += 1
    anna.submit(f"/imports/held/{row}/replace", {"version": 1})
    page = words(anna.get("/").text)
    assert "Не выполнено" in page
    assert "Под № 7411500 другое сообщение" in page
    assert "Заменить нельзя" in page


@pytest.mark.words
def test_the_check_says_that_a_row_will_wait(desk, anna, files):
    load(export(incident(7411500)), now=NOW)
    run_id = upload(export(incident(7411500, **OTHER)), actor=desk.anna, now=NOW)
    start(run_id, dry_run=True, now=NOW)
    work(now=NOW)
    page = words(anna.get(f"/imports/{run_id}").text)
    assert "Под номером другое сообщение 1" in page
    runs.publish_run(run_id, actor=desk.anna, now=NOW)
    work(now=NOW)
    assert "Ждут решения 1" in words(anna.get(f"/imports/{run_id}").text)


def test_the_poll_knows_each_kind_that_waits_apart_from_messages():
    kinds = {value for name, value in vars(news).items() if name.isupper() and isinstance(value, int) and value < 0}
    assert kinds == news.KINDS.keys()


def test_the_list_asks_the_same_however_many_changed(app, desk, anna, files):
    stored = [desk.in_status(Status.IN_WORK) for _ in range(4)]
    change(stored[0])
    anna.get("/")
    with counted(app) as one:
        anna.get("/")
    load(
        export(*(same(row, Текст=MENDED + "!") if n == 0 else same(row, Текст=MENDED) for n, row in enumerate(stored))),
        now=LATER,
    )
    anna.get("/")
    with counted(app) as many:
        anna.get("/")
    assert len(many) == len(one)
