"""Create a credential, find it, change its password and read its secret data."""

import asyncio
import os
import secrets

import strongroom
from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        password = secrets.token_urlsafe()
        created = await client.create_credential(
            Credential(
                name="billing",
                team_id=1,
                allowed_hosts=["api.example.com"],
                data=CredentialData(basic_auth=BasicAuthData(username="anna", password=password)),
            )
        )

        async for credential in client.list_credentials(name_prefix="bill"):
            print(credential.id, credential.name)  # metadata only

        # The path names one field, so the user name stays. If someone else changed the credential, the etag makes this update fail.
        data = CredentialData(basic_auth=BasicAuthData(password=secrets.token_urlsafe()))
        changed = Credential(etag=created.etag, data=data)
        rotated = await client.update_credential(created.id, changed, ["data.basic_auth.password"])
        print("version", rotated.version)

        try:
            usable = await client.access_credential(created.id, target_host="api.example.com")
        except strongroom.PermissionDeniedError as error:
            print(error.reason)  # such as HOST_NOT_ALLOWED
        else:
            print("the credential of", usable.data.basic_auth.username)


asyncio.run(main())
