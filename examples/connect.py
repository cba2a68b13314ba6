"""Connect the account of one of your users, whom this program sends to a consent page, and use it."""

import asyncio
import os

import strongroom
from strongroom.v1.connection_service_pb2 import CONNECTION_SESSION_STATE_PENDING
from strongroom.v1.credential_pb2 import Credential

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS
APP = os.environ["STRONGROOM_APP"]  # the id of an app
USER = "anna"  # who is logged in at your application


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        begun = await client.begin_connection(
            APP, USER, credential=Credential(name="files of anna", team_id=1, allowed_hosts=["files.example.com"])
        )
        print("open", begun.url, flush=True)

        session = begun.session
        while session.state == CONNECTION_SESSION_STATE_PENDING:
            session = await client.get_connection_session(session.id, wait_seconds=25)

        # A web application does this in the page of its return_url, for the user whom that page's cookie names.
        connection = await client.complete_connection(session.id, USER)
        print("connected", connection.id, "with", ", ".join(connection.scopes))

        minted = await client.mint_token(connection.id, target_host="files.example.com", actor=USER)
        print("a token until", minted.expire_time.ToJsonString())


asyncio.run(main())
