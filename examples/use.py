"""Use credentials without reading their secrets: get a token, and what to add to a request."""

import asyncio
import os
import secrets

import strongroom
from strongroom.v1.credential_pb2 import ApiKeyData, Credential, CredentialData, JwtData

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        signing = await client.create_credential(
            Credential(
                name="reports",
                team_id=1,
                data=CredentialData(
                    jwt=JwtData(
                        algorithm="HS256",
                        payload_json='{"iss": "reports"}',
                        auto_generate_time_claims=True,
                        private_key=secrets.token_urlsafe(32),
                    )
                ),
            )
        )
        minted = await client.mint_token(signing.id, actor="the nightly report")
        print("a token of", len(minted.token), "characters until", minted.expire_time.ToJsonString())

        weather = await client.create_credential(
            Credential(
                name="weather",
                team_id=1,
                allowed_hosts=["api.example.com"],
                data=CredentialData(api_key=ApiKeyData(api_key=secrets.token_urlsafe())),
            )
        )
        added = await client.authorize_http_request(weather.id, "GET", "https://api.example.com/today")
        print("headers to add:", ", ".join(header.name for header in added.headers))

        try:
            await client.authorize_http_request(weather.id, "GET", "https://elsewhere.example.com/")
        except strongroom.PermissionDeniedError as error:
            print(error.reason)  # HOST_NOT_ALLOWED


asyncio.run(main())
