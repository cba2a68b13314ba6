"""deploy/prometheus and deploy/grafana: they use metrics that a node has, promtool accepts them, and each alert has its section."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped] # installed with yamllint
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from waiting import until

from strongroom.v1.credential_pb2 import RefreshState
from strongroom_server.store.watch import Watch

if TYPE_CHECKING:
    from conftest import Deployment

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/alerts.yml"
ALERTS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
CASES: list[dict[str, Any]] = yaml.safe_load(RULES.with_name("alerts_test.yml").read_text())["tests"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/strongroom.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SHOWN = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPRESSIONS = [*(alert["expr"] for alert in ALERTS), *SHOWN]
RUNBOOK = (ROOT / "docs/how-to/alerts.md").read_text()
# Prometheus adds the first two, and a histogram the last.
FURTHER = {"job", "instance", "le"}

PROMTOOL = shutil.which("promtool", path=str(Path(sys.executable).parent)) or shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool")


def promtool(*arguments: str) -> None:
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_promtool_accepts_the_rules_and_each_alert_fires_in_its_case() -> None:
    promtool("check", "rules", str(RULES))
    promtool("test", "rules", str(RULES.with_name("alerts_test.yml")))


def test_each_alert_has_a_case() -> None:
    assert sorted(case["name"] for case in CASES) == sorted(["a healthy node", *(alert["alert"] for alert in ALERTS)])


@needs_promtool
def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    plain = [expression.replace("$__rate_interval", "5m").replace("$instance", ".*") for expression in SHOWN]
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(plain)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", "--lint=none", str(tmp_path / "rules.yml"))


async def test_every_metric_and_label_exists_on_a_node(deployment: Deployment) -> None:
    text = (await deployment.http.get("/metrics")).text
    served = {
        name
        for family in text_string_to_metric_families(text)
        for name in (family.name, *(f"{family.name}_{end}" for end in ENDS[family.type]))
    }
    for expression in EXPRESSIONS:
        metrics = re.findall(r"\b(strongroom_\w+)", expression)
        assert metrics or expression.startswith("up{"), expression
        assert set(metrics) <= served, expression
        labels = {label for metric in metrics for label in labels_of(metric)}
        assert used_labels(expression) <= labels | FURTHER, expression


ENDS: dict[str, tuple[str, ...]] = {
    "counter": ("total",),
    "gauge": (),
    "histogram": ("bucket", "count", "sum"),
    "unknown": (),
}


def labels_of(metric: str) -> tuple[str, ...]:
    """The labels of a metric of this process, which has all of the node."""
    collector: Any = REGISTRY._names_to_collectors[metric]
    return tuple(collector._labelnames)


def used_labels(expression: str) -> set[str]:
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    return {*matched, *(label.strip() for group in grouped for label in group.split(","))}


def test_a_misspelt_label_is_found() -> None:
    assert used_labels('sum by (lane, le) (rate(a{reasons!="x", b=~"y"}[5m]))') == {"lane", "le", "reasons", "b"}


def test_summaries_name_only_labels_that_their_expression_keeps() -> None:
    for alert in ALERTS:
        kept = [
            {label.strip() for label in group.split(",")} for group in re.findall(r"\bby \(([^)]*)\)", alert["expr"])
        ]
        named = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
        assert named <= (set().union(*kept) if kept else FURTHER), alert["alert"]


def test_states_of_grants_are_those_of_the_contract() -> None:
    (expression,) = {alert["expr"] for alert in ALERTS if alert["alert"] == "StrongroomGrantsStopped"}
    states = {state for group in re.findall(r'state=~"([^"]+)"', expression) for state in group.split("|")}
    assert {f"REFRESH_STATE_{state}" for state in states} <= set(RefreshState.keys())


async def test_obstacles_have_the_causes_that_alerts_name(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    causes = {cause for alert in ALERTS for cause in re.findall(r'cause="(\w+)"', alert["expr"])}

    def obstacles() -> dict[str, float | None]:
        return {cause: REGISTRY.get_sample_value("strongroom_obstacle", {"cause": cause}) for cause in causes}

    await until(lambda: obstacles() == dict.fromkeys(causes, 0.0))
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "clock_is_right", False)
        assert not await deployment.service.ready()
        await until(lambda: obstacles() == {**dict.fromkeys(causes, 0.0), "clock": 1.0})
    assert await deployment.service.ready()


async def test_a_node_shows_when_all_audit_events_were_chained(deployment: Deployment) -> None:
    begun = time.time()
    name = "strongroom_audit_chained_timestamp_seconds"
    await until(lambda: (REGISTRY.get_sample_value(name) or 0) > begun)
    assert await deployment.service.ready()


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    sections = re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)
    assert sections == [alert["alert"] for alert in ALERTS]
    for alert in ALERTS:
        assert alert["annotations"]["runbook"] == f"docs/how-to/alerts.md#{alert['alert'].lower()}"


@pytest.mark.parametrize(
    "section", re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:], ids=lambda text: text.split()[0]
)
def test_a_section_says_what_the_alert_means_how_to_find_the_cause_and_what_to_do(section: str) -> None:
    assert re.findall(r"^\*\*(.+?)\*\*", section, re.MULTILINE) == ["Means", "Find the cause", "Do"]


def test_the_dashboard_takes_its_data_source_from_a_variable() -> None:
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
