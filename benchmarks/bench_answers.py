"""Criteria and style of answers compared with independent labels, and milliseconds per answer.

The folder with `dev_answers.jsonl` is the argument, OSM_BENCH_ANSWERS or ../shared/answers. Rows with null are left
out. A fragment of officialese counts as found if a finding overlaps it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from osm.answers.acts.templates import Checked, check
from osm.regulation.words import ReplyKind

WANTED = {"polite": 0.85, "repeat_measures": 0.85}
OTHERS = 0.90


def ask(row: dict[str, Any]) -> Checked:
    return check(
        row["text"],
        network=row["network"],
        kind=ReplyKind(row["kind"]),
        is_repeat=row["repeat"],
        attachments=row["attachments"],
    )


def print_table(name: str, rows: list[dict[str, Any]]) -> None:
    agreed, labelled = Counter[str](), Counter[str]()
    found = missed = good = alarms = 0
    for row in rows:
        checked, labels = ask(row), row["labels"]
        for criterion in checked.criteria:
            if labels[criterion.key] is not None:
                labelled[criterion.key] += 1
                agreed[criterion.key] += criterion.met == labels[criterion.key]
        fragments = row.get("officialese", labels.get("officialese")) or []
        for fragment in fragments:
            start = row["text"].index(fragment)
            hit = any(one.start < start + len(fragment) and start < one.end for one in checked.style)
            found, missed = found + hit, missed + (not hit)
        if not fragments and not any(value is False for key, value in labels.items() if key != "officialese"):
            good += 1
            alarms += len(checked.style)
    print(f"{name}: {len(rows)} answers")
    for key, total in labelled.items():
        share = agreed[key] / total
        print(f"  {key:17} {agreed[key]:3}/{total:<3} {share:.3f}  (wanted {WANTED.get(key, OTHERS):.2f})")
    print(f"  officialese found {found}/{found + missed} {found / max(found + missed, 1):.3f}  (wanted 0.80)")
    print(f"  false findings in {good} good answers: {alarms / max(good, 1):.2f} an answer  (wanted at most 1)")


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("OSM_BENCH_ANSWERS")
    folder = Path(given) if given else ROOT.parent / "shared" / "answers"
    file = folder / "dev_answers.jsonl"
    if not file.exists():
        print(f"no labelled answers at {folder}: nothing to measure")
        return
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    print_table("odd rows (rules were written with them in view)", rows[::2])
    print_table("even rows (judge only)", rows[1::2])
    check("Здравствуйте!", network="vk", kind=ReplyKind.FINAL)  # loads dictionary and lists
    for name in ("first time", "again"):
        start = perf_counter()
        for row in rows:
            ask(row)
        print(f"{name}: {(perf_counter() - start) / len(rows) * 1000:.1f} ms an answer  (wanted at most 10)")


if __name__ == "__main__":
    main()
