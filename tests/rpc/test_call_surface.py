"""The label `surface` of calls: callers can claim a known one, and never make a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest

if TYPE_CHECKING:
    from conftest import Deployment


def counted(surface: str) -> float:
    labels = {"method": "ListCredentials", "code": "OK", "reason": "", "surface": surface}
    return REGISTRY.get_sample_value("strongroom_calls_total", labels) or 0.0


@pytest.mark.parametrize(
    ("claimed", "label"), [("", "grpc"), ("tines", "tines"), ("invented", "grpc"), ("TINES", "grpc")]
)
async def test_a_call_counts_for_a_known_surface_only(deployment: Deployment, claimed: str, label: str) -> None:
    before = counted(label)
    metadata = (*deployment.metadata, ("strongroom-surface", claimed))
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=metadata)
    assert counted(label) == before + 1
    assert label == claimed or not counted(claimed)


async def test_a_request_over_http_counts_for_its_vendor_whatever_it_claims(deployment: Deployment) -> None:
    before = counted("tines")
    headers = {"Authorization": f"Bearer {deployment.api_key}", "strongroom-surface": "proxy"}
    assert (await deployment.http.get("/api/v1/user_credentials", headers=headers)).status_code == 200
    assert counted("tines") == before + 1
