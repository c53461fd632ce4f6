"""How often a topic is suggested and how often it is right, on 200 labelled messages; time per text.

The word lists were written with the known half; the hidden half is the test. For messages without a topic («—») every
suggestion is wrong. Bounds for each half: suggested for at least 60 %, right in at least 85 % of those. `--errors`
lists errors of the known half, never of the hidden one.

    python benchmarks/bench_topics.py [--errors]
"""

from __future__ import annotations

import csv
import sys
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from osm.topics.rules import Suggester, TopicWords, checked_words

HERE = Path(__file__).resolve().parent
STARTER = HERE.parent / "osm" / "topics" / "starter_topics.toml"
NONE = "—"
SUGGESTED, RIGHT = 0.60, 0.85


def main() -> int:
    started = time.perf_counter()
    topics = tomllib.loads(STARTER.read_text(encoding="utf-8"))["topic"]
    names = dict(enumerate((topic["name"] for topic in topics), start=1))
    suggester = Suggester(
        TopicWords(number, checked_words(topic["words"])) for number, topic in enumerate(topics, start=1)
    )
    print(f"{len(topics)} topics made ready in {time.perf_counter() - started:.2f} s")
    with (HERE / "topics_labelled.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row and row[0][0] != "#"]
    halves = [judge(half, [row for row in rows if row[0] == half], suggester, names) for half in ("known", "unseen")]
    texts = [text for _, _, text in rows]
    started = time.perf_counter()
    for _ in range(20):
        for text in texts:
            suggester.read(text)
    print(f"{(time.perf_counter() - started) / (20 * len(texts)) * 1e6:.0f} µs a message, its words known")
    return 0 if all(halves) else 1


def judge(half: str, rows: list[list[str]], suggester: Suggester, names: dict[int, str]) -> bool:
    """Print the figures of one half; returns whether they reach the bounds."""
    suggested = right = 0
    for _, expected, text in rows:
        found = suggester.suggest(text)
        if found is None:
            verdict = "nothing" if expected != NONE else ""
        else:
            suggested += 1
            right += names[found.topic_id] == expected
            verdict = f"{names[found.topic_id]} {found.because}" if names[found.topic_id] != expected else ""
        if verdict and half == "known" and "--errors" in sys.argv:
            print(f"  {expected}: {verdict}: {text}")
    share, precision = suggested / len(rows), right / suggested if suggested else 0.0
    figures = f"suggested {share:.0%} (bound {SUGGESTED:.0%}), right {precision:.1%} (bound {RIGHT:.0%})"
    print(f"{half:7} {len(rows)} messages: {figures}")
    return share >= SUGGESTED and precision >= RIGHT


if __name__ == "__main__":
    sys.exit(main())
