"""What a program uses: one call, plain data, and a string that says which rules judged."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import moderation
from moderation import Moderator, OwnWord, classify, rules_version

OWN = (OwnWord("lemma", "бармалей", "insult", "high"),)


def test_one_call_judges_a_text():
    assert classify("Вы идиоты").decision == "exclude"
    assert classify("Спасибо за свет").decision == "pass"


def test_own_words_are_given_with_the_call_and_stay_its_own():
    assert classify("Какие бармалеи", own=OWN).decision == "exclude"
    assert classify("Какие бармалеи").decision == "pass"


def test_a_verdict_is_plain_data():
    verdict = classify("Вы идиоты")
    told = verdict.as_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["verdict"] == "exclude"
    assert told["categories"] == ["insult"]
    first = told["findings"][0]
    assert "Вы идиоты"[first["start"] : first["end"]] == first["fragment"]


def test_version_names_the_rules_and_the_own_words():
    assert re.fullmatch(r"[0-9a-f]{12}", rules_version())
    assert Moderator().rules_version == rules_version()
    assert Moderator(OWN).rules_version.startswith(rules_version() + "+")
    assert Moderator(OWN).rules_version == Moderator(list(OWN)).rules_version
    stricter = OwnWord("lemma", "бармалей", "insult", "medium")
    assert Moderator([stricter]).rules_version != Moderator(OWN).rules_version


def test_version_changes_with_a_list_and_is_the_same_in_another_place(tmp_path):
    """A copy in another folder has the same version; one word more in a list gives another version."""
    shutil.copytree(Path(moderation.__file__).parent, tmp_path / "moderation")

    def version():
        command = [sys.executable, "-c", "import moderation; print(moderation.rules_version())"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    assert version() == rules_version()
    with open(tmp_path / "moderation/lexicon/insult.txt", "a", encoding="utf-8") as words:
        words.write("[insult.soft]\nбармалей\n")
    assert version() != rules_version()


def test_findings_are_the_same_in_every_process():
    """Python orders sets differently in each process; a moderator must get the same findings from each."""
    code = (
        "import json, sys, moderation\n"
        "from tests.moderation.cases import CASES\n"
        "print(json.dumps([moderation.classify(text).as_dict() for _, text in CASES]))"
    )

    def told(seed):
        command = [sys.executable, "-c", code]
        root = Path(moderation.__file__).parent.parent
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True).stdout

    assert told("1") == told("2")
