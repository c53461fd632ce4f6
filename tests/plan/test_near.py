"""«Похоже на запись от 12.11»: the editor shows near copies of the last ninety days, and only these."""

from __future__ import annotations

from datetime import date

from osm.base.database import db
from osm.plan.acts import planning
from tests.desk import NOW
from tests.page_reading import words

TEXT = "В субботу в центральном парке открываем каток. Прокат коньков работает с десяти утра до девяти вечера."
NEARLY = "В субботу в центральном парке открываем каток! Прокат коньков будет работать с 10 утра до девяти вечера."
OTHER = "Во вторник с девяти утра на улице Калинина не будет холодной воды: меняют трубу. Подвоз воды организован."


def test_a_near_copy_is_named_while_typing_and_on_the_card(plan, vera):
    before, row = plan.approved(text=TEXT), plan.idea("Снова каток")
    fragment = vera.htmx(f"/plan/{row.id}/near", {"text": NEARLY}).text
    assert "Похоже на запись от 26.11: «Открытие катка»" in words(fragment)
    assert f'href="/plan/{before.id}"' in fragment
    assert "<main" not in fragment
    for text in (OTHER, "Каток", ""):
        assert "Похоже" not in vera.htmx(f"/plan/{row.id}/near", {"text": text}).text
    assert "Похоже" not in vera.get(f"/plan/{before.id}").text, "it is no copy of itself"
    given = {"title": "Снова каток", "text": NEARLY, "format": "text", "version": row.version}
    assert vera.submit(f"/plan/{row.id}/text", given).status_code == 303
    assert "Похоже на запись от 26.11" in words(vera.get(f"/plan/{row.id}").text)


def test_what_is_old_or_cancelled_is_forgotten(plan, vera):
    old, off, row = plan.approved(text=TEXT), plan.approved(text=TEXT), plan.idea("Снова каток")
    old.day = date(2026, 8, 26)
    db.session.commit()
    planning.cancel(off.id, off.version, reason="", actor=plan.desk.anna, now=NOW)
    assert "Похоже" not in vera.htmx(f"/plan/{row.id}/near", {"text": NEARLY}).text
    plan.again(old).day = date(2026, 8, 27)
    db.session.commit()
    assert "от 27.08" in words(vera.htmx(f"/plan/{row.id}/near", {"text": NEARLY}).text)
