"""Helpers of the tests that back up and restore with the commands themselves."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from forking import run_command
from pyrage import x25519

from strongroom_server.core.errors import KEY_ERROR_STATUS

if TYPE_CHECKING:
    from conftest import Deployment

SERVER = Path(sys.executable).with_name("strongroom-server")


@dataclass(frozen=True, slots=True)
class AgeKey:
    """An age key: the file of the private one, and the public one."""

    identity: Path
    recipient: str


@pytest.fixture(scope="module")
def age_key(tmp_path_factory: pytest.TempPathFactory) -> AgeKey:
    """The age key that a module's backups are encrypted to."""
    return new_age_key(tmp_path_factory.mktemp("age") / "identity")


def new_age_key(path: Path) -> AgeKey:
    """Write a private age key, as age-keygen does."""
    identity = x25519.Identity.generate()
    path.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
    path.chmod(0o600)
    return AgeKey(path, str(identity.to_public()))


async def command(*arguments: object, data_dir: Path, url: str, **environment: str) -> tuple[int, str, str]:
    """The status, the output and the error output of `strongroom-server`."""
    made = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": url, **environment}
    return await run_command(*map(str, arguments), environment=made)


async def refusal(*arguments: object, data_dir: Path, url: str) -> str:
    """The one line of the error that ends a command."""
    status, _, said = await command(*arguments, data_dir=data_dir, url=url)
    # The labels of progress bars are lines of their own.
    lines = [line for line in said.splitlines() if line not in ("rows", "events")]
    assert status in (1, KEY_ERROR_STATUS), said
    assert len(lines) == 1, said
    assert lines[0].startswith("strongroom-server: ")
    assert "Errno" not in lines[0]
    return lines[0]


async def back_up(deployment: Deployment, key: AgeKey, directory: Path) -> tuple[Path, Path]:
    """Back up the database and the keys of a deployment, and return the two files."""
    files = (directory / "database.age", directory / "keys.age")
    for what, path in zip(("database", "keys"), files, strict=True):
        status, _, said = await command(
            "backup", what, "--to", path, "--recipient", key.recipient,
            data_dir=deployment.settings.data_dir, url=deployment.database_url,
        )  # fmt: skip
        assert status == 0, said
        assert path.stat().st_mode & 0o777 == 0o600
    return files


async def restored(files: tuple[Path, Path], key: AgeKey, data_dir: Path, url: str) -> str:
    """Restore the keys and the database, and return the output of the latter."""
    for what, path in zip(("keys", "database"), reversed(files), strict=True):
        status, out, said = await command(
            "restore", what, "--from", path, "--identity", key.identity, data_dir=data_dir, url=url
        )
        assert status == 0, out + said
    return out


async def restored_badly(files: tuple[Path, Path], key: AgeKey, data_dir: Path, url: str) -> tuple[str, str]:
    """Restore the keys and a database that does not verify. Returns the output and the error output."""
    database, keys = files
    status, _, said = await command(
        "restore", "keys", "--from", keys, "--identity", key.identity, data_dir=data_dir, url=url
    )
    assert status == 0, said
    status, out, said = await command(
        "restore", "database", "--from", database, "--identity", key.identity, data_dir=data_dir, url=url
    )
    assert status == 1, out
    return out, said
