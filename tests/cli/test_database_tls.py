"""Commands connect to a Postgres with sslmode=verify-full, and each mistake is one line with the remedy at the start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import certificates
import pytest
import trustme
from node.test_process import KEY, data_dir, ended, running, set_up_database
from store.tls_postgres import PROGRAMS, TlsPostgres, tls_postgres

from strongroom_server.store.migrate import MigrationError, is_current
from strongroom_server.store.primary import wait_until_reachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["data_dir"]

pytestmark = pytest.mark.skipif(not PROGRAMS.exists(), reason=f"needs Debian's postgresql-15 in {PROGRAMS}")

CA, OTHER_CA = trustme.CA(), trustme.CA()
SERVER = CA.issue_cert("localhost")


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[TlsPostgres]:
    async with tls_postgres(SERVER) as postgres:
        yield postgres


async def test_every_connection_of_a_server_is_encrypted_and_verified(
    postgres: TlsPostgres, tmp_path: Path, data_dir: Path
) -> None:
    url = postgres.url("localhost", sslmode="verify-full", sslrootcert=certificates.write_ca(tmp_path, CA))
    environment = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    await postgres.serve(SERVER)
    await set_up_database(environment)
    async with running("serve", **environment):
        connection = await asyncpg.connect(url)
        encrypted = await connection.fetch(
            "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'strongroom'"
        )
        await connection.close()
    assert len(encrypted) > 1
    assert all(row["ssl"] for row in encrypted)


MISTAKES = {
    "wrong CA": (
        "the database's certificate is of none of the CAs in sslrootcert of STRONGROOM_DATABASE_URL: add its CA"
    ),
    "wrong name": (
        "the database's certificate is for another name than the host in STRONGROOM_DATABASE_URL: use one of its names, or "
        "issue it for this host"
    ),
    "expired": "the database's certificate has expired: renew it",
    "plaintext": (
        "the database has no TLS, which sslmode in STRONGROOM_DATABASE_URL requires: set ssl=on in its configuration"
    ),
    "no CA": (
        "STRONGROOM_DATABASE_URL needs sslrootcert for this sslmode: the file of the CA of the database's certificate"
    ),
    "no file": "sslrootcert in STRONGROOM_DATABASE_URL: /nowhere/ca.crt: No such file or directory",
    "empty file": (
        "the TLS files that STRONGROOM_DATABASE_URL names cannot be used, or the database refuses TLS "
        "(NO_CERTIFICATE_OR_CRL_FOUND): each file must be in PEM, and sslkey the key of sslcert"
    ),
    "unknown mode": (
        "sslmode in STRONGROOM_DATABASE_URL must be one of disable, allow, prefer, require, verify-ca, verify-full"
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_one_line_at_once(
    mistake: str, postgres: TlsPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where the driver looks for a CA too
    served = {"expired": certificates.expired(CA, "localhost"), "plaintext": None}
    ca = certificates.write_ca(tmp_path, *{"wrong CA": [OTHER_CA], "empty file": []}.get(mistake, [CA]))
    query: dict[str, object] = {"sslmode": "verify-full", "sslrootcert": ca}
    if mistake == "no CA":
        del query["sslrootcert"]
    elif mistake == "no file":
        query["sslrootcert"] = "/nowhere/ca.crt"
    elif mistake == "unknown mode":
        query["sslmode"] = "verify"
    url = postgres.url("127.0.0.1" if mistake == "wrong name" else "localhost", **query)
    await postgres.serve(served.get(mistake, SERVER))
    # A starting node waits for a database that does not respond, but not here.
    async with asyncio.timeout(20):
        await wait_until_reachable(url)
    with pytest.raises(MigrationError) as caught:
        await is_current(url)
    assert str(caught.value) == MISTAKES[mistake]


async def test_serve_prints_the_line(postgres: TlsPostgres, tmp_path: Path, data_dir: Path) -> None:
    url = postgres.url("localhost", sslmode="verify-full", sslrootcert=certificates.write_ca(tmp_path, OTHER_CA))
    await postgres.serve(SERVER)
    ended_with = await ended("serve", STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_DATABASE_URL=url)
    assert ended_with == (1, f"strongroom-server: {MISTAKES['wrong CA']}\n")
