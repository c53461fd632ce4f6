"""The description of the API: valid by an independent library, current, complete, and true of what is answered."""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import unescape

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from osm.integrators import views
from osm.integrators.acts.webhooks import signature
from osm.integrators.rules import MESSAGE
from osm.settings import ROOT
from tests.imports.desk import export, rows
from tests.integrators.conftest import Api, message

SCHEMAS = views.document()["components"]["schemas"]


def test_an_independent_library_finds_it_valid():
    assert list(OpenAPIV31SpecValidator(views.document()).iter_errors()) == []
    Draft202012Validator.check_schema(MESSAGE)


def test_the_file_is_what_the_command_prints(app):
    printed = app.test_cli_runner().invoke(args=["osm", "openapi"])
    assert printed.exit_code == 0
    assert (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8") == printed.output


def test_it_has_every_address_and_method(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert there == {(path, method) for path, one in views.document()["paths"].items() for method in one}


def test_what_is_answered_has_the_described_form(api, client, exports):
    answers = {
        "Taken": [api.post(message()), api.post(message(place="Двор")), api.post(message(place="Двор"))],
        "Load": [exports.send(export(*rows(1))), exports.send(export(*rows(1)))],
        "State": [api.get("РИ-1")],
        "Error": [api.get("нет"), api.post({}), Api(api.base, "no").get("1")],
    }
    for name, found in answers.items():
        for answer in found:
            assert list(Draft202012Validator(SCHEMAS[name]).iter_errors(answer.json())) == []
            assert not answer.json().keys() - SCHEMAS[name]["properties"].keys()
    assert client.get("/api/v1/openapi.json").json == views.document()


def test_the_page_of_the_help_names_every_field_and_answer(boris):
    page = boris.get("/help/developers")
    text = unescape(page.text)
    assert page.status_code == 200
    for schema in SCHEMAS.values():
        for name in schema["properties"]:
            assert f"<code>{name}</code>" in text
    for status in views._REFUSALS:
        assert f'<th scope="row">{status}</th>' in text
    assert "<style" not in text
    assert " style=" not in text
    assert "/help/developers" in boris.get("/help").text


EXAMPLES = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "integration.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(4))
def test_the_examples_of_the_document_run_as_they_are(api, exports, tmp_path, number):
    assert len(EXAMPLES) == 4
    script = EXAMPLES[2] if number == 2 else "\n".join(EXAMPLES[:2][: number + 1] + EXAMPLES[3:][: number // 3])
    environ = {**os.environ, "OSM": api.base, "TOKEN": exports.token if number == 2 else api.token}
    how = {"capture_output": True, "text": True, "env": environ, "cwd": tmp_path, "timeout": 60, "check": False}
    done = subprocess.run(["sh", "-euc", script], **how)
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()[-1]
    if number < 2:
        assert json.loads(last)["number"] == "РИ-2026-17"
    elif number == 2:
        assert "Ждёт человека" in json.loads(last)["words"]
    else:
        assert last == signature("секрет-из-настроек", 1764028800, b'{"id":"1"}')
