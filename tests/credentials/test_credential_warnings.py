"""Tests when the warnings of a credential and the expiry of its certificate are found, and that they change nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from credentials.test_import import create, imported
from credentials.test_row_formats import signed_again
from key_samples import certificate_that_expires, certificates, jwt, keys, mtls, service_account
from rpc.calls import accessed, got, refused, updated
from rules.test_public_suffixes import RULE
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    CredentialData,
    CredentialWarning,
    HttpRequestData,
    JwtData,
    MtlsData,
    MultiRequestData,
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
        "http_request": (http_request(), http_request("=UPCASE(a.body)"), "data.http_request.location_of_token"),
        "multi_request": (
            multi_request(),
            multi_request(disable_ssl_verification=True),
            "data.multi_request.requests[1].options_json",
        ),
    }


def http_request(location: str = "=a.body.token", **options: object) -> CredentialData:
    # The URL of Tines' sample.
    text = json.dumps({"url": "http://www.example.com", **options})
    return CredentialData(http_request=HttpRequestData(options_json=text, location_of_token=location))


def multi_request(**options: object) -> CredentialData:
    """The options are those of the second request."""
    arm = MultiRequestData(location_of_token="=a.body.token")
    for each in ({}, options):
        arm.requests.add(options_json=json.dumps({"url": "https://id.example.com", **each}))
    return CredentialData(multi_request=arm)


VARIANTS = ["jwt", "mtls", "json_document", "http_request", "multi_request"]


def test_each_variant_with_warnings_is_tested() -> None:
    of_rules = [name for name, rules in table.VARIANTS.items() if rules.warnings is not None]
    assert set(VARIANTS) == right_and_wrong().keys() == {*of_rules, "http_request", "multi_request"}


@pytest.mark.parametrize("variant", VARIANTS)
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


@pytest.mark.parametrize("variant", VARIANTS)
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


async def test_a_recipe_that_is_not_whole_has_violations_only(deployment: Deployment) -> None:
    data = CredentialData(http_request=HttpRequestData(options_json="{}"))
    made = await created(deployment, named(data=data), accept_invalid=True)
    assert [violation.field for violation in made.violations] == ["http_request.location_of_token"]
    assert not made.warnings


def of_hosts(*indexes: int) -> list[CredentialWarning]:
    return [CredentialWarning(field=f"allowed_hosts[{index}]", description=RULE) for index in indexes]


async def test_wildcards_over_public_suffixes_are_stored_and_matched_with_a_warning(deployment: Deployment) -> None:
    hosts = ["*.example.com", "*", "*.co.uk:8443", "api*.com"]
    made = await created(deployment, named(allowed_hosts=hosts))
    (result,) = await imported(deployment, create(named(allowed_hosts=hosts)))
    for shown in (made, await got(deployment, made.id), await got(deployment, result.created.id)):
        assert list(shown.warnings) == of_hosts(1, 2, 3)
        assert shown.state == CREDENTIAL_STATE_ACTIVE
        assert list(shown.allowed_hosts) == hosts
    given = await accessed(deployment, made.id, target_host="a.other.co.uk:8443")
    assert given.data == samples()["basic_auth"]


async def test_an_update_of_the_hosts_finds_their_warnings_again_and_keeps_those_of_the_data(
    deployment: Deployment,
) -> None:
    made = await created(deployment, named(data=jwt("RS256", "hunter2"), allowed_hosts=["*"]))
    assert list(made.warnings) == BROKEN_KEY + of_hosts(0)
    changes: list[tuple[str, dict[str, Any], list[CredentialWarning]]] = [
        ("allowed_hosts", {"allowed_hosts": ["*.com", "*.example.com"]}, BROKEN_KEY + of_hosts(0)),
        ("allowed_hosts", {"allowed_hosts": ["*.example.com", "*.com"]}, BROKEN_KEY + of_hosts(1)),
        ("name", {"name": made.name + "2"}, BROKEN_KEY + of_hosts(1)),
        ("data", {"data": jwt("ES256", keys()["ES256"])}, of_hosts(1)),
        ("allowed_hosts", {"allowed_hosts": ["*.example.com"]}, []),
        ("data", {"data": jwt("RS256", "hunter2")}, BROKEN_KEY),
    ]
    for path, fields, expected in changes:
        assert list((await updated(deployment, made.id, path, **fields)).warnings) == expected
        assert list((await got(deployment, made.id)).warnings) == expected


async def test_a_row_that_has_no_warning_of_its_hosts_yet_gets_it_with_its_next_update(deployment: Deployment) -> None:
    made = await created(deployment, named(allowed_hosts=["*"]))
    await signed_again(deployment, made.id, signature_format=2, warnings=[])
    assert not (await got(deployment, made.id)).warnings
    assert list((await updated(deployment, made.id, "labels", labels={"a": "b"})).warnings) == of_hosts(0)


async def test_another_version_keeps_the_warnings_of_the_hosts(deployment: Deployment) -> None:
    made = await created(deployment, named(data=jwt("ES256", keys()["ES256"]), allowed_hosts=["*"]))
    await updated(deployment, made.id, "data", data=jwt("RS256", "hunter2"))
    for version, expected in ((1, []), (2, BROKEN_KEY)):
        given = await accessed(deployment, made.id, version=version, target_host="api.example.com")
        assert list(given.warnings) == expected + of_hosts(0)
    request = RestoreCredentialVersionRequest(id=made.id, version=1)
    restored = await deployment.credentials.RestoreCredentialVersion(request, metadata=deployment.metadata)
    assert list(restored.warnings) == of_hosts(0)


async def test_a_test_credential_has_the_warnings_of_its_own_hosts(deployment: Deployment) -> None:
    live = await created(deployment, named(allowed_hosts=["*"]))
    test = await created(deployment, named(live_credential_id=live.id, allowed_hosts=["*.example.com"]))
    assert not test.warnings
    assert list((await got(deployment, live.id)).warnings) == of_hosts(0)


async def test_at_most_twenty_warnings_are_kept(deployment: Deployment) -> None:
    made = await created(deployment, named(data=jwt("RS256", "hunter2"), allowed_hosts=["*"] * 100))
    assert list(made.warnings) == BROKEN_KEY + of_hosts(*range(19))


def expiring(*, year: int) -> MtlsData:
    certificate, key = certificate_that_expires(datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC))
    return MtlsData(client_certificate=certificate, client_private_key=key)


async def test_the_expiry_of_the_client_certificate_is_shown(deployment: Deployment) -> None:
    made = await created(deployment, named(data=CredentialData(mtls=expiring(year=2041))))
    (result,) = await imported(deployment, create(named(data=CredentialData(mtls=expiring(year=2020)))))
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(name_prefix=made.name), metadata=deployment.metadata
    )
    renamed = await updated(deployment, made.id, "name", name=made.name + "2")
    for shown in (
        made,
        await got(deployment, made.id),
        await accessed(deployment, made.id),
        *page.credentials,
        renamed,
    ):
        assert shown.certificate_expire_time.ToDatetime(UTC) == datetime(2041, 1, 2, 3, 4, 5, tzinfo=UTC)
    # An expired certificate is no warning: it is stored as any other.
    past = await got(deployment, result.created.id)
    assert past.certificate_expire_time.ToDatetime(UTC).year == 2020
    assert not past.warnings


async def test_the_expiry_follows_the_certificate(deployment: Deployment) -> None:
    made = await created(deployment, named(data=CredentialData(mtls=expiring(year=9999))))
    assert made.certificate_expire_time.ToDatetime(UTC).year == 9999
    replaced = await updated(
        deployment, made.id, "data.mtls.client_certificate", data=CredentialData(mtls=expiring(year=1951))
    )
    assert replaced.certificate_expire_time.ToDatetime(UTC).year == 1951
    assert not (await accessed(deployment, made.id, version=1)).HasField("certificate_expire_time")
    request = RestoreCredentialVersionRequest(id=made.id, version=1)
    restored = await deployment.credentials.RestoreCredentialVersion(request, metadata=deployment.metadata)
    assert restored.certificate_expire_time.ToDatetime(UTC).year == 9999
    for data in (samples()["mtls"], samples()["basic_auth"]):
        assert not (await updated(deployment, made.id, "data", data=data)).HasField("certificate_expire_time")


async def test_the_expiry_is_not_for_a_request_to_set(deployment: Deployment) -> None:
    sent = named()
    sent.certificate_expire_time.FromDatetime(datetime(2041, 1, 2, tzinfo=UTC))
    made = await created(deployment, sent)
    assert not made.HasField("certificate_expire_time")
    refusal = await refused(updated(deployment, made.id, "certificate_expire_time"))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["update_mask.paths[0]"])


def forbid_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail calls that look for warnings."""
    monkeypatch.setattr(warnings, "VARIANTS", {})
