"""What the README, the pages under docs/ and the greeting of `run` show to paste works as it is, and shows no key to others.

Blocks marked `sh` run here, a page from top to bottom. Blocks marked `shell` need more than a running server, or do not end.
"""

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
NO_CURL = shutil.which("curl") is None
README = ROOT / "README.md"
# The tutorial comes first: it names its credential by the number 1.
DOCS = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page that are marked with the language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


async def pasted(run: Run, directory: Path, text: str) -> str:
    """What bash prints when the text is pasted with the ports of the test."""
    text = text.replace("localhost:50051", run.target).replace("localhost:8080", run.url.removeprefix("http://"))
    text = text.replace(".venv/bin/python", sys.executable)
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", text, cwd=directory,
        env={
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "STRONGROOM_TARGET": run.target,
            "STRONGROOM_DATA_DIR": str(directory / "data"),
        },
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.skipif(NO_CURL, reason="the examples use curl")
@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (
            [README],
            (
                '"password": "hunter2"',  # AccessCredential
                '"description": "for the invoices"',  # UpdateCredential
                '"version": "2"',
                '"isValid":true',  # Versori
                '"json_blob":{"multipass_secret": "hunter3"}',  # SlashID, after the rotation
                '"mode":"TEXT"',  # Tines
                "the credential of anna",
                "migration-2 FIELD_INVALID: credential.name must be",
            ),
        ),
        (
            DOCS,
            (
                '"password": "hunter2"',
                '"version": "3"',  # RestoreCredentialVersion
                "CREDENTIAL_VERSION_STATE_DESTROYED",
                '"delete_time"',
                '"action": "AccessCredential"',
                '"ROLE_USER"',
                '"token_type": "Bearer"',  # MintToken
                '"value": "Bearer hunter2-hunter2"',  # AuthorizeHttpRequest
                "\tExample Files\tstrongroom\t",  # strongroom apps list
                "migration-3 ",
                "the audit trail is whole",
                "checked ",
            ),
        ),
    ],
    ids=["README", "docs"],
)
async def test_every_example_works_as_it_is_pasted(
    data_dir: Path, pages: list[Path], expected: tuple[str, ...]
) -> None:
    directory = data_dir.parent
    (directory / "examples").symlink_to(ROOT / "examples")
    (directory / ".strongroom").symlink_to(data_dir)
    assert data_dir == directory / "data"
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        output = await pasted(run, directory, "\n".join(block for page in pages for block in blocks(page, "sh")))
    for text in expected:
        assert text in output


@pytest.mark.parametrize("page", [README, *DOCS], ids=lambda page: page.name)
def test_every_python_block_of_a_page_is_one_of_the_example_programs(page: Path) -> None:
    programs = [program.read_text() for program in (ROOT / "examples").glob("*.py")]
    for block in blocks(page, "python"):
        assert block in programs


@pytest.mark.parametrize("page", [README, *DOCS], ids=lambda page: page.name)
def test_no_example_puts_a_key_or_a_secret_into_a_command_line(page: Path) -> None:
    for block in blocks(page, "sh(?:ell)?"):
        # grpcurl replaces the variable itself, and echo is a command of the shell: neither shows the key to other processes.
        text = block.replace("'authorization: Bearer ${STRONGROOM_API_KEY}'", "")
        text = re.sub(r"@<\(echo [^)]*\)", "", text)
        assert not re.search(r"\$\{?STRONGROOM_API_KEY|hunter|sr_|<<", text)


@pytest.mark.parametrize(
    ("link", "exit_status"),
    [
        ("other.md", 0),
        ("other.md#a-heading", 0),
        ("#here", 0),
        ("absent.md", 1),
        ("other.md#absent", 1),
        ("#absent", 1),
    ],
)
async def test_the_link_check_fails_on_a_link_to_an_absent_file_or_heading(
    tmp_path: Path, link: str, exit_status: int
) -> None:
    (tmp_path / "docs").mkdir()
    script = shutil.copy(ROOT / "docs" / "check_links.py", tmp_path / "docs")
    (tmp_path / "docs" / "page.md").write_text(f"# Here\n\n[link]({link})\n\n```\n[code](no/link.md)\n```\n")
    (tmp_path / "docs" / "other.md").write_text("# Other\n\n## A `heading`\n\n```sh\n# absent\n```\n")
    process = await asyncio.create_subprocess_exec(sys.executable, script, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    assert process.returncode == exit_status
    assert (f"docs/page.md: {link}" in err.decode()) == bool(exit_status)


@pytest.mark.skipif(NO_CURL, reason="the greeting uses curl")
async def test_the_lines_of_the_greeting_work_as_they_are_pasted_and_the_key_file_is_private(data_dir: Path) -> None:
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        # `running` reads only the first lines.
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
        output = await pasted(run, data_dir.parent, commands)
        assert '"user_credentials":[]' in output
        assert output.endswith("}{\n  \n}\n")  # an empty list, as grpcurl prints it
    # After a restart the greeting names the file of the key, and no longer shows the key.
    async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
        assert run.process.stdout is not None
        greeting = run.greeting
        while "ListCredentials" not in greeting:
            greeting += (await run.process.stdout.readline()).decode()
        assert key not in greeting
        assert str(key_file) in greeting


async def test_setup_writes_the_key_to_a_file_instead_of_the_log(database_url: str, data_dir: Path) -> None:
    key_file = data_dir.parent / "first.key"
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "setup", "--key-file", key_file,
        env={"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert f"made the API key in the file {key_file}\n" in output
    assert "sr_" not in output
    assert key_file.read_text().startswith("sr_")
    assert key_file.stat().st_mode & 0o777 == 0o600
