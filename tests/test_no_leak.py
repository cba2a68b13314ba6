"""No secret value stands in a log, an error, a metric, a `repr` or the database: planted ones are searched for everywhere."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
import structlog
from samples import named, samples

from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData, JsonDocumentData, OAuthData
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
)
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest, HttpHeader, MintTokenRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.store import credential_writes

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

MARKER = "canary-7f3a91c2"


def written_as(marker: str) -> list[bytes]:
    """The marker as text, hexadecimal and base64 at each offset."""
    raw = marker.encode()
    codes = [base64.b64encode(b"\0" * offset + raw)[offset + 1 : -4] for offset in range(3)]
    return [raw, raw.hex().encode(), *codes]


def assert_absent(where: str, text: str | bytes) -> None:
    octets = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    found = [code for code in written_as(MARKER) if code in octets]
    assert not found, f"a planted secret stands in {where}"


def test_the_search_finds_what_is_there() -> None:
    for planted in (MARKER, MARKER.encode().hex(), base64.b64encode(b"xy" + MARKER.encode()).decode()):
        with pytest.raises(AssertionError):
            assert_absent("this text", f"before {planted} after")


async def attempt(call: Any, told: list[str]) -> Any:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        told.append(f"{error.details()} {error.debug_error_string()} {error.trailing_metadata()!r}")
        return None


async def every_call(deployment: Deployment, told: list[str]) -> None:
    """Plant the marker in every secret field, by every api, and go wrong in as many ways as there are."""
    stubs, metadata = deployment.credentials, deployment.metadata
    for variant, data in samples(MARKER).items():
        data.extra_json = f'{{"surplus": "{MARKER}"}}'
        request = CreateCredentialRequest(credential=named(variant=variant, data=data, redact_fields=["hidden"]))
        request.request_id = f"request-{variant}"
        answer = await attempt(stubs.CreateCredential(request, metadata=metadata), told)
        assert answer is not None, told
        assert_absent("an answer to a create", answer.SerializeToString())
        shown = await stubs.GetCredential(
            GetCredentialRequest(id=answer.id, view=CREDENTIAL_VIEW_FULL), metadata=metadata
        )
        assert_absent("a full view", shown.SerializeToString())
        used = await stubs.AccessCredential(AccessCredentialRequest(id=answer.id), metadata=metadata)
        assert used.data == data
        await every_authorization(deployment, answer.id, told)
        await every_mint(deployment, answer.id, told)
        # The same request id with another body, and violations of every sort.
        request.credential.description = "other"
        assert await attempt(stubs.CreateCredential(request, metadata=metadata), told) is None
    creates = [
        CreateCredentialRequest(credential=named(data=data), request_id=f"import-{variant}")
        for variant, data in samples(MARKER).items()
    ]
    for bad in (
        CredentialData(basic_auth=BasicAuthData(password=MARKER)),
        CredentialData(basic_auth=BasicAuthData(username="u", password=MARKER * 10_000)),
        CredentialData(extra_json=f'{{"a": "{MARKER}"}}'),
        CredentialData(basic_auth=BasicAuthData(username="u", password=MARKER), extra_json=f"[{MARKER}"),
        CredentialData(json_document=JsonDocumentData(json=f'{{"{MARKER}": "{MARKER}", "{MARKER}": 1}}')),
        CredentialData(oauth=OAuthData(token_url=MARKER, grant_type=MARKER, client_secret=MARKER)),
    ):
        for extra in ({}, {"team_id": 99}, {"metadata_json": "{"}, {"live_credential_id": "1"}):
            request = CreateCredentialRequest(
                credential=Credential(name="n", data=bad, **extra), accept_invalid=bool(extra)
            )
            await attempt(stubs.CreateCredential(request, metadata=metadata), told)
            creates.append(request)
    answer = await attempt(
        stubs.ImportCredentials(iter([ImportCredentialsRequest(creates=creates)]), metadata=metadata).read(), told
    )
    assert len(answer.results) == len(creates)
    assert_absent("an answer to an import", answer.SerializeToString())
    await attempt(
        stubs.ListCredentials(ListCredentialsRequest(), metadata=(("authorization", f"Bearer {MARKER}"),)), told
    )
    wrong_key = (("authorization", f"Bearer sr_bootstrap_{MARKER}{MARKER}"),)
    await attempt(stubs.ListCredentials(ListCredentialsRequest(), metadata=wrong_key), told)


async def every_authorization(deployment: Deployment, credential_id: str, told: list[str]) -> None:
    """Have a request authorised, and go wrong in the URL, a header and the hash. Only the response may have the secret."""
    marked = HttpHeader(name="X-A", value=MARKER), HttpHeader(name="X-A", value=f"{MARKER}\n")
    # A host is named in errors: it is where the request goes.
    for url in (
        "https://dynamodb.us-east-1.amazonaws.com/?q={}",
        "http://vendor.com/{}",
        "https://u:{}@vendor.com/",
        "{}:/",
    ):
        for header in marked:
            request = AuthorizeHttpRequestRequest(
                id=credential_id, method="GET", url=url.format(MARKER), headers=[header], body_sha256=MARKER
            )
            await attempt(
                UseServiceStub(deployment.grpc).AuthorizeHttpRequest(request, metadata=deployment.metadata), told
            )
    request = AuthorizeHttpRequestRequest(id=credential_id, method="GET", url="https://vendor.com/")
    await attempt(UseServiceStub(deployment.grpc).AuthorizeHttpRequest(request, metadata=deployment.metadata), told)


async def every_mint(deployment: Deployment, credential_id: str, told: list[str]) -> None:
    """Ask for a token, and go wrong in each field. Only the response may have a token."""
    fields: list[dict[str, Any]] = [
        {},
        {"scopes": [MARKER]},
        {"scopes": [f"{MARKER} "]},
        {"audience": MARKER},
        {"target_host": f"https://{MARKER}"},
        {"rejected_token_sha256": MARKER.encode()},
    ]
    for each in fields:
        request = MintTokenRequest(id=credential_id, **each)
        await attempt(UseServiceStub(deployment.grpc).MintToken(request, metadata=deployment.metadata), told)


async def every_http_call(deployment: Deployment, told: list[str]) -> None:
    tines = {"Authorization": f"Bearer {deployment.api_key}"}
    slashid = {"SlashID-API-Key": deployment.api_key, "SlashID-OrgID": "default"}
    encoded = base64.b64encode(MARKER.encode()).decode()
    versori_path = "/api/switchboard/v1alpha1/organisations/default/credentials"
    bodies: list[tuple[str, dict[str, str], Any]] = [
        ("/api/v1/user_credentials", tines, {"name": "n", "mode": "TEXT", "value": MARKER, "team_id": 1}),
        ("/api/v1/user_credentials", tines, {"name": "n", "mode": "TEXT", "value": [MARKER], "team_id": 1}),
        ("/api/v1/user_credentials", tines, {"name": "n", "mode": MARKER, "value": MARKER, "team_id": 1}),
        ("/api/v1/user_credentials", tines, {"name": "n", "mode": "TEXT", "value": MARKER, "team_id": 99}),
        (versori_path, tines, {"name": "n", "type": "Raw", "data": {"raw": encoded, "other": encoded}}),
        (versori_path, tines, {"name": "n", "type": "Raw", "data": {"raw": MARKER}}),
        (versori_path, tines, {"name": "n", "type": MARKER, "data": {"raw": encoded}}),
        (
            "/organizations/config/external-credentials",
            slashid,
            {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": MARKER, "x": MARKER}},
        ),
        (
            "/organizations/config/external-credentials",
            slashid,
            {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": MARKER},
        ),
    ]
    for path, headers, body in bodies:
        answer = await deployment.http.post(path, headers=headers, json=body)
        told.append(answer.text)
    answer = await deployment.http.post("/api/v1/user_credentials", headers=tines, content=f'{{"value": "{MARKER}", }}')
    told.append(answer.text)


async def test_a_planted_secret_is_found_nowhere(
    own_deployment: Deployment,
    postgres: EmbeddedPostgres,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployment = own_deployment
    told: list[str] = []
    with structlog.testing.capture_logs() as lines:
        await every_call(deployment, told)
        await every_http_call(deployment, told)

        async def explode(*_: object, **__: object) -> bool:
            raise RuntimeError(MARKER)

        with monkeypatch.context() as patched:
            patched.setattr(credential_writes, "create", explode)
            request = CreateCredentialRequest(credential=named(data=samples(MARKER)["basic_auth"]))
            assert (
                await attempt(deployment.credentials.CreateCredential(request, metadata=deployment.metadata), told)
                is None
            )
    assert any(line["event"] == "internal error" for line in lines)
    assert any(line.get("status") == "INTERNAL" for line in lines)
    for text in told:
        assert_absent("an error", text)
    assert_absent("the log", repr(lines) + repr(caplog.records))
    out, err = capfd.readouterr()
    assert_absent("the output", out + err)
    assert_absent("the metrics", (await deployment.http.get("/metrics")).text)
    assert_absent("a repr", repr(deployment.service) + repr(deployment.settings))
    assert deployment.api_key not in repr(deployment.settings) + repr(lines) + "".join(told)
    async with deployment.sql() as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        )
        rows = 0
        for (table,) in tables:
            for (row,) in await connection.fetch(f"select t::text from {table} t"):
                assert_absent(f"the table {table}", row)
                assert deployment.api_key.rpartition("_")[2] not in row
                rows += 1
    assert rows > 50
    assert_absent("the database's log", (postgres.home / "log").read_bytes())


async def test_key_files_show_no_key_in_their_repr(tmp_path: Path) -> None:
    from strongroom_server.sealing import key_files

    await key_files.make(tmp_path / "keys", tmp_path / "keys" / "root.key")
    shown = repr(await key_files.load(tmp_path / "keys", opens=True)) + repr(
        await key_files.root_pair(tmp_path / "keys" / "root.key")
    )
    for path in (tmp_path / "keys").glob("*.key"):
        key = bytes.fromhex(path.read_text())
        assert repr(key)[2:-1] not in shown
        assert key.hex() not in shown
        assert path.stat().st_mode & 0o077 == 0
