"""Rows of connections under the signing keys of the deployment: signed again, verified, restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from backup.commands import age_key, back_up, restored
from conftest import new_database
from connections.planted import planted
from keys.rotating import OPERATOR, findings, keys_of
from keys.test_signing_keys import new_signer
from rpc.calls import refused
from samples import created, named, samples

from strongroom.v1.connection_service_pb2 import GetConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom_server.keys import signing
from strongroom_server.keys.resign import resign

if TYPE_CHECKING:
    from pathlib import Path

    from backup.commands import AgeKey
    from conftest import Deployment

__all__ = ["age_key"]


async def test_connections_are_signed_again_unless_somebody_has_changed_them(own_deployment: Deployment) -> None:
    deployment, stub = own_deployment, ConnectionServiceStub(own_deployment.grpc)
    app = await created(deployment, named("app", data=samples()["oauth"]))
    whole, changed = [await planted(deployment, name, app.id) for name in ("whole", "changed")]
    request = GetConnectionRequest(id=whole.id)
    shown = await stub.GetConnection(request, metadata=deployment.metadata)
    assert (shown.app_id, shown.account.subject) == (app.id, "whole")
    async with deployment.sql() as sql:
        await sql.execute("update connections set user_id = 'x' where credential_id = $1", changed.id)
    assert [text.partition(":")[0] for text in await findings(deployment)] == [f"connection {changed.id}"]
    before, _ = await new_signer(deployment, "write")
    async with keys_of(deployment) as context:
        done = await resign(context, OPERATOR, before)
        assert done.broken == {f"default: connection {changed.id}"}
        await signing.retire(context, OPERATOR, before, force=True)
    await deployment.hear()
    assert await stub.GetConnection(request, metadata=deployment.metadata) == shown
    get = stub.GetConnection(GetConnectionRequest(id=changed.id), metadata=deployment.metadata)
    assert (await refused(get)).reason == "SEAL_BROKEN"


async def test_a_backup_has_the_connections(
    deployment: Deployment, age_key: AgeKey, postgres_url: str, tmp_path: Path
) -> None:
    app = await created(deployment, named("app", data=samples()["oauth"]))
    connection = await planted(deployment, "backed up", app.id)
    files = await back_up(deployment, age_key, tmp_path)
    url = await new_database(postgres_url, "template0")
    await restored(files, age_key, tmp_path / "restored", url)
    sql = await asyncpg.connect(url)
    try:
        subject = await sql.fetchval("select account_subject from connections where credential_id = $1", connection.id)
    finally:
        await sql.close()
    assert subject == "backed up"
