"""What the README and the greeting of `run` tell a newcomer to paste works as it is, and shows no key to other processes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from node.test_process import BIN, Run, data_dir, running

__all__ = ["data_dir"]

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "STRONGROOM_API_KEY" in block or "examples/" in block]
NO_CURL = shutil.which("curl") is None


async def pasted(run: Run, directory: Path, text: str) -> str:
    """What bash prints when the text is pasted with the ports of the test. The stream, which does not end, is left out."""
    text = text.replace("localhost:50051", run.target).replace("localhost:8080", run.url.removeprefix("http://"))
    text = text.replace(".venv/bin/python", sys.executable)
    lines = [line for line in text.splitlines() if "StreamAuditEvents" not in line]
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", "\n".join(lines), cwd=directory,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "STRONGROOM_TARGET": run.target},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.skipif(NO_CURL, reason="the examples use curl")
async def test_every_example_of_the_readme_works_as_it_is_pasted(data_dir: Path) -> None:
    directory = data_dir.parent
    (directory / "examples").symlink_to(ROOT / "examples")
    (directory / ".strongroom").symlink_to(data_dir)
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        said = await pasted(run, directory, "\n".join(EXAMPLES))
    for told in (
        '"password": "hunter2"',  # AccessCredential
        '"description": "for the invoices"',  # UpdateCredential
        '"isValid":true',  # Versori
        '{"result":["',  # SlashID
        '"mode":"TEXT"',  # Tines
        "version 2",
        "the credential of anna",
        "migration-2 FIELD_INVALID: credential.name must be",
        '"action": "AccessCredential"',
        '"ROLE_USER"',
    ):
        assert told in said


def test_no_example_puts_a_key_or_a_secret_into_a_command_line() -> None:
    assert EXAMPLES
    for block in EXAMPLES:
        # grpcurl replaces the variable itself, and echo is a command of the shell: neither shows the key to other processes.
        text = block.replace("'authorization: Bearer ${STRONGROOM_API_KEY}'", "")
        text = re.sub(r"@<\(echo [^)]*\)", "", text)
        assert not re.search(r"\$\{?STRONGROOM_API_KEY|hunter|sr_|<<", text)


@pytest.mark.skipif(NO_CURL, reason="the greeting uses curl")
async def test_the_greeting_pastes_and_its_key_file_is_private(data_dir: Path) -> None:
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        # `running` reads the first lines alone.
        assert run.process.stdout is not None
        greeting = run.greeting
        while "ListCredentials" not in greeting:
            greeting += (await run.process.stdout.readline()).decode()
        key_file = data_dir / "api_key"
        key = key_file.read_text().strip()
        assert key_file.stat().st_mode & 0o777 == 0o600
        introduction, _, commands = greeting.partition("\n\n")
        assert key in introduction
        assert key not in commands
        said = await pasted(run, data_dir.parent, commands)
        assert '"user_credentials":[]' in said
        assert said.endswith("}{\n  \n}\n")  # an empty list, as grpcurl prints it
    # After a restart the key is shown no more, and its file is still named.
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        assert run.process.stdout is not None
        greeting = run.greeting
        while "ListCredentials" not in greeting:
            greeting += (await run.process.stdout.readline()).decode()
        assert key not in greeting
        assert str(key_file) in greeting


async def test_setup_writes_the_key_to_a_file_in_place_of_the_log(database_url: str, data_dir: Path) -> None:
    key_file = data_dir.parent / "first.key"
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "setup", "--key-file", key_file,
        env={"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert f"made the API key in the file {key_file}\n" in said
    assert "sr_" not in said
    assert key_file.read_text().startswith("sr_")
    assert key_file.stat().st_mode & 0o777 == 0o600
