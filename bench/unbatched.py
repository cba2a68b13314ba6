"""The server without batching, for comparison: `unbatched.py <arguments of strongroom-server>`."""

from __future__ import annotations

from strongroom_server.cli.main import cli
from strongroom_server.store.batching import BatchingDatabase
from strongroom_server.store.database import Database

if __name__ == "__main__":
    BatchingDatabase.batch = Database.batch  # type: ignore[method-assign] # replaced on purpose
    cli()
