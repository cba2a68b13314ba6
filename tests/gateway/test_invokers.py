"""At the vendors' endpoints, a key with the role `invoker` gets metadata and never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gateway.apis import VendorApi, base_64, slashid, tines, versori
from rpc.calls import key_of

from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Deployment

SECRET = "invoker-must-not-see"
CREATED = {
    "versori": {"name": "n", "type": "Default", "data": {"token": base_64(SECRET)}, "redactFields": []},
    "slashid": {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": SECRET}},
    "tines": {"name": "n", "mode": "TEXT", "value": SECRET, "team_id": 1},
}
APIS: dict[str, Callable[..., VendorApi]] = {"versori": versori, "slashid": slashid, "tines": tines}
# Reading one, and reading all.
STATUSES = {"versori": (403, 403), "slashid": (403, 200), "tines": (200, 200)}


@pytest.mark.parametrize("vendor", APIS)
async def test_an_invoker_gets_no_data_and_changes_nothing(deployment: Deployment, vendor: str) -> None:
    [(_, authorization)] = await key_of(deployment, ROLE_INVOKER)
    owner, invoker = APIS[vendor](deployment), APIS[vendor](deployment, key=authorization.removeprefix("Bearer "))
    made = await owner.request_json("POST", json=CREATED[vendor])
    below = f"/{made['result'][0] if vendor == 'slashid' else made['id']}"
    shown = [await invoker.request("GET", below), await invoker.request("GET")]
    assert tuple(response.status_code for response in shown) == STATUSES[vendor]
    assert not any(each in response.text for response in shown for each in (SECRET, base_64(SECRET)))
    for method, path in (("POST", ""), ("PUT", below), ("PATCH", below), ("DELETE", below)):
        response = await invoker.request(method, path, json=CREATED[vendor])
        # 405: the vendor has no such operation.
        assert response.status_code in (403, 405), (method, response.text)
        assert SECRET not in response.text
