"""Runs programs of Postgres as another user, with a small environment and in a session of their own."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from strongroom_server.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Postgres must get neither the bootstrap key nor a PG* variable.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedPostgresError(OperatorError):
    """Postgres cannot be started here. The text says why, and what to do."""


def unprivileged() -> pwd.struct_passwd | None:
    """The user that Postgres runs as, or None for the user of this process."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError("root cannot run Postgres, and there is no user `nobody` to run it as") from None


def succeeds(account: pwd.struct_passwd, *command: str) -> bool:
    """Whether that user can run the command, and it ends with the status 0."""
    with tempfile.TemporaryFile() as output:
        try:
            return spawn(account, command, output).wait() == 0
        except PermissionError:
            return False


async def run(account: pwd.struct_passwd | None, command: Sequence[str], output: IO[bytes], text: str) -> int:
    """Run a command with a text as its input, and return its exit status."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(text.encode())
        stdin.seek(0)
        process = spawn(account, command, output, stdin)
        try:
            return await asyncio.to_thread(process.wait)
        finally:
            process.kill()


def spawn(
    account: pwd.struct_passwd | None, command: Sequence[str], output: IO[bytes], stdin: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C in the terminal stops only the server, which finishes its requests.

    asyncio is not used, because processes that uvloop starts cannot change their user.
    """
    return subprocess.Popen(  # noqa: S603 - the commands come from this package
        command,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=output,
        stderr=output,
        cwd="/",
        env=ENVIRONMENT,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        umask=0o077,
        start_new_session=True,
    )
