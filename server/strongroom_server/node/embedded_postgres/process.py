"""Owns how a program of Postgres is run: as which user, with which environment, in a session of its own."""

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

# Neither the bootstrap key nor a PG* variable of the caller reaches Postgres.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedPostgresError(OperatorError):
    """Postgres cannot be started here. The text says why, and what to do."""


def unprivileged() -> pwd.struct_passwd | None:
    """The user that Postgres runs as; None: the user of this process."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError("root cannot run Postgres, and there is no user `nobody` who could") from None


def succeeds(account: pwd.struct_passwd, *command: str) -> bool:
    """Whether that user can run the command, and it ends well."""
    with tempfile.TemporaryFile() as output:
        try:
            return spawn(account, command, output).wait() == 0
        except PermissionError:
            return False


async def run(account: pwd.struct_passwd | None, command: Sequence[str], output: IO[bytes], text: str) -> int:
    """Run a command on a text to its end and return its exit code."""
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
    """Start a process in a session of its own: a Ctrl-C in the terminal is for the server, which has calls to finish.

    Not by asyncio, for uvloop's processes cannot change their user.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are this module's own
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
