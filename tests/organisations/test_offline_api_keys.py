"""`strongroom-server api-keys create` creates an API key for an operator who has the root key."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from forking import run_command
from node.test_process import KEY, LIST, data_dir, running
from rpc.calls import bearer, make_key, other_organisation, refused

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    GetApiKeyRequest,
)
from strongroom_server.audit import verify as audit_verifier
from strongroom_server.core.errors import KEY_ERROR_STATUS
from strongroom_server.node.keyring import audited
from strongroom_server.organisations.offline_api_keys import PEER

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

__all__ = ["data_dir"]

ALL_BUT_OPERATOR = [ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_ADMIN]


async def run_create(data_dir: Path, url: str, *arguments: str) -> tuple[int, str, str]:
    """Run `api-keys create` and return its status, stdout and stderr."""
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": url}
    return await run_command("api-keys", "create", *arguments, environment=environment)


async def create(deployment: Deployment, *arguments: str) -> str:
    status, out, err = await run_create(deployment.settings.data_dir, deployment.database_url, *arguments)
    assert status == 0, err
    return out.strip()


async def count(deployment: Deployment) -> int:
    async with deployment.sql() as sql:
        number: int = await sql.fetchval("select count(*) from api_keys")
    return number


async def test_a_key_is_created_while_a_node_runs_and_printed_once(deployment: Deployment) -> None:
    status, out, err = await run_create(
        deployment.settings.data_dir, deployment.database_url,
        "--organisation", "default", "--role", "reader", "--role", "writer", "--display-name", "night shift",
        "--team", "2", "--expires-in", "12h",
    )  # fmt: skip
    assert status == 0
    key = out.strip()
    assert key.startswith("sr_")
    assert key.split("_", 2)[2] not in err
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(key))
    shown = await deployment.organisations.GetApiKey(
        GetApiKeyRequest(id=key.split("_")[1]), metadata=deployment.metadata
    )
    assert (shown.display_name, list(shown.roles), list(shown.team_ids)) == (
        "night shift",
        [ROLE_READER, ROLE_WRITER],
        [2],
    )
    assert list(shown.grantable_roles) == []
    assert shown.expire_time.ToDatetime(UTC) - shown.create_time.ToDatetime(UTC) == timedelta(hours=12)


async def test_the_creation_is_an_audit_event_of_the_organisation_that_verifies(deployment: Deployment) -> None:
    name, _ = await other_organisation(deployment)
    key_id = (await create(deployment, "--organisation", name, "--role", "admin")).split("_")[1]
    async with deployment.sql() as sql:
        event = await sql.fetchrow(
            "select organisation_id, action, outcome, key_id, peer from audit_events where subject = $1", key_id
        )
    assert tuple(event or ()) == (name, "CreateApiKey", "OK", "", PEER)
    async with audited(deployment.settings, deployment.database_url) as (pool, keyring):
        assert await audit_verifier.verify(pool, keyring) == []


async def test_an_admin_key_grants_every_role_and_operator_only_if_it_has_that_role(deployment: Deployment) -> None:
    admin = await create(deployment, "--organisation", "default", "--role", "admin")
    made = await make_key(deployment, *ALL_BUT_OPERATOR, by=bearer(admin), grantable_roles=ALL_BUT_OPERATOR)
    assert list(made.roles) == ALL_BUT_OPERATOR
    assert (await refused(make_key(deployment, ROLE_OPERATOR, by=bearer(admin)))).reason == "GRANT_NOT_ALLOWED"
    operator = await create(deployment, "--organisation", "default", "--role", "admin", "--role", "operator")
    await make_key(deployment, ROLE_OPERATOR, by=bearer(operator))


async def test_the_key_is_written_to_a_new_file_that_only_its_owner_can_read(
    deployment: Deployment, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    arguments = ("--organisation", "default", "--role", "reader", "--output", str(path))
    assert await create(deployment, *arguments) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text()
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(content.strip()))
    before = await count(deployment)
    status, out, err = await run_create(deployment.settings.data_dir, deployment.database_url, *arguments)
    assert (status, out, err) == (1, "", f"strongroom-server: {path}: File exists\n")
    assert path.read_text() == content
    assert await count(deployment) == before


async def test_the_file_is_deleted_if_the_key_cannot_be_stored(own_deployment: Deployment, tmp_path: Path) -> None:
    deployment, path = own_deployment, tmp_path / "key"
    async with deployment.sql() as sql:
        await sql.execute("alter table audit_events add constraint closed check (false) not valid")
    arguments = ("--organisation", "default", "--role", "admin", "--output", str(path))
    status, out, _ = await run_create(deployment.settings.data_dir, deployment.database_url, *arguments)
    assert (status, out) == (1, "")
    assert not path.exists()
    assert await count(deployment) == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--organisation", "never", "--role", "admin"), "--organisation must be the id of an organisation"),
        (
            ("--organisation", "default", "--role", "admin", "--team", "9"),
            "--team must be a team of the organisation",
        ),
        (
            ("--organisation", "default", "--role", "admin", "--expires-in", "soon"),
            "--expires-in must be a number from 1 with a unit of s, m, h or d, such as 90d",
        ),
        (
            ("--organisation", "default", "--role", "admin", "--expires-in", "999999999d"),
            "--expires-in must be before the year 10000",
        ),
        (
            ("--organisation", "default", "--role", "admin", "--display-name", "n" * 256),
            "--display-name must be at most 255 characters long",
        ),
    ],
    ids=range(5),
)
async def test_an_error_is_one_line_that_names_the_option_and_the_rule(
    deployment: Deployment, arguments: tuple[str, ...], text: str
) -> None:
    before = await count(deployment)
    status, out, err = await run_create(deployment.settings.data_dir, deployment.database_url, *arguments)
    assert (status, out, err) == (1, "", f"strongroom-server: {text}\n")
    assert await count(deployment) == before


async def test_no_key_is_created_without_the_root_key(deployment: Deployment, tmp_path: Path) -> None:
    before = await count(deployment)
    arguments = ("--organisation", "default", "--role", "admin")
    keys = tmp_path / "keys"
    shutil.copytree(deployment.settings.keys_dir, keys)
    (keys / "root.key").unlink()
    for text in (f"{keys / 'root.key'}: the key file is missing", f"{keys / 'root.key'}: must be the private part"):
        status, out, err = await run_create(tmp_path, deployment.database_url, *arguments)
        assert (status, out) == (KEY_ERROR_STATUS, "")
        assert err.startswith(f"strongroom-server: {text}")
        (keys / "root.key").write_text("ab" * 32)
        (keys / "root.key").chmod(0o600)
    assert await count(deployment) == before
    # The command does not create a database in a directory that does not exist.
    nowhere = tmp_path / "mistyped"
    assert (await run_create(nowhere, "", *arguments))[0] == KEY_ERROR_STATUS
    assert not nowhere.exists()


async def test_a_key_is_created_in_the_embedded_database_with_or_without_a_running_node(data_dir: Path) -> None:
    arguments = ("--organisation", "default", "--role", "reader", "--role", "admin")
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_BOOTSTRAP_API_KEY=KEY) as run:
        status, key, err = await run_create(data_dir, "", *arguments)
        assert status == 0, err
        assert await run.grpcurl(LIST, {}, key.strip()) == {}
        run.process.terminate()
        await run.process.communicate()
    status, key, err = await run_create(data_dir, "", *arguments)
    assert status == 0, err
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        assert await run.grpcurl(LIST, {}, key.strip()) == {}
