"""Ready texts: written by the press centre, put into an answer, counted; an empty field is not sent."""

from html import unescape

import pytest

from osm.answers.queries.drafting import editor_text
from osm.answers.queries.promises import template, templates_for
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import AnswerTemplate, Author, Event, TemplateUse
from osm.regulation.words import Status

TEXT = "Здравствуйте, {имя}! {отдел} {мера} до {срок}. Адрес: {адрес}."
GIVEN = {"name": "Нет света", "kind": "final", "topic_id": "", "text": TEXT}


@pytest.fixture
def ready(anna, desk):
    """The number of a template that everybody may use."""
    answer = anna.submit("/admin/templates", GIVEN)
    assert answer.status_code == 303
    db.session.rollback()
    return int(answer.location.rsplit("/", 1)[1])


def stored(template_id):
    db.session.rollback()
    return template(template_id)


def test_the_press_centre_writes_one(anna, vera, ready):
    page = unescape(vera.get("/admin/templates").text)
    assert "Нет света" in page
    assert "0 раз" in page
    assert TEXT in unescape(anna.get(f"/admin/templates/{ready}").text)


@pytest.mark.words
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "Напишите название"),
        ({"text": ""}, "Напишите текст шаблона."),
        ({"text": "Здравствуйте, {имя}! Сделаем до {сорк}."}, "Таких полей нет: {сорк}. Есть {имя}"),
        ({"kind": "письмо"}, "Выберите, что это"),
        ({"topic_id": "999"}, "Такой темы больше нет."),
        ({"name": "Нет света"}, "Шаблон «Нет света» уже есть."),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(anna, ready, changed, said):
    answer = anna.submit("/admin/templates", {**GIVEN, "name": "Другой", **changed})
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "Здравствуйте, {имя}" in unescape(answer.text) or "text" in changed


def test_two_at_once_one_wins_and_the_other_gets_a_conflict(anna, vera, ready):
    assert vera.submit(f"/admin/templates/{ready}", {**GIVEN, "version": 1, "name": "Свет"}).status_code == 303
    answer = anna.submit(f"/admin/templates/{ready}", {**GIVEN, "version": 1, "text": "Моё"})
    assert answer.status_code == 409
    assert "Моё" in answer.text
    assert "Вера" in answer.text
    assert stored(ready).name == "Свет"


def test_put_away_it_is_offered_no_longer_and_comes_back(anna, ready):
    assert anna.submit(f"/admin/templates/{ready}/archive", {"version": 1}).status_code == 303
    assert templates_for(None) == []
    assert anna.submit(f"/admin/templates/{ready}/restore", {"version": 2}).status_code == 303
    db.session.rollback()
    assert [row.id for row in templates_for(None)] == [ready]


@pytest.mark.parametrize(("author", "name"), [("Мария П.", "Мария"), ("Молодая мама", "{имя}")])
def test_it_is_offered_with_what_is_known(desk, boris, ready, author, name):
    message = desk.in_status(Status.IN_WORK)
    with transaction():
        message.place, message.author = "ул. Лесная, 5", Author(network="vk", name=author)
    page = unescape(boris.get(f"/messages/{message.id}/answer").text)
    assert f"Здравствуйте, {name}! ЖКХ {{мера}} до {{срок}}. Адрес: ул. Лесная, 5." in page


def test_those_of_the_topic_come_first(desk, anna, ready):
    heating = desk.topics["Отопление"]
    anna.submit("/admin/templates", {**GIVEN, "name": "Батареи", "topic_id": heating})
    anna.submit("/admin/templates", {**GIVEN, "name": "Ямы", "topic_id": desk.topics["Ремонт дорог"]})
    db.session.rollback()
    assert [row.name for row in templates_for(heating)] == ["Батареи", "Нет света"]


def test_its_use_is_counted_once_for_a_reply(desk, boris, ready):
    message = desk.in_status(Status.IN_WORK)
    for _ in range(2):
        assert boris.htmx(f"/messages/{message.id}/answer/templates/{ready}").status_code == 204
    assert stored(ready).uses == 1
    assert db.session.scalars(db.select(TemplateUse.user_id)).all() == [desk.ids["boris"]]


def test_without_scripts_it_comes_after_what_was_typed(desk, boris, ready):
    message = desk.in_status(Status.IN_WORK)
    more = {"text": "Уже еду.", "screen": "answer", "saved_at": ""}
    answer = boris.submit(f"/messages/{message.id}/answer/templates/{ready}", more)
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}/answer")
    kept = editor_text(desk.again(message).replies[-1].id, desk.ids["boris"]).text
    assert kept.startswith("Уже еду.\n\nЗдравствуйте, ")


def test_an_empty_field_stops_the_sending(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    more = {"kind": "final", "confirmed": "1", "screen": "answer", "version": message.version}
    answer = boris.submit(f"/messages/{message.id}/answer", {**more, "text": "Здравствуйте! Починим до {срок}."})
    assert answer.status_code == 422
    assert "Заполните поля шаблона: {срок}." in unescape(answer.text)
    assert "Починим до {срок}." in unescape(answer.text)
    assert desk.again(message).status is Status.IN_WORK


def test_a_good_answer_is_kept_with_one_press(desk, anna):
    message = desk.in_status(Status.APPROVED)
    draft = message.replies[-1].approved_draft_id
    assert f"/admin/templates/of-answer/{draft}" in anna.get(f"/messages/{message.id}").text
    answer = anna.submit(f"/admin/templates/of-answer/{draft}")
    assert answer.status_code == 303
    db.session.rollback()
    row = db.session.scalars(db.select(AnswerTemplate)).one()
    assert (row.text, row.kind, row.version) == ("Здравствуйте! Яму засыпали.", "final", 1)
    assert message.number in row.name
    assert anna.submit(f"/admin/templates/of-answer/{draft}").status_code == 303  # it gets another name


def test_the_log_holds_no_texts(desk, anna, ready):
    anna.submit(f"/admin/templates/{ready}", {**GIVEN, "version": 1, "text": "Другой текст"})
    events = db.session.scalars(db.select(Event).where(Event.object_kind == "template").order_by(Event.id)).all()
    assert [event.action for event in events] == ["create_template", "edit_template"]
    assert events[1].changes == {"version": [1, 2], "fields": [[], ["text"]]}


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "gleb", "dina", "efim"])
def test_it_is_the_press_centres(request, ready, login):
    assert request.getfixturevalue(login).get(f"/admin/templates/{ready}").status_code == 403
