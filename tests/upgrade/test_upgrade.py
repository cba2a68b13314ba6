"""A database of each older release works after `setup`: its rows are read, changed and verified, and new ones are made.

Each directory here that has a facts.json is a release. README.md says how it was made.
"""

from __future__ import annotations

import itertools
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import grpc
import jwt
import pytest
from conftest import open_deployment, url_of
from forking import run_command
from google.protobuf.json_format import ParseDict
from rpc.calls import accessed, bearer, deleted, got, key_of, refused, updated
from samples import created, named, samples
from use.calls import authorized

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_INVALID,
    CREDENTIAL_VERSION_STATE_DESTROYED,
    SURFACE_TINES,
    CredentialData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    ListCredentialsRequest,
    ListCredentialVersionsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_INVOKER,
    ROLE_READER,
    ROLE_USER,
    ApiKey,
    CreateFolderRequest,
    CreateTeamRequest,
    Folder,
    GetApiKeyRequest,
    ListApiKeysRequest,
    ListFoldersRequest,
    RevokeApiKeyRequest,
    Team,
    UpdateApiKeyRequest,
    UpdateTeamRequest,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

HERE: Final = Path(__file__).parent
_NUMBERS: Final = itertools.count()
RELEASES: Final = sorted(directory.parent.name for directory in HERE.glob("*/facts.json"))
# Releases whose request ids belonged to no API key. Later releases refuse these ids (migration 0007).
WITHOUT_CALLERS: Final = frozenset({"72bc27a", "2a1d719"})
HOST: Final = "api.example.com"

Facts = dict[str, Any]


class Upgraded:
    """A running node on the upgraded database of a release."""

    def __init__(self, deployment: Deployment, release: str) -> None:
        self.deployment = deployment
        self.heads = HERE / release / "heads.jsonl"
        # One for each release that has filled the database, the oldest first.
        self.facts: list[Facts] = json.loads((HERE / release / "facts.json").read_text())

    def facts_with(self, name: str) -> list[Facts]:
        """The facts of the releases that could make rows of this kind."""
        return [facts for facts in self.facts if name in facts]

    async def verify(self) -> str:
        """What `audit verify` prints. It must find nothing, and the heads that the old release exported must be in the chains.

        It runs with the real clock, because it reports the one of the fixture.
        """
        async with self.deployment.sql() as connection:
            clock = await connection.fetchval("select pg_get_functiondef('strongroom_now'::regproc)")
            await connection.execute(
                "create or replace function strongroom_now() returns timestamptz language sql stable as"
                " 'select statement_timestamp()'"
            )
            try:
                return await self._verify()
            finally:
                await connection.execute(clock)

    async def _verify(self) -> str:
        settings = self.deployment.settings
        environment = {
            "STRONGROOM_DATABASE_URL": self.deployment.database_url,
            "STRONGROOM_DATA_DIR": str(settings.data_dir),
        }
        status, out, err = await run_command(
            "audit", "verify", "--rows", "--heads", str(self.heads), environment=environment
        )
        assert status == 0, out + err
        return out + err


@pytest.fixture(scope="module", params=RELEASES)
async def upgraded(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Upgraded]:
    """The database and the key files of a release, after `setup` of this version. The tests of the module share it."""
    release: str = request.param
    # A worker may come back to the module: each time it upgrades a database of its own.
    name = f"upgrade_{release}_{next(_NUMBERS)}"
    url = url_of(postgres_url, name)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"create database {name}")
    await connection.close()
    connection = await asyncpg.connect(url)
    await connection.execute((HERE / release / "database.sql").read_text())
    # The rows stay as old as they were when the release wrote them, so that nothing expires as the repository ages.
    facts = json.loads((HERE / release / "facts.json").read_text())
    await connection.execute(
        "create or replace function public.strongroom_now() returns timestamptz language sql stable as"
        f" $$ select now() - (timestamptz '{datetime.now().astimezone()}' - timestamptz '{facts[-1]['time']}') $$"
    )
    await connection.close()
    data_dir = tmp_path_factory.mktemp("upgraded")
    shutil.copytree(HERE / release / "keys", data_dir / "keys")
    (data_dir / "keys").chmod(0o700)
    for file in (data_dir / "keys").iterdir():
        file.chmod(0o600)
    async with open_deployment(url, data_dir) as deployment:
        yield Upgraded(deployment, release)


def data_of(fact: Facts) -> CredentialData:
    """The data that the release stored."""
    return ParseDict(fact["data"], CredentialData())


async def test_setup_leaves_a_whole_audit_trail_and_authentic_rows(upgraded: Upgraded) -> None:
    assert "the audit trail is whole" in await upgraded.verify()


async def test_every_old_credential_opens(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        vendors = [fact for name, fact in facts.items() if name.startswith("vendor_")]
        assert len(facts["credentials"]) == len(samples())
        assert len(vendors) == 4
        for fact in [*facts["credentials"], *vendors, facts["live"], facts["test"]]:
            opened = await accessed(upgraded.deployment, fact["id"], target_host=HOST)
            assert opened.data == data_of(fact)
            assert (await got(upgraded.deployment, fact["id"])).name == opened.name


async def test_a_list_has_every_old_credential_that_lives(upgraded: Upgraded) -> None:
    names = set()
    token = ""
    while True:
        page = await upgraded.deployment.credentials.ListCredentials(
            ListCredentialsRequest(page_size=50, page_token=token, view=CREDENTIAL_VIEW_FULL),
            metadata=upgraded.deployment.metadata,
        )
        names |= {credential.id for credential in page.credentials}
        if not (token := page.next_page_token):
            break
    for facts in upgraded.facts:
        alive = {fact["id"] for fact in [*facts["credentials"], facts["live"], facts["invalid"]]}
        assert alive <= names
        assert not {facts["expired"]["id"], facts["of_other"]["id"]} & names


async def test_vendors_settings_and_shared_teams_are_kept(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        teams = facts["teams"]
        aws = await got(upgraded.deployment, facts["vendor_aws"]["id"])
        assert aws.surface == SURFACE_TINES
        assert aws.tines_settings.external_id
        assert aws.tines_settings.use_static_external_id
        assert (aws.team_id, aws.folder_id) == (teams["own"], teams["folder"])
        assert list(aws.shared_team_slugs) == [teams["friends_slug"]]
        limited = bearer(facts["keys"]["limited"]["key"])
        assert (await accessed(upgraded.deployment, aws.id, by=limited)).data == data_of(facts["vendor_aws"])
        token = await got(upgraded.deployment, facts["vendor_http_request"]["id"])
        assert token.tines_settings.token_ttl_seconds == 60
        live = await got(upgraded.deployment, facts["live"]["id"])
        assert live.test_credential.id == facts["test"]["id"]


async def test_api_keys_keep_what_they_may_do(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        keys, native = facts["keys"], facts["credentials"][0]["id"]
        assert await got(upgraded.deployment, native, by=bearer(keys["whole"]["key"]))
        if "token" in keys:
            claims = {"iss": f"https://versori.com/sk/{keys['token']['id']}", "exp": 4_000_000_000}
            token = jwt.encode(claims, keys["token"]["private_key"], "RS256")
            assert await got(upgraded.deployment, native, by=(("authorization", f"JWT {token}"),))
        revoked = await refused(got(upgraded.deployment, native, by=bearer(keys["revoked"]["key"])))
        assert revoked.code == grpc.StatusCode.UNAUTHENTICATED
        limited = await refused(got(upgraded.deployment, facts["live"]["id"], by=bearer(keys["limited"]["key"])))
        assert limited.reason == "CREDENTIAL_NOT_FOUND"
        elsewhere = await refused(got(upgraded.deployment, native, by=bearer(facts["other"]["key"])))
        assert elsewhere.reason == "CREDENTIAL_NOT_FOUND"
        of_other = await accessed(upgraded.deployment, facts["of_other"]["id"], by=bearer(facts["other"]["key"]))
        assert of_other.data == data_of(facts["of_other"])


async def test_an_old_credential_is_used_by_an_invoker_whom_an_old_admin_key_made(upgraded: Upgraded) -> None:
    # The key of the deployment is the first one, which the oldest release made.
    user, invoker = [await key_of(upgraded.deployment, role) for role in (ROLE_USER, ROLE_INVOKER)]
    for facts in upgraded.facts:
        (fact,) = (fact for fact in facts["credentials"] if "text" in fact["data"])
        response = await authorized(upgraded.deployment, fact["id"], user, url=f"https://{HOST}/")
        secret = data_of(fact).text.value
        assert [each.value for each in response.headers] == [f"Bearer {secret}"]
        refusal = await refused(authorized(upgraded.deployment, fact["id"], invoker, url=f"https://{HOST}/"))
        assert refusal.reason in ("HOSTS_REQUIRED", "SECRET_NOT_RELEASED")


async def test_what_was_hidden_or_invalid_stays_so(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        for name in {"expired", "deleted"} & facts.keys():
            hidden = await refused(accessed(upgraded.deployment, facts[name]["id"]))
            assert hidden.reason == "CREDENTIAL_NOT_FOUND"
        invalid = facts["invalid"]
        assert (await got(upgraded.deployment, invalid["id"])).state == CREDENTIAL_STATE_INVALID
        assert (await refused(accessed(upgraded.deployment, invalid["id"]))).reason == "CREDENTIAL_INVALID"
        opened = await accessed(upgraded.deployment, invalid["id"], allow_invalid=True)
        assert opened.data == data_of(invalid)


async def test_old_versions_open_and_can_be_restored_but_not_the_destroyed_one(upgraded: Upgraded) -> None:
    service, metadata = upgraded.deployment.credentials, upgraded.deployment.metadata
    for facts in upgraded.facts_with("versions"):
        fact = facts["versions"]
        newest = await accessed(upgraded.deployment, fact["id"])
        assert newest.data == ParseDict(fact["newest"], CredentialData())
        assert (newest.version, newest.description) == (5, "renamed")
        assert (await accessed(upgraded.deployment, fact["id"], version=1)).data == data_of(fact)
        destroyed = await refused(accessed(upgraded.deployment, fact["id"], version=2))
        assert destroyed.reason == "VERSION_DESTROYED"
        restore = RestoreCredentialVersionRequest(id=fact["id"], version=1)
        restored = await service.RestoreCredentialVersion(restore, metadata=metadata)
        assert restored.version == 6
        assert (await accessed(upgraded.deployment, fact["id"])).data == data_of(fact)
        answer = await service.ListCredentialVersions(ListCredentialVersionsRequest(id=fact["id"]), metadata=metadata)
        states = {version.version: version.state for version in answer.versions}
        assert states[2] == CREDENTIAL_VERSION_STATE_DESTROYED


async def test_an_old_credential_can_be_updated_and_deleted(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        for number, fact in enumerate(facts["credentials"]):
            renamed = await updated(upgraded.deployment, fact["id"], "name", name=f"upgraded {number}")
            assert renamed.name == f"upgraded {number}"
        variants = samples("rotated")
        basic = next(fact["id"] for fact in facts["credentials"] if "basic_auth" in fact["data"])
        rotated = await updated(upgraded.deployment, basic, "data", data=variants["basic_auth"])
        assert rotated.version == 2
        assert (await accessed(upgraded.deployment, basic, target_host=HOST)).data == variants["basic_auth"]
        await deleted(upgraded.deployment, basic)


async def test_a_deleted_credential_can_be_undeleted(upgraded: Upgraded) -> None:
    for facts in upgraded.facts_with("deleted"):
        fact = facts["deleted"]
        await upgraded.deployment.credentials.UndeleteCredential(
            UndeleteCredentialRequest(id=fact["id"]), metadata=upgraded.deployment.metadata
        )
        assert (await accessed(upgraded.deployment, fact["id"])).data == data_of(fact)


async def test_a_request_of_before_is_not_done_again(upgraded: Upgraded) -> None:
    for facts in upgraded.facts:
        request = ParseDict(facts["replayed"]["request"], CreateCredentialRequest())
        call = upgraded.deployment.credentials.CreateCredential(request, metadata=upgraded.deployment.metadata)
        if facts["release"] in WITHOUT_CALLERS:
            assert (await refused(call)).reason == "REQUEST_ID_REUSED"
        else:
            assert (await call).id == facts["replayed"]["id"]
        request.credential.name = "another"
        other = upgraded.deployment.credentials.CreateCredential(request, metadata=upgraded.deployment.metadata)
        assert (await refused(other)).reason == "REQUEST_ID_REUSED"


async def test_old_teams_and_api_keys_can_be_changed(upgraded: Upgraded) -> None:
    service, metadata = upgraded.deployment.organisations, upgraded.deployment.metadata
    for facts in upgraded.facts:
        team = facts["teams"]["own"]
        rename = UpdateTeamRequest(id=team, team=Team(name=f"renamed {facts['release']}"))
        rename.update_mask.paths.append("name")
        assert (await service.UpdateTeam(rename, metadata=metadata)).name == rename.team.name
        listed = await service.ListFolders(ListFoldersRequest(team_id=team), metadata=metadata)
        assert {folder.name for folder in listed.folders} == {"outer", "inner"}
        whole = facts["keys"]["whole"]
        narrow = UpdateApiKeyRequest(id=whole["id"], api_key=ApiKey(roles=[ROLE_READER]))
        narrow.update_mask.paths.append("roles")
        await service.UpdateApiKey(narrow, metadata=metadata)
        await service.RevokeApiKey(RevokeApiKeyRequest(id=whole["id"]), metadata=metadata)
        assert (await service.GetApiKey(GetApiKeyRequest(id=whole["id"]), metadata=metadata)).HasField("revoke_time")
        page = await service.ListApiKeys(ListApiKeysRequest(), metadata=metadata)
        assert {key["id"] for key in facts["keys"].values()} <= {key.id for key in page.api_keys}


async def test_new_rows_are_made_next_to_the_old_ones(upgraded: Upgraded) -> None:
    service, metadata = upgraded.deployment.organisations, upgraded.deployment.metadata
    team = await service.CreateTeam(CreateTeamRequest(team=Team(name="new")), metadata=metadata)
    folder = await service.CreateFolder(
        CreateFolderRequest(folder=Folder(name="new", team_id=team.id)), metadata=metadata
    )
    made = await created(upgraded.deployment, named(team_id=team.id, folder_id=folder.id))
    key = await key_of(upgraded.deployment, ROLE_READER, team_ids=[team.id])
    assert (await got(upgraded.deployment, made.id, by=key)).id == made.id
    events = await upgraded.deployment.audit.ListAuditEvents(
        ListAuditEventsRequest(action="CreateCredential", credential_id=made.id), metadata=metadata
    )
    assert len(events.audit_events) == 1


async def test_the_audit_trail_is_whole_after_the_changes(upgraded: Upgraded) -> None:
    assert "the audit trail is whole" in await upgraded.verify()
