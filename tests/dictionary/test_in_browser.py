"""A dictionary entry that would flag 300 civil comments shows this before it is saved."""

from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts.verdicts import digest
from osm.models import Comment, OwnEntry
from tests.in_browser import log_in, violations
from tests.web.test_browser import problems

pytestmark = pytest.mark.browser

__all__ = ["problems"]

_PLACES = ("на Калининской", "у школы № 3", "возле рынка", "во дворе", "на переезде", "за мостом")
_NEEDS = ("засыпьте", "отсыпьте щебнем", "поставьте знак", "пришлите грейдер", "посмотрите сами")
_ENDS = ("скользко", "лужа стоит неделю", "дети идут по обочине", "автобус объезжает", "машины бьются",
         "скорая не проедет", "каждую весну", "второй год просим", "темно и опасно", "спасибо заранее")  # fmt: skip


def civil_comments() -> list[str]:
    """300 polite complaints about roads."""
    return [f"Дорога {place} разбита, {need}: {end}." for place, need, end in product(_PLACES, _NEEDS, _ENDS)]


def test_a_word_that_would_flag_300_civil_comments_shows_this(page: Page, live_url, app, now, problems):
    texts = civil_comments()
    assert len(set(texts)) == 300
    with app.app_context(), transaction() as session:
        session.add_all(
            Comment(network="vk", external_id=str(n), text=text, text_digest=digest(text), stored_at=now)
            for n, text in enumerate([*texts, *(f"Свет во дворе {n} дали, спасибо" for n in range(40))])
        )
    log_in(page, live_url, "vera", "/admin/dictionary/new")
    page.get_by_label("Проверить на тексте").fill("Дорогу сделайте, пожалуйста")
    page.get_by_label("Слово, выражение или адрес сайта").fill("дорога")
    expect(page.locator("#tried mark")).to_have_text("Дорогу")
    page.get_by_role("button", name="Посмотреть на последних текстах").click()
    told = page.locator("#preview")
    expect(told).to_contain_text("Пометит 300, из них 300 обычных жалоб.")
    expect(told).to_contain_text("Возьмите выражение точнее")
    expect(told.get_by_role("button", name="Всё равно сохранить")).to_be_visible()
    assert violations(page) == []
    # A better entry instead: the old preview does not count for it.
    page.get_by_label("Слово, выражение или адрес сайта").fill("дорожники скоты")
    page.get_by_label("Вид").select_option("phrase")
    expect(page.locator("#tried")).to_contain_text("ничего не отмечает")  # its lines are above the button
    page.get_by_role("button", name="Посмотреть на последних текстах").click()
    expect(told).to_contain_text("Ничего не пометит.")
    told.get_by_role("button", name="Сохранить").click()
    page.wait_for_url(f"{live_url}/admin/dictionary")
    expect(page.get_by_role("link", name="дорожники скоты")).to_be_visible()
    with app.app_context():
        assert db.session.scalars(db.select(OwnEntry.text)).all() == ["дорожники скоты"]
