"""Import a CSV file with the columns id, name, username and password from standard input."""

import asyncio
import csv
import os
import sys
from collections.abc import Iterator

import strongroom
from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS


def creates() -> Iterator[CreateCredentialRequest]:
    """One request per row. Because of its request id, a row is stored once even if you rerun this program within 24 hours."""
    for row in csv.DictReader(sys.stdin):
        data = CredentialData(basic_auth=BasicAuthData(username=row["username"], password=row["password"]))
        credential = Credential(name=row["name"], team_id=1, data=data)
        yield CreateCredentialRequest(request_id=f"migration-{row['id']}", credential=credential)


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        # The results come in the order of the rows. A row that is refused does not affect the others.
        async for imported in client.import_credentials(creates()):
            print(imported.request_id, imported.error or imported.id)


asyncio.run(main())
