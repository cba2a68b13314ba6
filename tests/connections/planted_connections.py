"""Connections without a provider, for the tests of all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from conftest import ORGANISATION
from samples import created, named, samples

from strongroom.v1.credential_pb2 import Credential
from strongroom_server.core import records
from strongroom_server.store import connections

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata


async def planted(
    deployment: Deployment, by: Metadata = (), organisation_id: str = ORGANISATION, **fields: Any
) -> Credential:
    """The credential of a connection that a node has signed, of an app of its own. It has no tokens."""
    app = await created(deployment, named(data=samples()["oauth"]), by)
    managed = Credential.UseSettings(managed=True)
    credential = await created(deployment, named(data=samples()["oauth2_refresh"], use_settings=managed, **fields), by)
    recorder = deployment.service.recorder
    row = recorder.keyring.sign(
        records.Connection(
            organisation_id=organisation_id,
            credential_id=UUID(credential.id),
            app_id=UUID(app.id),
            user_id="user",
            account_issuer="",
            account_subject="",
            account_label="",
            scopes=(),
            create_time=recorder.now(),
            consent_time=recorder.now(),
            revision=1,
        )
    )
    await deployment.service.database.in_transaction(lambda transaction: connections.insert_in(transaction, row))
    return credential
