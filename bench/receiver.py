"""A provider and receiver over TLS: `receiver.py <chain> <key>` prints its port. It reads the end of a request's head and no more.

`POST /token` issues a token for an hour, `GET /large` sends 100 MiB, and anything else gets two bytes.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import Final

import uvloop

LARGE_BYTES: Final = 100 * 1024 * 1024
_PIECE: Final = bytes(64 * 1024)
_TOKEN: Final = b'{"access_token":"bench-token","token_type":"Bearer","expires_in":3600}'


def _answer(content_type: bytes, length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (content_type, length)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"POST /token"):
                await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
                writer.write(_answer(b"application/json", len(_TOKEN)) + _TOKEN)
            elif head.startswith(b"GET /large"):
                writer.write(_answer(b"application/octet-stream", LARGE_BYTES))
                for _ in range(LARGE_BYTES // len(_PIECE)):
                    writer.write(_PIECE)
                    await writer.drain()
            else:
                writer.write(_answer(b"text/plain", 2) + b"ok")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _run(chain: str, key: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, ssl=tls)
    print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - the bench reads it
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_run(*sys.argv[1:]))
