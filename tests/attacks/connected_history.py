"""What happened to the connections of the attacked deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from connections.planted import planted
from msgspec import structs
from rpc.calls import bearer
from samples import created, named, samples

from strongroom_server.store import connections

if TYPE_CHECKING:
    from conftest import Deployment


async def begin(deployment: Deployment, ids: dict[str, str], keys: dict[str, str]) -> None:
    """Connect two accounts, and a third in the other organisation."""
    ids["app"] = (await created(deployment, named("an app", data=samples()["oauth"]))).id
    for name in ("connected", "reconnected"):
        ids[name] = (await planted(deployment, name, ids["app"])).id
    theirs = await planted(deployment, "theirs", ids["app"], bearer(keys["other"]), ids["other"])
    ids["their_connection"] = theirs.id


async def go_on(deployment: Deployment, ids: dict[str, str]) -> None:
    """Have another user consent for a connection."""
    database, keyring = deployment.service.database, deployment.service.recorder.keyring
    before = await connections.of_credential(database, "default", UUID(ids["reconnected"]))
    assert before is not None
    after = keyring.sign(structs.replace(before, user_id="another user", revision=2))
    async with database.transaction() as transaction:
        assert await connections.replace_in(transaction, after, 1)
