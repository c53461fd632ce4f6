"""The executor sends his draft: what the screen shows him, what may be missing, what the curator gets (П.10, П.18)."""

from __future__ import annotations

import io
from html import unescape

import pytest

from osm.answers.acts import drafting, publication
from osm.answers.queries.drafting import editor_text
from osm.approvals import acts as approval
from osm.messages.acts import closing, routing
from osm.regulation.words import ReplyKind, Status
from tests.desk import NOW
from tests.office import OVERRIDE, at
from tests.page_reading import words
from tests.statements import counted

from .conftest import photo

TEXT = "Здравствуйте, Мария! Яму засыпали вчера."


def address(message) -> str:
    return f"/messages/{message.id}/answer"


def form(message, **more):
    return {
        "version": message.version,
        "text": TEXT,
        "kind": "final",
        "confirmed": "1",
        "screen": "answer",
        "reply_id": message.replies[-1].id,
        "saved_at": "",
        **more,
    }


@pytest.fixture
def routed(desk):
    return desk.in_status(Status.IN_WORK, text="Яма на Калининской, 12\n<b>Когда</b> засыплют?")


def test_the_screen_shows_what_is_asked_and_by_when(desk, boris, routed):
    page = boris.get(address(routed)).text
    assert "&lt;b&gt;Когда&lt;/b&gt; засыплют?" in page
    assert "Узнать сроки" in page
    assert "Проект на согласование: до 14:58 сегодня" in words(page)
    assert "Отправляя, вы отвечаете за достоверность, полноту и срок (п. 18)." in page
    assert 'href="/"' in page


def test_opening_it_is_noted_once(desk, boris, routed):
    for _ in range(2):
        boris.get(address(routed))
    routed = desk.again(routed)
    assert routed.assignments[0].opened_at == NOW
    assert [event.action for event in desk.log(routed)].count("open") == 1


def test_the_curator_gets_what_was_written_with_who_answers_for_it(desk, boris, routed):
    answer = boris.submit(address(routed), form(routed, text=f"  {TEXT}\r\n\r\nЖКХ  ", kind="interim"))
    assert answer.location == "/"
    draft = desk.again(routed).replies[0].drafts[0]
    assert draft.text == f"{TEXT}\n\nЖКХ"
    assert (draft.author_id, draft.submitted_by_id) == (boris.user_id, boris.user_id)
    assert draft.reply.kind is ReplyKind.INTERIM
    assert "проект отправлен на согласование, версия 1" in boris.get("/").text


def test_photos_that_were_chosen_without_scripts_go_along(desk, boris, routed):
    files = [photo("один.jpg"), photo("два.png", "#004488", "PNG")]
    assert boris.submit(address(routed), form(routed, files=files)).status_code == 303
    assert [row.filename for row in desk.again(routed).replies[0].attachments] == ["один.jpg", "два.png"]


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": "  "}, "Ответ пуст"),
        ({"text": "а" * 20_001}, "Ответ длиннее 20000 знаков"),
        ({"confirmed": ""}, "Подтвердите, что отвечаете за достоверность и сроки (п. 18)."),
        ({"kind": "x"}, "Выберите, что это"),
        ({"files": "схема.jpg"}, "«схема.jpg» — не изображение"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_everything_typed_stays(desk, boris, routed, change, said):
    sent = {"kind": "interim", **change}
    if "files" in sent:
        sent["files"] = (io.BytesIO(b"no picture"), sent["files"])
    answer = boris.submit(address(routed), form(routed, **sent))
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert said in page
    assert f">\n{change.get('text', TEXT)}</textarea>" in page
    if "kind" not in change:
        assert 'value="interim" checked' in page
    assert desk.again(routed).status is Status.IN_WORK
    kept = editor_text(desk.again(routed).replies[0].id, boris.user_id)
    assert kept.text == change.get("text", TEXT)


def test_returned_work_comes_with_the_remarks_and_what_was_written(desk, boris):
    message = desk.in_status(Status.REWORK)
    page = unescape(boris.get(address(message)).text)
    assert "Возвращено на доработку" in page
    assert "Анна Ларина" in page
    assert "Назовите срок" in page
    assert ">\nЗдравствуйте! Яму засыпали.</textarea>" in page


def test_the_earlier_answer_is_on_the_screen(desk, boris):
    message = desk.in_status(Status.AWAITING_FINAL)
    publication.prepare_final(message.id, message.version, actor=desk.anna, now=NOW)
    page = boris.get(address(message)).text
    assert "Промежуточный ответ, сегодня в 10:40" in words(page)
    assert "Здравствуйте! Яму засыпали." in page
    assert "</textarea>" in page


def test_what_the_author_wrote_later_is_on_the_screen(desk, boris):
    message = desk.in_status(Status.ANSWERED)
    publication.reopen_message(
        message.id, message.version, text="Яма снова открылась", url="", actor=desk.anna, now=NOW
    )
    assert "Яма снова открылась" in boris.get(address(message)).text


def test_what_the_curator_changed_is_shown_to_the_executor(desk, boris):
    message = desk.in_status(Status.ON_APPROVAL)
    approval.correct_and_approve(
        message.id, message.version, draft_id=message.replies[0].drafts[0].id, text="Здравствуйте! Двор засыпали.",
        override=OVERRIDE, actor=desk.anna, now=NOW,
    )  # fmt: skip
    for path in ("answer", "publish"):
        page = boris.get(f"/messages/{message.id}/{path}").text
        assert 'data-row="correction"' in page
        assert '<del><span class="visually-hidden">[убрано: </span>Яму<' in page
        assert '<ins><span class="visually-hidden">[добавлено: </span>Двор<' in page


@pytest.mark.sqlite
@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.IN_WORK, Status.REWORK)])
def test_in_every_other_status_the_screen_says_why_writing_is_impossible(desk, boris, status):
    message = desk.in_status(status)
    answer = boris.get(address(message))
    if status in (Status.NEW, Status.SELECTED, Status.REDIRECTED, Status.EXCLUDED, Status.DISMISSED, Status.WITHDRAWN,
                  Status.UNANSWERABLE):  # fmt: skip
        assert answer.status_code == 404  # never directed to him
        return
    assert answer.status_code == 200
    assert 'name="text"' not in answer.text
    assert ("Отозвать и править" in answer.text) is (status is Status.ON_APPROVAL)


def test_a_colleague_reads_along_and_a_stranger_does_not_know_of_it(desk, lidia, app, routed):
    page = lidia.get(address(routed))
    assert page.status_code == 200
    assert 'name="text"' not in page.text
    assert "готовит Борис Ежов" in page.text


def test_somebody_elses_number_is_not_found(desk, boris):
    message = desk.in_status(Status.NEW)
    assert boris.get(address(message)).status_code == 404
    assert boris.get("/messages/999999/answer").status_code == 404


def test_directed_elsewhere_in_between_the_typed_text_can_be_copied(desk, boris, routed):
    old = form(routed)
    routing.reroute_message(
        routed.id, routed.version, executor_id=desk.roman.id, task="", actor=desk.anna, now=at("25.11 10:58")
    )
    answer = boris.submit(address(routed), old)
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "передано другому исполнителю — Роман Соболев (Дороги)" in page
    assert "Ваш неотправленный текст" in page
    assert f">\n{TEXT}</textarea>" in page
    # … also when he comes back later.
    assert TEXT in unescape(boris.get(address(routed)).text)


def test_closed_in_between_the_typed_text_can_be_copied(desk, boris, routed):
    old = form(routed)
    closing.exclude_message(routed.id, routed.version, ground="insult", note="", actor=desk.anna, now=at("25.11 10:58"))
    answer = boris.submit(address(routed), old)
    assert answer.status_code == 409
    assert "исключено, не подлежит ответу" in answer.text
    assert f">\n{TEXT}</textarea>" in unescape(answer.text)


def test_a_long_message_is_folded_without_losing_a_letter(desk, boris):
    text = " ".join(f"слово{number}" for number in range(200))
    message = desk.in_status(Status.IN_WORK, text=text)
    page = boris.get(address(message)).text
    shown = page.split('<div class="message-text">')[1].split("</div>")[0]
    assert shown.replace('<details class="long-text"><summary>ещё</summary>', "").replace("</details>", "") == text


def test_the_editor_has_the_typed_text_if_it_is_newer(desk, boris, routed):
    drafting.save_text(routed.replies[0].id, text="Набрано", seen_at=None, actor=desk.boris, now=NOW)
    page = boris.get(address(routed)).text
    assert ">\nНабрано</textarea>" in page
    assert "сохранено сегодня в 11:00" in words(page)


def test_the_screen_needs_a_fixed_number_of_statements(app, desk, boris):
    message = desk.in_status(Status.REWORK)
    url = address(message)

    def count() -> int:
        with counted(app) as made:
            assert boris.get(url).status_code == 200
        return len(made)

    count()
    before = count()
    for minute in (40, 42, 44):
        message = desk.again(message)
        draft = desk.submitted(message, f"25.11 10:{minute}", f"Версия {minute}")
        when = at(f"25.11 10:{minute + 1}")
        approval.return_draft(
            message.id, message.version, draft_id=draft.id, remarks="Ещё раз", actor=desk.anna, now=when
        )
    assert count() == before
