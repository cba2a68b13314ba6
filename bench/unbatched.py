"""The server without batching, for comparison: `unbatched.py <arguments of strongroom-server>`."""

from __future__ import annotations

from strongroom_server.__main__ import main
from strongroom_server.node.grpc_environment import set_grpc_environment

if __name__ == "__main__":
    set_grpc_environment()
    # These import grpc, which reads its environment then.
    from strongroom_server.store.batching import BatchingDatabase
    from strongroom_server.store.database import Database

    BatchingDatabase.batch = Database.batch  # type: ignore[method-assign] # replaced on purpose
    main()
