"""What the weights of the moderation are learned from: texts of this project only, and none that judges."""

import re

from benchmarks import learn_threats
from benchmarks.everyday import Everyday
from benchmarks.seeding.moderation_texts import ROOT

WRITTEN = [line.split("\t") for line in (ROOT / "tests/moderation/written.tsv").read_text("utf-8").splitlines()]


def test_no_text_that_judges_is_learned_from():
    threats, ordinary = learn_threats.texts()
    judging = {text for part, _, text in WRITTEN if part.startswith("held")}
    assert judging
    assert judging & {*threats, *ordinary, *Everyday().ready} == set()


def test_a_composed_comment_holds_no_text_that_judges():
    _, ordinary = learn_threats.texts()
    judging = [text.lower() for part, _, text in WRITTEN if part.startswith("held") and len(text.split()) > 3]
    everything = "\n".join(ordinary).lower()
    assert [text for text in judging if text in everything] == []


def test_learning_reads_no_file_outside_the_project(monkeypatch):
    opened = []
    original = type(ROOT).read_text

    def noted(self, *args, **kwargs):
        opened.append(self.resolve())
        return original(self, *args, **kwargs)

    monkeypatch.setattr(type(ROOT), "read_text", noted)
    learn_threats.texts()
    assert opened
    assert [path for path in opened if not path.is_relative_to(ROOT.resolve())] == []


def test_the_same_seed_composes_the_same_comments():
    first, second = (list(Everyday().comments(20, 6, ["Спасибо."])) for _ in range(2))
    assert first == second


def test_every_slot_of_a_phrase_is_named_and_used():
    lines = (ROOT / "benchmarks/everyday.txt").read_text("utf-8").splitlines()
    named = {line[1:].split(" = ")[0] for line in lines if line.startswith("@")}
    used = {slot for line in lines if not line.startswith(("@", "#")) for slot in re.findall(r"\{(\w+)\}", line)}
    assert used <= named
    assert named <= used
    assert not any(re.search(r"[{}]", text) for text in Everyday(3).comments(500, 3, []))
