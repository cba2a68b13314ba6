"""A program for a network and mount namespace of its own: a DNS server, servers at a public and an internal address, the client.

It prints what the client got for each name, and what the servers saw. The system's real resolver asks the DNS server.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import ipaddress
import itertools
import json
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Final

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import structlog
import trustme
import uvloop

from strongroom_server.egress.client import Client, Limits, Request
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import tls_context

PUBLIC: Final = "93.184.215.14"
# Two public addresses of this namespace at which nothing listens, and one at which only it is allowed that is not its own.
DEAD: Final = ("93.184.215.15", "93.184.215.16")
OWN: Final = "93.184.215.17"
REBINDINGS: Final = 200
NAIVE_REBINDINGS: Final = 20
# Name below good.com, addresses, and the status or the cause of the refusal that is expected.
ANSWERS: Final[dict[str, tuple[tuple[str, ...], int | str]]] = {
    "public": ((PUBLIC,), 200),
    "public-and-no-ipv6-here": (("2606:4700:4700::1111", PUBLIC), 200),
    "one-dead": ((DEAD[0], PUBLIC), 200),
    "two-dead": ((*DEAD, PUBLIC), "connect_failed"),
    "own": ((OWN,), "own_address"),
    "loopback": (("127.0.0.1",), "range"),
    "any": (("0.0.0.0",), "range"),
    "private": (("10.0.0.1",), "range"),
    "mixed": ((PUBLIC, "10.0.0.1"), "range"),
    "mixed-first": (("192.168.0.1", PUBLIC), "range"),
    "mixed-families": ((PUBLIC, "::1"), "range"),
    "metadata": (("169.254.169.254",), "metadata"),
    "metadata-azure": (("168.63.129.16",), "metadata"),
    "metadata-aws-ipv6": (("fd00:ec2::254",), "metadata"),
    "mapped": (("::ffff:127.0.0.1",), "range"),
    "mapped-public": ((f"::ffff:{PUBLIC}",), "range"),
    "nat64": (("64:ff9b::a9fe:a9fe",), "range"),
    "6to4": (("2002:7f00:1::",), "range"),
    "teredo": (("2001:0:53aa:64c::",), "range"),
    "link-local": (("fe80::1",), "range"),
    "unique-local": (("fd00::1",), "range"),
    "carrier-nat": (("100.64.0.1",), "range"),
    "multicast": (("224.0.0.1",), "range"),
    "multicast-ipv6": (("ff0e::1",), "range"),
    "broadcast": (("255.255.255.255",), "range"),
    "many": (tuple(f"93.184.{number}.1" for number in range(100)), "too_many_addresses"),
    "alias": (("alias-target.good.com",), "range"),
    "no-addresses": ((), "name_not_found"),
    "absent": (("NXDOMAIN",), "name_not_found"),
    "broken": (("SERVFAIL",), "dns_failed"),
    "silent": (("SILENT",), "dns_timeout"),
    "in-the-hosts-file": (("NXDOMAIN",), "name_not_found"),
}


class Zone:
    """Answers for ANSWERS, and for `alternating` a public and the internal address in turn. Notes the names."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self._turns = itertools.count()

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.add(name)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        values = self._values(name.removesuffix(".good.com"), question.rdtype)
        if values == ("SILENT",):
            return None
        if values in {("NXDOMAIN",), ("SERVFAIL",)}:
            response.set_rcode(dns.rcode.from_text(values[0]))
            return response.to_wire()
        owner = question.name
        if values and not values[0][0].isdigit() and ":" not in values[0]:
            response.answer.append(dns.rrset.from_text(owner, 0, "IN", "CNAME", f"{values[0]}."))
            owner, values = dns.name.from_text(values[0]), ("127.0.0.1",)
        kind = "A" if question.rdtype == dns.rdatatype.A else "AAAA"
        # One record each: dnspython shuffles those of one set.
        fitting = [value for value in values if (":" in value) is (kind == "AAAA")]
        response.answer.extend(dns.rrset.from_text(owner, 0, "IN", kind, value) for value in fitting)
        return response.to_wire()

    def _values(self, name: str, kind: dns.rdatatype.RdataType) -> tuple[str, ...]:
        if name == "alternating":
            is_internal = kind == dns.rdatatype.A and next(self._turns) % 2
            return ("127.0.0.1",) if is_internal else (PUBLIC,)
        if name.startswith("silent"):
            return ("SILENT",)
        return ANSWERS[name][0] if name in ANSWERS else ("NXDOMAIN",)


def serve_dns(zone: Zone) -> None:
    """Answer over UDP and TCP, in threads."""

    class Datagrams(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sender = self.request
            if (answer := zone.answer(wire)) is not None:
                if len(answer) > 512:
                    truncated = dns.message.make_response(dns.message.from_wire(wire))
                    truncated.flags |= dns.flags.RA | dns.flags.TC
                    answer = truncated.to_wire()
                sender.sendto(answer, self.client_address)

    class Streams(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while length := self.rfile.read(2):
                answer = zone.answer(self.rfile.read(int.from_bytes(length, "big"))) or b""
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)

    for server in (
        socketserver.ThreadingUDPServer(("127.0.0.1", 53), Datagrams),
        socketserver.ThreadingTCPServer(("127.0.0.1", 53), Streams),
    ):
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()


def set_up_network(directory: Path) -> None:
    """Give the loopback interface its addresses, and the resolver its files."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for number, address in enumerate(("127.0.0.1", PUBLIC, *DEAD, OWN)):
            name = f"lo:{number}".encode() if number else b"lo"
            set_address, set_netmask, set_flags, up_and_running = 0x8916, 0x891C, 0x8914, 0x41
            value = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, set_address, value)
            if number:
                fcntl.ioctl(control, set_netmask, struct.pack("16sHH4s8x", name, socket.AF_INET, 0, b"\xff" * 4))
            fcntl.ioctl(control, set_flags, struct.pack("16sh14x", name, up_and_running))
    files = {
        "resolv.conf": "nameserver 127.0.0.1\nsearch good.com corp.internal\noptions ndots:5 timeout:1 attempts:1\n",
        "nsswitch.conf": "hosts: files dns\n",
        "hosts": "127.0.0.1 localhost in-the-hosts-file.good.com\n",
    }
    for file, content in files.items():
        (directory / file).write_text(content)
        subprocess.run(["mount", "--bind", str(directory / file), f"/etc/{file}"], check=True)


class Https:
    """A server over TLS that counts its connections and notes the names it was asked for."""

    def __init__(self, ca: trustme.CA) -> None:
        self.connections = 0
        self.names: set[tuple[str | None, str]] = set()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("*.good.com", "public", "localhost").configure_cert(self._tls)
        self._sni: str | None = None
        self._tls.sni_callback = self._note_sni

    async def listen(self, address: str) -> None:
        await asyncio.start_server(self._handle, address, 443, ssl=self._tls)

    def _note_sni(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self._sni = name

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            (host,) = (line[6:] for line in head.split("\r\n") if line.startswith("Host: "))
            self.names.add((self._sni, host))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


async def outcome(client: Client, to: Destination | Endpoint, seconds: float = 3, tenant: str = "") -> int | str:
    """The status of a response, or the cause of a refusal."""
    try:
        return (await client.send(to, Request("GET", "/"), Limits(seconds), tenant=tenant)).status
    except EgressRefused as refused:
        return refused.cause


async def check_then_connect_by_name(name: str, tls: ssl.SSLContext) -> None:
    """What a guard does that does not pin the address."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(f"{name}.", 443, type=socket.SOCK_STREAM)
    if all(ipaddress.ip_address(answer[4][0]).is_global for answer in answers):
        reader, writer = await asyncio.open_connection(f"{name}.", 443, ssl=tls, server_hostname=name)
        writer.write(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        await reader.read()
        writer.close()


async def main(directory: Path) -> dict[str, Any]:
    zone, ca = Zone(), trustme.CA()
    serve_dns(zone)
    public, internal = Https(ca), Https(ca)
    await public.listen(PUBLIC)
    await internal.listen("127.0.0.1")
    ca.cert_pem.write_to_path(str(directory / "ca.pem"))
    tls = tls_context(directory / "ca.pem")
    # The public addresses are this namespace's own, so each is allowed alone.
    client = Client(Policy(networks_of(",".join((PUBLIC, *DEAD)))), tls)
    results: dict[str, Any] = {}
    results["answers"] = {
        name: await outcome(client, Destination("https", f"{name}.good.com", 443), 0.5 if name == "silent" else 3)
        for name in ANSWERS
    }
    results["asked"] = sorted(zone.asked)
    results["names"] = sorted(map(str, public.names))
    results["internal"] = internal.connections

    alternating = Destination("https", "alternating.good.com", 443)
    results["rebinding"] = [await outcome(client, alternating) for _ in range(REBINDINGS)]
    results["internal after rebinding"] = internal.connections
    for _ in range(NAIVE_REBINDINGS):
        await check_then_connect_by_name("alternating.good.com", tls)
    results["internal after naive rebinding"] = internal.connections

    results["operator's"] = {
        name: await outcome(client, Endpoint("https", name, 443))
        for name in ("public", "in-the-hosts-file.good.com", "localhost", "absent")
    }

    wide = Client(Policy(networks_of("127.0.0.0/8")), tls)
    with contextlib.suppress(OSError):
        Path("/proc/sys/net/ipv4/ip_nonlocal_bind").write_text("1")
        # The kernel sends from 127.0.0.1 to it, as from the first address of a network to the others.
        results["own with nonlocal binds"] = await outcome(wide, Destination("https", "127.0.0.2", 443))
        results["public with nonlocal binds"] = await outcome(client, Destination("https", "public.good.com", 443))

    async def ask(name: str, tenant: str, seconds: float = 3) -> int | str:
        return await outcome(client, Destination("https", f"{name}.good.com", 443), seconds, tenant)

    # More look-ups of one tenant than may run at all.
    one = [asyncio.create_task(ask(f"silent{n}", "one", 0.4)) for n in range(40)]
    await asyncio.sleep(0.1)
    results["of others while one is silent"] = await ask("public", "another")
    results["its own while one is silent"] = await ask("public", "one", 0.1)
    results["one"] = dict(Counter(await asyncio.gather(*one)))
    results["its own afterwards"] = await ask("public", "one", 5)

    several = [asyncio.create_task(ask("silent", f"{n % 8}", 0.4)) for n in range(32)]
    await asyncio.sleep(0.1)
    results["busy"] = await ask("public", "another", 0.1)
    waiting = asyncio.create_task(ask("public", "another", 5))
    results["operator's while busy"] = await outcome(client, Endpoint("https", "public.good.com", 443))
    results["other threads while busy"] = await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 5)
    results["several"] = dict(Counter(await asyncio.gather(*several)))
    results["who waits for a turn"] = await waiting
    return results


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as made:
        set_up_network(Path(made))
        print(json.dumps(uvloop.run(main(Path(made)))))  # noqa: T201 - a program
