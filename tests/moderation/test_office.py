"""What an office's decisions teach: marks that prove wrong are dropped, words of deleted comments are marked."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from moderation.office import LEAST, NOTHING, Count, Decided, Learned, Mark, Trial, count, learn

MILD = Mark("profanity", "mild", "хрен", is_sure=False)
OTHER = Mark("profanity", "mild", "жопа", is_sure=False)
SURE = Mark("profanity", "obscene", "мат", is_sure=True)
THREAT = Mark("threat", "veiled", "посмотреть", is_sure=False)


def text(ground: str | None, *marks: Mark, words: str = "свет двор") -> Decided:
    return Decided(frozenset(marks), frozenset(words.split()), ground)  # type: ignore[arg-type]


def office(*habits: tuple[int, Decided], seed: int = 1) -> list[Decided]:
    """So many decisions of each habit among 400 ordinary texts, in random order."""
    rows = [one for number, one in habits for _ in range(number)] + [text(None)] * 400
    random.Random(seed).shuffle(rows)
    return rows


def taught(rows: list[Decided]) -> Trial:
    trial = learn(rows)
    assert trial is not None
    return trial


def test_a_kept_word_is_silenced_but_its_rule_keeps_other_words():
    trial = taught(office((100, text(None, MILD)), (100, text("profanity", OTHER))))
    assert trial.is_better
    assert trial.before.wrong > 10
    assert trial.after == Count(0, 0)
    assert trial.learned.is_silenced(MILD)
    assert not trial.learned.is_silenced(OTHER)


def test_a_word_of_deleted_texts_is_marked_here():
    taxi = text("ad", words="такси вокзал дёшево")
    trial = taught(office((60, taxi), (30, text(None, words="вокзал")), (10, text("ad", words="такси"))))
    assert trial.is_better
    assert trial.after.missed < trial.before.missed
    assert trial.learned.raised(["такси"]) == {"ad": "такси"}
    assert trial.learned.raised(["вокзал", "двор"]) == {}


@pytest.mark.parametrize("mark", [SURE, THREAT], ids=["proposes exclusion", "threat"])
def test_threats_and_what_proposes_exclusion_are_never_touched(mark):
    trial = taught(office((150, text(None, mark)), (60, text("threat", words="угроза"))))
    assert not trial.learned.is_silenced(mark)
    assert trial.learned.raised(["угроза"]) == {}


def test_too_few_decisions_teach_nothing():
    assert learn([text(None, MILD)] * (LEAST - 1)) is None


def test_what_holds_for_the_older_decisions_alone_is_not_taken():
    older = office((100, text(None, MILD)))
    newest = [text("profanity", MILD)] * 125
    trial = taught([*older, *newest])
    assert trial.learned.is_silenced(MILD)
    assert not trial.is_better


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        (Count(31, 4), Count(9, 4), True),
        (Count(31, 4), Count(9, 5), False),
        (Count(2, 0), Count(0, 0), False),
        (Count(100, 4), Count(92, 4), False),
        (Count(4, 9), Count(4, 5), True),
    ],
)
def test_it_must_be_better_by_a_margin_and_miss_nothing_more(before, after, taken):
    assert Trial(NOTHING, 100, before, after).is_better is taken


def test_the_answers_of_chance_are_not_learned():
    """Marks that are right half of the time, by chance: learning from them must not lose finds."""
    draw: Callable[[], float] = random.Random(7).random
    rows = [
        text("insult" if draw() < 0.5 else None, Mark("insult", "rude", "дурак", is_sure=False)) for _ in range(600)
    ]
    trial = taught(rows)
    assert not trial.is_better


def test_three_answers_change_little():
    trial = taught(office((3, text(None, MILD)), (0, text(None))))
    assert not trial.is_better


def test_it_is_stored_as_json_and_read_again():
    trial = taught(office((100, text(None, MILD)), (60, text("ad", words="такси"))))
    assert trial is not None
    stored = json.loads(json.dumps(trial.learned.as_dict()))
    assert Learned.from_dict(stored) == trial.learned
    assert count(office(), Learned.from_dict(stored)) == Count(0, 0)
