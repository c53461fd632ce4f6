"""The calendar in administration: the year as text, changing it with a look ahead, refusals that keep the form."""

from __future__ import annotations

import pytest

DAYS = {
    "2026": [
        "01.01–08.01</strong> праздник (ТК РФ, ст. 112)",
        "09.01</strong> перенос с 03.01 по постановлению (постановление Правительства от 24.09.2025 № 1466)",
        "09.03</strong> выходной перенесён с 08.03 (ТК РФ, ст. 112)",
        "30.04</strong> на час короче: 09:00–13:00, 13:48–17:00 (ТК РФ, ст. 95)",
        "247 рабочих дней",
    ],
    "2024": ["27.04</strong> рабочий день по постановлению: 09:00–13:00, 13:48–18:00 (постановление Правительства"],
    "2028": ["Постановления Правительства о переносе выходных на 2028 год ещё нет", "предварительный"],
    "1999": ["Календарь на 2013 год"],
    "9999": ["Календарь на 2030 год"],
    "now": ["Календарь на 2026 год"],
}


@pytest.mark.parametrize(("year", "expected"), DAYS.items(), ids=list(DAYS))
def test_a_year_says_in_words_why_each_unusual_day_is_so(dina, year, expected):
    page = dina.get(f"/admin/calendar?year={year}").text
    assert [words for words in expected if words not in page] == []
