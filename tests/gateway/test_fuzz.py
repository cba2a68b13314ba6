"""The vendors' apis keep what their OpenAPI documents say, whatever is sent to them: schemathesis makes it up.

It sends what the documents allow and what they do not, and follows their links, so that it reads, changes and deletes what it
has made itself. A small part runs with all the tests, thousands of cases with `make soak`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION
from prometheus_client.parser import text_string_to_metric_families

from strongroom_server.gateway.app import VENDORS

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom_server.gateway.vendor import Vendor

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Rules that no schema can say break the one: a team must be there. Members and parameters that nobody reads the other.
NOT_CHECKED = "positive_data_acceptance,negative_data_rejection"
CONFIGURATION = f"""
[parameters]
organisationId = "{ORGANISATION}"
SlashID-OrgID = "{ORGANISATION}"
"""
EACH_VENDOR = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)

Answers = Counter[tuple[str, str, str]]


async def answers(deployment: Deployment, vendor: Vendor) -> Answers:
    """How often each method and route of a vendor was answered with each status, as the node itself has counted."""
    counted: Answers = Counter()
    for family in text_string_to_metric_families((await deployment.http.get("/metrics")).text):
        for name, labels, value, *_ in family.samples:
            if name == "strongroom_http_request_seconds_count" and labels["vendor"] == vendor.name:
                counted[labels["method"], labels["route"], labels["status"]] += int(value)
    return counted


async def fuzzed(deployment: Deployment, vendor: Vendor, directory: Path, *options: str) -> Answers:
    """The answers to so many made-up requests, none of which is other than the document says."""
    configuration = directory / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    key = (
        f"SlashID-API-Key: {deployment.api_key}"
        if vendor.name == "slashid"
        else f"Authorization: Bearer {deployment.api_key}"
    )
    before = await answers(deployment, vendor)
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS, f"--config-file={configuration}", "run", f"{deployment.http_url}/openapi/{vendor.name}.json",
        "--header", key, "--checks=all", f"--exclude-checks={NOT_CHECKED}", "--continue-on-failure", "--no-color",
        "--generation-database=none", "--generation-with-security-parameters=false", *options,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(Path(__file__).parent)},
        cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    report, _ = await process.communicate()
    assert process.returncode == 0, report.decode()
    return await answers(deployment, vendor) - before


def successes(vendor: Vendor) -> Answers:
    """Each operation, answered once as it should be."""
    return Counter(
        (operation.method, vendor.prefix + operation.path, str(int(operation.status)))
        for operation in vendor.operations
    )


@EACH_VENDOR
async def test_every_api_conforms_to_its_document_and_every_operation_succeeds(
    deployment: Deployment, vendor: Vendor, tmp_path: Path
) -> None:
    answered = await fuzzed(
        deployment, vendor, tmp_path, "--seed=1", "--max-examples=20", "--phases=examples,fuzzing,stateful"
    )

    assert successes(vendor) <= answered
    assert not [status for _, _, status in answered if int(status) >= 500]


@pytest.mark.soak
@EACH_VENDOR
async def test_every_api_conforms_to_its_document_in_thousands_of_cases(
    own_deployment: Deployment, vendor: Vendor, tmp_path: Path
) -> None:
    answered = await fuzzed(own_deployment, vendor, tmp_path, "--max-examples=500")

    assert successes(vendor) <= answered
    assert answered.total() >= 2_000
    assert not [status for _, _, status in answered if int(status) >= 500]
