"""Real clients use the proxy of a real node, and of a gateway apart from it: curl, and SDKs of which only the base URL changes."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc.aio
import httpx
import openai
import pytest
import slack_sdk
from conftest import copied_database
from egress.servers import server, serving
from node.test_process import KEY, Run, running
from ports import free_port
from samples import named
from schemes.provider import Provider, provider, provider_process
from waiting import until

from strongroom.v1.audit_service_pb2 import CredentialUse, ListAuditEventsRequest
from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
from strongroom.v1.credential_pb2 import PLACEMENT_LOCATION_HEADER, ApiKeyData, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["provider", "provider_process"]

METADATA = (("authorization", f"Bearer {KEY}"),)
SECRET = "canary-5ecret-of-the-receiver"
_LARGE = 100 * 1024 * 1024


@dataclass(frozen=True)
class Nodes:
    """A node and a gateway in front of it, each with a proxy, and their logs."""

    node: Run
    gateway: Run
    ports: dict[str, int]
    logs: tuple[Path, Path]
    channel: grpc.aio.Channel

    async def credential(self, port: int, **fields: Any) -> str:
        """The id of a new credential for this port of 127.0.0.1."""
        fields.setdefault("allowed_hosts", [f"127.0.0.1:{port}"])
        made = named(data=CredentialData(api_key=ApiKeyData(api_key=SECRET)), **fields)
        stub = CredentialServiceStub(self.channel)
        return (await stub.CreateCredential(CreateCredentialRequest(credential=made), metadata=METADATA)).id

    def base(self, where: str, credential: str, port: int) -> str:
        """The base URL of a receiver on 127.0.0.1, through the proxy."""
        return f"http://127.0.0.1:{self.ports[where]}/proxy/{credential}/https/127.0.0.1:{port}"


@pytest.fixture(scope="module")
async def nodes(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory, provider_process: Provider
) -> AsyncIterator[Nodes]:
    directory = tmp_path_factory.mktemp("nodes")
    logs = directory / "node.log", directory / "gateway.log"
    ports = {"node": free_port(), "gateway": free_port()}

    def logging_to(log: Path) -> tuple[str, ...]:
        return ("sh", "-c", f'exec "$0" "$@" 2>>{log}')

    async with (
        copied_database(postgres_url, template_database) as url,
        running(
            "run",
            through=logging_to(logs[0]),
            STRONGROOM_DATABASE_URL=url,
            STRONGROOM_DATA_DIR=str(directory / "data"),
            STRONGROOM_BOOTSTRAP_API_KEY=KEY,
            STRONGROOM_EGRESS_ALLOW="127.0.0.1",
            STRONGROOM_EGRESS_CA=str(provider_process.ca_file),
            STRONGROOM_PROXY_PORT=str(ports["node"]),
        ) as node,
        running(
            "gateway",
            "--service",
            node.target,
            through=logging_to(logs[1]),
            STRONGROOM_PROXY_PORT=str(ports["gateway"]),
        ) as gateway,
        grpc.aio.insecure_channel(node.target) as channel,
    ):
        yield Nodes(node, gateway, ports, logs, channel)


@pytest.fixture(params=["node", "gateway"])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def curl(*arguments: str, stdin: str = "") -> tuple[int, bytes]:
    """The exit status of curl, and what it printed."""
    command = ["curl", "--silent", "--noproxy", "*", "--max-time", "60", *arguments]
    shell = f"{stdin} | " if stdin else ""
    quoted = " ".join(f"'{each}'" for each in command)
    process = await asyncio.create_subprocess_shell(shell + quoted, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return process.returncode or 0, out


async def test_both_say_where_the_proxy_is(nodes: Nodes) -> None:
    assert f"the proxy on 127.0.0.1:{nodes.ports['node']}" in nodes.node.greeting
    assert f"the proxy on 127.0.0.1:{nodes.ports['gateway']}" in nodes.gateway.greeting


async def test_curl_reaches_the_receiver_with_the_secret_in_place_of_the_key(
    nodes: Nodes, provider: Provider, where: str
) -> None:
    placement = Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name="X-Key", prefix="k=")
    credential = await nodes.credential(provider.port, use_settings=Credential.UseSettings(placement=placement))
    base = nodes.base(where, credential, provider.port)
    lost = ("Cookie: a=b", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "Connection: X-Hop", "X-Hop: 1")
    for key in (("-H", f"X-Key: {KEY}"), ("-u", f"anything:{KEY}"), ("-H", f"Strongroom-Key: {KEY}")):
        status, out = await curl(
            *key, *(part for line in lost for part in ("-H", line)), "-H", "Strongroom-Actor: agent", "-H", "X-Own: 1",
            "--path-as-is", "-d", "body", f"{base}/echo/a%2Fb//c;d=1?digest=1&x=%2f",
        )  # fmt: skip
        assert status == 0
        seen = json.loads(out)
        assert (seen["method"], seen["path"], seen["query"], seen["body"]) == (
            "POST", "/echo/a%2Fb//c;d=1", "digest=1&x=%2f", "body",
        )  # fmt: skip
        names = {name.lower() for name, _ in seen["headers"]}
        expected = {
            "host",
            "x-key",
            "x-own",
            "user-agent",
            "accept",
            "accept-encoding",
            "content-type",
            "content-length",
        }
        assert names == expected | {"connection"}
    events = AuditServiceStub(nodes.channel)
    uses: list[CredentialUse] = []

    async def are_recorded() -> bool:
        # The last event may be committed after the response.
        page = await events.ListAuditEvents(ListAuditEventsRequest(credential_id=credential), metadata=METADATA)
        uses[:] = [event.use for event in page.audit_events if event.HasField("use")]
        return len(uses) >= 6

    await until(are_recorded)
    assert len(uses) == 6
    assert {(use.method, use.path, use.actor) for use in uses} == {("POST", "/echo/a%2Fb//c;d=1", "agent")}


@pytest.mark.parametrize(
    ("path", "options", "status", "reason"),
    [
        ("/echo/../x", ["--path-as-is"], 400, "FIELD_INVALID"),
        ("/echo/%2e%2e/x", ["--path-as-is"], 400, "FIELD_INVALID"),
        ("/echo", ["-X", "TRACE"], 400, "FIELD_INVALID"),
        ("/echo", ["-H", "Upgrade: websocket"], 400, "FIELD_INVALID"),
        ("/echo", ["-H", "Range: bytes=0-1"], 400, "FIELD_INVALID"),
        ("/echo?as=header", [], 403, "SECRET_IN_RESPONSE"),
        ("/answer?status=206", [], 412, "RESPONSE_REFUSED"),
    ],
)
async def test_what_the_service_refuses_is_an_answer_of_the_proxy(
    nodes: Nodes, provider: Provider, path: str, options: list[str], status: int, reason: str
) -> None:
    credential = await nodes.credential(provider.port)
    base = nodes.base("gateway", credential, provider.port)
    _, out = await curl("-i", "-H", f"Strongroom-Key: {KEY}", *options, f"{base}{path}")
    head, _, body = out.decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"\r\nstrongroom-error: {reason}\r\n" in f"{head}\r\n"
    assert json.loads(body)["reason"] == reason
    assert SECRET not in out.decode()


async def test_a_secret_in_a_body_ends_the_connection_before_it(nodes: Nodes, provider: Provider, where: str) -> None:
    credential = await nodes.credential(provider.port)
    base = nodes.base(where, credential, provider.port)
    status, out = await curl("-H", f"Strongroom-Key: {KEY}", f"{base}/echo?as=raw")
    # 18: the response is not complete.
    assert (status, SECRET in out.decode()) == (18, False)


async def test_it_is_no_open_relay(nodes: Nodes, provider: Provider) -> None:
    anywhere = await nodes.credential(provider.port, allowed_hosts=())
    here = await nodes.credential(provider.port)
    for credential, port, reason in ((here, 443, "HOST_NOT_ALLOWED"), (anywhere, 443, "HOSTS_REQUIRED")):
        _, out = await curl("-H", f"Strongroom-Key: {KEY}", nodes.base("node", credential, port))
        assert json.loads(out)["reason"] == reason
    assert provider.log("") == []


async def test_a_redirect_and_an_error_of_the_receiver_are_responses_without_cookies(
    nodes: Nodes, provider: Provider, where: str
) -> None:
    credential = await nodes.credential(provider.port)
    base = nodes.base(where, credential, provider.port)
    for status in (302, 401, 503):
        query = f"status={status}&body=of-the-receiver&header=Location:https://b/&header=Set-Cookie:a=b"
        _, out = await curl("-i", "-H", f"Strongroom-Key: {KEY}", f"{base}/answer?{query}")
        head, _, body = out.decode().lower().partition("\r\n\r\n")
        assert head.startswith(f"http/1.1 {status} ")
        assert body == "of-the-receiver"
        assert "\r\nlocation: https://b/" in head
        assert "\r\ncontent-security-policy: sandbox" in head
        assert "set-cookie" not in head
        assert "strongroom-error" not in head


async def test_curl_head_and_expect(nodes: Nodes, provider: Provider, where: str) -> None:
    credential = await nodes.credential(provider.port)
    base = nodes.base(where, credential, provider.port)
    status, out = await curl("--head", "-H", f"Strongroom-Key: {KEY}", f"{base}/answer?body=12345")
    assert (status, b"content-length: 5" in out.lower()) == (0, True)
    # curl waits for permission to send.
    options = ("-H", "Expect: 100-continue", "--expect100-timeout", "30", "-d", "x" * 2000)
    status, out = await curl("-H", f"Strongroom-Key: {KEY}", *options, f"{base}/count")
    assert (status, json.loads(out)["bytes"]) == (0, 2000)


async def test_openai_streams_a_completion_as_it_comes(nodes: Nodes, where: str) -> None:
    release = asyncio.Event()

    def event(text: str) -> bytes:
        delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        made = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [delta]}
        line = f"data: {json.dumps(made)}\n\n".encode()
        return b"%x\r\n%s\r\n" % (len(line), line)

    async def completion(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + event("Hel")
        )
        await writer.drain()
        await release.wait()
        writer.write(event("lo") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    async with server(completion, serving("127.0.0.1")) as (port, requests):
        credential = await nodes.credential(port)
        client = openai.AsyncOpenAI(base_url=f"{nodes.base(where, credential, port)}/v1", api_key=KEY, max_retries=0)
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        async with asyncio.timeout(10):
            texts = [(await anext(aiter(stream))).choices[0].delta.content]
            # The receiver sends the rest only now.
            release.set()
            texts += [each.choices[0].delta.content async for each in stream]
        await client.close()
    assert texts == ["Hel", "lo"]
    (request,) = requests
    assert request.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert f"authorization: bearer {SECRET}\r\n".encode() in request.lower()
    assert KEY.encode() not in request


async def test_openai_raises_the_proxys_errors_as_its_own(nodes: Nodes, where: str) -> None:
    base = nodes.base(where, "999999", 443)
    client = openai.AsyncOpenAI(base_url=base, api_key=KEY, max_retries=0)
    with pytest.raises(openai.NotFoundError) as raised:
        await client.models.list()
    assert raised.value.response.headers["strongroom-error"] == "CREDENTIAL_NOT_FOUND"
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key=f"{KEY}x").models.list()
    await client.close()


async def test_a_refusal_that_comes_while_the_client_still_sends_keeps_its_reason(nodes: Nodes) -> None:
    url = f"{nodes.base('gateway', '999999', 443)}/x"
    async with httpx.AsyncClient(trust_env=False, headers={"Strongroom-Key": KEY}) as http:

        async def reasons(body: bytes) -> set[str]:
            return {(await http.post(url, content=body)).headers["strongroom-error"] for _ in range(40)}

        found = await asyncio.gather(*map(reasons, (b"", b"short", bytes(300_000))))
    assert found == [{"CREDENTIAL_NOT_FOUND"}] * 3


async def test_slack_sdk_posts_a_message(nodes: Nodes, where: str) -> None:
    body = json.dumps({"ok": True, "channel": "C1", "ts": "1.2"}).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with server(answer, serving("127.0.0.1")) as (port, requests):
        credential = await nodes.credential(port)
        client = slack_sdk.WebClient(token=KEY, base_url=f"{nodes.base(where, credential, port)}/api/")
        response = await asyncio.to_thread(client.chat_postMessage, channel="C1", text="Hi")
    assert response["ts"] == "1.2"
    assert requests[0].startswith(b"POST /api/chat.postMessage HTTP/1.1\r\n")
    assert f"authorization: bearer {SECRET}\r\n".encode() in requests[0].lower()
    assert KEY.encode() not in requests[0]


def memory(run: Run, name: str) -> int:
    """A figure of the process's memory in bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{run.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def test_100_mib_pass_in_both_directions_in_flat_memory(nodes: Nodes, provider: Provider) -> None:
    credential = await nodes.credential(provider.port)
    base = nodes.base("gateway", credential, provider.port)
    key = ("-H", f"Strongroom-Key: {KEY}")
    # So that what is loaded once does not count.
    await curl(*key, f"{base}/big?bytes=1000000", "-o", "/dev/null")
    both = (nodes.node, nodes.gateway)
    before = [memory(run, "VmRSS") for run in both]
    for run in both:
        # The peak counts from now on.
        Path(f"/proc/{run.process.pid}/clear_refs").write_text("5")
    status, out = await curl(*key, f"{base}/big?bytes={_LARGE}", "-o", "/dev/null", "-w", "%{size_download}")
    assert (status, int(out)) == (0, _LARGE)
    status, out = await curl(*key, "-T", "-", "-X", "POST", f"{base}/count", stdin=f"head -c {_LARGE} /dev/zero")
    assert (status, json.loads(out)["bytes"]) == (0, _LARGE)
    grown = [memory(run, "VmHWM") - each for run, each in zip(both, before, strict=True)]
    assert max(grown) < 24 * 1024 * 1024, grown


async def test_logs_and_metrics_have_no_secret_and_no_key(nodes: Nodes, provider: Provider) -> None:
    canary = "canary-of-the-caller"
    credential = await nodes.credential(provider.port)
    for where in nodes.ports:
        base = nodes.base(where, credential, provider.port)
        for path in (f"/echo?as=raw&q={canary}", f"/echo/../{canary}", f"/answer?body={canary}"):
            await curl("-H", f"x-api-key: {KEY}", "-H", f"X-Own: {canary}", "-d", canary, f"{base}{path}")
        await curl("-H", "Strongroom-Key: sr_unknown_" + canary, f"{base}/echo")
    texts = [log.read_text() for log in nodes.logs]
    assert all("API_KEY_INVALID" in text or "call" in text for text in texts[:1])
    for run in (nodes.node, nodes.gateway):
        async with run.client() as http:
            texts.append((await http.get("/metrics")).text)
    for text in texts:
        for secret in (SECRET, KEY, canary):
            assert secret not in text


async def test_neither_port_serves_what_the_other_does(nodes: Nodes, provider: Provider) -> None:
    credential = await nodes.credential(provider.port)
    key = ("-H", f"Authorization: Bearer {KEY}")
    for run, where in ((nodes.node, "node"), (nodes.gateway, "gateway")):
        base = nodes.base(where, credential, provider.port)
        _, out = await curl(
            *key,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            base.replace(f":{nodes.ports[where]}/", f":{run.url.rsplit(':', 1)[1]}/", 1) + "/echo",
        )
        assert out in {b"404", b"401"}
        for path in ("/livez", "/readyz", "/metrics", "/docs", "/api/v1/user_credentials"):
            _, out = await curl(*key, f"http://127.0.0.1:{nodes.ports[where]}{path}")
            assert json.loads(out)["reason"] == "ROUTE_UNKNOWN"
    assert provider.log("/echo") == []
