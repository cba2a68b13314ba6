"""Admins list the events of their organisation: filters, pages, and who may read."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc.aio
import pytest
from audit.expected_events import ROLES, events_of, key_id_of
from audit.test_verify import all_chained
from conftest import ORGANISATION, Deployment
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, accessed, key_of, other_organisation, refused
from samples import created, named

from strongroom.v1.audit_service_pb2 import AuditEvent, ListAuditEventsRequest, StreamAuditEventsRequest
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, CreateCredentialRequest, ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR, ROLE_READER, ROLE_USER, ROLE_WRITER, Role
from strongroom_server.store import scans


async def page(deployment: Deployment, by: Metadata = (), **request: Any) -> list[AuditEvent]:
    """The events of every page."""
    found: list[AuditEvent] = []
    token = ""
    while True:
        answer = await deployment.audit.ListAuditEvents(
            ListAuditEventsRequest(page_token=token, **request), metadata=by or deployment.metadata
        )
        found += answer.audit_events
        token = answer.next_page_token
        if not token:
            return found


async def test_a_listed_event_has_every_stored_column(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    made = await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=named(), request_id="listed"), metadata=by
    )
    (shown,) = await page(deployment, key_id=key_id_of(by))
    async with deployment.sql() as connection:
        stored = await connection.fetchrow("select * from audit_events where key_id = $1", key_id_of(by))
    assert stored is not None
    assert (shown.organisation_id, shown.id, shown.action, shown.outcome, shown.key_id, shown.peer) == (
        ORGANISATION, str(stored["event_id"]), "CreateCredential", "OK", key_id_of(by), "127.0.0.1",
    )  # fmt: skip
    assert shown.event_time.ToDatetime(tzinfo=stored["event_time"].tzinfo) == stored["event_time"]
    assert (shown.credential_id, shown.version, shown.revision, shown.request_id) == (made.id, 1, 1, "listed")
    assert shown.box_sha256 == stored["box_sha256"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
async def test_pages_of_any_size_list_every_event_once_newest_first(deployment: Deployment, size: int) -> None:
    by = await key_of(deployment, *ROLES)
    made = await created(deployment, by=by)
    await asyncio.gather(*(accessed(deployment, made.id, by=by) for _ in range(6)))
    found = await page(deployment, key_id=key_id_of(by), page_size=size)
    times = [(one.event_time.ToNanoseconds(), one.id) for one in found]
    assert len({one.id for one in found}) == len(found) == 7
    assert times == sorted(times, reverse=True)
    assert found[-1].action == "CreateCredential"


async def test_events_must_match_all_filters(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    one, other = [await created(deployment, by=by) for _ in range(2)]
    await accessed(deployment, one.id, by=by)
    await deployment.credentials.ListCredentials(
        ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL, page_size=500), metadata=by
    )
    await refused(
        deployment.credentials.ListCredentials(ListCredentialsRequest(organisation_id="elsewhere"), metadata=by)
    )
    mine: dict[str, Any] = {"key_id": key_id_of(by)}

    async def actions(**request: Any) -> list[str]:
        return [found.action for found in await page(deployment, **request)]

    assert await actions(**mine, credential_id=one.id) == ["ListCredentials", "AccessCredential", "CreateCredential"]
    assert await actions(**mine, credential_id=other.id) == ["ListCredentials", "CreateCredential"]
    assert await actions(**mine, action="CreateCredential") == ["CreateCredential"] * 2
    assert await actions(**mine, action="CreateCredential", credential_id=one.id) == ["CreateCredential"]
    assert await actions(**mine, outcome="ORGANISATION_MISMATCH") == ["ListCredentials"]
    assert await actions(**mine, outcome="OK", action="ListCredentials") == ["ListCredentials"]
    assert await actions(**mine, action="Never") == []
    assert await actions(credential_id=one.id, key_id="never") == []


@pytest.mark.parametrize("size", [1, 3, 500])
async def test_pages_that_stop_at_the_scan_limit_list_every_event_once(
    deployment: Deployment, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = await key_of(deployment, *ROLES)
    made = [await created(deployment, by=by) for _ in range(4)]
    for each in made * 2:
        await accessed(deployment, each.id, by=by)
    # Chaining gives the events their positions meanwhile.
    await all_chained(deployment)
    narrowed: dict[str, Any] = {"key_id": key_id_of(by), "action": "AccessCredential", "credential_id": made[1].id}
    whole = await page(deployment, **narrowed)
    assert len(whole) == 2
    monkeypatch.setattr(scans, "SCANNED", 3)
    assert await page(deployment, **narrowed, page_size=size) == whole
    assert await page(deployment, key_id="never", page_size=size) == []


async def test_the_time_range_includes_its_start_and_not_its_end(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    made = await created(deployment, by=by)
    for _ in range(2):
        await accessed(deployment, made.id, by=by)
    # Chaining gives the events their positions meanwhile.
    await all_chained(deployment)
    newest, middle, oldest = await page(deployment, key_id=key_id_of(by))
    mine: dict[str, Any] = {"key_id": key_id_of(by)}
    assert await page(deployment, **mine, start_time=middle.event_time) == [newest, middle]
    assert await page(deployment, **mine, end_time=middle.event_time) == [oldest]
    assert await page(deployment, **mine, start_time=oldest.event_time, end_time=newest.event_time) == [middle, oldest]
    assert await page(deployment, **mine, start_time=newest.event_time, end_time=newest.event_time) == []


async def test_a_page_token_of_another_list_is_refused(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    for _ in range(3):
        await created(deployment, by=by)

    async def token(by: Metadata = (), **request: Any) -> str:
        answer = await deployment.audit.ListAuditEvents(
            ListAuditEventsRequest(page_size=1, **request), metadata=by or deployment.metadata
        )
        assert answer.next_page_token
        return str(answer.next_page_token)

    own = await token()
    credentials = await deployment.credentials.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)
    _, foreign = await other_organisation(deployment)
    await created(deployment, by=foreign)
    for request, caller in (
        (ListAuditEventsRequest(page_token=own, action="CreateCredential"), by),
        (ListAuditEventsRequest(page_token=own, key_id="k"), by),
        (ListAuditEventsRequest(page_token=own, organisation_id="strongroom"), by),
        (ListAuditEventsRequest(page_token=own, start_time=Timestamp(seconds=1)), by),
        (ListAuditEventsRequest(page_token=await token(foreign)), by),
        (ListAuditEventsRequest(page_token=own), foreign),
        (ListAuditEventsRequest(page_token=credentials.next_page_token), by),
        (ListAuditEventsRequest(page_token=own[:-4] + "AAAA"), by),
        (ListAuditEventsRequest(page_token="x"), by),
        (ListAuditEventsRequest(page_token="ä"), by),
    ):
        refusal = await refused(deployment.audit.ListAuditEvents(request, metadata=caller))
        assert refusal.reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ListAuditEventsRequest(page_size=-1), "page_size"),
        (ListAuditEventsRequest(credential_id="x"), "credential_id"),
        (ListAuditEventsRequest(credential_id="42"), "credential_id"),
        (ListAuditEventsRequest(action="x" * 300), "action"),
        (ListAuditEventsRequest(key_id="\0"), "key_id"),
        (ListAuditEventsRequest(outcome="x" * 300), "outcome"),
        (ListAuditEventsRequest(start_time=Timestamp(seconds=10**15)), "start_time"),
        (ListAuditEventsRequest(end_time=Timestamp(nanos=-5)), "end_time"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_filter_that_breaks_a_rule_is_named(
    deployment: Deployment, request_: ListAuditEventsRequest, field: str
) -> None:
    refusal = await refused(deployment.audit.ListAuditEvents(request_, metadata=deployment.metadata))
    assert refusal.reason == "FIELD_INVALID"
    assert list(refusal.fields) == [field]


@pytest.mark.parametrize(
    ("roles", "team_ids", "organisation", "reason"),
    [
        ((ROLE_ADMIN,), (), "", ""),
        ((ROLE_ADMIN,), (), ORGANISATION, ""),
        ((ROLE_ADMIN,), (1,), "", "TEAM_NOT_ALLOWED"),
        ((ROLE_ADMIN,), (), "strongroom", "ORGANISATION_MISMATCH"),
        ((ROLE_ADMIN,), (), "elsewhere", "ORGANISATION_MISMATCH"),
        ((ROLE_OPERATOR,), (), "strongroom", ""),
        ((ROLE_OPERATOR,), (), "", "ROLE_MISSING"),
        ((ROLE_OPERATOR,), (), ORGANISATION, "ROLE_MISSING"),
        ((ROLE_OPERATOR, ROLE_ADMIN), (), "elsewhere", "ORGANISATION_MISMATCH"),
        ((ROLE_WRITER, ROLE_READER, ROLE_USER), (), "", "ROLE_MISSING"),
        ((ROLE_WRITER, ROLE_READER, ROLE_USER), (), "strongroom", "ROLE_MISSING"),
    ],
)
@pytest.mark.parametrize("method", ["ListAuditEvents", "StreamAuditEvents"])
async def test_a_caller_who_may_not_read_events_is_refused_and_the_denial_is_recorded(
    deployment: Deployment,
    method: str,
    roles: tuple[Role.ValueType, ...],
    team_ids: tuple[int, ...],
    organisation: str,
    reason: str,
) -> None:
    by = await key_of(deployment, *roles, team_ids=team_ids)

    async def read() -> set[str]:
        if method == "ListAuditEvents":
            return {one.organisation_id for one in await page(deployment, by, organisation_id=organisation)}
        call = deployment.audit.StreamAuditEvents(StreamAuditEventsRequest(organisation_id=organisation), metadata=by)
        found = await anext(aiter(call))
        call.cancel()
        return {found.organisation_id}

    if not reason:
        assert await read() == {organisation or ORGANISATION}
        assert await events_of(deployment, by) == []
        return
    refusal = await refused(read())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, reason)
    assert await events_of(deployment, by, ("organisation_id", "action", "outcome", "peer")) == [
        {"organisation_id": ORGANISATION, "action": method, "outcome": reason, "peer": "127.0.0.1"}
    ]
