"""Tests when the warnings of a credential are found, and that they change nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credentials.test_import import create, imported
from key_samples import certificates, jwt, keys, mtls, service_account
from rpc.calls import accessed, got, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    CredentialData,
    CredentialWarning,
    JwtData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    ListCredentialsRequest,
    RestoreCredentialVersionRequest,
)
from strongroom_server.rules.variants import table, warnings

if TYPE_CHECKING:
    from conftest import Deployment

NOT_A_KEY = "must be a private key in PEM form"
BROKEN_KEY = [CredentialWarning(field="data.jwt.private_key", description=NOT_A_KEY)]


def right_and_wrong() -> dict[str, tuple[CredentialData, CredentialData, str]]:
    """Data without and with a warning, and the field of the warning, by variant."""
    certificate, key, root = certificates()
    return {
        "jwt": (jwt("ES256", keys()["ES256"]), jwt("ES256", keys()["RSA"]), "data.jwt.private_key"),
        "mtls": (
            mtls(certificate, key, root),
            mtls(certificate, keys()["ES256"], root),
            "data.mtls.client_private_key",
        ),
        "json_document": (service_account(), service_account(token_uri=None), "data.json_document.json"),
    }


def test_each_variant_with_warnings_is_tested() -> None:
    assert right_and_wrong().keys() == {name for name, rules in table.VARIANTS.items() if rules.warnings is not None}


@pytest.mark.parametrize("variant", ["jwt", "mtls", "json_document"])
async def test_warnings_are_shown_and_the_credential_stays_active(deployment: Deployment, variant: str) -> None:
    right, wrong, field = right_and_wrong()[variant]
    assert not (await created(deployment, named(data=right))).warnings
    made = await created(deployment, named(data=wrong))
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(name_prefix=made.name), metadata=deployment.metadata
    )
    given = await accessed(deployment, made.id)
    full = await got(deployment, made.id, view=CREDENTIAL_VIEW_FULL)
    for shown in (made, await got(deployment, made.id), full, *page.credentials, given):
        assert [warning.field for warning in shown.warnings] == [field]
        assert shown.state == CREDENTIAL_STATE_ACTIVE
        assert not shown.violations
    assert len(page.credentials) == 1
    assert given.data == wrong


@pytest.mark.parametrize("variant", ["jwt", "mtls", "json_document"])
async def test_an_update_of_data_finds_them_again(deployment: Deployment, variant: str) -> None:
    right, wrong, field = right_and_wrong()[variant]
    made = await created(deployment, named(data=wrong))
    mended = await updated(deployment, made.id, "data", data=right)
    assert (mended.version, list(mended.warnings)) == (2, [])
    assert not (await got(deployment, made.id)).warnings
    broken = await updated(deployment, made.id, "data", data=wrong)
    assert [warning.field for warning in broken.warnings] == [field]


async def test_an_update_of_a_part_of_the_data_checks_all_of_it(deployment: Deployment) -> None:
    made = await created(deployment, named(data=jwt("ES256", keys()["RSA"])))
    after = await updated(
        deployment, made.id, "data.jwt.algorithm", data=CredentialData(jwt=JwtData(algorithm="RS256"))
    )
    assert (after.version, list(after.warnings)) == (2, [])
    after = await updated(
        deployment, made.id, "data.jwt.private_key", data=CredentialData(jwt=JwtData(private_key="hunter2"))
    )
    assert (after.version, list(after.warnings)) == (3, BROKEN_KEY)


async def test_a_change_of_variant_clears_them(deployment: Deployment) -> None:
    made = await created(deployment, named(data=jwt("RS256", "hunter2")))
    assert not (await updated(deployment, made.id, "data", data=samples()["basic_auth"])).warnings


async def test_a_change_of_metadata_keeps_them_without_a_check(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await created(deployment, named(data=jwt("RS256", "hunter2")))
    forbid_checks(monkeypatch)
    after = await updated(deployment, made.id, "name", "labels", name=made.name + "2", labels={"a": "b"})
    assert (after.version, list(after.warnings)) == (1, BROKEN_KEY)
    assert list((await got(deployment, made.id)).warnings) == BROKEN_KEY


async def test_a_restored_version_is_checked_and_an_accessed_one_is_not(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong, field = right_and_wrong()["jwt"]
    made = await created(deployment, named(data=right))
    await updated(deployment, made.id, "data", data=wrong)
    with monkeypatch.context() as patched:
        forbid_checks(patched)
        # The warnings are those of the present data.
        assert not (await accessed(deployment, made.id, version=1)).warnings
        assert (await accessed(deployment, made.id, version=2)).warnings
    restored = []
    for version in (1, 2):
        request = RestoreCredentialVersionRequest(id=made.id, version=version)
        restored.append(await deployment.credentials.RestoreCredentialVersion(request, metadata=deployment.metadata))
    assert [[warning.field for warning in each.warnings] for each in restored] == [[], [field]]


async def test_an_import_finds_them(deployment: Deployment) -> None:
    data = [each for right, wrong, _ in right_and_wrong().values() for each in (right, wrong)]
    results = await imported(deployment, *(create(named(data=each)) for each in data))
    shown = [await got(deployment, result.created.id) for result in results]
    fields = [[warning.field for warning in each.warnings] for each in shown]
    assert fields == [part for _, _, field in right_and_wrong().values() for part in ([], [field])]


async def test_invalid_data_has_violations_and_warnings(deployment: Deployment) -> None:
    data = CredentialData(jwt=JwtData(algorithm="RS256", private_key="hunter2"))
    made = await created(deployment, named(data=data), accept_invalid=True)
    assert made.state == CREDENTIAL_STATE_INVALID
    assert list(made.warnings) == BROKEN_KEY


def forbid_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail calls that look for warnings."""
    monkeypatch.setattr(warnings, "VARIANTS", {})
