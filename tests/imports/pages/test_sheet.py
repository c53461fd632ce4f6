"""Another sheet, or another row with the headings."""

from __future__ import annotations

import pytest

from osm.models import ImportState
from tests.connectors.files import HEADER, incident, xlsx

from .conftest import form_of, upload, words

TWO = xlsx(
    [HEADER, incident(501)], [["Итоги"], ["№ инцидента", "Текст", "Ссылка"], ["7", "Яма.", "https://vk.com/wall-1_7"]]
)


def test_the_columns_are_found_again_there(anna):
    page = upload(anna, TWO)
    answer = anna.submit(f"{page}/sheet", {"sheet": "Лист2", "header_row": ""})
    assert (answer.status_code, answer.location) == (303, page)
    form = form_of(anna, page)
    assert (form["field-number"], form["field-text"], form["field-author"]) == ("0", "1", "")
    assert "Загрузить 1 строку сразу" in words(anna.get(page))


@pytest.mark.words
@pytest.mark.parametrize(
    ("sheet", "row", "sentence"),
    [("Лист1", "77", "Не найдена строка с названиями"), ("Лист9", "", "нет листа «Лист9»")],
)
def test_what_does_not_exist_is_refused_at_its_field_as_typed(anna, sheet, row, sentence):
    page = upload(anna, TWO)
    answer = anna.submit(f"{page}/sheet", {"sheet": sheet, "header_row": row})
    assert answer.status_code == 422
    assert sentence in answer.text.split('id="header_row-error"')[1].split("</p>")[0]
    assert f'name="header_row" inputmode="numeric" value="{row}"' in answer.text
    assert '<details class="import-sheet" open>' in answer.text


def test_a_run_that_goes_is_left_alone(anna, runs):
    page = upload(anna, TWO)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load"})
    assert anna.submit(f"{page}/sheet", {"sheet": "Лист2"}).status_code == 409
    assert runs()[0].state is ImportState.STAGING


def test_others_may_not_and_it_is_no_link(anna, vera):
    page = upload(anna, TWO)
    assert vera.submit(f"{page}/sheet", {"sheet": "Лист2"}).status_code == 403
    assert anna.get(f"{page}/sheet").status_code == 405
