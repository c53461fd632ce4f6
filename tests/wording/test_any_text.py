"""For any text: no errors, spans within it, the keys in order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osm.regulation.words import ReplyKind
from osm.wording.criteria import Key
from tests.wording.conftest import judged

PIECES = st.sampled_from(
    [
        "Здравствуйте",
        "«",
        "»",
        "Теплосеть",
        " ",
        "\n",
        ". ",
        ", ",
        "до 5 декабря",
        "№",
        "фото прилагаем",
        "ты",
        "данный дом",
        "https://a.example",
        "произведена замена",
        "🙂",
        "Исх. ",
        "в ",
        "отдел",
        "[id1",
        "Я]",
        "ё",
        "ДРСУ",
        "не ",
        "?",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)),
    st.sampled_from(ReplyKind),
    st.booleans(),
)
def test_any_text(text, kind, repeat):
    checked = judged(text, kind=kind, repeat=repeat)
    assert [one.key for one in checked.criteria] == list(Key)
    for span in [span for one in checked.criteria for span in one.evidence] + list(checked.style):
        assert 0 <= span.start <= span.end <= len(text)
        assert text[span.start : span.end] == span.fragment


@pytest.mark.parametrize("blanks", [" " * 9000, "\n" * 9000, " \n\t" * 3000])
def test_long_runs_of_blanks_are_passed_over_and_places_stay_true(blanks):
    text = f"Здравствуйте!{blanks}Данный двор{blanks}уберут до пятницы."
    checked = judged(text)
    finding = next(one for one in checked.style if one.rule == "official_word")
    assert text[finding.start : finding.end] == finding.fragment == "Данный"
    term = next(one for one in checked.criteria if one.key is Key.TERMS)
    assert [text[span.start : span.end] for span in term.evidence] == ["до пятницы"]
