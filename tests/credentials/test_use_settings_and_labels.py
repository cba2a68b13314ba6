"""Tests that use_settings, labels and warnings are stored, shown, changed and guarded like the rest of a credential."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from credentials.test_row_formats import signed_again
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import Metadata, accessed, got, key_of, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    Credential,
    CredentialWarning,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    ListCredentialsRequest,
    RestoreCredentialVersionRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from conftest import Deployment

UseSettings: TypeAlias = Credential.UseSettings
Placement: TypeAlias = Credential.SecretPlacement
FULL = UseSettings(
    token_url="https://example.com/token",
    scopes=["read", "write"],
    audience="api",
    client_authentication=CLIENT_AUTHENTICATION_BASIC,
    placement=Placement(location=PLACEMENT_LOCATION_HEADER, name="X-Api-Key", prefix="key "),
    aws_services=["s3"],
    aws_regions=["eu-west-1", "us-east-1"],
    refresh_token_rotates=False,
    managed=False,
    app=Credential.OAuthApp(revocation_url="https://example.com/revoke"),
)
CLIENT = UseSettings(token_url="https://example.com/token", scopes=["read"], audience="api")


def settings_of(variant: str) -> UseSettings:
    """Every field that the variant takes."""
    settings = UseSettings()
    settings.CopyFrom(FULL)
    for field in UseSettings.DESCRIPTOR.fields:
        if field.name not in VARIANTS[variant].use_settings:
            settings.ClearField(field.name)  # type: ignore[arg-type] # the name of a field
    return settings


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_credential_shows_the_settings_that_it_was_created_with(deployment: Deployment, variant: str) -> None:
    settings, labels = settings_of(variant), {"env": "prod", "app": "billing", "empty": ""}
    made = await created(deployment, named(variant=variant, use_settings=settings, labels=labels))
    shown = [made, await got(deployment, made.id), await accessed(deployment, made.id)]
    shown.append(await got(deployment, made.id, view=CREDENTIAL_VIEW_FULL))
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(name_prefix=made.name), metadata=deployment.metadata
    )
    shown += page.credentials
    assert len(shown) == 5
    for credential in shown:
        assert credential.use_settings == settings
        assert credential.HasField("use_settings") is (settings != UseSettings())
        assert dict(credential.labels) == labels
        # The sample has a text that is no key or certificate, or a request without URL.
        assert bool(credential.warnings) is (variant in {"jwt", "mtls", "http_request", "multi_request"})


async def test_settings_are_unset_by_default_and_an_empty_message_is_unset(deployment: Deployment) -> None:
    for credential in (named(), named(use_settings=UseSettings())):
        made = await created(deployment, credential)
        assert not made.HasField("use_settings")
        assert not (await got(deployment, made.id)).HasField("use_settings")


@pytest.mark.parametrize(
    ("surface", "variant", "more"),
    [
        (SURFACE_VERSORI, "raw", {}),
        (SURFACE_SLASHID, "api_key", {"provider": 1}),
        (SURFACE_TINES, "text", {"team_id": 1}),
    ],
)
async def test_every_surface_has_settings_and_labels(
    deployment: Deployment, surface: int, variant: str, more: dict[str, Any]
) -> None:
    settings = settings_of(variant)
    made = await created(
        deployment, named(variant=variant, surface=surface, use_settings=settings, labels={"a": "b"}, **more)
    )
    assert (made.use_settings, dict(made.labels)) == (settings, {"a": "b"})


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_field_that_the_variant_does_not_take_is_a_violation(deployment: Deployment, variant: str) -> None:
    refusal = await refused(created(deployment, named(variant=variant, use_settings=FULL), accept_invalid=True))
    names = {field.name for field in UseSettings.DESCRIPTOR.fields} - set(VARIANTS[variant].use_settings)
    assert refusal.reason == "FIELD_INVALID"
    assert refusal.fields.keys() == {f"credential.use_settings.{name}" for name in names}
    assert all(f"must be empty for {variant}, it is for " in rule for rule in refusal.fields.values())
    made = await created(deployment, named(variant=variant))
    for name in names:
        refusal = await refused(updated(deployment, made.id, f"use_settings.{name}", use_settings=FULL))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [f"credential.use_settings.{name}"])


async def test_warnings_are_output_only(deployment: Deployment) -> None:
    warning = CredentialWarning(field="name", description="d")
    made = await created(deployment, named(warnings=[warning]))
    assert not made.warnings
    refusal = await refused(updated(deployment, made.id, "warnings", warnings=[warning]))
    assert list(refusal.fields) == ["update_mask.paths[0]"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("use_settings.token_url", {"token_url": "https://example.org/token"}),
        ("use_settings.token_url", {"token_url": ""}),
        ("use_settings.scopes", {"scopes": ["admin"]}),
        ("use_settings.audience", {"audience": ""}),
        ("use_settings.client_authentication", {"client_authentication": CLIENT_AUTHENTICATION_BODY}),
    ],
)
async def test_a_mask_changes_one_field_of_the_settings_and_no_box(
    deployment: Deployment, path: str, fields: dict[str, Any]
) -> None:
    before = await created(deployment, named(variant="client_credentials", use_settings=CLIENT, labels={"a": "b"}))
    after = await updated(deployment, before.id, path, use_settings=UseSettings(**fields))
    expected = UseSettings()
    expected.CopyFrom(CLIENT)
    for name, value in fields.items():
        expected.ClearField(name)  # type: ignore[arg-type] # the table decides
        expected.MergeFrom(UseSettings(**{name: value}))
    assert after.use_settings == expected
    assert (after.version, dict(after.labels), int(after.etag)) == (1, {"a": "b"}, int(before.etag) + 1)
    assert await got(deployment, before.id) == after
    assert (await accessed(deployment, before.id)).data == samples()["client_credentials"]


async def test_a_mask_replaces_or_clears_the_settings_and_the_labels_as_a_whole(deployment: Deployment) -> None:
    made = await created(deployment, named(variant="client_credentials", use_settings=CLIENT, labels={"a": "b"}))
    after = await updated(
        deployment,
        made.id,
        "use_settings",
        "labels",
        use_settings=UseSettings(audience="x"),
        labels={"c": "d", "e": ""},
    )
    assert after.use_settings == UseSettings(audience="x")
    assert dict(after.labels) == {"c": "d", "e": ""}
    after = await updated(deployment, made.id, "use_settings", "labels")
    assert not after.HasField("use_settings")
    assert not after.labels
    after = await updated(deployment, made.id, "name", name="n", use_settings=CLIENT, labels={"a": "b"})
    assert (after.use_settings, dict(after.labels)) == (UseSettings(), {})


async def test_a_path_inside_a_placement_or_to_one_label_is_not_in_a_mask(deployment: Deployment) -> None:
    made = await created(deployment, named(variant="api_key"))
    for path in ("use_settings.placement.name", "labels.a", "use_settings.nothing"):
        refusal = await refused(updated(deployment, made.id, path))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["update_mask.paths[0]"])


async def test_an_update_is_refused_where_the_etag_is_not_current(deployment: Deployment) -> None:
    made = await created(deployment)
    await updated(deployment, made.id, "labels", labels={"a": "b"})
    refusal = await refused(updated(deployment, made.id, "labels", labels={"c": "d"}, etag=made.etag))
    assert refusal.reason == "ETAG_MISMATCH"


async def test_a_repeated_request_with_other_labels_is_another_request(deployment: Deployment) -> None:
    request = CreateCredentialRequest(credential=named(labels={"a": "b"}), request_id=str(uuid.uuid4()))
    stub, metadata = deployment.credentials, deployment.metadata
    made = await stub.CreateCredential(request, metadata=metadata)
    assert (await stub.CreateCredential(request, metadata=metadata)).id == made.id
    request.credential.labels["a"] = "c"
    assert (await refused(stub.CreateCredential(request, metadata=metadata))).reason == "REQUEST_ID_REUSED"


async def test_data_of_another_variant_needs_settings_that_it_takes(deployment: Deployment) -> None:
    made = await created(deployment, named(variant="client_credentials", use_settings=CLIENT))
    data = samples()["api_key"]
    refusal = await refused(updated(deployment, made.id, "data", data=data))
    assert refusal.fields.keys() == {f"credential.use_settings.{name}" for name in ("token_url", "scopes", "audience")}
    after = await updated(deployment, made.id, "data", "use_settings", data=data, use_settings=settings_of("api_key"))
    assert (after.variant, after.use_settings) == ("api_key", settings_of("api_key"))
    restore = RestoreCredentialVersionRequest(id=made.id, version=1)
    refusal = await refused(deployment.credentials.RestoreCredentialVersion(restore, metadata=deployment.metadata))
    rule = "is of variant client_credentials, for which use_settings.placement must be empty: clear it first"
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"version": rule})
    await updated(deployment, made.id, "use_settings")
    restored = await deployment.credentials.RestoreCredentialVersion(restore, metadata=deployment.metadata)
    assert restored.variant == "client_credentials"


async def test_a_test_credential_has_settings_and_labels_of_its_own(deployment: Deployment) -> None:
    live = await created(deployment, named(variant="client_credentials", use_settings=CLIENT, labels={"a": "b"}))
    test = await created(deployment, named(variant="client_credentials", live_credential_id=live.id))
    assert (test.use_settings, dict(test.labels)) == (UseSettings(), {})
    request = UpdateCredentialRequest(
        id=live.id,
        credential=Credential(use_settings=UseSettings(audience="test")),
        update_mask=FieldMask(paths=["use_settings.audience"]),
        test_credential=True,
    )
    await deployment.credentials.UpdateCredential(request, metadata=deployment.metadata)
    assert (await got(deployment, test.id)).use_settings == UseSettings(audience="test")
    assert (await got(deployment, live.id)).use_settings == CLIENT


# A variant with its settings, other settings, and the fields whose change exposes the secret.
EXPOSING: dict[str, tuple[str, UseSettings, UseSettings, tuple[str, ...]]] = {
    "a token URL": ("client_credentials", UseSettings(), UseSettings(token_url="https://evil.test"), ("token_url",)),
    "another token URL": ("client_credentials", CLIENT, UseSettings(token_url="https://evil.test", scopes=["read"], audience="api"),
                          ("token_url",)),
    "no settings": ("client_credentials", CLIENT, UseSettings(), ("token_url", "scopes", "audience")),
    "another placement": (
        "api_key",
        settings_of("api_key"),
        UseSettings(placement=Placement(location=PLACEMENT_LOCATION_QUERY, name="key")),
        ("placement",),
    ),
    "one more service": (
        "aws",
        UseSettings(aws_services=["s3"]),
        UseSettings(aws_services=["s3", "sts"]),
        ("aws_services",),
    ),
    "any region": ("aws", UseSettings(aws_regions=["eu-west-1"]), UseSettings(), ("aws_regions",)),
}  # fmt: skip


@pytest.fixture
async def writer(deployment: Deployment) -> Metadata:
    return await key_of(deployment, ROLE_WRITER, ROLE_READER)


@pytest.mark.parametrize(("variant", "before", "after", "names"), EXPOSING.values(), ids=EXPOSING)
async def test_a_change_that_exposes_the_secret_needs_the_secret_or_the_role_user(
    deployment: Deployment,
    writer: Metadata,
    variant: str,
    before: UseSettings,
    after: UseSettings,
    names: tuple[str, ...],
) -> None:
    made = await created(deployment, named(variant=variant, use_settings=before))
    for paths in (("use_settings",), tuple(f"use_settings.{name}" for name in names)):
        refusal = await refused(updated(deployment, made.id, *paths, by=writer, use_settings=after))
        assert refusal.reason == "SECRET_REQUIRED"
        assert refusal.fields.keys() == {f"credential.use_settings.{name}" for name in names}
    assert (await got(deployment, made.id)).use_settings == before
    user = await key_of(deployment, ROLE_WRITER, ROLE_USER)
    await updated(deployment, made.id, "use_settings", by=user, use_settings=after)
    other = await created(deployment, named(variant=variant, use_settings=before))
    changed = await updated(
        deployment, other.id, "use_settings", "data", by=writer, use_settings=after, data=samples("new")[variant]
    )
    assert changed.use_settings == after
    restore = RestoreCredentialVersionRequest(id=other.id, version=1)
    call = deployment.credentials.RestoreCredentialVersion(restore, metadata=writer)
    assert (await refused(call)).reason == "SECRET_REQUIRED"


async def test_a_change_that_exposes_nothing_needs_no_secret(deployment: Deployment, writer: Metadata) -> None:
    aws = await created(deployment, named(variant="aws", labels={"a": "b"}))
    narrower = UseSettings(aws_services=["s3"], aws_regions=["eu-west-1"])
    assert (
        await updated(deployment, aws.id, "use_settings", by=writer, use_settings=narrower)
    ).use_settings == narrower
    assert dict((await updated(deployment, aws.id, "labels", by=writer, labels={"c": "d"})).labels) == {"c": "d"}
    refresh = await created(deployment, named(variant="oauth2_refresh"))
    rotates = UseSettings(refresh_token_rotates=True)
    after = await updated(deployment, refresh.id, "use_settings.refresh_token_rotates", by=writer, use_settings=rotates)
    assert after.use_settings == rotates


async def test_another_port_needs_the_secret_or_the_role_user(deployment: Deployment, writer: Metadata) -> None:
    made = await created(deployment, named(allowed_hosts=["a.example.com", "b.example.com:8443"]))
    for hosts in (["a.example.com", "a.example.com:8443"], ["b.example.com"]):
        refusal = await refused(updated(deployment, made.id, "allowed_hosts", by=writer, allowed_hosts=hosts))
        assert (refusal.reason, list(refusal.fields)) == ("SECRET_REQUIRED", ["credential.allowed_hosts"])
    after = await updated(deployment, made.id, "allowed_hosts", by=writer, allowed_hosts=["A.example.com:443"])
    assert list(after.allowed_hosts) == ["A.example.com:443"]


async def test_a_secret_is_given_for_the_port_that_is_allowed(deployment: Deployment) -> None:
    made = await created(deployment, named(allowed_hosts=["a.example.com", "*.b.example.com:8443"]))
    for host in ("a.example.com", "a.example.com:443", "x.b.example.com:8443"):
        assert (await accessed(deployment, made.id, target_host=host)).data == samples()["basic_auth"]
    for host in ("a.example.com:8443", "x.b.example.com", "x.b.example.com:443"):
        assert (await refused(accessed(deployment, made.id, target_host=host))).reason == "HOST_NOT_ALLOWED"
    refusal = await refused(accessed(deployment, made.id, target_host="a.example.com:0"))
    rule = "must be a DNS name or IPv4 address, with or without a port from 1 to 65535, without scheme and path"
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"target_host": rule})


async def test_warnings_of_a_row_are_shown_and_stay_when_it_is_updated(deployment: Deployment) -> None:
    made = await created(deployment)
    # No check sets these.
    await signed_again(deployment, made.id, warnings=["use_settings.token_url", "did not answer", "name", "is odd"])
    expected = [
        CredentialWarning(field="use_settings.token_url", description="did not answer"),
        CredentialWarning(field="name", description="is odd"),
    ]
    for shown in (
        await got(deployment, made.id),
        await accessed(deployment, made.id),
        await updated(deployment, made.id, "labels", labels={"a": "b"}),
        await got(deployment, made.id),
    ):
        assert list(shown.warnings) == expected
