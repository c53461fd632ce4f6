"""What the models learn from: the project's own texts and those that its notice permits, never a text that judges."""

import re
from functools import cache

from moderation import learn
from moderation.learn import Everyday

WRITTEN = learn.rows(learn.ROOT / "tests/moderation/written.tsv")


@cache
def taught():
    return learn.texts()


def test_no_text_that_judges_is_learned_from():
    judging = {learn.bare(text) for part, _, text in WRITTEN if part.startswith("held")}
    assert len(judging) > 2000
    assert judging & {learn.bare(one.text) for one in taught()} == set()


def test_only_sources_that_permit_it_teach(tmp_path, monkeypatch):
    corpus = tmp_path / "dev.tsv"
    corpus.write_text("ham\ttelegram_spam_ru_monalenka\tможно\nham\trusentiment\tнельзя\n", encoding="utf-8")
    monkeypatch.setattr(learn, "CORPUS", corpus)
    found = {one.text for one in learn.texts()}
    assert "можно" in found
    assert "нельзя" not in found


def test_a_text_of_the_category_is_one_row_and_others_pieces():
    long = "Ты ещё пожалеешь об этом дне. " * 12
    both = [learn.Text("a", "threat", long), learn.Text("b", "normal", long), learn.Text("c", "ad?", long)]
    found = learn.examples("threat", both, learn.Reader())
    assert found.answers[0] == 1
    assert found.answers[1:] == [0] * (len(found.answers) - 1)
    assert len(found.answers) > 3
    assert set(found.sources) == {"a", "b"}


def test_the_same_seed_composes_the_same_comments():
    first, second = (list(Everyday().comments(20, 6)) for _ in range(2))
    assert first == second


def test_every_slot_of_a_phrase_is_named_and_used():
    lines = (learn.TEXTS / "everyday.txt").read_text("utf-8").splitlines()
    named = {line[1:].split(" = ")[0] for line in lines if line.startswith("@")}
    used = {slot for line in lines if not line.startswith(("@", "#")) for slot in re.findall(r"\{(\w+)\}", line)}
    assert used == named
    assert not any(re.search(r"[{}]", text) for text in Everyday(3).comments(500, 3))
