"""`setup --role=writer` makes what a writer node needs, and nothing else. The page's commands that add nodes work as they are."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from node.test_process import ACCESS, BILLING, BIN, CREATE, KEY, Run, data_dir, ended, running, set_up_database

from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import ROLE, SUPERUSER
from strongroom_server.node.settings import from_environment
from strongroom_server.node.setup import set_up
from strongroom_server.node.setup_writer import set_up_writer
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.sealing.trusted_keys import KeyringError

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings

__all__ = ["data_dir"]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "production.md"
CREATE_TEAM = "strongroom.v1.OrganisationService/CreateTeam"


def commands(heading: str) -> list[str]:
    """The code blocks of a section of the page."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```shell\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


async def pasted(text: str, directory: Path, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", text, cwd=directory,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


@pytest.fixture
async def environment(database_url: str, data_dir: Path) -> dict[str, str]:
    """The variables of the first start, whose root key is not among the key files."""
    made = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_ROOT_KEY_FILE": str(data_dir.parent / "root" / "root.key"),
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    await set_up_database(made)
    return made


async def reason_of(run: Run, method: str, request: dict[str, object]) -> str:
    with pytest.raises(AssertionError) as caught:
        await run.grpcurl(method, request)
    found = re.search(r'"reason":\s*"(\w+)"', str(caught.value))
    assert found, caught.value
    return found[1]


async def test_the_commands_of_the_page_add_a_node(environment: dict[str, str], data_dir: Path) -> None:
    [add] = commands("Add a node")
    await pasted(add, data_dir.parent, environment)

    new = data_dir.parent / "new-node"
    kinds = sorted(path.name.partition("-")[0] for path in (new / "keys").iterdir())
    assert kinds == ["admin", "digest", "root.pub", "sealing", "signing"]
    for kind in ("admin", "signing"):
        [own], [other] = ((each / "keys").glob(f"{kind}-*") for each in (new, data_dir))
        assert own.name != other.name
    served = {**environment, "STRONGROOM_DATA_DIR": str(new)}
    del served["STRONGROOM_ROOT_KEY_FILE"]
    async with running("serve", **environment) as first, running("serve", **served) as second:
        made = await first.grpcurl(CREATE, BILLING)
        assert (await second.grpcurl(ACCESS, {"id": made["id"]}))["data"] == BILLING["credential"]["data"]
        team = await second.grpcurl(CREATE_TEAM, {"team": {"name": "By the second node"}})
        assert (await first.grpcurl("strongroom.v1.OrganisationService/GetTeam", {"id": team["id"]}))["id"] == team[
            "id"
        ]


async def test_the_commands_of_the_page_add_a_writer_node(environment: dict[str, str], data_dir: Path) -> None:
    prepare, grant, serve = commands("Run a writer node")
    await pasted(prepare, data_dir.parent, environment)
    writer = data_dir.parent / "writer"
    kinds = sorted(path.name.partition("-")[0] for path in (writer / "keys").iterdir())
    assert kinds == ["digest", "root.pub", "signing"]

    url = environment["STRONGROOM_DATABASE_URL"]
    create_role, grant_command = grant.splitlines()
    found = re.fullmatch(r'psql .*--command="(.*)"', create_role)
    assert found
    superuser = await asyncpg.connect(url, user=SUPERUSER)
    try:
        await superuser.execute(found[1])
        await superuser.execute(f"grant strongroom_writer to {ROLE}")
        await pasted(grant_command, data_dir.parent, environment)
        assert serve == "STRONGROOM_DATA_DIR=writer strongroom-server serve --role=writer\n"
        served = {"STRONGROOM_DATA_DIR": str(writer), "STRONGROOM_DATABASE_URL": f"{url}&role=strongroom_writer"}
        async with running("serve", **environment) as full, running("serve", "--role=writer", **served) as run:
            made = await run.grpcurl(CREATE, BILLING)
            assert (await full.grpcurl(ACCESS, {"id": made["id"]}))["data"] == BILLING["credential"]["data"]
            assert await reason_of(run, ACCESS, {"id": made["id"]}) == "OPENING_KEY_ABSENT"
            assert await reason_of(run, CREATE_TEAM, {"team": {"name": "x"}}) == "SIGNER_ROLE_ABSENT"
    finally:
        await superuser.execute("drop owned by strongroom_writer")
        await superuser.execute("drop role strongroom_writer")
        await superuser.close()


def settings_in(directory: Path, root_key_file: Path) -> Settings:
    return from_environment({"STRONGROOM_DATA_DIR": str(directory), "STRONGROOM_ROOT_KEY_FILE": str(root_key_file)})


@pytest.fixture
async def full(database_url: str, tmp_path: Path) -> Settings:
    """A node of the full role on a database that is set up."""
    settings = settings_in(tmp_path / "full", tmp_path / "root.key")
    await set_up(settings, database_url)
    return settings


@pytest.fixture
def writer(full: Settings, tmp_path: Path) -> Settings:
    """A writer node whose key files are copied and that is not set up."""
    settings = settings_in(tmp_path / "writer", full.root_key_path)
    settings.keys_dir.mkdir(parents=True)
    for path in (full.keys_dir / "root.pub", *full.keys_dir.glob("digest-*")):
        shutil.copy2(path, settings.keys_dir)
    return settings


async def signing_keys(database_url: str) -> dict[str, str]:
    """The purposes of the registered signing keys, by id."""
    connection = await asyncpg.connect(database_url)
    try:
        return {row["id"]: row["purpose"] for row in await connection.fetch("select id, purpose from signing_keys")}
    finally:
        await connection.close()


async def test_a_second_setup_changes_nothing_and_needs_no_root_key(writer: Settings, database_url: str) -> None:
    key_id = await set_up_writer(writer, database_url)
    assert (await signing_keys(database_url))[key_id] == "write"
    before = await signing_keys(database_url)
    writer.root_key_path.unlink()
    assert await set_up_writer(writer, database_url) == key_id
    assert await signing_keys(database_url) == before


@pytest.mark.parametrize("kind", ["admin", "sealing"])
async def test_a_key_that_a_writer_must_not_hold_is_refused_by_setup_and_at_the_start(
    writer: Settings, full: Settings, database_url: str, kind: str
) -> None:
    await set_up_writer(writer, database_url)
    [path] = full.keys_dir.glob(f"{kind}-*")
    shutil.copy2(path, writer.keys_dir)
    with pytest.raises(KeyFileError, match=f"a writer node must not hold {path.name}: remove"):
        await set_up_writer(writer, database_url)
    with pytest.raises(KeyFileError, match=f"a writer node must not hold {path.name}: remove"):
        async with node.service(writer, database_url, opens=False):
            pass


@pytest.mark.parametrize("name", ["root.pub", "digest"])
async def test_a_file_that_was_not_copied_is_named(writer: Settings, database_url: str, name: str) -> None:
    next(writer.keys_dir.glob(f"{name}*")).unlink()
    with pytest.raises(KeyFileError, match=rf"{name}.*"):
        await set_up_writer(writer, database_url)


async def test_a_root_key_of_another_deployment_registers_nothing(
    writer: Settings, database_url: str, tmp_path: Path
) -> None:
    before = await signing_keys(database_url)
    writer.root_key_path.write_text("ab" * 32)
    with pytest.raises(KeyFileError, match=f"{writer.root_key_path}: must be the private part of"):
        await set_up_writer(writer, database_url)
    assert await signing_keys(database_url) == before


async def test_a_digest_key_of_another_deployment_is_refused(writer: Settings, database_url: str) -> None:
    next(writer.keys_dir.glob("digest-*")).write_text("ab" * 32)
    with pytest.raises(KeyringError, match="does not hold the digest key"):
        await set_up_writer(writer, database_url)


async def test_a_writer_that_is_not_registered_does_not_start_and_the_error_names_the_command(
    writer: Settings, full: Settings, database_url: str
) -> None:
    await set_up_writer(writer, database_url)
    connection = await asyncpg.connect(database_url)
    [own] = writer.keys_dir.glob("signing-*")
    await connection.execute("delete from signing_keys where id = $1", own.stem.partition("-")[2])
    await connection.close()
    with pytest.raises(KeyringError, match="run `strongroom-server setup --role=writer` with the root key"):
        async with node.service(writer, database_url, opens=False):
            pass


async def test_a_node_of_the_full_role_does_not_start_without_an_admin_key(full: Settings, database_url: str) -> None:
    next(full.keys_dir.glob("admin-*")).unlink()
    with pytest.raises(KeyFileError, match=r"no admin-<id>\.key: run `strongroom-server setup` with the root key"):
        async with node.service(full, database_url):
            pass
    await set_up(full, database_url)
    async with node.service(full, database_url):
        pass


async def test_the_command_refuses_a_key_file_for_a_writer() -> None:
    status, said = await ended("setup", "--role=writer", "--key-file=k")
    assert status == 2
    assert "--key-file is only for --role=full" in said
