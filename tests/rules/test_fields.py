"""Tests the bounds in the protos' comments: a value at a bound is accepted, one beyond it is refused with its field and rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import accessed, refused
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    Credential,
    CredentialData,
    KeyValuesData,
    RawData,
)
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetApiKeyRequest,
    GetFolderRequest,
    GetTeamRequest,
    ListFoldersRequest,
    Organisation,
    Team,
    UpdateFolderRequest,
    UpdateTeamRequest,
)
from strongroom_server.rules.credential_fields import METADATA_RULES, metadata
from strongroom_server.rules.surfaces import SURFACES

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom_server.rules.surfaces import Surface

KEY = "\U0001f511"  # one character, four bytes
VALUE = "hunter2"
NUL = "must not contain NUL"
ELEMENTS = "must have at most 100 elements"
HOST = "must be a DNS name or IPv4 address, with * as wildcard and with or without a port, without scheme and path"
LABEL_KEY = "must have keys of 1 to 63 of the characters a-z 0-9 _ - that start with a letter"
LABEL_VALUE = "must be at most 63 of the characters a-z 0-9 _ -"
PORT = "must have a port from 1 to 65535 after the colon"
ID = "must be a credential's id, or its number in decimal"
NAME = "must be 1 to 255 characters long"
LONG_HOST = ".".join(["a" * 63] * 3 + ["b" * 61])
Settings = Credential.TinesSettings


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def object_of(size: int) -> str:
    return '{"a":"' + "ä" * ((size - 8) // 2) + '"}'


def raw_of(size: int) -> CredentialData:
    data = CredentialData(raw=RawData(value=b"x" * size))
    excess = data.ByteSize() - size
    return CredentialData(raw=RawData(value=b"x" * (size - excess)))


# Fields of a credential that are accepted.
TAKEN: dict[str, dict[str, Any]] = {
    "a name of one character": {"name": "n"},
    "a name of 255 characters": {"name": KEY * 255},
    "an empty name at SlashID": {"name": "", "surface": SURFACE_SLASHID, "provider": "PROVIDER_GENERIC"},
    "a name without a slug": {"name": "\n \U0001f511"},
    "a description of 4,096 characters": {"description": KEY * 4096},
    "metadata of 16 KiB": {"metadata_json": object_of(16 * 1024)},
    "metadata of 32 levels": {"metadata_json": nested(32)},
    "metadata with an escaped NUL": {"metadata_json": '{"a": "\\u0000"}'},
    "100 hosts": {"allowed_hosts": ["*.example.com"] * 100},
    "a host of 253 characters": {"allowed_hosts": [LONG_HOST]},
    "a host of 253 characters with the largest port": {"allowed_hosts": [f"{LONG_HOST}:65535"]},
    "a wildcard with a port": {"allowed_hosts": ["*.example.com:8443"]},
    "64 labels": {"labels": {f"k{i}": "v" * 63 for i in range(64)}},
    "a label key of 63 characters": {"labels": {"a" + "0_-z" * 15 + "b_": ""}},
    "100 redacted keys": {"redact_fields": [KEY * 255] * 100},
    "the longest token lifetime": {"tines_settings": Settings(token_ttl_seconds=2**31 - 1)},
    "no token lifetime": {"tines_settings": Settings(token_ttl_seconds=0)},
    "100 recipients": {"tines_settings": Settings(notification_recipient_user_ids=[2**63 - 1] * 100)},
    "a time in 9999": {"reminder_time": Timestamp(seconds=253_402_300_799, nanos=999_998_000)},
    "a time in the year 1": {"reminder_time": Timestamp(seconds=-62_135_596_800, nanos=1_000)},
    "data of 64 KiB": {"data": raw_of(64 * 1024)},
    "100 keys": {"data": CredentialData(key_values=KeyValuesData(values={f"k{i}": b"" for i in range(100)}))},
    "a key of 255 characters": {"data": CredentialData(key_values=KeyValuesData(values={KEY * 255: b""}))},
    "extra members of 32 levels": {"data": CredentialData(raw=RawData(value=b""), extra_json=nested(32))},
}


def extra(text: str) -> dict[str, Any]:
    return {"data": CredentialData(raw=RawData(value=b""), extra_json=text)}


# Fields of a credential that are refused, with the fields at fault and the rules.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no name": ({"name": ""}, {"name": NAME}),
    "a name of 256 characters": ({"name": VALUE + "n" * 249}, {"name": NAME}),
    "a name with NUL": ({"name": f"{VALUE}\0"}, {"name": NUL}),
    "a long name with NUL": ({"name": "\0" * 256}, {"name": NAME}),
    "a description of 4,097 characters": (
        {"description": "d" * 4097},
        {"description": "must be at most 4,096 characters long"},
    ),
    "a description with NUL": ({"description": f"{VALUE}\0"}, {"description": NUL}),
    "an unknown surface": (
        {"surface": 77},
        {"surface": "must be a value of Surface", "data.basic_auth": "is not a variant of this surface"},
    ),
    "an unknown provider": ({"provider": 77}, {"provider": "must be a value of Provider"}),
    "an unknown read access": ({"read_access": 77}, {"read_access": "must be a value of ReadAccess"}),
    "no provider at SlashID": ({"surface": SURFACE_SLASHID}, {"provider": "is required at SURFACE_SLASHID"}),
    "metadata over 16 KiB": ({"metadata_json": object_of(16 * 1024 + 2)}, {"metadata_json": "must be at most 16 KiB"}),
    "metadata of 33 levels": (
        {"metadata_json": nested(33)},
        {"metadata_json": "must not be nested deeper than 32 levels"},
    ),
    "metadata that is a list": ({"metadata_json": f'["{VALUE}"]'}, {"metadata_json": "must be a JSON object"}),
    "metadata with a lone surrogate": (
        {"metadata_json": '{"a": "\\ud800"}'},
        {"metadata_json": "must not hold lone surrogates"},
    ),
    "metadata with NUL": (
        {"metadata_json": '{"a": "\0"}'},
        {"metadata_json": "must be JSON; the error is at line 1, column 8"},
    ),
    "101 hosts": ({"allowed_hosts": ["a"] * 101}, {"allowed_hosts": ELEMENTS}),
    "a host of 254 characters": ({"allowed_hosts": ["ok", f"{LONG_HOST}b"]}, {"allowed_hosts[1]": HOST}),
    **{
        f"the host {host!r}": ({"allowed_hosts": [host]}, {"allowed_hosts[0]": HOST})
        for host in (
            "",
            ".",
            "a..b",
            "https://a.com",
            "a..com:1",
            "a.com/b",
            "ä.com",
            "\u212a.com",
            "a\0",
            "-a.com",
            "[::1]",
        )
    },
    **{
        f"the port of {host!r}": ({"allowed_hosts": [host]}, {"allowed_hosts[0]": PORT})
        for host in (
            "a.com:",
            "a.com:0",
            "a.com:65536",
            "a.com:080",
            "a.com:*",
            "a.com:1:2",
            "*.com:+1",
            "a.com:\u0661",
        )
    },
    "65 labels": ({"labels": {f"k{i}": "" for i in range(65)}}, {"labels": "must have at most 64 labels"}),
    **{
        f"the label key {key!r}": ({"labels": {"ok": "", key: VALUE}}, {"labels": LABEL_KEY})
        for key in ("", "a" * 64, "1a", "-a", "A", "a.b", "a/b", "ä", "a\n", "a\0")
    },
    **{
        f"the label value {value!r}": ({"labels": {"ok": "", "a": value}}, {"labels[a]": LABEL_VALUE})
        for value in ("a" * 64, "A", "a b", "ä", "a\n", "\0")
    },
    "no shared teams": (
        {"read_access": READ_ACCESS_SPECIFIC_TEAMS},
        {"shared_team_slugs": "is required with READ_ACCESS_SPECIFIC_TEAMS"},
    ),
    "shared teams with read access GLOBAL": (
        {"read_access": READ_ACCESS_GLOBAL, "shared_team_slugs": ["team_1"]},
        {"shared_team_slugs": "must be empty unless read_access is READ_ACCESS_SPECIFIC_TEAMS"},
    ),
    "101 shared teams": (
        {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_slugs": ["team_1"] * 101},
        {"shared_team_slugs": ELEMENTS},
    ),
    "101 redacted keys": ({"redact_fields": ["k"] * 101}, {"redact_fields": ELEMENTS}),
    "a redacted key of 256 characters": ({"redact_fields": ["k", "k" * 256]}, {"redact_fields[1]": NAME}),
    "an empty redacted key": ({"redact_fields": [""]}, {"redact_fields[0]": NAME}),
    "a redacted key with NUL": ({"redact_fields": [f"{VALUE}\0"]}, {"redact_fields[0]": NUL}),
    "a negative team": ({"team_id": -1}, {"team_id": "must not be negative"}),
    "a negative folder": ({"team_id": 1, "folder_id": -1}, {"folder_id": "must not be negative"}),
    "a folder without a team": ({"folder_id": 1}, {"folder_id": "must be empty without a team"}),
    "an expiry in the past": ({"expire_time": Timestamp(seconds=1)}, {"expire_time": "must be in the future"}),
    "an expiry after 9999": (
        {"expire_time": Timestamp(seconds=253_402_300_800)},
        {"expire_time": "must be in the years 1 to 9999"},
    ),
    "a reminder before the year 1": (
        {"reminder_time": Timestamp(seconds=-62_135_596_801)},
        {"reminder_time": "must be in the years 1 to 9999"},
    ),
    "a time of too many nanoseconds": (
        {"reminder_time": Timestamp(nanos=1_000_000_000)},
        {"reminder_time": "must have 0 to 999,999,999 nanoseconds"},
    ),
    "a malformed credential id": ({"live_credential_id": VALUE}, {"live_credential_id": ID}),
    "Tines settings at Versori": (
        {"surface": SURFACE_VERSORI, "tines_settings": Settings(use_static_external_id=True)},
        {"tines_settings": "must be empty unless the surface is SURFACE_NATIVE or SURFACE_TINES"},
    ),
    "a token lifetime too long": (
        {"tines_settings": Settings(token_ttl_seconds=2**31)},
        {"tines_settings.token_ttl_seconds": "must be 0 to 2,147,483,647"},
    ),
    "a negative token lifetime": (
        {"tines_settings": Settings(token_ttl_seconds=-1)},
        {"tines_settings.token_ttl_seconds": "must be 0 to 2,147,483,647"},
    ),
    "101 recipients": (
        {"tines_settings": Settings(notification_recipient_user_ids=[1] * 101)},
        {"tines_settings.notification_recipient_user_ids": ELEMENTS},
    ),
    "recipient 0": (
        {"tines_settings": Settings(notification_recipient_user_ids=[1, 0])},
        {"tines_settings.notification_recipient_user_ids": "must be numbers from 1"},
    ),
    "an unknown AWS authentication type": (
        {"tines_settings": Settings(aws_authentication_type=77)},  # type: ignore[arg-type]
        {"tines_settings.aws_authentication_type": "must be a value of AwsAuthenticationType"},
    ),
    "no AWS authentication type at Tines": (
        {"surface": SURFACE_TINES, "data": samples()["aws"]},
        {"tines_settings.aws_authentication_type": "is required for aws at SURFACE_TINES"},
    ),
    "no data": ({"data": CredentialData()}, {"data": "must have exactly one variant"}),
    "another vendor's variant": (
        {"surface": SURFACE_VERSORI, "data": samples()["oauth2_refresh"]},
        {"data.oauth2_refresh": "is not a variant of this surface"},
    ),
    "data over 64 KiB": ({"data": raw_of(64 * 1024 + 1)}, {"data.raw": "must be at most 64 KiB"}),
    "101 keys": (
        {"data": CredentialData(key_values=KeyValuesData(values={f"k{i}": b"" for i in range(101)}))},
        {"data.key_values.values": "must have at most 100 keys"},
    ),
    "an empty key": (
        {"data": CredentialData(key_values=KeyValuesData(values={"": VALUE.encode()}))},
        {"data.key_values.values": "must have keys of 1 to 255 characters"},
    ),
    "a key of 256 characters": (
        {"data": CredentialData(key_values=KeyValuesData(values={VALUE + "k" * 249: b""}))},
        {"data.key_values.values": "must have keys of 1 to 255 characters"},
    ),
    "extra members that are a list": (extra(f'["{VALUE}"]'), {"data.extra_json": "must be a JSON object"}),
    "extra members twice": (extra('{"a":1,"a":2}'), {"data.extra_json": "must not repeat a key"}),
    "extra members of 33 levels": (
        extra(nested(33)),
        {"data.extra_json": "must not be nested deeper than 32 levels"},
    ),
}


def credential(fields: dict[str, Any]) -> Credential:
    sent = named()
    for name in fields:
        sent.ClearField(name)  # type: ignore[arg-type]
    sent.MergeFrom(Credential(**fields))
    return sent


async def stored(deployment: Deployment) -> int:
    async with deployment.sql() as connection:
        count: int = await connection.fetchval("select count(*) from credentials")
    return count


@pytest.mark.parametrize("fields", TAKEN.values(), ids=TAKEN)
async def test_a_value_at_a_bound_is_accepted(deployment: Deployment, fields: dict[str, Any]) -> None:
    sent = credential(fields)
    answer = await created(deployment, sent, accept_invalid=True)
    for name in fields.keys() - {"data", "expire_time", "tines_settings"}:
        assert getattr(answer, name) == getattr(sent, name)
    host = sent.allowed_hosts[0].replace("*", "a") if sent.allowed_hosts else ""
    whole = await accessed(deployment, answer.id, target_host=host, allow_invalid=True)
    assert whole.data == sent.data


@pytest.mark.parametrize(("fields", "rules"), REFUSED.values(), ids=REFUSED)
async def test_a_value_beyond_a_bound_is_refused_and_not_stored(
    deployment: Deployment, fields: dict[str, Any], rules: dict[str, str]
) -> None:
    before = await stored(deployment)
    refusal = await refused(created(deployment, credential(fields), accept_invalid=True))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert refusal.fields == {f"credential.{path}": rule for path, rule in rules.items()}
    assert VALUE not in f"{refusal}"
    assert refusal.size <= 4096
    assert await stored(deployment) == before


FIXED = {"surface", "live_credential_id"}
CHANGEABLE = {name: case for name, case in REFUSED.items() if not case[0].keys() & FIXED and "data" not in case[0]}


@pytest.mark.parametrize(("fields", "rules"), CHANGEABLE.values(), ids=CHANGEABLE)
async def test_the_same_bounds_apply_to_updates(
    deployment: Deployment, fields: dict[str, Any], rules: dict[str, str]
) -> None:
    before = await created(deployment, named(team_id=1) if "folder_id" in fields and "team_id" in fields else named())
    request = UpdateCredentialRequest(
        id=before.id, credential=Credential(**fields), update_mask=FieldMask(paths=list(fields))
    )
    refusal = await refused(deployment.credentials.UpdateCredential(request, metadata=deployment.metadata))
    assert refusal.reason == "FIELD_INVALID"
    assert refusal.fields == {f"credential.{path}": rule for path, rule in rules.items()}
    present = await deployment.credentials.GetCredential(
        GetCredentialRequest(id=before.id), metadata=deployment.metadata
    )
    assert present.etag == before.etag


async def test_an_error_for_hundreds_of_invalid_fields_is_small(deployment: Deployment) -> None:
    sent = named("\0", allowed_hosts=["?"] * 100, redact_fields=["\0" * 255] * 100, description="\0")
    refusal = await refused(created(deployment, sent))
    assert len(refusal.fields) == 20
    assert refusal.size <= 4096


async def test_the_first_and_last_times_are_moved_by_a_microsecond(deployment: Deployment) -> None:
    last = Timestamp(seconds=253_402_300_799, nanos=999_999_999)
    answer = await created(deployment, named(expire_time=last, reminder_time=Timestamp(seconds=-62_135_596_800)))
    assert (answer.expire_time.nanos, answer.reminder_time.nanos) == (999_998_000, 1_000)
    whole = await accessed(deployment, answer.id)
    assert (whole.expire_time, whole.reminder_time) == (answer.expire_time, answer.reminder_time)


@pytest.mark.parametrize("request_id", ["a", "A.z_0:-" + "9" * 121])
async def test_a_request_id_of_1_to_128_characters_is_accepted(deployment: Deployment, request_id: str) -> None:
    assert (await created(deployment, request_id=request_id)).id


@pytest.mark.parametrize("request_id", ["a" * 129, "a b", "ä", "a\0", "a\n"])
async def test_a_malformed_request_id_is_refused(deployment: Deployment, request_id: str) -> None:
    refusal = await refused(created(deployment, request_id=request_id))
    assert refusal.fields == {"request_id": "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"}


IDS = [
    "",
    " ",
    VALUE,
    "-1",
    "1.0",
    "0x10",
    "1_0",
    "\u0663",
    str(2**63),
    "9" * 40,
    "1\0",
    "{019ab2f45a7e7c319d2e3f1f6f0a9b11}--",
    "urn:uuid:019ab2f45a7e7c319d2e3f1f6f0a",
    "019ab2f4_5a7e_7c31_9d2e_3f1f6f0a9b11",
    "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b1\u0661",
    "019ab2f45-a7e-7c31-9d2e-3f1f6f0a9b11",
]


@pytest.mark.parametrize("credential_id", IDS)
async def test_a_malformed_id_is_refused_by_every_method(deployment: Deployment, credential_id: str) -> None:
    mask = FieldMask(paths=["name"])
    update = UpdateCredentialRequest(id=credential_id, credential=Credential(name="n"), update_mask=mask)
    stub = deployment.credentials
    calls: list[Any] = [
        stub.GetCredential(GetCredentialRequest(id=credential_id), metadata=deployment.metadata),
        stub.AccessCredential(AccessCredentialRequest(id=credential_id), metadata=deployment.metadata),
        stub.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=deployment.metadata),
        stub.UpdateCredential(update, metadata=deployment.metadata),
    ]
    for call in calls:
        assert (await refused(call)).fields == {"id": ID}


NEVER = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"


@pytest.mark.parametrize("credential_id", [NEVER, NEVER.upper(), "0", str(2**63 - 1)])
async def test_an_unknown_id_is_not_found(deployment: Deployment, credential_id: str) -> None:
    call = deployment.credentials.GetCredential(GetCredentialRequest(id=credential_id), metadata=deployment.metadata)
    assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"


NUMBER = "must be a number from 1"
KEYS = "must be at most 255 characters long"
MASK = FieldMask(paths=["name"])

# Requests with one invalid field, and its violation.
REQUESTS: dict[str, tuple[Any, dict[str, str]]] = {
    "a view": (GetCredentialRequest(id="1", view=77), {"view": "must be a value of CredentialView"}),  # type: ignore[arg-type]
    "a surface to get": (GetCredentialRequest(id="1", surface=77), {"surface": "must be a value of Surface"}),  # type: ignore[arg-type]
    "a surface to access": (AccessCredentialRequest(id="1", surface=77), {"surface": "must be a value of Surface"}),  # type: ignore[arg-type]
    "a surface to delete": (DeleteCredentialRequest(id="1", surface=77), {"surface": "must be a value of Surface"}),  # type: ignore[arg-type]
    "a surface to list": (ListCredentialsRequest(surface=77), {"surface": "must be a value of Surface"}),  # type: ignore[arg-type]
    "a variant": (ListCredentialsRequest(variant=VALUE), {"variant": "must be the name of an arm of CredentialData"}),
    "a team to list": (ListCredentialsRequest(team_id=-1), {"team_id": "must not be negative"}),
    "a long prefix": (ListCredentialsRequest(name_prefix="p" * 256), {"name_prefix": KEYS}),
    "a prefix with NUL": (ListCredentialsRequest(name_prefix="p\0"), {"name_prefix": NUL}),
    "a long organisation id": (
        CreateOrganisationRequest(organisation=Organisation(id="a" * 65)),
        {"organisation.id": "must be 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit"},
    ),
    "a long display name": (
        CreateOrganisationRequest(organisation=Organisation(id="a", display_name="d" * 256)),
        {"organisation.display_name": KEYS},
    ),
    "no team name": (CreateTeamRequest(), {"team.name": NAME}),
    "a team name with NUL": (CreateTeamRequest(team=Team(name="a\0")), {"team.name": NUL}),
    "a team name without letters": (
        CreateTeamRequest(team=Team(name="-_-")),
        {"team.name": "must contain a letter or digit"},
    ),
    "team 0": (GetTeamRequest(), {"id": NUMBER}),
    "a negative team": (DeleteTeamRequest(id=-1), {"id": NUMBER}),
    "a team's id in the mask": (
        UpdateTeamRequest(id=1, team=Team(name="n"), update_mask=FieldMask(paths=["id"])),
        {"update_mask": "must be: name"},
    ),
    "a long team name": (UpdateTeamRequest(id=1, team=Team(name="n" * 256), update_mask=MASK), {"team.name": NAME}),
    "no folder name": (CreateFolderRequest(folder=Folder(team_id=1)), {"folder.name": NAME}),
    "a folder of no team": (CreateFolderRequest(folder=Folder(name="n")), {"folder.team_id": NUMBER}),
    "a folder in a negative one": (
        CreateFolderRequest(folder=Folder(name="n", team_id=1, parent_folder_id=-1)),
        {"folder.parent_folder_id": "must not be negative"},
    ),
    "folder 0": (GetFolderRequest(), {"id": NUMBER}),
    "a negative folder": (DeleteFolderRequest(id=-1), {"id": NUMBER}),
    "folders of a negative team": (ListFoldersRequest(team_id=-1), {"team_id": "must not be negative"}),
    "a long folder name": (
        UpdateFolderRequest(id=1, folder=Folder(name="n" * 256), update_mask=MASK),
        {"folder.name": NAME},
    ),
    "no roles": (CreateApiKeyRequest(), {"api_key.roles": "is required: at least one role"}),
    "the unspecified role": (
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER, 0])),  # type: ignore[list-item]
        {"api_key.roles[1]": "must not be ROLE_UNSPECIFIED"},
    ),
    "an unknown role": (
        CreateApiKeyRequest(api_key=ApiKey(roles=[77])),  # type: ignore[list-item]
        {"api_key.roles[0]": "must be a value of Role"},
    ),
    "101 roles": (CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER] * 101)), {"api_key.roles": ELEMENTS}),
    "101 teams": (
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER], team_ids=[1] * 101)),
        {"api_key.team_ids": ELEMENTS},
    ),
    "a long name of a key": (
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER], display_name="d" * 256)),
        {"api_key.display_name": KEYS},
    ),
    "a key that has expired": (
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER], expire_time=Timestamp(seconds=1))),
        {"api_key.expire_time": "must be in the future"},
    ),
    "no key's id": (GetApiKeyRequest(), {"id": "must be 1 to 64 characters long"}),
    "a key's id with NUL": (GetApiKeyRequest(id="a\0"), {"id": NUL}),
}


@pytest.mark.parametrize(("request_", "rules"), REQUESTS.values(), ids=REQUESTS)
async def test_an_invalid_field_of_a_request_is_reported_with_its_rule(
    deployment: Deployment, request_: Any, rules: dict[str, str]
) -> None:
    name = type(request_).__name__.removesuffix("Request")
    stub = deployment.credentials if "Credential" in name else deployment.organisations
    refusal = await refused(getattr(stub, name)(request_, metadata=deployment.metadata))
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", rules)
    assert VALUE not in f"{refusal}"


@pytest.mark.parametrize("path", METADATA_RULES)
@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.name)
def test_the_rule_of_an_unset_field_is_skipped_only_if_it_cannot_be_broken(path: str, surface: Surface) -> None:
    now = datetime.now(UTC)
    # Rules also read these other fields.
    for credential in (
        Credential(),
        Credential(read_access=READ_ACCESS_SPECIFIC_TEAMS),
        Credential(team_id=1),
        Credential(name="n"),
    ):
        violations = list(METADATA_RULES[path](credential, surface, now))
        assert list(metadata(credential, [path], surface, now)) == violations
