"""Updating the settings of an organisation, and who may do it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import key_of, other_organisation, read, refused

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateOrganisationRequest,
    GetOrganisationRequest,
    ListOrganisationsRequest,
    Organisation,
    UpdateOrganisationRequest,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom_server.credentials.vault import Vault

DAY = int(timedelta(days=1).total_seconds())
PATHS = ("display_name", "kept_versions", "undelete_window", "return_urls", "switchboard_callback_exchanges")
HTTPS = "https://app.example.com/"


@pytest.fixture
async def organisation(deployment: Deployment) -> Metadata:
    """An admin key of a new organisation."""
    _, by = await other_organisation(deployment)
    return by


def update(deployment: Deployment, by: Metadata, *paths: str, **fields: Any) -> Awaitable[Organisation]:
    request = UpdateOrganisationRequest(organisation=Organisation(**fields), update_mask=FieldMask(paths=paths))
    return deployment.organisations.UpdateOrganisation(request, metadata=by)


def present(deployment: Deployment, by: Metadata) -> Awaitable[Organisation]:
    return deployment.organisations.GetOrganisation(GetOrganisationRequest(), metadata=by)


async def test_a_new_organisation_keeps_10_versions_and_has_an_undelete_window_of_30_days(
    deployment: Deployment, organisation: Metadata
) -> None:
    shown = await present(deployment, organisation)
    assert shown.kept_versions == 10
    assert shown.undelete_window == Duration(seconds=30 * DAY)
    assert shown.etag
    assert shown.update_time == shown.create_time


async def test_an_organisation_can_be_created_with_settings(deployment: Deployment) -> None:
    made = await deployment.organisations.CreateOrganisation(
        CreateOrganisationRequest(
            organisation=Organisation(id="with-settings", kept_versions=3, undelete_window=Duration(seconds=0))
        ),
        metadata=deployment.metadata,
    )
    assert made.organisation.kept_versions == 3
    assert made.organisation.HasField("undelete_window")
    assert made.organisation.undelete_window == Duration()
    assert list(made.organisation.return_urls) == []
    assert not made.organisation.switchboard_callback_exchanges
    listed = await deployment.organisations.ListOrganisations(
        ListOrganisationsRequest(page_size=500), metadata=deployment.metadata
    )
    assert made.organisation in listed.organisations


@pytest.mark.parametrize("path", PATHS)
async def test_an_update_changes_only_the_fields_in_its_mask(
    deployment: Deployment, organisation: Metadata, path: str
) -> None:
    sent: dict[str, Any] = {
        "display_name": "new",
        "kept_versions": 5,
        "undelete_window": Duration(seconds=DAY),
        "return_urls": [HTTPS, f"{HTTPS}connected?from=crm"],
        "switchboard_callback_exchanges": True,
    }
    before = await present(deployment, organisation)

    after = await update(deployment, organisation, path, **sent)

    assert after == await present(deployment, organisation)
    assert after.etag != before.etag
    assert after.update_time.ToNanoseconds() > before.update_time.ToNanoseconds()
    for name in PATHS:
        assert getattr(after, name) == (sent[name] if name == path else getattr(before, name))
    assert (after.id, after.create_time) == (before.id, before.create_time)
    async with deployment.sql() as sql:
        told = await sql.fetch(
            "select subject from audit_events where organisation_id = $1 and action = 'UpdateOrganisation'", after.id
        )
    assert [row[0] for row in told] == [path]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("kept_versions", {"kept_versions": 1}),
        ("kept_versions", {"kept_versions": 100}),
        ("undelete_window", {"undelete_window": Duration()}),
        ("undelete_window", {"undelete_window": Duration(seconds=1)}),
        ("undelete_window", {"undelete_window": Duration(seconds=365 * DAY)}),
        ("display_name", {"display_name": "ä" * 255}),
        ("display_name", {}),
        ("return_urls", {"return_urls": [HTTPS] * 100}),
        ("return_urls", {"return_urls": [HTTPS + "a" * (2_048 - len(HTTPS)), "https://[2001:db8::1]:8443?a=b"]}),
    ],
)
async def test_settings_within_bounds_are_accepted(
    deployment: Deployment, organisation: Metadata, path: str, fields: dict[str, Any]
) -> None:
    after = await update(deployment, organisation, path, **fields)
    assert getattr(after, path) == fields.get(path, "")
    assert await present(deployment, organisation) == after


REFUSED: list[tuple[tuple[str, ...], dict[str, Any], str]] = [
    (("kept_versions",), {}, "organisation.kept_versions"),
    (("kept_versions",), {"kept_versions": -1}, "organisation.kept_versions"),
    (("kept_versions",), {"kept_versions": 101}, "organisation.kept_versions"),
    (("kept_versions",), {"kept_versions": 2**31 - 1}, "organisation.kept_versions"),
    (("undelete_window",), {}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=-1)}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=365 * DAY + 1)}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=2**63 - 1)}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=-(2**63))}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=1, nanos=1)}, "organisation.undelete_window"),
    (("undelete_window",), {"undelete_window": Duration(seconds=1, nanos=-1)}, "organisation.undelete_window"),
    *(
        (("return_urls",), {"return_urls": [HTTPS, url]}, "organisation.return_urls[1]")
        for url in (
            "",
            "http://app.example.com/",
            "javascript:alert(1)",
            "//app.example.com",
            "https://anna@app.example.com/",
            f"{HTTPS}#done",
            f"{HTTPS}a b",
            "https://*.example.com/",
            HTTPS + "a" * 2_048,
        )
    ),
    (("return_urls",), {"return_urls": [HTTPS] * 101}, "organisation.return_urls"),
    (("display_name",), {"display_name": "a" * 256}, "organisation.display_name"),
    (("display_name",), {"display_name": "a\0"}, "organisation.display_name"),
    ((), {"display_name": "n"}, "update_mask"),
    (("id",), {"id": "other"}, "update_mask"),
    (("etag",), {"etag": "1"}, "update_mask"),
    (("create_time",), {}, "update_mask"),
    (("display_name", "update_time"), {"display_name": "n"}, "update_mask"),
    (("organisation.display_name",), {"display_name": "n"}, "update_mask"),
    (("undelete_window.seconds",), {"undelete_window": Duration(seconds=1)}, "update_mask"),
]


@pytest.mark.parametrize(("paths", "fields", "field"), REFUSED, ids=repr)
async def test_each_setting_out_of_bounds_is_a_violation(
    deployment: Deployment, organisation: Metadata, paths: tuple[str, ...], fields: dict[str, Any], field: str
) -> None:
    before = await present(deployment, organisation)
    refusal = await refused(update(deployment, organisation, *paths, **fields))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert list(refusal.fields) == [field]
    assert await present(deployment, organisation) == before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kept_versions": -1}, "organisation.kept_versions"),
        ({"kept_versions": 101}, "organisation.kept_versions"),
        ({"undelete_window": Duration(seconds=-1)}, "organisation.undelete_window"),
        ({"undelete_window": Duration(seconds=366 * DAY)}, "organisation.undelete_window"),
        ({"undelete_window": Duration(nanos=1)}, "organisation.undelete_window"),
        ({"return_urls": ["http://app.example.com/"]}, "organisation.return_urls[0]"),
    ],
)
async def test_no_organisation_is_created_with_settings_out_of_bounds(
    deployment: Deployment, fields: dict[str, Any], field: str
) -> None:
    request = CreateOrganisationRequest(organisation=Organisation(id="out-of-bounds", **fields))
    refusal = await refused(deployment.organisations.CreateOrganisation(request, metadata=deployment.metadata))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [field])


async def test_return_urls_can_be_removed_and_the_node_uses_them_at_once(
    deployment: Deployment, organisation: Metadata
) -> None:
    names = ("return_urls", "switchboard_callback_exchanges")
    servicer: Any = deployment.service.methods["/strongroom.v1.ConnectionService/GetApp"].handle.__self__  # type: ignore[attr-defined]
    vault: Vault = servicer._context.vault
    settings: dict[str, Any] = {"return_urls": [HTTPS], "switchboard_callback_exchanges": True}
    for sent in (settings, {}):
        after = await update(deployment, organisation, *names, **sent)
        cached = await vault.settings(after.id)
        assert list(cached.return_urls) == list(after.return_urls) == sent.get("return_urls", [])
        assert cached.switchboard_callback_exchanges is after.switchboard_callback_exchanges is bool(sent)


async def test_a_stale_etag_changes_nothing(deployment: Deployment, organisation: Metadata) -> None:
    before = await present(deployment, organisation)
    after = await update(deployment, organisation, "display_name", display_name="one", etag=before.etag)
    for etag in (before.etag, "never", "9" * 30):
        refusal = await refused(update(deployment, organisation, "display_name", display_name="two", etag=etag))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert await present(deployment, organisation) == after


async def test_one_of_many_concurrent_updates_with_the_same_etag_succeeds(
    deployment: Deployment, organisation: Metadata
) -> None:
    before = await present(deployment, organisation)
    answers = await asyncio.gather(
        *(
            update(deployment, organisation, "display_name", display_name=f"n{index}", etag=before.etag)
            for index in range(10)
        ),
        return_exceptions=True,
    )
    [made] = [answer for answer in answers if isinstance(answer, Organisation)]
    assert await present(deployment, organisation) == made
    for answer in answers:
        if not isinstance(answer, Organisation):
            assert isinstance(answer, grpc.aio.AioRpcError)
            assert read(answer).reason in {"ETAG_MISMATCH", "CONCURRENT_CHANGE"}


@pytest.mark.parametrize("role", [ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_OPERATOR])
async def test_only_an_admin_updates_an_organisation(deployment: Deployment, role: Any) -> None:
    refusal = await refused(update(deployment, await key_of(deployment, role), "display_name", display_name="n"))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


async def test_an_admin_limited_to_teams_does_not_update_the_organisation(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, team_ids=(1, 2))
    refusal = await refused(update(deployment, by, "kept_versions", kept_versions=1))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")


async def test_an_update_changes_only_the_callers_organisation(deployment: Deployment, organisation: Metadata) -> None:
    own = await present(deployment, organisation)
    other = await present(deployment, deployment.metadata)
    request = UpdateOrganisationRequest(
        organisation_id=other.id,
        organisation=Organisation(display_name="n"),
        update_mask=FieldMask(paths=["display_name"]),
    )
    refusal = await refused(deployment.organisations.UpdateOrganisation(request, metadata=organisation))
    assert refusal.reason == "ORGANISATION_MISMATCH"
    # The id in the message is ignored.
    after = await update(deployment, organisation, "display_name", id=other.id, display_name="mine")
    assert after.id == own.id
    assert await present(deployment, deployment.metadata) == other
