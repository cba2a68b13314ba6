"""Tests with schemathesis that the vendors' APIs conform to their OpenAPI documents for generated requests.

It sends requests that the documents allow and requests that they do not, and follows links, so that it reads, changes and deletes
resources that it has created. A small part runs with the other tests, thousands of cases with `make soak`.
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
from gateway.versori_apps import new_app
from prometheus_client.parser import text_string_to_metric_families

from strongroom_server.gateway.app import VENDORS

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom_server.gateway.vendor import Vendor

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# The first check fails on rules outside of the schemas, such as that a team must exist; the second on unknown members and
# parameters, which are ignored.
NOT_CHECKED = "positive_data_acceptance,negative_data_rejection"
CONFIGURATION = f"""
[parameters]
organisationId = "{ORGANISATION}"
SlashID-OrgID = "{ORGANISATION}"
appId = "{{app_id}}"

# The documents have the links. A guessed one would delete the credential of a connection, and miss the connection then.
[phases.stateful.inference]
algorithms = []
"""
EACH_VENDOR = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)

Answers = Counter[tuple[str, str, str]]


async def answers(deployment: Deployment, vendor: Vendor) -> Answers:
    """The number of responses by method, route and status, from the node's metrics."""
    counted: Answers = Counter()
    for family in text_string_to_metric_families((await deployment.http.get("/metrics")).text):
        for name, labels, value, *_ in family.samples:
            if name == "strongroom_http_request_seconds_count" and labels["vendor"] == vendor.name:
                counted[labels["method"], labels["route"], labels["status"]] += int(value)
    return counted


async def fuzz(deployment: Deployment, vendor: Vendor, directory: Path, *options: str) -> Answers:
    """Run schemathesis, which must find no violation of the document, and count the responses."""
    configuration = directory / "schemathesis.toml"
    app_id = await new_app(deployment) if vendor.name == "versori" else ""
    configuration.write_text(CONFIGURATION.format(app_id=app_id))
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
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "fuzz_hooks",
            "PYTHONPATH": str(Path(__file__).parent),
            "FUZZ_APP_ID": app_id,
        },
        cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    report, _ = await process.communicate()
    assert process.returncode == 0, report.decode()
    return await answers(deployment, vendor) - before


def successes(vendor: Vendor) -> Answers:
    """One successful response for each operation, but for callbacks, which need the consent of a person."""
    return Counter(
        (operation.method, vendor.prefix + operation.path, str(int(operation.status)))
        for operation in vendor.operations
        if not operation.callback
    )


@EACH_VENDOR
async def test_every_api_conforms_to_its_document_and_every_operation_succeeds(
    deployment: Deployment, vendor: Vendor, tmp_path: Path
) -> None:
    answered = await fuzz(
        deployment, vendor, tmp_path, "--seed=1", "--max-examples=5", "--phases=examples,fuzzing,stateful"
    )

    assert successes(vendor) <= answered
    assert not [status for _, _, status in answered if int(status) >= 500]


@pytest.mark.soak
@EACH_VENDOR
async def test_every_api_conforms_to_its_document_in_thousands_of_cases(
    own_deployment: Deployment, vendor: Vendor, tmp_path: Path
) -> None:
    answered = await fuzz(own_deployment, vendor, tmp_path, "--max-examples=500")

    assert successes(vendor) <= answered
    assert answered.total() >= 2_000
    assert not [status for _, _, status in answered if int(status) >= 500]
