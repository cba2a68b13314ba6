"""The web server of a mock OpenID Connect provider, in a process of its own.

`python provider_process.py <directory> <certificate> <key>` serves HTTPS on a free port of 127.0.0.1 and prints the port. The file
`answer.json` of the directory says how it answers each request; `requests` counts them with a character each.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path


async def main(directory: Path, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            with (directory / "requests").open("ab") as requests:
                requests.write(b"x")
            answer = json.loads((directory / "answer.json").read_text())
            await asyncio.sleep(answer.get("seconds", 0))
            repeat = answer.get("repeat", 1)
            body = answer.get("body", "").encode()
            headers = {"Content-Length": str(len(body) * repeat), **answer.get("headers", {})}
            lines = [
                f"HTTP/1.1 {answer.get('status', 200)} OK",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            for _ in range(repeat):
                writer.write(body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
