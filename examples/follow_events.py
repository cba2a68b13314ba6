"""Follow the events of an organisation, from where the last run ended."""

import asyncio
import os
from pathlib import Path

import strongroom

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS
PLACE = Path("last_sequence")


def last_sequence() -> int:
    return int(PLACE.read_text()) if PLACE.exists() else 0


def remember(sequence: int) -> None:
    PLACE.write_text(str(sequence))


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        async for event in client.stream_events(after_sequence=last_sequence()):
            print(event.sequence, event.type, event.credential_id, event.data_json, flush=True)
            remember(event.sequence)  # after the event was processed


asyncio.run(main())
