"""Failed authentication and guesses of ids are recorded, and the errors give a guesser no information."""

from __future__ import annotations

import hmac
import time
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from conftest import ORGANISATION
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import REGISTRY
from rpc.calls import Metadata, accessed, bearer, deleted, got, key_of, refused, updated
from rpc.test_token_callers import registered, signed
from structlog.testing import capture_logs
from waiting import until

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    RevokeApiKeyRequest,
    Scope,
)
from strongroom_server.access import tokens
from strongroom_server.audit import denials
from strongroom_server.audit.verify import verify
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.store import keys
from strongroom_server.store.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conftest import Deployment

SECRET = "only-ever-used-by-the-tests-of-failures"
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def key_id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


def with_wrong_secret(by: Metadata) -> Metadata:
    return bearer(f"sr_{key_id_of(by)}_{SECRET}")


def good_until_later() -> dict[str, Any]:
    return {"exp": int(time.time()) + 600}


def fresh_id() -> str:
    return uuid.uuid4().hex


async def call(deployment: Deployment, by: Metadata) -> object:
    return await deployment.credentials.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)


async def fail(deployment: Deployment, by: Metadata, reason: str = "API_KEY_INVALID") -> None:
    refusal = await refused(call(deployment, by))
    known = reason == "NETWORK_NOT_ALLOWED"
    code = grpc.StatusCode.PERMISSION_DENIED if known else grpc.StatusCode.UNAUTHENTICATED
    assert (refusal.code, refusal.reason) == (code, reason)


async def unknown_key(_: Deployment) -> tuple[Metadata, str]:
    key_id = fresh_id()
    return bearer(f"sr_{key_id}_{SECRET}"), key_id


async def wrong_secret(deployment: Deployment) -> tuple[Metadata, str]:
    by = await key_of(deployment, ROLE_READER)
    return with_wrong_secret(by), key_id_of(by)


async def bad_token(deployment: Deployment) -> tuple[Metadata, str]:
    key = await registered(deployment)
    return signed(key.id, OTHER_KEY, **good_until_later()), key.id


async def revoked(deployment: Deployment) -> tuple[Metadata, str]:
    by = await key_of(deployment, ROLE_READER)
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key_id_of(by)), metadata=deployment.metadata)
    return by, key_id_of(by)


async def expired(deployment: Deployment) -> tuple[Metadata, str]:
    # The key has expired when this returns.
    end = deployment.service.watch.now().timestamp() + 1
    key = ApiKey(roles=[ROLE_READER], expire_time=Timestamp(seconds=int(end) + 1))
    made = await deployment.organisations.CreateApiKey(CreateApiKeyRequest(api_key=key), metadata=deployment.metadata)
    await until(lambda: deployment.service.watch.now().timestamp() > int(end) + 1)
    return bearer(made.key), made.id


async def wrong_network(deployment: Deployment) -> tuple[Metadata, str]:
    by = await key_of(deployment, ROLE_READER, scope=Scope(networks=["10.0.0.0/8"]))
    return by, key_id_of(by)


async def malformed(_: Deployment) -> tuple[Metadata, str]:
    return bearer(SECRET), ""


async def ambiguous(deployment: Deployment) -> tuple[Metadata, str]:
    return deployment.metadata * 2, ""


async def missing(_: Deployment) -> tuple[Metadata, str]:
    return (), ""


# How a caller fails to authenticate, and the kind, the reason and the organisation of the failure.
FAILURES: dict[Callable[[Deployment], Awaitable[tuple[Metadata, str]]], tuple[str, str, str]] = {
    unknown_key: ("unknown_key", "API_KEY_INVALID", "strongroom"),
    wrong_secret: ("wrong_secret", "API_KEY_INVALID", ORGANISATION),
    bad_token: ("bad_token", "API_KEY_INVALID", ORGANISATION),
    revoked: ("revoked", "API_KEY_INVALID", ORGANISATION),
    expired: ("expired", "API_KEY_INVALID", ORGANISATION),
    wrong_network: ("wrong_network", "NETWORK_NOT_ALLOWED", ORGANISATION),
    malformed: ("malformed", "API_KEY_INVALID", "strongroom"),
    ambiguous: ("malformed", "API_KEY_AMBIGUOUS", "strongroom"),
    missing: ("missing", "API_KEY_MISSING", ""),
}


def counted(kind: str) -> float:
    return REGISTRY.get_sample_value("strongroom_authentication_failures_total", {"kind": kind}) or 0


async def recorded(deployment: Deployment, key_id: str) -> list[tuple[str, ...]]:
    """The events of failed authentication with this claimed key id."""
    async with deployment.sql() as sql:
        rows = await sql.fetch(
            "select organisation_id, outcome, peer, subject from audit_events"
            " where action = 'Authenticate' and key_id = $1 order by event_time, event_id",
            key_id,
        )
    return [tuple(row) for row in rows]


async def settled(deployment: Deployment) -> None:
    """Return once all failures are recorded."""
    await until(lambda: not deployment.service.pipeline._denials._writes)


@pytest.mark.parametrize("present", FAILURES, ids=lambda present: present.__name__)
async def test_a_failed_authentication_is_recorded_logged_and_counted(
    deployment: Deployment, present: Callable[[Deployment], Awaitable[tuple[Metadata, str]]]
) -> None:
    kind, reason, organisation = FAILURES[present]
    by, key_id = await present(deployment)
    recorded_before, counted_before = await recorded(deployment, key_id), counted(kind)

    with capture_logs() as lines:
        await fail(deployment, by, reason)
        await settled(deployment)

    expected = [(organisation, reason, "127.0.0.1", "ListCredentials")] if organisation else []
    assert (await recorded(deployment, key_id))[len(recorded_before) :] == expected
    assert counted(kind) == counted_before + 1
    (line,) = [line for line in lines if line["event"] == "call"]
    assert (line["reason"], line["key"], line["peer"], line["organisation"]) == (reason, key_id, "127.0.0.1", "")
    assert SECRET not in str(lines)


async def test_a_call_that_succeeds_is_logged_with_its_peer(deployment: Deployment) -> None:
    with capture_logs() as lines:
        await call(deployment, deployment.metadata)
    assert [(line["key"], line["peer"]) for line in lines if line["event"] == "call"] == [("bootstrap", "127.0.0.1")]


async def test_nothing_of_a_malformed_key_is_recorded_or_logged(own_deployment: Deployment) -> None:
    with capture_logs() as lines:
        for key in (SECRET, f"sr_{SECRET}", f"sr_UPPER_{SECRET}", f"sr_{'a' * 65}_{SECRET}", "sr_short_x"):
            await fail(own_deployment, bearer(key))
        await settled(own_deployment)
    assert {line["key"] for line in lines if line["event"] == "call"} == {""}
    async with own_deployment.sql() as sql:
        assert SECRET not in str(await sql.fetch("select e::text from audit_events e"))
    assert len(await recorded(own_deployment, "")) == 5


async def test_guesses_are_recorded_at_a_bounded_rate_for_each_key(own_deployment: Deployment) -> None:
    deployment = own_deployment
    one, other = await key_of(deployment, ROLE_READER), await key_of(deployment, ROLE_READER)
    for _ in range(200):
        await fail(deployment, with_wrong_secret(one))
    await fail(deployment, with_wrong_secret(other))
    await settled(deployment)
    assert denials.BURST <= len(await recorded(deployment, key_id_of(one))) <= 3 * denials.BURST
    assert len(await recorded(deployment, key_id_of(other))) == 1
    # The limit does not apply to denied requests of the key itself.
    assert (await refused(accessed(deployment, str(uuid.uuid4()), one))).reason == "ROLE_MISSING"
    async with deployment.sql() as sql:
        assert await sql.fetchval("select count(*) from audit_events where outcome = 'ROLE_MISSING'") == 1


async def test_all_unknown_keys_share_one_rate_limit(own_deployment: Deployment) -> None:
    for _ in range(200):
        await fail(own_deployment, bearer(f"sr_{fresh_id()}_{SECRET}"))
    await settled(own_deployment)
    async with own_deployment.sql() as sql:
        found = await sql.fetchval("select count(*) from audit_events where action = 'Authenticate'")
    assert denials.BURST <= found <= 3 * denials.BURST
    assert len(own_deployment.service.pipeline._denials._rate_limit._buckets) == 1


async def test_a_failure_that_cannot_be_recorded_gets_the_same_error(own_deployment: Deployment) -> None:
    by = await key_of(own_deployment, ROLE_READER)
    async with own_deployment.sql() as connection:
        await connection.execute("alter table audit_events add constraint closed check (false) not valid")
    for _ in range(3):
        await fail(own_deployment, with_wrong_secret(by))
        await fail(own_deployment, bearer(f"sr_{fresh_id()}_{SECRET}"))
    await settled(own_deployment)
    await call(own_deployment, by)


async def test_admins_and_operators_can_list_failures(own_deployment: Deployment) -> None:
    deployment = own_deployment
    admin, operator = await key_of(deployment, ROLE_ADMIN), await key_of(deployment, ROLE_OPERATOR)
    (known, key_id), (unknown, unknown_id) = await wrong_secret(deployment), await unknown_key(deployment)
    for by in (known, unknown):
        await fail(deployment, by)
    await settled(deployment)

    async def listed(by: Metadata, organisation_id: str) -> list[tuple[str, str, str, str]]:
        request = ListAuditEventsRequest(organisation_id=organisation_id, action="Authenticate")
        page = await deployment.audit.ListAuditEvents(request, metadata=by)
        return [(each.key_id, each.outcome, each.peer, each.subject) for each in page.audit_events]

    assert await listed(admin, "") == [(key_id, "API_KEY_INVALID", "127.0.0.1", "ListCredentials")]
    assert await listed(operator, "strongroom") == [(unknown_id, "API_KEY_INVALID", "127.0.0.1", "ListCredentials")]
    assert await verify(deployment.service.database, deployment.service.recorder.keyring) == []


async def test_a_failure_behind_the_gateway_of_the_process_has_the_address_of_the_gateways_client(
    deployment: Deployment,
) -> None:
    by = with_wrong_secret(await key_of(deployment, ROLE_READER))
    answer = await deployment.http.get("/api/v1/user_credentials", headers={"Authorization": by[0][1]})
    assert answer.status_code == 401
    await settled(deployment)
    (event,) = await recorded(deployment, key_id_of(by))
    assert event[:3] == (ORGANISATION, "API_KEY_INVALID", "127.0.0.1")


async def test_a_request_that_the_gateway_refuses_is_counted_and_logged_with_its_peer(deployment: Deployment) -> None:
    before = counted("missing"), counted("malformed")
    with capture_logs() as lines:
        assert (await deployment.http.get("/api/v1/user_credentials")).status_code == 401
        headers = {"Authorization": f"Bearer {'x' * 600}"}
        assert (await deployment.http.get("/api/v1/user_credentials", headers=headers)).status_code == 401
    assert (counted("missing"), counted("malformed")) == (before[0] + 1, before[1] + 1)
    assert [line["peer"] for line in lines if line["event"] == "request refused"] == ["127.0.0.1"] * 2


SEARCHES: dict[str, Callable[[Deployment, str, Metadata], Awaitable[object]]] = {
    "AccessCredential": accessed,
    "GetCredential": lambda deployment, id_, by: got(deployment, id_, by, view=CREDENTIAL_VIEW_FULL),
    "UpdateCredential": lambda deployment, id_, by: updated(deployment, id_, "name", by=by, name="n"),
    "DeleteCredential": deleted,
}


@pytest.mark.parametrize("method", SEARCHES)
async def test_requests_for_unknown_ids_are_recorded_at_a_bounded_rate(deployment: Deployment, method: str) -> None:
    by = await key_of(deployment, ROLE_USER, ROLE_READER, ROLE_WRITER)
    ids = [str(uuid.uuid4()) for _ in range(3 * denials.BURST)]
    for id_ in ids:
        assert (await refused(SEARCHES[method](deployment, id_, by))).reason == "CREDENTIAL_NOT_FOUND"
    async with deployment.sql() as sql:
        events = await sql.fetch("select action, outcome, subject from audit_events where key_id = $1", key_id_of(by))
    assert denials.BURST <= len(events) <= 3 * denials.BURST
    first = {(method, "CREDENTIAL_NOT_FOUND", id_) for id_ in ids[: denials.BURST]}
    assert first <= {tuple(each) for each in events}


# Set in the calls whose steps are counted: the jobs of the node verify rows at the same time.
_IS_COUNTED: ContextVar[bool] = ContextVar("_IS_COUNTED", default=False)


class Work:
    """Counts the steps of authentication of calls in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: dict[str, int] = {}
        self._count(monkeypatch, keys, "api_key_with_newer", "statements")
        self._count(monkeypatch, Keyring, "verify", "rows verified")
        self._count(monkeypatch, Watch, "catch_up", "round trips")
        self._count(monkeypatch, hmac, "compare_digest", "secrets compared")
        self._count(monkeypatch, tokens, "_load", "tokens checked", bool)
        self._count(monkeypatch, tokens, "valid_claims", "tokens verified")

    def _count(
        self,
        monkeypatch: pytest.MonkeyPatch,
        owner: object,
        name: str,
        what: str,
        counts: Callable[..., bool] | None = None,
    ) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            if _IS_COUNTED.get() and (counts is None or counts(*arguments)):
                self.done[what] = self.done.get(what, 0) + 1
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    async def of(self, deployment: Deployment, by: Metadata, *, fails: bool = True) -> dict[str, int]:
        """The steps of a call of this caller."""
        self.done.clear()
        stub = CredentialServiceStub(deployment.service.channel())
        counted = _IS_COUNTED.set(True)
        try:
            call = stub.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)
            if fails:
                assert (await refused(call)).reason == "API_KEY_INVALID"
            else:
                await call
        finally:
            _IS_COUNTED.reset(counted)
        return dict(self.done)


@pytest.fixture(params=[True, False], ids=["that knows all keys", "that reads each key"])
async def node(request: pytest.FixtureRequest, deployment: Deployment) -> AsyncIterator[bool]:
    """A node, and whether it knows all keys."""
    known = deployment.service.pipeline._authenticator._api_keys._known
    await until(lambda: known.is_complete)
    known.is_complete = request.param
    yield request.param
    known.is_complete = True


async def test_a_wrong_secret_takes_the_same_work_whether_or_not_the_key_exists(
    deployment: Deployment, node: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = await key_of(deployment, ROLE_READER)
    await call(deployment, cached)
    (unknown, _), (fresh, _) = await unknown_key(deployment), await wrong_secret(deployment)
    gone, _ = await revoked(deployment)
    token_key = await registered(deployment)
    work = Work(monkeypatch)
    once = {"round trips": 1} if node else {"statements": 1, "rows verified": 1}
    once |= {"secrets compared": 2}
    assert await work.of(deployment, unknown) == once
    assert await work.of(deployment, fresh) == once
    for _ in range(2):
        assert await work.of(deployment, with_wrong_secret(cached)) == once
    assert await work.of(deployment, with_wrong_secret(gone)) == once
    assert await work.of(deployment, bearer(f"sr_{token_key.id}_{SECRET}")) == once

    async def is_compared_only() -> bool:
        return await work.of(deployment, cached, fails=False) == {"secrets compared": 1}

    # Authentication with a cached key needs only the comparison. After a late notification the node reads the key once more.
    await until(is_compared_only)


async def test_a_wrong_token_takes_the_same_work_whether_or_not_the_key_exists(
    deployment: Deployment, node: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret_key = await registered(deployment), await key_of(deployment, ROLE_READER)
    work = Work(monkeypatch)
    once = {"round trips": 1} if node else {"statements": 1, "rows verified": 1}
    once |= {"tokens checked": 2, "tokens verified": 2}
    assert await work.of(deployment, signed(fresh_id(), OTHER_KEY, **good_until_later())) == once
    assert await work.of(deployment, signed(key_id_of(secret_key), OTHER_KEY, **good_until_later())) == once
    assert await work.of(deployment, signed(key.id, OTHER_KEY, **good_until_later())) == once
    await call(deployment, signed(key.id, **good_until_later()))
    assert await work.of(deployment, signed(key.id, OTHER_KEY, **good_until_later())) == once


async def test_a_token_signed_with_the_decoy_key_is_refused(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rpc.test_token_callers import PEM

    monkeypatch.setattr(tokens, "DECOY_PUBLIC_KEY", PEM)
    by = await key_of(deployment, ROLE_READER)
    for key_id in (fresh_id(), key_id_of(by)):
        await fail(deployment, signed(key_id, **good_until_later()))
