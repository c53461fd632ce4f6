"""python -m moderation: the formats that other programs rely on, and exit status."""

import io
import json

import pytest

from moderation.__main__ import main


@pytest.fixture
def classify(monkeypatch, capsys):
    def run(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        status = main(["classify"])
        out, err = capsys.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], err

    return run


def test_classify_answers_in_order_with_all_fields(classify):
    lines = [{"id": 7, "text": "Убью тебя"}, {"id": "b", "text": "Спасибо"}, {"id": None, "text": ""}]
    status, answers, _ = classify("".join(json.dumps(line) + "\n" for line in lines))
    assert status == 0
    assert [a["id"] for a in answers] == [7, "b", None]
    assert [a["verdict"] for a in answers] == ["exclude", "pass", "pass"]
    assert set(answers[0]["findings"][0]) == {
        "category",
        "rule",
        "severity",
        "start",
        "end",
        "fragment",
        "lemma",
        "why",
    }
    assert answers[1]["findings"] == []
    assert answers[1]["categories"] == []


def test_classify_continues_after_a_bad_line_and_says_so(classify):
    status, answers, err = classify('нет\n{"id": 1, "text": 5}\n{"id": 2, "text": "Спасибо"}\n')
    assert status == 1
    assert "error" in answers[0]
    assert "error" in answers[1]
    assert answers[2] == {"id": 2, "verdict": "pass", "categories": [], "findings": []}
    assert "Не прочитано строк: 2" in err


def test_classify_survives_half_of_a_surrogate_pair(classify):
    status, answers, _ = classify('{"id": 1, "text": "\\ud83d хуй"}\n')
    assert status == 0
    assert answers[0]["verdict"] == "exclude"


def test_classify_reads_a_file(tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "дебилы"}\n', encoding="utf-8")
    assert main(["classify", str(tmp_path / "in.jsonl")]) == 0
    assert json.loads(capsys.readouterr().out)["categories"] == ["insult"]


def test_missing_file_is_an_error_in_words(tmp_path, capsys):
    assert main(["classify", str(tmp_path / "no")]) == 1
    assert "Не получилось" in capsys.readouterr().err


def test_explain_names_every_rule_and_the_passing_ones_too(capsys):
    from moderation.rules import RULES

    assert main(["explain", "Эта сосулька кого-нибудь убьёт"]) == 0
    out = capsys.readouterr().out
    assert "Решение: pass" in out
    assert all(rule.name in out for rule in RULES)
    assert "условия правила не выполнены" in out


def test_explain_shows_the_words_that_decided(capsys):
    main(["explain", "Вы идиоты"])
    assert "[3:9] «идиоты»" in capsys.readouterr().out


@pytest.mark.parametrize("row", ["threat\tУбью тебя", "threat\tnotes\tУбью тебя"])
def test_evaluate_prints_a_table_by_label(tmp_path, capsys, row):
    (tmp_path / "rows.tsv").write_text(row + "\n", encoding="utf-8")
    assert main(["evaluate", str(tmp_path / "rows.tsv")]) == 0
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last[:4] == [("notes/" if "notes" in row else "") + "threat", "1", "100.0%", "100.0%"]


def test_evaluate_refuses_a_line_without_label(tmp_path, capsys):
    (tmp_path / "rows.tsv").write_text("без метки\n", encoding="utf-8")
    assert main(["evaluate", str(tmp_path / "rows.tsv")]) == 1
    assert "строка 1" in capsys.readouterr().err


def test_unknown_command_is_a_bad_call():
    with pytest.raises(SystemExit) as stop:
        main(["guess"])
    assert stop.value.code == 2
