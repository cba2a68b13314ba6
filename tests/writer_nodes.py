"""Writer nodes for tests: their key files, made as `setup --role=writer` makes them, and their database role."""

from __future__ import annotations

import dataclasses
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import asyncpg

from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import ROLE, SUPERUSER
from strongroom_server.node.setup_writer import set_up_writer
from strongroom_server.store.grants import grant_writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment

    from strongroom_server.node.settings import Settings


async def writer_settings(deployment: Deployment, data_dir: Path) -> Settings:
    """The settings of a new writer node of the deployment, with its key files in this directory."""
    keys = deployment.settings.keys_dir
    own_keys = data_dir / "keys"
    own_keys.mkdir(parents=True)
    for path in (keys / "root.pub", *keys.glob("digest-*.key")):
        shutil.copy2(path, own_keys)
    settings = dataclasses.replace(deployment.settings, data_dir=data_dir, root_key_file=keys / "root.key")
    await set_up_writer(settings, deployment.database_url)
    return dataclasses.replace(settings, root_key_file=None)


@asynccontextmanager
async def writer_role(database_url: str, name: str) -> AsyncIterator[str]:
    """A database role with the grants of a writer, and the URL of the database as that role."""
    quoted = '"' + name.replace('"', '""') + '"'
    superuser = await asyncpg.connect(database_url, user=SUPERUSER)
    try:
        await superuser.execute(f"create role {quoted}")
        await superuser.execute(f"grant {quoted} to {ROLE}")
        assert await grant_writer(database_url, name)
        assert await grant_writer(database_url, name)
        yield f"{database_url}&role={quote(name)}"
        await superuser.execute(f"drop owned by {quoted}")
        await superuser.execute(f"drop role {quoted}")
    finally:
        await superuser.close()


@asynccontextmanager
async def writer_node(deployment: Deployment, data_dir: Path) -> AsyncIterator[node.Service]:
    """A writer node of the deployment with its own key files and the database owner's role."""
    settings = await writer_settings(deployment, data_dir)
    async with node.service(settings, deployment.database_url, opens=False) as service:
        yield service
