"""The server with statements that serve one call each, to compare with: `unshared.py <arguments of strongroom-server>`."""

from __future__ import annotations

from typing import Any

from strongroom_server.__main__ import main
from strongroom_server.store.sharing import Sharing


async def _alone(self: Sharing, run: Any, key: Any, item: Any) -> Any:
    result = (await run(self._database, key, [item]))[0]
    if isinstance(result, Exception):
        raise result
    return result


if __name__ == "__main__":
    Sharing.share = _alone  # type: ignore[method-assign] # that is what this program is for
    main()
