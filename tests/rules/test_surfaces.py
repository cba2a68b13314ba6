"""Tests that the table of surfaces is the only place that a new surface must be added to."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, key_of, other_organisation, refused, updated
from samples import created, named

import strongroom_server
from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    PROVIDER_GENERIC,
    SURFACE_VERSORI,
    Credential,
    CredentialData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.surfaces import SURFACES, Surface
from strongroom_server.rules.tines_settings import TINES_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Deployment

FIFTH: Any = 5


def at_most_a_minute(settings: Credential.TinesSettings) -> Iterator[FieldViolation]:
    if settings.token_ttl_seconds > 60:
        yield FieldViolation("token_ttl_seconds", "must be at most 60")


# A vendor's own rules for its settings: here of a message that exists, because a new one needs a field and a column.
OWN_SETTINGS = replace(
    TINES_SETTINGS,
    bounds=at_most_a_minute,
    required_data={"text": lambda settings: () if settings.use_static_external_id else ("value",)},
)
ROW = Surface(
    "SURFACE_FIFTH",
    frozenset({"aws", "text"}),
    name_may_be_empty=True,
    provider_required=True,
    settings=OWN_SETTINGS,
    required_settings={"aws": ("aws_authentication_type",)},
    generated_settings={"aws": {"external_id": lambda: "generated"}},
)


@pytest.fixture(autouse=True)
def fifth_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SURFACES, FIFTH, ROW)


def on_fifth(name: str | None = None, **fields: Any) -> Credential:
    return named(name, variant="text", surface=FIFTH, provider=PROVIDER_GENERIC, **fields)


@pytest.mark.parametrize("order_by", ["", "id desc", "name", "name desc", "expire_time"])
@pytest.mark.parametrize("with_total_size", [False, True])
async def test_a_list_of_all_surfaces_has_the_credentials_of_a_new_surface(
    deployment: Deployment, order_by: str, *, with_total_size: bool
) -> None:
    _, by = await other_organisation(deployment)
    ids = {
        (await created(deployment, credential, by)).id for credential in (on_fifth(), named(surface=SURFACE_VERSORI))
    }
    request = ListCredentialsRequest(order_by=order_by, with_total_size=with_total_size)
    response = await deployment.credentials.ListCredentials(request, metadata=by)
    assert {credential.id for credential in response.credentials} == ids
    assert response.total_size == (2 if with_total_size else 0)


async def test_every_method_takes_a_new_surface(deployment: Deployment) -> None:
    stub, metadata = deployment.credentials, deployment.metadata
    credential = await created(deployment, on_fifth())
    listed = await stub.ListCredentials(ListCredentialsRequest(surface=FIFTH), metadata=metadata)
    assert credential.id in {each.id for each in listed.credentials}
    read = await stub.GetCredential(GetCredentialRequest(id=credential.id, surface=FIFTH), metadata=metadata)
    assert read.surface == FIFTH
    assert (await accessed(deployment, credential.id, surface=FIFTH)).data.text.value == "hunter2"
    request = UpdateCredentialRequest(
        id=credential.id,
        surface=FIFTH,
        credential=on_fifth(f"renamed {uuid.uuid4()}"),
        update_mask=FieldMask(paths=["name"]),
    )
    assert (await stub.UpdateCredential(request, metadata=metadata)).name == request.credential.name
    await stub.DeleteCredential(DeleteCredentialRequest(id=credential.id, surface=FIFTH), metadata=metadata)
    await stub.UndeleteCredential(UndeleteCredentialRequest(id=credential.id, surface=FIFTH), metadata=metadata)
    purged = await stub.PurgeCredentials(PurgeCredentialsRequest(surface=FIFTH), metadata=metadata)
    assert purged.deleted_count >= 1


@pytest.mark.parametrize(
    ("credential", "violations"),
    {
        "a variant that it does not take": (
            named(variant="raw", surface=FIFTH, provider=PROVIDER_GENERIC),
            {"credential.data.raw": "is not a variant of this surface"},
        ),
        "no provider": (
            named(variant="text", surface=FIFTH),
            {"credential.provider": "is required at SURFACE_FIFTH"},
        ),
        "no authentication type": (
            named(variant="aws", surface=FIFTH, provider=PROVIDER_GENERIC),
            {"credential.tines_settings.aws_authentication_type": "is required for aws at SURFACE_FIFTH"},
        ),
        "settings outside of their bounds": (
            on_fifth("a", tines_settings=Credential.TinesSettings(token_ttl_seconds=61)),
            {"credential.tines_settings.token_ttl_seconds": "must be at most 60"},
        ),
        "settings on a surface without them": (
            named(surface=SURFACE_VERSORI, tines_settings=Credential.TinesSettings(token_ttl_seconds=1)),
            {
                "credential.tines_settings": (
                    "must be empty unless the surface is SURFACE_NATIVE or SURFACE_TINES or SURFACE_FIFTH"
                )
            },
        ),
    }.values(),
)
async def test_the_rules_of_a_new_surface_apply(
    deployment: Deployment, credential: Credential, violations: dict[str, str]
) -> None:
    request = CreateCredentialRequest(credential=credential)
    refusal = await refused(deployment.credentials.CreateCredential(request, metadata=deployment.metadata))
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", violations)


async def test_what_a_new_surface_allows_is_accepted(deployment: Deployment) -> None:
    settings = Credential.TinesSettings(aws_authentication_type=1)  # type: ignore[arg-type] # a number of the enumeration
    credential = await created(
        deployment, named("", variant="aws", surface=FIFTH, provider=PROVIDER_GENERIC, tines_settings=settings)
    )
    assert credential.name == ""
    assert credential.tines_settings.external_id == "generated"
    after = await updated(deployment, credential.id, "tines_settings", tines_settings=settings)
    assert after.tines_settings.external_id == "generated"


async def test_the_settings_of_a_new_surface_decide_which_data_is_required(deployment: Deployment) -> None:
    empty = CredentialData(text=TextData())
    required = await refused(created(deployment, named(surface=FIFTH, provider=PROVIDER_GENERIC, data=empty)))
    assert (required.reason, required.fields) == ("DATA_INVALID", {"credential.data.text.value": "is required"})
    static = Credential.TinesSettings(use_static_external_id=True)
    credential = await created(
        deployment, named(surface=FIFTH, provider=PROVIDER_GENERIC, data=empty, tines_settings=static)
    )
    call = updated(deployment, credential.id, "tines_settings.use_static_external_id")
    assert (await refused(call)).reason == "DATA_INVALID"
    by = await key_of(deployment, ROLE_WRITER)
    restored = deployment.credentials.RestoreCredentialVersion(
        RestoreCredentialVersionRequest(id=credential.id, version=1), metadata=by
    )
    assert (await restored).state == CREDENTIAL_STATE_ACTIVE
    call = updated(deployment, credential.id, "tines_settings.use_static_external_id", by=by)
    assert (await refused(call)).reason == "SECRET_REQUIRED"


def test_only_its_row_its_rules_its_column_and_its_uses_name_a_vendors_settings() -> None:
    root = Path(strongroom_server.__file__).parent
    naming = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "gateway/vendors" not in str(path) and re.search("tines_?settings", path.read_text(), re.IGNORECASE)
    }
    # The identity at AWS and how long tokens are kept: credentials of every surface have them there.
    uses = {"credentials/pairs.py", "use/askers.py", "use/authentication.py"}
    assert naming - uses == {"core/records.py", "rules/surfaces.py", "rules/tines_settings.py", "sealing/signatures.py"}
