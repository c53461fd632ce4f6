"""Rules of alarms, the dashboard and the guide name figures that /metrics has."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from osm.cli.doctor import CHECKS
from osm.settings import ROOT
from tests.web.test_metrics import settings  # noqa: F401  (a fixture)

WATCHING = ROOT / "deploy" / "watching"
GUIDE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
FIGURE = re.compile(r"\b(osm_[a-z_]+)\b")


def rules() -> list[dict]:
    (group,) = yaml.safe_load((WATCHING / "osm-alerts.yml").read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def asked_by_dashboard() -> list[str]:
    board = json.loads((WATCHING / "osm-dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


@pytest.fixture
def known(client, settings, tmp_path) -> set[str]:  # noqa: F811
    """The figures of /metrics by the names of their samples."""
    settings(backup_dir=tmp_path)
    client.get("/healthz")
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    return {family.name for family in families} | {one.name for family in families for one in family.samples}


@pytest.mark.sqlite
def test_each_figure_that_is_named_exists(known):
    assert len(known) > 20
    for words in (
        *(rule["expr"] for rule in rules()),
        *asked_by_dashboard(),
        *re.findall(r"^\| (.*?) \|", GUIDE, re.M),
    ):
        assert set(FIGURE.findall(words)) <= known, words


@pytest.mark.sqlite
def test_the_guide_explains_each_figure(known):
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in known}
    assert families == {name for name in FIGURE.findall(GUIDE) if name in families}


def test_each_rule_says_what_to_do():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert all(rule["annotations"][name] for name in ("summary", "description"))
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_the_panels_of_the_dashboard_do_not_overlap():
    board = json.loads((WATCHING / "osm-dashboard.json").read_text(encoding="utf-8"))
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in board["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_the_configuration_names_the_rules_and_the_token():
    given = yaml.safe_load((WATCHING / "prometheus.yml").read_text(encoding="utf-8"))
    assert given["rule_files"] == ["/etc/prometheus/osm-alerts.yml"]
    assert given["scrape_configs"][0]["authorization"]["credentials_file"] == "/etc/prometheus/osm.token"
    assert all(name in GUIDE for name in ("osm-alerts.yml", "/etc/prometheus/osm.token", "osm-dashboard.json"))


def test_the_guide_names_each_check():
    table = re.findall(r"^\| `(\w+)` \| ", GUIDE.split("## Prometheus")[0], re.MULTILINE)
    assert table == ["what", *CHECKS]
