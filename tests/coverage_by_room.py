"""`python -m tests.coverage_by_room FILE.json`: branches that the tests took, by room; too few in acts or rules fail.

The file is made by `pytest --cov-branch --cov-report=json:FILE.json` (`make nightly`).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

LEAST = {"acts": 95, "rules": 95}
"""Per cent of the branches, by the name of the layer."""


def room_of(path: str) -> tuple[str, str]:
    """The room and the layer: osm/plan/acts/week.py is («osm/plan», «acts»)."""
    parts = Path(path).with_suffix("").parts
    return "/".join(parts[:2]), parts[2] if len(parts) > 2 else ""


def main(path: str) -> int:
    files = json.loads(Path(path).read_text(encoding="utf-8"))["files"]
    taken, whole = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for name, file in files.items():
        taken[room_of(name)] += file["summary"]["covered_branches"]
        whole[room_of(name)] += file["summary"]["num_branches"]
    lacking = 0
    for room, layer in sorted(whole):
        if not (number := whole[room, layer]):
            continue
        share = 100 * taken[room, layer] / number
        is_low = share < LEAST.get(layer, 0)
        lacking += is_low
        print(f"{share:5.1f} %  {number:5d}  {room}/{layer}{'  ← too few' if is_low else ''}")
    print(f"{100 * taken.total() / whole.total():5.1f} %  {whole.total():5d}  all")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
