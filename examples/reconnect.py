"""Follow events, and ask the right user for a new consent as soon as a connection needs one."""

import asyncio
import json
import os

import strongroom

TARGET = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
CA = os.environ.get("STRONGROOM_CA")  # the file of the CA's certificate, unless the server has no TLS


async def main() -> None:
    api_key = os.environ["STRONGROOM_API_KEY"]
    # Store the sequence number of the last event that you have processed, and go on after it.
    last = int(os.environ.get("LAST_SEQUENCE", "0"))
    async with strongroom.Client(TARGET, api_key, root_certificates=CA, plaintext=CA is None) as client:
        async for event in client.stream_events(after_sequence=last):
            data = json.loads(event.data_json)
            # Only a connection has a user.
            if event.type == "grant.reauth_required" and data.get("user"):
                # The URL is valid for ten minutes. A web application begins when the user has come and clicked.
                begun = await client.reconnect(event.credential_id, data["user"])
                print(event.sequence, "ask", data["user"], "to open", begun.url, flush=True)


asyncio.run(main())
