"""The table of metrics in the documentation is that of the registry, and no label can name a caller or a value."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import prometheus_client
from prometheus_client.metrics import MetricWrapperBase

import strongroom_server
from strongroom_server.core.names import DIRECT, SURFACES
from strongroom_server.gateway.app import VENDORS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "observability.md"
ROW = re.compile(r"^\| `(strongroom_\w+)` \| (\w+) \| ([\w, ]*) ?\|", re.MULTILINE)
IDENTIFYING = {"organisation", "organisation_id", "key", "key_id", "id", "name", "peer", "principal", "caller", "host"}


def registered() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The type and the labels of each metric of ours."""
    for module in pkgutil.walk_packages(strongroom_server.__path__, "strongroom_server."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for collector in set(prometheus_client.REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("strongroom_"):
            name = f"{collector._name}_total" if collector._type == "counter" else collector._name
            found[name] = (str(collector._type), tuple(collector._labelnames))
    return found


def test_the_table_has_each_metric_with_its_type_and_labels() -> None:
    table = {
        name: (kind, tuple(filter(None, (label.strip() for label in labels.split(",")))))
        for name, kind, labels in ROW.findall(PAGE.read_text())
    }
    assert table == registered()


def test_no_label_names_a_caller_or_a_value() -> None:
    assert not [name for name, (_, labels) in registered().items() if IDENTIFYING & set(labels)]


def test_the_surfaces_are_those_of_the_gateway_and_direct_calls() -> None:
    assert {DIRECT, "proxy", "consent", *(vendor.name for vendor in VENDORS)} == SURFACES
