"""List credentials as a workload of Kubernetes, which has a token in place of an API key."""

import asyncio
import os
from pathlib import Path

import strongroom

TARGET = os.environ["STRONGROOM_TARGET"]
CA = os.environ["STRONGROOM_CA"]  # the file of the CA's certificate
TOKEN_FILE = Path(os.environ.get("STRONGROOM_TOKEN_FILE", "/var/run/secrets/tokens/strongroom"))


async def main() -> None:
    # The client reads the token again for each request, because Kubernetes replaces it before it expires.
    async with strongroom.Client(TARGET, token=TOKEN_FILE.read_text, root_certificates=CA) as client:
        async for credential in client.list_credentials():
            print(credential.id, credential.name)


asyncio.run(main())
