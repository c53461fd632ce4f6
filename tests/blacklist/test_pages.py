"""The screens of the black list: from the card of an excluded message to the decision, the paper and the police."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace

import docx
import pytest
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts.entries import propose as propose_author
from osm.files.acts.files import Upload
from osm.messages.acts import closing
from osm.models import Author, BlacklistProposal, Comment, Event, LegalHold, Message, OutboxAction
from osm.regulation.blacklist import BanTerm, ListState, OutboxKind
from osm.retention.acts import office
from tests.desk import NOW
from tests.in_browser import log_in, violations
from tests.page_reading import words

SPAM = "Займ без отказа"
THREAT = "Встретимся у подъезда, ноги переломаю\x0b"


def excluded(desk, ground: str = "insult", text: str = "Вы все сволочи", screenshots=()) -> Message:
    message = desk.incident("25.11 10:05", text=text)
    with transaction() as session:
        author = session.scalars(db.select(Author)).first() or Author(
            network="vk", profile_url="https://vk.com/id77", name="Пётр С."
        )
        session.get_one(Message, message.id).author = author
    closing.exclude_message(message.id, 1, ground=ground, note="", actor=desk.anna, now=NOW, screenshots=screenshots)
    return message


def proposal() -> BlacklistProposal:
    db.session.rollback()
    return db.session.scalars(db.select(BlacklistProposal).execution_options(populate_existing=True)).one()


def propose(vera, message, **given) -> str:
    return vera.submit(f"/blacklist/of-message/{message.id}", {"term": "three_days", **given}).location


def test_from_the_card_to_the_list_and_the_ban(desk, anna, vera):
    message = excluded(desk)
    card = vera.get(f"/messages/{message.id}").text
    assert "Предложить в чёрный список" in card
    assert '<option value="three_days" selected>' in card
    page = propose(vera, message, note="Не в первый раз")
    assert "Не в первый раз" in vera.get(page).text
    assert "Утвердить" not in vera.get(page).text
    assert "Чёрный список: ждёт решения" in vera.get(f"/messages/{message.id}").text
    assert 'name="term"' in anna.get("/blacklist").text
    decided = anna.submit(f"{page}/approve", {"term": "week", "version": 1, "back": "list"})
    assert decided.location == "/blacklist"
    assert (proposal().state, proposal().term) == (ListState.APPROVED, BanTerm.WEEK)
    vera.submit(f"{page}/applied", {"version": 2})
    assert proposal().state is ListState.APPLIED
    shown = anna.get("/blacklist?part=listed").text
    assert "до 02.12 11:00" in shown
    assert anna.submit(f"{page}/lift", {"version": 3, "reason": "Извинился"}).status_code == 303
    assert "Извинился" in anna.get(page).text
    assert "Отклонено, снято, истекло" in anna.get("/blacklist").text


def test_a_second_press_changes_nothing(desk, vera):
    message = excluded(desk)
    assert propose(vera, message) == propose(vera, message)
    assert len(proposal().evidence) == 1


def test_what_is_not_excluded_cannot_be_proposed(desk, vera):
    message = desk.incident("25.11 10:05")
    answer = vera.submit(f"/blacklist/of-message/{message.id}", {"term": "day", "note": "Третий раз за неделю"})
    assert (answer.status_code, "не исключено по пункту 17" in answer.text) == (422, True)
    assert "Третий раз за неделю" in answer.text, "what was typed is not lost"
    assert db.session.scalars(db.select(BlacklistProposal)).all() == []


@pytest.mark.words
@pytest.mark.parametrize("act", ["reject", "lift", "term"])
def test_without_a_reason_the_form_comes_back_with_what_was_typed(desk, anna, vera, act):
    page = propose(vera, excluded(desk))
    version = 1
    if act != "reject":
        anna.submit(f"{page}/approve", {"term": "week", "version": 1})
        version = 2
    answer = anna.submit(f"{page}/{act}", {"version": version, "reason": " ", "term": "month"})
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.text


def test_the_second_curator_gets_a_conflict_and_keeps_his_words(desk, anna, vera):
    page = propose(vera, excluded(desk))
    anna.submit(f"{page}/approve", {"term": "week", "version": 1})
    answer = anna.submit(f"{page}/reject", {"version": 1, "reason": "Моя причина"})
    assert answer.status_code == 409
    assert "внесение в чёрный список утверждено" in answer.text
    assert "Ваше не записано, вы написали: «Моя причина»." in answer.text
    assert "сохраните ещё раз" not in answer.text  # there is no form for it any more
    assert proposal().state is ListState.APPROVED


def test_spam_is_banned_at_once_where_it_is_set_so(app, desk, anna, vera):
    message = excluded(desk, ground="spam", text="Займы без отказа")
    assert "Заблокировать сразу" not in vera.get(f"/messages/{message.id}").text
    kept = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(kept, ban_spam_at_once=True)
    try:
        assert "Заблокировать сразу" in vera.get(f"/messages/{message.id}").text
        page = propose(vera, message, at_once="1")
        assert "Блокируется сразу, ждёт решения" in anna.get("/blacklist").text
    finally:
        app.extensions["osm"].settings = kept
    assert proposal().applied_at_once
    assert len(db.session.scalars(db.select(OutboxAction)).unique().all()) == 1
    assert "Заблокировано вручную" in vera.get(page).text


def test_the_head_sees_and_decides_nothing_and_an_executor_sees_nothing(desk, gleb, boris, vera):
    page = propose(vera, excluded(desk))
    assert "Утвердить" not in gleb.get("/blacklist").text + gleb.get(page).text
    assert boris.get("/blacklist").status_code == 403


def test_the_journal_and_the_file_hold_every_proposal(desk, anna, vera):
    propose(vera, excluded(desk, text="=СУММ(1)"))
    printed = anna.get("/blacklist/journal").text
    assert "=СУММ(1)" in printed
    book = load_workbook(io.BytesIO(anna.get("/blacklist/export.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[2][4:9:4] == ("Пётр С.", "=СУММ(1)")
    assert book.active["I3"].data_type == "s"
    assert anna.get("/blacklist/journal?from=2026-13-01").status_code == 422


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(made, "PNG")
    return made.getvalue()


def text_in(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([one.text for one in document.paragraphs] + cells)


def test_the_file_for_the_police_says_where_no_screenshot_shows_the_threat(desk, anna, vera):
    page = propose(vera, excluded(desk, ground="threat", text=THREAT))
    assert "Снимка экрана нет" in anna.get(page).text
    assert "Снимок экрана\nне приложен" in text_in(docx.Document(io.BytesIO(anna.get(f"{page}/export.docx").data)))


def test_the_file_for_the_police_holds_everything(desk, anna, vera):
    shot = picture()
    message = excluded(desk, ground="threat", text=THREAT, screenshots=[Upload("снимок.png", shot)])
    page = propose(vera, message, term="month")
    anna.submit(f"{page}/approve", {"term": "forever", "reason": "Угроза", "version": 1})
    assert "Пакет для полиции" in anna.get(page).text
    assert "Снимка экрана нет" not in anna.get(page).text
    answer = anna.get(f"{page}/export.docx")
    document = docx.Document(io.BytesIO(answer.data))
    told = text_in(document)
    kept = proposal().evidence[0]
    for wanted in (
        THREAT[:-1], "https://vk.com/id77", "Пётр С.", kept.sha256, message.url, "навсегда", "Угроза",
        "25.11.2026 11:00:00 (UTC+10:00)", hashlib.sha256(shot).hexdigest(),
    ):  # fmt: skip
        assert wanted in told, wanted
    assert (document.core_properties.created, document.core_properties.comments) == (NOW, "")
    assert [name for name in zipfile.ZipFile(io.BytesIO(answer.data)).namelist() if name.startswith("word/media/")]
    read = db.session.scalars(db.select(Event).where(Event.action == "read", Event.object_kind == "police_file"))
    assert len(read.unique().all()) == 1


def test_without_a_threat_there_is_no_file_for_the_police(desk, anna, vera):
    page = propose(vera, excluded(desk))
    assert "Пакет для полиции" not in anna.get(page).text
    assert anna.get(f"{page}/export.docx").status_code == 404


def test_a_threat_goes_to_the_police_also_without_a_proposal(desk, vera, gleb):
    message = excluded(desk, ground="threat", text=THREAT)
    address = f"/blacklist/of-message/{message.id}/export.docx"
    assert address in vera.get(f"/messages/{message.id}").text
    assert address not in gleb.get(f"/messages/{message.id}").text
    document = docx.Document(io.BytesIO(vera.get(address).data))
    assert THREAT[:-1] in "\n".join(one.text for one in document.paragraphs)
    other = excluded(desk)
    assert vera.get(f"/blacklist/of-message/{other.id}/export.docx").status_code == 404


def test_what_went_to_the_police_is_kept_until_the_hold_is_lifted(desk, vera, dina):
    message = excluded(desk, ground="threat", text=THREAT)
    page = propose(vera, message)
    with transaction() as session:
        comment = Comment(
            network="vk", external_id="-1_5", text=THREAT, text_digest="0" * 64, stored_at=NOW, state="deleted",
            decided_at=NOW, ground="threat", evidence_sha256="0" * 64,
        )  # fmt: skip
        session.add(comment)
        session.flush()
        files = [f"{page}/export.docx", f"/blacklist/of-comment/{comment.id}/export.docx"]
    for address in (*files, f"/blacklist/of-message/{message.id}/export.docx", *files):
        assert vera.get(address).status_code == 200
    db.session.rollback()
    holds = db.session.scalars(db.select(LegalHold).order_by(LegalHold.id)).all()
    held = [("blacklist_proposal", proposal().id), ("message", message.id), ("comment", comment.id)]
    assert [(one.subject, one.object_id) for one in holds] == held
    assert "материал для полиции: пакет для полиции от 25.11.2026" in words(dina.get("/admin/keeping").text)
    office.lift_hold(holds[1].id, actor=desk.dina, now=NOW)
    vera.get(files[0])
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(LegalHold)) == 4


def three_proposed(desk) -> list[str]:
    """Three authors of a mailing, each with a proposal; «id:version» of each."""
    with transaction() as session:
        authors = [Author(network="vk", profile_url=f"https://vk.com/id8{n}", name=f"Займ {n}") for n in range(3)]
        session.add_all(authors)
        session.flush()
        rows = [
            Comment(
                network="vk", external_id=f"-1_{n}", author_id=one.id, text="Займ", text_digest="0" * 64, stored_at=NOW
            )
            for n, one in enumerate(authors)
        ]
        session.add_all(rows)
        session.flush()
        return [f"{propose_author(row, ground='spam', actor=desk.vera, now=NOW).id}:1" for row in rows]


def test_proposals_of_one_mailing_are_approved_together(desk, anna, vera):
    rows = three_proposed(desk)
    assert 'form="bulk"' not in vera.get("/blacklist").text
    assert anna.get("/blacklist").text.count('form="bulk"') == 3
    answer = anna.submit("/blacklist/approve", {"row": rows[:2]}, follow_redirects=True)
    assert "внесено в чёрный список: 2 автора" in answer.text
    found = db.session.scalars(db.select(BlacklistProposal).order_by("id")).all()
    assert [one.state for one in found] == [ListState.APPROVED, ListState.APPROVED, ListState.PENDING]
    assert {one.term for one in found} == {BanTerm.WEEK}
    assert db.session.query(OutboxAction).filter_by(kind=OutboxKind.BAN).count() == 2


@pytest.mark.parametrize("given", [[], ["stale"]])
def test_together_means_all_or_none(desk, anna, given):
    rows = three_proposed(desk)
    sent = [*rows[:2], rows[2].replace(":1", ":7")] if given else []
    answer = anna.submit("/blacklist/approve", {"row": sent}, follow_redirects=True)
    assert "Ничего не утверждено" in answer.text
    db.session.rollback()
    assert {one.state for one in db.session.scalars(db.select(BlacklistProposal))} == {ListState.PENDING}


def test_the_history_says_which_term_became_which_and_why(desk, anna, vera):
    page = propose(vera, excluded(desk))
    anna.submit(f"{page}/approve", {"term": "week", "version": 1, "reason": "Грубил и раньше"})
    anna.submit(f"{page}/term", {"term": "forever", "version": 2, "reason": "Обещал продолжать"})
    shown = anna.get(page).text
    assert "внесение в чёрный список утверждено: 3 дня → неделя. Грубил и раньше" in shown
    assert "срок в чёрном списке изменён: неделя → навсегда. Обещал продолжать" in shown


@pytest.mark.browser
@pytest.mark.parametrize(("width", "seen"), [(1280, 2), (390, 1)])
def test_on_a_telephone_the_term_appears_once(desk, vera, browser, live_url, width, seen):
    propose(vera, excluded(desk))
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    log_in(page, live_url, where="/blacklist")
    row = page.locator(".blacklist tbody tr")
    expect(row.get_by_label(re.compile("Срок для"))).to_have_value("three_days")
    shown = row.locator("td", has_text="3 дня").filter(visible=True)
    expect(shown).to_have_count(seen)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.context.close()


def test_each_text_names_the_clause_by_which_it_was_dealt_with(desk, anna, vera):
    """An excluded message: П.17; a deleted comment: п. 2.6 of the Порядок, and П.17 if it threatens an official."""
    propose(vera, excluded(desk))
    assert "п. 17</span>" in anna.get("/blacklist").text
    author_id = proposal().author_id
    with transaction() as session:
        row = Comment(
            network="vk", external_id="9", author_id=author_id, text=THREAT, text_digest="0" * 64, stored_at=NOW
        )
        session.add(row)
    delete = {"version": row.version, "choice": "blacklist", "ground": "threat"}
    assert vera.submit(f"/moderation/{row.id}/decide", delete).status_code == 303
    page = anna.get(f"/blacklist/{proposal().id}").text
    headings = re.sub("<[^>]+>", "", " ".join(re.findall(r'<h2 id="proof-\d+">.*?</h2>', page)))
    assert "Оскорбительные выражения п. 17" in headings
    assert "Нарушение правил соцсети: угроза" in headings
    assert "п. 2.6 Порядка, п. 17" in headings
    decided = re.sub("<[^>]+>", "", vera.get("/moderation/decided").text)
    assert "Нарушение правил соцсети: угроза" in decided
    document = docx.Document(io.BytesIO(anna.get(f"/blacklist/{proposal().id}/export.docx").data))
    told = "\n".join(one.text for one in document.paragraphs)
    assert "Оскорбительные выражения (п. 17)" in told
    assert "(п. 2.6 Порядка, п. 17)" in told
