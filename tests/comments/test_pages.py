"""The screens over HTTP as a browser without scripts uses them, and the answers that the script reads."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest

from osm.base.application import FixedClock
from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import import_comments
from osm.models import Comment, OutboxAction, User
from osm.regulation.blacklist import CommentState, OutboxState
from tests.conftest import MORNING

from .conftest import CIVIL, RUDE, SPAM, line, the

JSON = {"Accept": "application/json"}


@pytest.fixture
def put(app, cast):
    """Comments that the worker has checked; their ids."""

    def store(*texts: str, **fields: object) -> list[int]:
        with app.app_context():
            lines = [line(id=f"-1_{place}", text=text, **fields) for place, text in enumerate(texts, start=1)]
            import_comments(lines, actor=None, now=MORNING)
            verdicts.read_due_comments(MORNING)
            return [the(f"-1_{place}").id for place, _ in enumerate(texts, start=1)]

    return store


def stored(app, number: int) -> Comment:
    with app.app_context():
        return db.session.get_one(Comment, number)


def post_to(browser, number: int, **fields: str):
    return browser.submit(f"/moderation/{number}/decide", {"version": "1", **fields})


def test_the_queue_shows_the_worst_first_with_marks_reasons_and_history(put, vera):
    civil, rude = put(CIVIL, RUDE)
    page = vera.get("/moderation").text
    assert page.index(f'id="comment-{rude}"') < page.index(f'id="comment-{civil}"')
    assert re.search(r'<mark class="found" tabindex="0">сволочи<span class="found-why" role="tooltip">[^<]+', page)
    assert "Автор: 2-й за 30 дней" in page
    assert re.search(rf'<li class="comment is-sure" id="comment-{rude}"[^>]* data-ground="insult">', page)
    assert "https://vk.com/wall-1_1?reply=1" in page


def test_without_scripts_a_link_opens_the_form_of_a_comment(put, vera):
    civil, rude = put(CIVIL, RUDE)
    link = f"/moderation?network=vk&open={rude}#comment-{rude}"
    assert link in unescape(vera.get("/moderation?network=vk").text)
    page = vera.get(link.partition("#")[0]).text
    assert f'action="/moderation/{rude}/decide"' in page
    assert f'action="/moderation/{civil}/decide"' not in page
    assert re.search(r'<option value="insult" selected>2\. Оскорбительные выражения \(п\. 2\.6 Порядка\)', page)
    assert '<input type="hidden" name="back" value="/moderation?network=vk">' in page


def test_a_plain_form_decides_and_offers_to_undo(app, put, vera):
    (rude,) = put(RUDE)
    answer = post_to(vera, rude, choice="delete", ground="insult")
    assert (answer.status_code, answer.location) == (303, "/moderation")
    page = vera.get("/moderation").text
    assert "Комментарии разобраны" in page
    assert f'action="/moderation/{rude}/undo"' in page
    vera.submit(f"/moderation/{rude}/undo", {"version": "2"})
    assert stored(app, rude).state is CommentState.WAITING


def test_a_refused_form_keeps_what_was_typed(app, put, vera):
    (civil,) = put("Администрация работает плохо")
    answer = post_to(vera, civil, choice="blacklist", reason="надоел своей критикой")
    assert answer.status_code == 422
    assert "Критика без основания не удаляется" in answer.text
    assert 'value="надоел своей критикой"' in answer.text
    assert stored(app, civil).state is CommentState.WAITING


def test_the_filter_stays_after_a_decision(put, vera):
    (rude, _) = put(RUDE, CIVIL)
    answer = post_to(vera, rude, choice="keep", back="/moderation?category=insult")
    assert answer.location == "/moderation?category=insult"
    assert post_to(vera, rude, choice="keep", back="https://evil.example/").status_code == 409


def test_a_colleagues_decision_is_shown(put, vera, anna):
    (rude,) = put(RUDE)
    post_to(vera, rude, choice="keep")
    answer = post_to(anna, rude, choice="delete", ground="insult")
    assert answer.status_code == 409
    assert "решение уже принято: оставлен, Вера Носова" in answer.text


def test_two_people_see_different_comments_and_leaving_gives_them_back(app, put, vera, anna):
    (rude,) = put(RUDE)
    page = vera.get("/moderation").text
    assert f'id="comment-{rude}"' not in anna.get("/moderation").text
    assert "Вера Носова разбирает 1 комментарий" in anna.get("/moderation").text
    key = re.search(r'data-key="(\w+)"', page)[1]
    shown = {"key": key, "row": [f"{rude}:1", f"{rude + 1}:1"]}
    assert vera.submit("/moderation/hold", shown).json == {"held": [rude]}
    assert anna.submit("/moderation/hold", shown).json == {"held": []}
    assert vera.submit("/moderation/release", {"key": key}).status_code == 204
    assert f'id="comment-{rude}"' in anna.get("/moderation").text


def test_who_logs_out_gives_his_comments_back(put, vera, anna):
    (rude,) = put(RUDE)
    vera.get("/moderation")
    vera.submit("/logout")
    assert f'id="comment-{rude}"' in anna.get("/moderation").text


def test_the_script_reads_versions_and_refusals(put, vera):
    (rude,) = put(RUDE)
    answer = vera.submit(f"/moderation/{rude}/decide", {"version": "1", "choice": "keep"}, headers=JSON)
    assert answer.json == {"id": rude, "version": 2, "said": "Оставлено", "message": None}
    again = vera.submit(f"/moderation/{rude}/decide", {"version": "1", "choice": "keep"}, headers=JSON)
    assert (again.status_code, again.json["kind"]) == (409, "CommentsRefused")
    missing = vera.submit(f"/moderation/{rude}/decide", {"version": "1", "choice": "delete"}, headers=JSON)
    assert missing.status_code == 422
    undone = vera.submit(f"/moderation/{rude}/undo", {"version": "2"}, headers=JSON)
    assert undone.json["version"] == 3


def test_further_rows_come_without_a_page(put, vera):
    ids = put(*(f"{CIVIL} {number}" for number in range(30)))
    page = vera.get("/moderation").text
    key = re.search(r'data-key="(\w+)"', page)[1]
    more = vera.get(f"/moderation/more?&key={key}").text
    assert page.count('class="comment"') == 20
    assert [f'id="comment-{one}"' in more for one in ids] == [False] * 20 + [True] * 10
    assert "<html" not in more


def test_ticked_ones_are_decided_together_or_not_at_all(app, put, vera, anna):
    first, second = put(SPAM, f"{SPAM} ещё")
    both = [f"{first}:1", f"{second}:1"]
    refused = vera.submit("/moderation/bulk", {"row": both, "choice": "delete"})
    assert (refused.status_code, refused.text.count(" checked")) == (422, 2)
    post_to(anna, second, choice="keep")  # vera holds it
    assert stored(app, second).state is CommentState.WAITING
    done = vera.submit("/moderation/bulk", {"row": both, "choice": "delete", "ground": "spam", "reason": "рассылка"})
    assert done.status_code == 303
    assert {stored(app, one).reason for one in (first, second)} == {"рассылка"}
    again = vera.submit("/moderation/bulk", {"row": both, "choice": "keep"})
    assert (again.status_code, "решение уже принято" in again.text) == (409, True)


def test_taken_into_work_it_is_a_message_of_the_register(app, put, vera):
    (civil,) = put(CIVIL)
    post_to(vera, civil, choice="take")
    row = stored(app, civil)
    assert vera.get(f"/messages/{row.message_id}").status_code == 200
    assert f"/messages/{row.message_id}" in vera.get("/moderation/decided").text


def test_decisions_of_one_author_and_kind_are_listed(put, vera, app):
    rude, civil = put(RUDE, CIVIL)
    post_to(vera, rude, choice="delete", ground="insult")
    post_to(vera, civil, choice="keep")
    author = stored(app, rude).author_id
    assert f'id="comment-{rude}"' in vera.get(f"/moderation/decided?author={author}&state=deleted").text
    assert f'id="comment-{civil}"' not in vera.get("/moderation/decided?state=deleted").text
    assert "Решений пока нет" in vera.get(f"/moderation/decided?author={author + 1}").text


def test_done_by_hand_with_its_time_and_taken_back(app, put, vera):
    (rude,) = put(RUDE)
    post_to(vera, rude, choice="delete", ground="insult")
    page = vera.get("/moderation/outbox").text
    assert "Удалить комментарий" in page
    assert re.search(r'Сделать в соцсетях <span class="count">1</span>', page)
    app.extensions["osm"].clock = FixedClock(MORNING + timedelta(minutes=30))
    early = vera.submit("/moderation/outbox/1/done", {"version": "1", "at": "2026-11-25T08:00"})
    assert (early.status_code, 'value="2026-11-25T08:00"' in early.text) == (422, True)
    done = vera.submit("/moderation/outbox/1/done", {"version": "1", "at": "2026-11-25T09:20"}, follow_redirects=True)
    assert "Выполнено вручную, 09:20" in done.text
    assert "Отменить здесь нельзя: удаление в соцсети выполнено" in vera.get("/moderation/decided").text
    vera.submit("/moderation/outbox/1/reopen", {"version": "2"})
    with app.app_context():
        assert db.session.get_one(OutboxAction, 1).state is OutboxState.PENDING
    assert vera.submit("/moderation/outbox/1/done", {"version": "1"}).status_code == 409


def test_the_command_lists_what_waits(app, put, vera):
    (rude,) = put(RUDE)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["osm", "outbox", "--json"]).stdout.split() == ["[", "]"]
    post_to(vera, rude, choice="delete", ground="insult")
    import json

    (row,) = json.loads(runner.invoke(args=["osm", "outbox", "--json"]).stdout)
    assert (row["kind"], row["state"], row["comment"], row["url"]) == (
        "delete", "pending", rude, "https://vk.com/wall-1_1?reply=1"
    )  # fmt: skip
    assert "Удалить комментарий" in runner.invoke(args=["osm", "outbox"]).stdout


def test_a_file_is_loaded_by_the_page(app, cast, vera):
    content = line(id=1) + b"\n{\n"
    answer = vera.submit(
        "/moderation/import", {"file": (io.BytesIO(content), "к.jsonl")}, content_type="multipart/form-data"
    )
    assert "Новых 1" in answer.text
    assert "строка 2: не JSON" in answer.text
    assert vera.submit("/moderation/import").status_code == 422


def test_keys_are_switched_off_by_the_person_for_himself(app, put, vera, anna, cast):
    put(CIVIL)
    vera.submit("/keys", {"keys": "off"})
    assert 'data-keys="off"' in vera.get("/moderation").text
    assert 'data-keys="on"' in anna.get("/moderation").text
    with app.app_context():
        assert db.session.get_one(User, cast["vera"]).version == 1
    vera.submit("/keys", {"keys": "on"})
    assert 'data-keys="on"' in vera.get("/moderation").text


def test_a_script_in_a_comment_is_text(put, vera):
    put("<script>alert(1)</script> сволочи вы все", author_name="<b>Ник</b>")
    page = vera.get("/moderation").text
    assert "<script>alert(1)" not in page
    assert "<b>Ник" not in page


@pytest.mark.parametrize(
    "query", ["category=poem", "network=%00", "kind=x", "post=%00", "category=insult&kind=comment"]
)
def test_any_filter_opens(put, vera, query):
    put(RUDE)
    assert vera.get(f"/moderation?{query}").status_code == 200


def test_the_menu_counts_what_waits(put, vera, boris):
    put(CIVIL, RUDE)
    assert re.search(r'href="/moderation"[^>]*>Комментарии\s*<span[^>]*>\s*2', vera.get("/").text)
    assert 'href="/moderation"' not in boris.get("/").text


def test_the_list_of_posts_leads_to_the_comments_under_one(app, cast, vera):
    wall = "https://vk.com/wall-1_"
    texts = ((1, RUDE), (2, CIVIL), (2, SPAM), (2, "Спасибо за фонари"))
    with app.app_context():
        import_comments(
            [line(id=f"-1_{n}", post_url=f"{wall}{post}", text=text) for n, (post, text) in enumerate(texts)],
            actor=None,
            now=MORNING,
        )
        verdicts.read_due_comments(MORNING)
    page = vera.get("/moderation/posts").text
    assert page.index(f"{wall}2</a>") < page.index(f"{wall}1</a>")
    assert "3 комментария" in page
    assert page.count("1 с пометками") == 2
    addresses = re.findall(r'href="(/moderation\?post=[^"]+)"', page)
    under = vera.get(addresses[0]).text
    assert "сволочи" not in under
    assert under.count('class="comment-who"') == 3
    assert "все под ней" not in under
    assert under.count("показать под всеми") == 1
    assert "все под ней" in vera.get("/moderation?category=insult").text
    assert "category=insult&amp;post=https" in vera.get("/moderation?category=insult").text


def test_where_nothing_waits_the_list_of_posts_says_so(vera):
    assert "Под записями ничего не ждёт" in vera.get("/moderation/posts").text


def test_a_post_that_is_no_address_is_no_link(vera):
    page = vera.get("/moderation?post=javascript:alert(1)").text
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    "pasted",
    [
        "https://m.vk.com/wall-1_1",
        "vk.com/wall-1_1",
        "https://vk.com/lesozavodsk?w=wall-1_1",
        "https://vk.com/wall-1_1?reply=77",
        "https://vk.com/wall-1_1",
    ],
)
def test_comments_of_a_post_are_found_by_any_of_its_addresses(put, vera, pasted):
    (rude,) = put(RUDE)
    page = vera.get("/moderation", query_string={"post": pasted}).text
    assert f'id="comment-{rude}"' in page
    assert "Только под записью" in page


def test_a_file_without_a_single_comment_is_called_what_it_is(vera):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    shown = vera.submit("/moderation/import", {"times": "local", "file": (io.BytesIO(picture), "a.jsonl")}).text
    assert "Это не таблица, а картинка (PNG)" in shown
    shown = vera.submit("/moderation/import", {"file": (io.BytesIO(b"{\n" * 3), "a.jsonl")}).text
    assert "Ни одного комментария не прочитано" in shown
    good = vera.submit("/moderation/import", {"file": (io.BytesIO(line() + b"\n{"), "a.jsonl")}).text
    assert "Ни одного комментария" not in good
