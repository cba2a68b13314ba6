"""Connections that no person has consented to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from samples import created, named, samples
from use.sealed_tokens import put_token

from strongroom.v1.credential_pb2 import Credential
from strongroom_server.core.records import Connection
from strongroom_server.store import connections

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata

ACCESS_TOKEN = "an access token of nobody"
_TOKEN_URL = samples()["oauth2_refresh"].oauth2_refresh.token_url


async def planted(
    deployment: Deployment, name: str, app_id: str, by: Metadata = (), organisation_id: str = "default"
) -> Credential:
    """A managed credential with a pair and a connection of an app, all signed by the deployment's node."""
    settings = Credential.UseSettings(managed=True)
    credential = await created(deployment, named(name, data=samples()["oauth2_refresh"], use_settings=settings), by)
    await put_token(deployment, credential.id, ACCESS_TOKEN, "refresh-s3cret", organisation_id, token_url=_TOKEN_URL)
    now = deployment.service.watch.now()
    connection = Connection(
        organisation_id=organisation_id,
        credential_id=UUID(credential.id),
        app_id=UUID(app_id),
        user_id="user",
        account_issuer="https://issuer.example.com",
        account_subject=name,
        account_label=f"{name}@example.com",
        scopes=["files.read"],
        create_time=now,
        consent_time=now,
        revision=1,
    )
    signed = deployment.service.recorder.keyring.sign(connection)
    async with deployment.service.database.transaction() as transaction:
        await connections.insert_in(transaction, signed)
    return credential
