"""What settings there are, with their defaults and meanings, from `settings.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

SETTINGS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("settings.toml").read_text(encoding="utf-8")
)


def given(env: Mapping[str, str], name: str) -> str:
    """What the environment says, else the default."""
    return env.get(name, "").strip() or SETTINGS[name].get("default", "")


def table() -> str:
    """docs/settings.md, for administrators."""
    rows = []
    for name, one in SETTINGS.items():
        without = one.get("shown") or (f"`{one['default']}`" if "default" in one else "–")
        rows.append(f"| `{name}` | {without} | {one['meaning']} |\n")
    return (
        "# Настройки\n\nВсе настройки берутся из переменных окружения. О неверной программа говорит одной строкой и не "
        "запускается.\n"
        "В `osm.env` значение пишут в одинарных кавычках: `OSM_SECOND_FACTOR='admin, curator'`.\n"
        "Эту таблицу печатает `python -m osm.settings`.\n\n"
        "| настройка | без неё | что значит |\n|---|---|---|\n" + "".join(rows)
    )
