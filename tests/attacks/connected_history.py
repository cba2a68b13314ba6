"""What happened to the connections of the attacked deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import structs
from rpc.calls import bearer
from samples import created, named, samples
from use.sealed_tokens import put_token

from strongroom.v1.credential_pb2 import Credential
from strongroom_server.core.records import Connection
from strongroom_server.store import connections

if TYPE_CHECKING:
    from conftest import Deployment

REJECTED = "an access token that a receiver has rejected"
_TOKEN_URL = samples()["oauth2_refresh"].oauth2_refresh.token_url


async def begin(deployment: Deployment, ids: dict[str, str], keys: dict[str, str]) -> None:
    """Connect an account for two users, and a third in the other organisation."""
    ids["app"] = (await created(deployment, named("an app", data=samples()["oauth"]))).id
    for name in ("connected", "reconnected", "their_connection"):
        by = bearer(keys["other"]) if name == "their_connection" else ()
        organisation = ids["other"] if name == "their_connection" else "default"
        settings = Credential.UseSettings(managed=True)
        credential = named(name, data=samples()["oauth2_refresh"], use_settings=settings)
        ids[name] = (await created(deployment, credential, by)).id
        await put_token(deployment, ids[name], REJECTED, "refresh-s3cret", organisation, token_url=_TOKEN_URL)
        now = deployment.service.watch.now()
        connection = Connection(
            organisation_id=organisation,
            credential_id=UUID(ids[name]),
            app_id=UUID(ids["app"]),
            user_id="user",
            account_issuer="https://issuer.example.com",
            account_subject=name,
            account_label=f"{name}@example.com",
            scopes=["files.read"],
            create_time=now,
            consent_time=now,
            revision=1,
        )
        async with deployment.service.database.transaction() as transaction:
            await connections.insert_in(transaction, _signed(deployment, connection))


async def go_on(deployment: Deployment, ids: dict[str, str]) -> None:
    """Have another user consent for a connection."""
    database = deployment.service.database
    before = await connections.of_credential(database, "default", UUID(ids["reconnected"]))
    assert before is not None
    after = _signed(deployment, structs.replace(before, user_id="another user", revision=2))
    async with database.transaction() as transaction:
        assert await connections.replace_in(transaction, after, 1)


def _signed(deployment: Deployment, connection: Connection) -> Connection:
    return deployment.service.recorder.keyring.sign(connection)
