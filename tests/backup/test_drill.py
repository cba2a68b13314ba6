"""The drill of the page on backups works as it is pasted, while the server runs."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from node.test_process import BILLING, BIN, CREATE, KEY, data_dir, running

__all__ = ["data_dir"]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "backup.md"

# age-keygen of age itself, which is not a package of Python: the two calls that the page makes.
AGE_KEYGEN = """\
import os, sys
from pyrage import x25519
option, path = sys.argv[1:]
if option == "-o":
    identity = x25519.Identity.generate()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# created: 2026-11-28T12:00:00Z\\n# public key: {identity.to_public()}\\n{identity}\\n")
    print(f"Public key: {identity.to_public()}", file=sys.stderr)
else:
    assert option == "-y"
    print(x25519.Identity.from_str(open(path).read().splitlines()[-1]).to_public())
"""


def drill() -> str:
    (section,) = PAGE.read_text().split("## A drill\n")[1:]
    return section.split("```shell\n")[1].split("```")[0]


async def test_the_drill_works_as_it_is_pasted(data_dir: Path) -> None:
    directory = data_dir.parent
    (directory / ".strongroom").symlink_to(data_dir)
    programs = directory / "programs"
    programs.mkdir()
    keygen = programs / "age-keygen"
    keygen.write_text(f"#!{sys.executable}\n{AGE_KEYGEN}")
    keygen.chmod(0o755)
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_BOOTSTRAP_API_KEY=KEY) as run:
        await run.grpcurl(CREATE, BILLING)
        process = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", drill().replace("rm -r drill", "ls drill/data; rm -r drill"), cwd=directory,
            env={"PATH": f"{programs}:{BIN}:{os.environ['PATH']}"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
    said = out.decode()
    # The embedded database is in the directory that is removed, whoever runs this.
    assert said.endswith("\nkeys\npostgres\n")
    assert "backed up " in said
    assert "opened 1 of 1 boxes" in said
    assert "the audit trail is whole" in said
    assert "checked 1 credentials, 1 boxes, of which this node opened 1, 1 API keys" in said
    assert (
        "0 identities with their issuers, 0 request ids, 0 tokens, 0 connections, 0 webhooks with 0 events, and 0 sessions"
        in said
    )
    assert not (directory / "drill").exists()
