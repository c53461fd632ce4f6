"""The files of terms: those of Lesozavodsk, another municipality for comparison, wrong files refused with their key."""

from pathlib import Path

import pytest

from osm.calendar.queries import load_parameters
from osm.regulation.errors import WrongParameters
from osm.regulation.parameters import Anchor, Term, Unit, parse_parameters
from osm.regulation.words import ClockKind, Importance

SEVASTOPOL = Path(__file__).parent / "sevastopol.toml"
NORMAL, HIGH = Importance.NORMAL, Importance.HIGH

LESOZAVODSK = [
    (ClockKind.ROUTE, NORMAL, 60, Unit.WORKING, Anchor.RECEIVED, "П.7"),
    (ClockKind.ROUTE, HIGH, 60, Unit.WORKING, Anchor.RECEIVED, "П.7"),
    (ClockKind.ANSWER, NORMAL, 420, Unit.WORKING, Anchor.SELECTED, "П.8"),
    (ClockKind.ANSWER, HIGH, 180, Unit.WORKING, Anchor.DETECTED, "П.9"),
    (ClockKind.DRAFT, NORMAL, 180, Unit.WORKING, Anchor.ANSWER_DUE, "П.10"),
    (ClockKind.DRAFT, HIGH, 120, Unit.WORKING, Anchor.ANSWER_DUE, "П.10"),
    (ClockKind.APPROVE, NORMAL, 30, Unit.WORKING, Anchor.SUBMITTED, "П.11"),
    (ClockKind.APPROVE, HIGH, 30, Unit.WORKING, Anchor.SUBMITTED, "П.11"),
    (ClockKind.REWORK, NORMAL, 60, Unit.WORKING, Anchor.RETURNED, "П.12"),
    (ClockKind.REWORK, HIGH, 60, Unit.WORKING, Anchor.RETURNED, "П.12"),
    (ClockKind.PART, NORMAL, 120, Unit.WORKING, Anchor.ASSIGNED, "П.14"),
    (ClockKind.PART, HIGH, 120, Unit.WORKING, Anchor.ASSIGNED, "П.14"),
    (ClockKind.FINAL, NORMAL, 3, Unit.WORKING_DAYS, Anchor.INTERIM, "П.13"),
    (ClockKind.FINAL, HIGH, 3, Unit.WORKING_DAYS, Anchor.INTERIM, "П.13"),
]


def test_terms_of_lesozavodsk() -> None:
    parameters = load_parameters()
    terms = {(kind, importance): Term(*rest) for kind, importance, *rest in LESOZAVODSK}
    assert parameters.terms == terms
    assert (parameters.route_target, parameters.comment_target, parameters.threat_target) == (15, 120, 30)
    assert parameters.urgent_call == 15
    assert "№ 215" in parameters.act


def test_another_municipality_is_another_file() -> None:
    parameters = load_parameters(SEVASTOPOL)
    assert parameters.term(ClockKind.ANSWER, NORMAL).value == 9 * 60
    assert parameters.term(ClockKind.ANSWER, HIGH).value == 4 * 60
    assert parameters.urgent_call == 15, "of a file that was written before"
    assert parameters.term(ClockKind.FINAL, HIGH) == Term(7, Unit.WORKING_DAYS, Anchor.INTERIM, "П.13")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[route]", "[[[", "файл"),
        ("[route]", "[routing]", "routing"),
        ("[part]\n", "[part]\nanchors = 1\n", "part.anchors"),
        ("[answer.high]", "[answer.urgent]", "answer.urgent"),
        ('value = "9:00"', 'value = "9"', "answer.normal.value"),
        ('value = "9:00"', "value = 9", "answer.normal.value"),
        ('value = "9:00"', 'value = "0:00"', "answer.normal.value"),
        ('value = "9:00"', 'value = "9:60"', "answer.normal.value"),
        ('value = "9:00"\n', "", "answer.normal.value"),
        ("value = 7", 'value = "7:00"', "final.value"),
        ("value = 7", "value = 0", "final.value"),
        ("value = 7", "value = true", "final.value"),
        ('unit = "working_days"', 'unit = "days"', "final.unit"),
        ('unit = "working_days"', "unit = []", "final.unit"),
        ('anchor = "interim_at"', 'anchor = "tomorrow"', "final.anchor"),
        ('anchor = "interim_at"', 'anchor = "answer_due"', "final.anchor"),
        ('anchor = "answer_due"', 'anchor = "selected_at"', "draft.normal.anchor"),
        ('value = "3:00"\nunit = "working"', 'value = 1\nunit = "working_days"', "draft.normal.unit"),
        ('value = "3:00"', 'value = "9:00"', "draft.normal.value"),
        ('clause = "П.13"', 'clause = ""', "final.clause"),
        ('clause = "П.13"', f'clause = "{"П" * 21}"', "final.clause"),
        ('clause = "П.13"\n', "", "final.clause"),
        ('route_target = "0:15"', "", "route_target"),
        ('threat_target = "1:00"', "threat_target = 60", "threat_target"),
        ('no_answer = ["Благодарность"]', "", "no_answer"),
        ('no_answer = ["Благодарность"]', 'no_answer = "Благодарность"', "no_answer"),
        ('no_answer = ["Благодарность"]', 'no_answer = [""]', "no_answer"),
        ('no_answer = ["Благодарность"]', f'no_answer = ["{"д" * 61}"]', "no_answer"),
        ('route_target = "0:15"', 'route_target = "0:15"\nurgent_call = "0:00"', "urgent_call"),
        ('act = "', 'act = ""\n#', "act"),
    ],
)
def test_a_wrong_file_is_refused_by_its_key(old: str, new: str, key: str) -> None:
    text = SEVASTOPOL.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(WrongParameters) as refused:
        parse_parameters(text.replace(old, new, 1))
    assert refused.value.key == key
    assert f"«{key}»" in str(refused.value)


@pytest.mark.parametrize("cut", ["[approve]", "[draft.normal]"])
def test_a_missing_section_is_refused(cut: str) -> None:
    before, _, after = SEVASTOPOL.read_text(encoding="utf-8").partition(cut)
    with pytest.raises(WrongParameters, match="нет раздела"):
        parse_parameters(before + after[after.index("[") :])


def test_a_section_that_is_no_table_is_refused() -> None:
    with pytest.raises(WrongParameters, match="нет раздела"):
        parse_parameters('act = "x"\nroute_target = "0:15"\nroute = 5')
    before, _, after = SEVASTOPOL.read_text(encoding="utf-8").partition("[answer.high]")
    before = before.replace("[answer.normal]", "[answer]\nhigh = 5\n[answer.normal]")
    with pytest.raises(WrongParameters, match=r"«answer\.high»: нет раздела"):
        parse_parameters(before + after[after.index("[") :])
