"""Each denied request is recorded with its reason, at a bounded rate."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from audit.expected_events import NEVER, event, events_of
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import Metadata, key_of, refused
from rpc.connection_requests import LOOPBACK
from samples import created, named, samples

from strongroom.v1.connection_service_pb2 import BeginConnectionRequest, CompleteConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.error_reason_pb2 import (
    ERROR_REASON_NETWORK_NOT_ALLOWED,
    ERROR_REASON_SECRET_IN_RESPONSE,
    ErrorReason,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_INVOKER,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    DeleteTeamRequest,
    Scope,
)
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.audit import denials
from strongroom_server.core.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Deployment


async def denied(deployment: Deployment, reason: str) -> tuple[Metadata, Callable[[], Any], str | None]:
    """A key, a call with it that is denied for this reason, and the id in the request."""
    credentials, organisations = deployment.credentials, deployment.organisations
    if reason == "ROLE_MISSING":
        by = await key_of(deployment, ROLE_READER)
        return by, lambda: credentials.AccessCredential(AccessCredentialRequest(id=NEVER), metadata=by), NEVER
    if reason == "ORGANISATION_MISMATCH":
        by = await key_of(deployment, ROLE_READER)
        return by, lambda: credentials.ListCredentials(ListCredentialsRequest(organisation_id="x"), metadata=by), None
    if reason == "TEAM_NOT_ALLOWED":
        by = await key_of(deployment, ROLE_ADMIN, team_ids=(1,))
        return by, lambda: organisations.DeleteTeam(DeleteTeamRequest(id=2), metadata=by), "2"
    if reason == "HOST_NOT_ALLOWED":
        by = await key_of(deployment, ROLE_USER)
        made = await created(deployment, named(allowed_hosts=["a.example.com"]))
        request = AccessCredentialRequest(id=made.id, target_host="b.example.com")
        return by, lambda: credentials.AccessCredential(request, metadata=by), made.id
    if reason == "SECRET_REQUIRED":
        by = await key_of(deployment, ROLE_WRITER)
        made = await created(deployment, named(allowed_hosts=["a.example.com"]))
        update = UpdateCredentialRequest(id=made.id, update_mask=FieldMask(paths=["allowed_hosts"]))
        return by, lambda: credentials.UpdateCredential(update, metadata=by), made.id
    call: Callable[[], Any]
    subject = None
    if reason == "SCOPE_NOT_ALLOWED":
        by = await key_of(deployment, ROLE_WRITER, scope=Scope(folder_ids=[1]))
        call = partial(credentials.CreateCredential, CreateCredentialRequest(credential=named()), metadata=by)
    elif reason == "SECRET_NOT_RELEASED":
        by = await key_of(deployment, ROLE_INVOKER)
        subject = (await created(deployment, named(allowed_hosts=["a.vendor.com"]))).id
        use = AuthorizeHttpRequestRequest(id=subject, method="GET", url="https://a.vendor.com/")
        call = partial(UseServiceStub(deployment.grpc).AuthorizeHttpRequest, use, metadata=by)
    elif reason == "USER_MISMATCH":
        by = await key_of(deployment, ROLE_WRITER)
        stub = ConnectionServiceStub(deployment.grpc)
        app = await created(deployment, named(data=samples()["oauth"]))
        begun = await stub.BeginConnection(BeginConnectionRequest(app_id=app.id, **LOOPBACK), metadata=by)
        complete = CompleteConnectionRequest(session_id=begun.session.id, user="another", callback_query="code=c")
        call = partial(stub.CompleteConnection, complete, metadata=by)
    else:
        assert reason == "GRANT_NOT_ALLOWED"
        by = await key_of(deployment, ROLE_ADMIN)
        grant = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_OPERATOR]))
        call = partial(organisations.CreateApiKey, grant, metadata=by)
    return by, call, subject


DENIALS = [
    name.removeprefix("ERROR_REASON_")
    for name, reason in ErrorReason.items()
    if REASONS.get(reason, (0,))[0] == grpc.StatusCode.PERMISSION_DENIED.value[0]
    # A failed authentication, in test_failed_authentication.py, and the outcome of a use, which its own event has.
    and reason not in (ERROR_REASON_NETWORK_NOT_ALLOWED, ERROR_REASON_SECRET_IN_RESPONSE)
]


@pytest.mark.parametrize("reason", DENIALS)
async def test_a_denied_request_is_recorded_with_its_reason(deployment: Deployment, reason: str) -> None:
    by, call, subject = await denied(deployment, reason)
    assert (await refused(call())).reason == reason
    (found,) = [one for one in await events_of(deployment, by) if one["outcome"] != "OK"]
    assert found == event(found["action"], outcome=reason, subject=subject)


async def test_denials_are_recorded_at_a_bounded_rate(deployment: Deployment) -> None:
    by, call, _ = await denied(deployment, "ROLE_MISSING")
    for _ in range(10):
        assert {(await refused(one)).reason for one in [call() for _ in range(40)]} == {"ROLE_MISSING"}
    assert denials.BURST <= len(await events_of(deployment, by)) <= 3 * denials.BURST
    # The limit does not affect another key, and does not apply to acts.
    other, call, _ = await denied(deployment, "ROLE_MISSING")
    await refused(call())
    assert len(await events_of(deployment, other)) == 1


def test_the_rate_limit_refills_up_to_the_burst() -> None:
    bucket = denials.RateLimit()
    assert sum(bucket.take("k", 0.0) for _ in range(500)) == denials.BURST
    assert sum(bucket.take("k", 5.0) for _ in range(500)) == 5
    assert sum(bucket.take("k", 1e6) for _ in range(500)) == denials.BURST
    assert bucket.take("other", 1e6)
