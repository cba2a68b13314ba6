"""Traces: what a collector gets of requests over HTTP and gRPC, and of whom, and that nothing waits for it."""

from __future__ import annotations

import dataclasses
import secrets
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc.aio
import httpx
import pytest
from conftest import API_KEY, ORGANISATION, Deployment
from node.collector import Collector, collector
from node.test_process import KEY, running
from node.test_workers import set_up
from opentelemetry import trace
from samples import named
from waiting import until

import strongroom
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest, ListCredentialsRequest
from strongroom_server.core import tracing
from strongroom_server.node.settings import SettingsError, from_environment
from strongroom_server.node.traces import traces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "hunter2-the-value-of-the-secret"
TEXT = {"name": "a-telling-name", "value": SECRET, "mode": "TEXT", "team_id": 1}


def traceparent() -> tuple[str, str]:
    """The id of a new trace, and the header that asks for it to be kept."""
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"


@asynccontextmanager
async def traced(deployment: Deployment, url: str) -> AsyncIterator[None]:
    async with traces(dataclasses.replace(deployment.settings, traces=url)):
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK sends what it has every 50 ms."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")


@pytest.fixture
async def collected(deployment: Deployment, quick: None) -> AsyncIterator[Collector]:
    async with collector() as running, traced(deployment, running.url):
        yield running


async def test_a_request_is_one_trace_through_gateway_service_and_postgres(
    deployment: Deployment, collected: Collector
) -> None:
    trace_id, header = traceparent()
    headers = {"Authorization": f"Bearer {API_KEY}", "traceparent": header}
    answer = await deployment.http.post("/api/v1/user_credentials", json=TEXT, headers=headers)
    assert answer.status_code < 300, answer.text
    await until(lambda: len(collected.of_trace(trace_id)) >= 3)

    spans = collected.of_trace(trace_id)
    gateway, service = spans["tines POST /api/v1/user_credentials"], spans["CreateCredential"]
    assert gateway.parent_span_id.hex() == header.split("-")[2]
    assert service.parent_span_id == gateway.span_id
    statements = [span for name, span in spans.items() if name.startswith("store.")]
    assert statements
    assert all(span.parent_span_id == service.span_id for span in statements)
    assert {each.key: each.value.string_value for each in service.attributes} == {
        "method": "CreateCredential",
        "status": "OK",
        "reason": "",
        "surface": "tines",
    }


async def test_a_grpc_call_continues_the_trace_of_its_metadata(deployment: Deployment, collected: Collector) -> None:
    trace_id, header = traceparent()
    metadata = (*deployment.metadata, ("traceparent", header))
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=metadata)
    await until(lambda: "ListCredentials" in collected.of_trace(trace_id))
    service = collected.of_trace(trace_id)["ListCredentials"]
    assert service.parent_span_id.hex() == header.split("-")[2]


async def test_the_client_library_passes_on_the_current_span(deployment: Deployment, collected: Collector) -> None:
    context = trace.SpanContext(
        secrets.randbits(128), secrets.randbits(64), is_remote=False, trace_flags=trace.TraceFlags(1)
    )
    async with strongroom.Client(deployment.grpc_target, API_KEY, plaintext=True) as client:
        with trace.use_span(trace.NonRecordingSpan(context)):
            await client.get_caller()
    trace_id = f"{context.trace_id:032x}"
    await until(lambda: "GetCaller" in collected.of_trace(trace_id))


async def test_no_secret_no_id_and_no_name_is_in_a_span(deployment: Deployment, collected: Collector) -> None:
    trace_id, header = traceparent()
    metadata = (*deployment.metadata, ("traceparent", header))
    credential = named("another-telling-name")
    made = await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=credential), metadata=metadata
    )
    headers = {"Authorization": f"Bearer {API_KEY}", "traceparent": header}
    await deployment.http.get(f"/api/v1/user_credentials/{made.number}?name=sought", headers=headers)
    with pytest.raises(grpc.aio.AioRpcError):
        await deployment.credentials.GetCredential(GetCredentialRequest(id="not-an-id"), metadata=metadata)
    await until(lambda: {"CreateCredential", "GetCredential"} <= collected.of_trace(trace_id).keys())
    texts = [str(span) for span in collected.of_trace(trace_id).values()]
    for value in (SECRET, made.id, "telling-name", "not-an-id", "sought", ORGANISATION, API_KEY, "bootstrap"):
        assert not [text for text in texts if value in text], value


async def test_a_stranger_gets_no_span_whatever_it_asks_for(deployment: Deployment, collected: Collector) -> None:
    trace_id, header = traceparent()
    known_id, known = traceparent()
    strange = (("authorization", "Bearer sr_nobody_0123456789abcdef"), ("traceparent", header))
    with pytest.raises(grpc.aio.AioRpcError):
        await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=strange)
    for path in ("/api/v1/user_credentials", "/api/v1/user_credentials?page=x", "/nowhere"):
        await deployment.http.get(path, headers={"Authorization": "Bearer sr_nobody_x", "traceparent": header})
    metadata = (*deployment.metadata, ("traceparent", known))
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=metadata)
    # Spans are sent in the order of their ends.
    await until(lambda: "ListCredentials" in collected.of_trace(known_id))
    assert collected.of_trace(trace_id) == {}


async def test_a_trace_that_its_caller_does_not_keep_is_not_sent(deployment: Deployment, collected: Collector) -> None:
    trace_id, header = traceparent()
    known_id, known = traceparent()
    for text in (header[:-2] + "00", known):
        metadata = (*deployment.metadata, ("traceparent", text))
        await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=metadata)
    await until(lambda: "ListCredentials" in collected.of_trace(known_id))
    assert collected.of_trace(trace_id) == {}


async def test_a_collector_that_is_gone_delays_no_call_and_its_queue_is_bounded(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "16")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
    async with traced(deployment, "http://127.0.0.1:1"):
        began = time.monotonic()
        for _ in range(100):
            await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=deployment.metadata)
        assert time.monotonic() - began < 5
        tracer = tracing.tracer
        queue = tracer._provider._active_span_processor._span_processors[0]._batch_processor._queue  # type: ignore[union-attr]
        assert len(queue) <= 16
    assert time.monotonic() - began < 8
    assert tracing.tracer is None


async def test_workers_and_a_gateway_apart_send_the_spans_of_one_trace(database_url: str, tmp_path: Path) -> None:
    environment = await set_up(database_url, tmp_path / "data")
    async with collector() as collected:
        environment |= {"STRONGROOM_TRACES": collected.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        async with (
            running("serve", "--workers", "2", **environment) as service,
            running("gateway", "--service", service.target, **environment) as gateway,
            httpx.AsyncClient(base_url=gateway.url) as http,
        ):
            trace_id, header = traceparent()
            headers = {"Authorization": f"Bearer {KEY}", "traceparent": header}
            assert (await http.get("/api/v1/user_credentials", headers=headers)).status_code == 200
            await until(lambda: len(collected.of_trace(trace_id)) >= 3)
    spans = collected.of_trace(trace_id)
    assert spans["ListCredentials"].parent_span_id == spans["tines GET /api/v1/user_credentials"].span_id
    assert [name for name in spans if name.startswith("store.")]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("collector:4317", "STRONGROOM_TRACES must be the https:// URL"),
        ("https://collector", "STRONGROOM_TRACES must be the https:// URL"),
        ("https://user:hunter2@collector:4317", "STRONGROOM_TRACES must be the https:// URL"),
    ],
)
def test_a_bad_url_is_refused_with_the_rule(url: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        from_environment({"STRONGROOM_TRACES": url})
    assert "hunter2" not in str(caught.value)


async def test_http_to_another_machine_needs_an_explicit_choice() -> None:
    settings = from_environment({"STRONGROOM_TRACES": "http://collector.example.net:4317"})
    with pytest.raises(SettingsError, match="use https://, or set STRONGROOM_INSECURE=1"):
        async with traces(settings):
            pass


async def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "strongroom_server.node.otel", None)
    settings = from_environment({"STRONGROOM_TRACES": "https://collector.example.net:4317"})
    with pytest.raises(SettingsError, match="needs the extra otel"):
        async with traces(settings):
            pass


def test_without_traces_opentelemetry_is_not_imported() -> None:
    program = (
        "import sys, strongroom_server.cli.run, strongroom_server.cli.gateway, strongroom_server.cli.serve; "
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"
