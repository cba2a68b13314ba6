"""`audit verify --rows` names each row and box that was changed in the database, and nothing else."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import ORGANISATION, Deployment, copied_database, new_database, open_deployment
from credentials.test_versions import destroy
from forking import run_command
from organisations.binding import bound, mapped
from rpc.calls import deleted, key_of, other_organisation, updated
from samples import created, named, samples
from sealing.test_tampering import CHANGES, policy
from waiting import until

from strongroom.v1.organisation_service_pb2 import ROLE_READER
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.node.keyring import audited
from strongroom_server.store import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from strongroom_server.node.settings import Settings


@dataclass(frozen=True, slots=True)
class Stored:
    """A database to copy, the settings of the node that wrote it, and some of its ids."""

    settings: Settings
    postgres_url: str
    database: str
    versioned: str
    other: str
    theirs: str

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[tuple[str, asyncpg.Connection[asyncpg.Record]]]:
        """The URL of a copy, and a connection to it as its owner."""
        async with copied_database(self.postgres_url, self.database) as url:
            connection = await asyncpg.connect(url)
            try:
                yield url, connection
            finally:
                await connection.close()


async def findings(settings: Settings, url: str, checked: Checked | None = None) -> list[tuple[str, str]]:
    async with audited(settings, url, opens=True) as (database, keyring):
        found = verify_rows(database, keyring, checked or Checked())
        return [(finding.organisation_id, finding.text) async for finding in found]


@pytest.fixture(scope="module")
async def stored(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Credentials of two organisations: with versions, a destroyed version, a deleted one, a test credential; and API keys."""
    url = await new_database(postgres_url, template_database)
    async with open_deployment(url, tmp_path_factory.mktemp("rows")) as deployment:
        versioned = await created(deployment)
        for marker in ("two", "three"):
            await updated(deployment, versioned.id, "data", data=samples(marker)["basic_auth"])
        await destroy(deployment, versioned.id, 1)
        for variant in samples():
            await created(deployment, named(variant=variant), accept_invalid=True)
        await created(deployment, named(live_credential_id=versioned.id))
        await deleted(deployment, (await created(deployment)).id)
        await key_of(deployment, ROLE_READER, team_ids=(1,))
        for name in ("one.example", "two.example"):
            await mapped(deployment, await bound(deployment, spiffe_trust_domain=name), "a")
        other, by = await other_organisation(deployment)
        theirs = await created(deployment, policy(), by)
        async with deployment.sql() as connection:
            await until(
                lambda: connection.fetchval("select not exists (select from audit_events where chain_position is null)")
            )
    database = url.rpartition("/")[2].partition("?")[0]
    return Stored(deployment.settings, postgres_url, database, versioned.id, other, theirs.id)


async def test_unchanged_rows_have_no_finding_and_every_row_is_checked(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small pages, so that there are several, and a credential's versions are on more than one.
    monkeypatch.setattr(rows, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(rows, "_BOXES_AT_ONCE", 2)
    checked = Checked()
    async with stored.copy() as (url, connection):
        assert await findings(stored.settings, url, checked) == []
        for count, table in (
            (checked.credentials, "credentials"),
            (checked.boxes, "boxes"),
            (checked.api_keys, "api_keys"),
        ):
            assert count == await connection.fetchval(f"select count(*) from {table}")
        assert checked.identities == 4
        assert checked.opened == checked.boxes - 1


async def test_each_of_60_flipped_bits_in_boxes_is_found_with_its_credential_and_version(stored: Stored) -> None:
    async with stored.copy() as (url, connection):
        boxes = await connection.fetch(
            "select organisation_id, credential_id, version, length(box) as size from boxes where box is not null"
        )
        flipped = 0
        for place in (0, 31, 60, -1):
            for organisation_id, credential_id, version, size in boxes:
                at = place % size
                flip = (
                    f"update boxes set box = set_byte(box, {at}, get_byte(box, {at}) # 1)"
                    " where credential_id = $1 and version = $2"
                )
                await connection.execute(flip, credential_id, version)
                flipped += 1
                if flipped % len(boxes) == 1:
                    ((organisation, text),) = await findings(stored.settings, url)
                    assert organisation == organisation_id
                    assert text.startswith(f"credential {credential_id}: version {version}: the box was changed")
            assert len(await findings(stored.settings, url)) == len(boxes)
            for _, credential_id, version, size in boxes:
                at = place % size
                await connection.execute(
                    f"update boxes set box = set_byte(box, {at}, get_byte(box, {at}) # 1)"
                    " where credential_id = $1 and version = $2",
                    credential_id,
                    version,
                )
        assert flipped >= 60


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_column_of_a_credential_is_found(stored: Stored, column: str) -> None:
    async with stored.copy() as (url, connection):
        await connection.execute("alter table boxes drop constraint boxes_organisation_id_credential_id_fkey")
        await connection.execute(f"update credentials set {column} = {CHANGES[column]} where id = $1", stored.theirs)
        changed = await connection.fetchrow(
            "select organisation_id, id from credentials c where not exists"
            " (select from boxes b where b.credential_id = c.id) or id = $1 or number > 100000",
            stored.theirs,
        )
        found = await findings(stored.settings, url)
    assert changed is not None
    named_row = (
        changed["organisation_id"],
        f"credential {changed['id']}: the row was changed: it does not carry the signature of a node",
    )
    assert named_row in found
    assert {text.split()[1].rstrip(":") for _, text in found} <= {str(changed["id"]), stored.theirs}


API_KEY_CHANGES = {
    "organisation_id": "(select organisation_id from organisations where organisation_id <> 'default')",
    "id": "id || 'x'",
    "display_name": "'x'",
    "secret_sha256": "sha256(secret_sha256)",
    "roles": "'{5}'",
    "team_ids": "'{}'",
    "expire_time": "now()",
    "create_time": "create_time + interval '1 second'",
    "revoke_time": "now()",
    "jwt_public_key": "'x'",
    "revision": "revision + 1",
    "signature_format": "1",
    "signer_id": "'other'",
    "signature": "sha512(signature)",
}


@pytest.mark.parametrize("column", API_KEY_CHANGES)
async def test_a_changed_column_of_an_api_key_is_found(stored: Stored, column: str) -> None:
    async with stored.copy() as (url, connection):
        changed = await connection.fetchrow(
            f"update api_keys set {column} = {API_KEY_CHANGES[column]} where team_ids <> '{{}}'"
            " returning organisation_id, id"
        )
        found = await findings(stored.settings, url)
    assert changed is not None
    text = f"API key {changed['id']}: the row was changed: it does not carry the signature of a node"
    assert found == [(changed["organisation_id"], text)]


_PUT_BACK = (
    "update boxes b set box = o.box{} from boxes o"
    " where b.credential_id = $1 and b.version = 1 and o.credential_id = $1 and o.version = 2"
)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("delete from boxes where credential_id = $1 and version = 3", "version 3: the box is gone"),
        ("update boxes set box = null where credential_id = $1 and version = 3", "version 3: the box is gone"),
        ("update boxes set box = null where credential_id = $1 and version = 2", "version 2: the box is gone"),
        (
            _PUT_BACK.format(""),
            "version 1: the version was destroyed, but it has a box",
        ),
        (
            _PUT_BACK.format(", destroy_time = null"),
            "version 1: the audit trail says that the version was destroyed, but it has a box",
        ),
        (
            "update boxes set variant = 'text' where credential_id = $1 and version = 2",
            "version 2: the box does not open",
        ),
        (
            "update boxes set variant = 'text' where credential_id = $1 and version = 3",
            "version 3: the variant or the sealing key of the box is not the one in the row",
        ),
        (
            "delete from audit_events where credential_id = $1 and version = 2",
            "version 2: 0 hashes of the box are in the audit trail",
        ),
    ],
)
async def test_a_version_that_differs_from_what_was_sealed_is_named(stored: Stored, change: str, told: str) -> None:
    async with stored.copy() as (url, connection):
        assert not (await connection.execute(change, stored.versioned)).endswith(" 0")
        ((organisation_id, text),) = await findings(stored.settings, url)
    assert organisation_id == ORGANISATION
    assert text.startswith(f"credential {stored.versioned}: {told}")


async def test_rows_that_are_written_during_the_check_are_no_finding(own_deployment: Deployment) -> None:
    stop = asyncio.Event()

    async def act() -> int:
        acts = 0
        while not stop.is_set():
            credential = await created(own_deployment)
            for marker in ("two", "three"):
                await updated(own_deployment, credential.id, "data", data=samples(marker)["basic_auth"])
            await destroy(own_deployment, credential.id, 1)
            acts += 1
        return acts

    acting = asyncio.create_task(act())
    try:
        for _ in range(10):
            assert await findings(own_deployment.settings, own_deployment.database_url) == []
    finally:
        stop.set()
        acts = await acting
    assert acts > 0


async def ran(data_dir: Path, url: str) -> tuple[int, list[str], str]:
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": url}
    status, out, err = await run_command("audit", "verify", "--rows", environment=environment)
    return status, out.splitlines(), err


async def test_the_command_names_each_finding_and_its_exit_status_says_whether_there_are_any(
    stored: Stored, tmp_path: Path
) -> None:
    async with stored.copy() as (url, connection):
        boxes = await connection.fetchval("select count(*) from boxes")
        status, lines, progress = await ran(stored.settings.data_dir, url)
        assert status == 0, progress
        assert lines[0] == "the audit trail is whole"
        assert f"{boxes} boxes, of which this node opened {boxes - 1}," in lines[1]
        assert "rows" in progress

        await connection.execute("update boxes set box = set_byte(box, 9, get_byte(box, 9) # 8) where version = 3")
        await connection.execute("update api_keys set roles = '{5}' where organisation_id = $1", stored.other)
        status, lines, told = await ran(stored.settings.data_dir, url)
        assert status == 1
        assert lines[1].startswith(f"{ORGANISATION}: credential {stored.versioned}: version 3: ")
        assert all(line.startswith(f"{stored.other}: API key ") for line in lines[2:4])
        assert told.endswith("strongroom-server: 3 rows or boxes are broken\n")

        # A node without private keys checks everything except that boxes open.
        shutil.copytree(stored.settings.data_dir, tmp_path / "writer")
        for path in (tmp_path / "writer" / "keys").glob("sealing-*.key"):
            path.unlink()
        status, lines, told = await ran(tmp_path / "writer", url)
        assert status == 1
        assert "of which this node opened 0" in lines[-1]
        assert told.endswith("strongroom-server: 3 rows or boxes are broken\n")


@pytest.mark.parametrize(
    ("table", "change", "noun"),
    [
        ("identity_issuers", "denied_serials = '{1}'", "identity issuer"),
        ("identities", "name = 'spiffe://one.example/**'", "identity"),
    ],
)
async def test_a_changed_issuer_or_identity_is_found(stored: Stored, table: str, change: str, noun: str) -> None:
    async with stored.copy() as (url, connection):
        row_id = await connection.fetchval(
            f"update {table} set {change} where id = (select min(id) from {table}) returning id"
        )
        ((_, text),) = await findings(stored.settings, url)
    assert text.startswith(f"{noun} {row_id}: the row was changed")
