"""`osm deadlines`: words, JSON, a stream of lines, and what is refused."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

pytestmark = pytest.mark.sqlite

KEYS = ["route_due", "answer_due", "draft_due", "approve_due", "rework_due", "part_due", "final_due"]
Command = Callable[..., Result]


@pytest.fixture
def command(app: Flask) -> Command:
    def run(*arguments: str, stdin: str | bytes = "") -> Result:
        return app.test_cli_runner().invoke(args=["osm", "deadlines", *arguments], input=stdin)

    return run


def test_json_of_one_instant(command: Command) -> None:
    result = command("--at", "2026-04-30T10:00+10:00", "--importance", "normal", "--json")
    assert result.exit_code == 0
    due = json.loads(result.stdout)
    assert list(due) == KEYS
    assert due == {
        "route_due": "2026-04-30T11:00:00+10:00",
        "answer_due": "2026-05-04T09:48:00+10:00",
        "draft_due": "2026-04-30T14:48:00+10:00",
        "approve_due": "2026-04-30T10:30:00+10:00",
        "rework_due": "2026-04-30T11:00:00+10:00",
        "part_due": "2026-04-30T12:00:00+10:00",
        "final_due": "2026-05-06T18:00:00+10:00",
    }


def test_words_of_one_instant(command: Command) -> None:
    result = command("--at", "2026-04-30T10:00+10:00", "--importance", "high")
    assert result.exit_code == 0
    assert result.stdout.startswith("30.04.2026 10:00, важность: повышенная\n")
    assert "Ответ в соцсети: до 30.04.2026 13:00\n    30.04 10:00 → 13:00 3 ч (предпраздничный день)" in result.stdout
    assert "(п. 9: 3 рабочих часа)" in result.stdout


@pytest.mark.parametrize("at", ["2026-04-30T10:00", "2026-04-30T00:00Z", "2026-04-30 03:00:00+03:00"])
def test_a_naive_instant_is_local_and_any_zone_will_do(command: Command, at: str) -> None:
    assert json.loads(command("--at", at, "--json").stdout)["answer_due"] == "2026-05-04T09:48:00+10:00"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--at", "2031-04-30T10:00+10:00"], 1, "нет производственного календаря"),
        (["--at", "2031-04-30T10:00+10:00", "--json"], 1, "нет производственного календаря"),
        (["--at", "завтра"], 2, "нужны дата и время"),
        (["--at", "2026-04-30"], 2, "нужны дата и время"),
        (["--at", "2026-04-30T10:00", "--importance", "urgent"], 2, "--importance: можно только normal, high."),
        (["--at", "2026-04-30T10:00", "--jsonl"], 2, "либо --at"),
        ([], 2, "либо --at"),
    ],
)
def test_refusals(command: Command, arguments: list[str], status: int, words: str) -> None:
    result = command(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr


def test_one_answer_a_line_in_order(command: Command) -> None:
    lines = [
        b'{"at": "2026-04-30T10:00+10:00", "importance": "normal"}',
        b'{"at": "2031-04-30T10:00+10:00", "importance": "normal"}',
        b'{"at": "2026-04-30T10:00+10:00", "importance": "high"}',
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'["2026-04-30T10:00+10:00"]',
        b'{"importance": "high"}',
        b'{"at": 5}',
        b'{"at": "2026-04-30"}',
        b'{"at": "9999-12-31T23:59:59+00:00"}',
        b'{"at": "0001-01-01T00:00:00+14:00"}',
        b'{"at": "2026-04-30T10:00", "importance": "urgent"}',
        b'{"at": "2026-04-30T10:00", "importance": []}',
        b'{"at": "2026-04-30T10:00"}',
    ]
    result = command("--jsonl", stdin=b"\n".join(lines))
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("answer_due", "error" if list(answer) == ["error"] else answer) for answer in answers] == [
        "2026-05-04T09:48:00+10:00",
        "error",
        "2026-04-30T13:00:00+10:00",
        *["error"] * 12,
        "2026-05-04T09:48:00+10:00",
    ]
    assert [list(answer) for answer in answers if "error" not in answer] == [KEYS] * 3
    assert "нет производственного календаря" in answers[1]["error"]
    assert "возможны normal, high" in answers[13]["error"]
