"""Entering a message: one form, a number of the office, its clocks; a refusal keeps all that was typed."""

from __future__ import annotations

import pytest

from osm.regulation.words import DeadlineState, Importance, Status
from tests.imports.desk import at

from .conftest import TYPED, URL, send


def test_it_leads_to_the_card_with_the_number(anna, stored, now):
    answer = send(anna)
    (message,) = stored()
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}")
    card = anna.get(answer.location).text
    assert "Внесено под № ОСМ-1." in card
    assert "третий вечер" in card


def test_what_was_typed_is_what_is_stored(anna, stored, now, topic):
    send(anna, topic_id=str(topic))
    (message,) = stored()
    assert message.text == "Во дворе на Тестовой, 7 третий вечер\nне горит фонарь."
    assert (message.number, message.network, message.url, message.place) == ("ОСМ-1", "vk", URL, "ул. Тестовая, 7")
    assert (message.author.name, message.author.profile_url) == ("Лидия Пробная", "https://vk.com/id9007001")
    assert (message.published_at, message.received_at) == (at("25.11 08:40"), now)
    assert (message.topic_id, message.entered_by_id, message.importance) == (topic, anna.user_id, Importance.HIGH)
    assert message.status is Status.NEW
    kinds = {row.kind.value: row.clause for row in message.deadlines if row.state is DeadlineState.OPEN}
    assert kinds.keys() == {"route", "answer", "draft"}
    assert kinds["answer"] == "П.9"


def test_a_text_and_a_network_are_enough(vera, stored):
    """The author may be unknown."""
    bare = dict.fromkeys(TYPED, "") | {"text": "Яма на Лесной", "network": "ok"}
    assert send(vera, **bare).status_code == 303
    (message,) = stored()
    assert (message.network, message.author, message.url, message.published_at) == ("ok", None, "", None)
    assert message.importance is Importance.NORMAL


LINKS = [
    ("https://ok.ru/group/55/topic/66", "", "ok"),
    ("https://t.me/kanal/12?comment=3", "vk", "telegram"),
    ("https://m.vk.com/wall-1_2", "telegram", "vk"),
    ("https://forum.example.ru/t/5", "site", "site"),
]


@pytest.mark.words
@pytest.mark.parametrize(("url", "chosen", "network"), LINKS)
def test_the_network_is_known_by_the_link_where_we_know_its_host(anna, stored, url, chosen, network):
    send(anna, url=url, network=chosen)
    assert stored()[0].network == network


@pytest.mark.words
@pytest.mark.parametrize(
    "typed", ["vk.com/wall-77_15?reply=9", " m.vk.com/wall-77_15?reply=9\n", "«vk.com/wall-77_15?reply=9»,"]
)
def test_a_link_without_its_https_is_completed(anna, stored, typed):
    assert send(anna, url=typed, author_url="vk.com/id9007001").status_code == 303
    (message,) = stored()
    assert message.network == "vk"
    assert message.url in ("https://vk.com/wall-77_15?reply=9", "https://m.vk.com/wall-77_15?reply=9")
    assert message.author.profile_url == "https://vk.com/id9007001"


#: What was typed otherwise → the field with the error, its words.
REFUSED = [
    ({"text": " \r\n "}, "text", "Вставьте текст сообщения"),
    ({"text": "слово " * 3000}, "text", "Текст длиннее 16000 знаков"),
    ({"url": "не ссылка"}, "url", "Вставьте ссылку целиком"),
    ({"url": "javascript:alert(1)"}, "url", "Вставьте ссылку целиком"),
    ({"url": "", "network": ""}, "network", "Выберите соцсеть или вставьте ссылку"),
    ({"url": "https://forum.example.ru/t/5"}, "network", "По ссылке соцсеть не узнать"),
    ({"url": "", "network": "myspace"}, "network", "Выберите соцсеть"),
    ({"url": "https://vk.com/wall-1_2 звонить Марии 2-11-80"}, "url", "Вставьте ссылку целиком и без других слов"),
    ({"url": "8 914 700 12 34"}, "url", "Вставьте ссылку целиком и без других слов"),
    ({"url": "https://vk.com/" + "a" * 1000}, "url", "Ссылка длиннее 1000 знаков"),
    ({"author_url": "8 914 700 12 34"}, "author_url", "Телефон, почту и другие слова перенесите в текст"),
    ({"author_url": "maria@mail.example"}, "author_url", "Телефон, почту и другие слова перенесите в текст"),
    ({"author_url": "https://vk.com/id1 (сестра)"}, "author_url", "Вставьте ссылку на профиль целиком"),
    ({"author_url": "https://vk.com/" + "a" * 600}, "author_url", "Это не адрес профиля"),
    ({"author_name": "я" * 301}, "author_name", "Имя автора: больше 300 знаков"),
    ({"place": "я" * 501}, "place", "Место: больше 500 знаков"),
    ({"topic_id": "77"}, "topic_id", "Такой темы больше нет"),
    ({"published_at": "25.11.2026 09:06"}, "published_at", "Время публикации ещё не наступило"),
    ({"published_at": "вчера"}, "published_at", "Время не разобрано"),
]


@pytest.mark.words
@pytest.mark.parametrize(("change", "field", "words"), REFUSED)
def test_unusable_values_are_refused_at_their_fields_and_text_is_kept(anna, stored, change, field, words):
    answer = send(anna, **change)
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    for name in ("url", "author_name", "author_url", "place"):
        assert f'name="{name}"' in answer.text
        assert f'value="{ {**TYPED, **change}[name] }"'.replace("{ ", "").replace(" }", "") in answer.text
    if "text" not in change:
        assert "третий вечер" in answer.text
    assert 'name="high" value="1" checked' in answer.text
    assert stored() == []


def test_the_same_text_again_is_refused_with_a_link_to_the_twin(anna, vera, stored):
    send(anna)
    answer = send(vera, place="другое место")
    assert answer.status_code == 422
    assert "Такое сообщение уже внесено: № ОСМ-1." in answer.text
    assert 'href="/messages/1">Открыть № ОСМ-1</a>' in answer.text
    assert 'value="другое место"' in answer.text
    assert len(stored()) == 1


def test_the_same_words_under_one_imported_link_are_a_twin_too(app, anna, stored):
    from osm.base.transaction import transaction
    from osm.messages.acts import entry
    from osm.models import Message, Origin

    with app.app_context(), transaction():
        row = Message(
            number="7411001", key="number:7411001", origin=Origin.INCIDENT, network="vk", url=URL,
            text=" ".join(TYPED["text"].split()), received_at=at("25.11 08:50"), stored_at=at("25.11 09:00"),
        )  # fmt: skip
        entry.register(row, now=at("25.11 09:00"), actor=None)
    answer = send(anna, url=URL.replace("vk.com", "m.vk.com"))
    assert answer.status_code == 422
    assert "Открыть № 7411001" in answer.text
    assert send(anna, text="Другой комментарий под той же записью").status_code == 303
    assert len(stored()) == 2


def test_the_same_words_elsewhere_are_another_message(anna, stored):
    send(anna)
    assert send(anna, url="https://vk.com/wall-77_16").status_code == 303
    assert [message.number for message in stored()] == ["ОСМ-1", "ОСМ-2"]


def test_html_is_text(anna):
    nasty = "<script>alert(1)</script>"
    page = send(anna, text=nasty, place=nasty, author_name=nasty, url="не ссылка").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    card = anna.get(send(anna, text=nasty, place=nasty, author_name=nasty).location).text
    assert "<script>alert" not in card


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "gleb", "dina", "efim"])
def test_others_may_not(request, login, stored):
    browser = request.getfixturevalue(login)
    assert browser.get("/messages/new").status_code == 403
    assert send(browser).status_code == 403
    assert stored() == []


def test_without_the_token_no_message_is_stored(anna, stored):
    answer = anna.post("/messages/new", data=TYPED)
    assert answer.status_code == 400
    assert "третий вечер" in answer.text
    assert stored() == []


def test_the_empty_form_is_offered(anna, vera):
    for browser in (anna, vera):
        page = browser.get("/messages/new").text
        assert 'name="text"' in page
        assert 'enctype="multipart/form-data"' in page
        assert "data-guard" in page
