"""`osm check-answer`: words, JSON, a stream of lines, and what is refused."""

import json

import pytest

pytestmark = pytest.mark.sqlite

TEXT = "Здравствуйте, Ольга! В настоящее время «Городское хозяйство» вывозит снег, закончит до 5 декабря."


@pytest.fixture
def command(app):
    def run(*arguments, stdin=""):
        return app.test_cli_runner().invoke(args=["osm", "check-answer", *arguments], input=stdin)

    return run


def test_json_of_one_text(command):
    result = command("--network", "vk", "--kind", "final", "--json", stdin=TEXT)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert {one["key"]: one["met"] for one in answer["criteria"]} == {
        "greeting": True,
        "polite": True,
        "format": True,
        "responsible_body": True,
        "measures": True,
        "terms": True,
        "attachments": None,
        "repeat_measures": None,
    }
    greeting = answer["criteria"][0]
    assert greeting == {
        "key": "greeting",
        "met": True,
        "evidence": [{"start": 0, "end": 12, "fragment": "Здравствуйте"}],
        "advice": "",
    }
    assert answer["style"] == [
        {"rule": "stock_phrase", "start": 21, "end": 38, "fragment": "В настоящее время", "better": "Сейчас"}
    ]


def test_a_repeat_with_files(command):
    result = command("--network", "ok", "--kind", "final", "--repeat", "--attachments", "2", "--json", stdin=TEXT)
    met = {one["key"]: one["met"] for one in json.loads(result.stdout)["criteria"]}
    assert met["attachments"] is True
    assert met["repeat_measures"] is True


def test_a_stream_answers_every_line_in_order(command):
    lines = [
        json.dumps({"text": TEXT, "network": "vk", "kind": "final", "repeat": False, "attachments": 0}),
        "не JSON",
        json.dumps({"text": "Здравствуйте!", "network": "vk", "kind": "письмо"}),
        json.dumps({"text": "Здравствуйте!", "network": "почта", "kind": "final"}),
        json.dumps({"text": "Здравствуйте!", "network": "vk", "kind": "final", "attachments": -1}),
        json.dumps({"text": "Напишите адрес.", "network": "ok", "kind": "clarification"}),
    ]
    result = command("--jsonl", stdin="\n".join(lines))
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False]


def test_words_for_people(command):
    result = command("--network", "vk", "--kind", "final", stdin=TEXT)
    assert result.exit_code == 0
    assert "✓ приветствие" in result.stdout
    assert "«В настоящее время» → Сейчас" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "stdin", "status"),
    [
        ((), "", 2),
        (("--network", "vk"), "", 2),
        (("--jsonl", "--network", "vk"), "", 2),
        (("--network", "почта", "--kind", "final"), TEXT, 1),
        (("--network", "vk", "--kind", "final"), b"\xff\xfe", 1),
    ],
)
def test_refused(command, arguments, stdin, status):
    assert command(*arguments, stdin=stdin).exit_code == status
