"""How log lines are written."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from io import BytesIO
from typing import Any

from strongroom_server.node.log import Lines


class Written(BytesIO):
    """Remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> int:
        self.writes.append(data)
        return len(data)


async def test_the_lines_of_one_turn_are_written_together() -> None:
    file = Written()
    lines = Lines(file)
    for event in "abc":
        lines.msg({"event": event})
    assert file.writes == []
    await asyncio.sleep(0)
    assert file.writes == [b'{"event":"a"}\n{"event":"b"}\n{"event":"c"}\n']
    lines.msg({"event": "d"})
    await asyncio.sleep(0)
    assert file.writes[1:] == [b'{"event":"d"}\n']


def test_outside_of_an_event_loop_a_line_is_written_at_once() -> None:
    file = Written()
    Lines(file).msg({"event": "a"})
    assert file.writes == [b'{"event":"a"}\n']


def test_of_what_is_no_json_a_line_tells_the_type() -> None:
    file = Written()
    Lines(file).msg({"event": "a", "request": RuntimeError("hunter2")})
    assert file.writes == [b'{"event":"a","request":"RuntimeError"}\n']


def test_a_line_is_a_json_object_and_the_last_one_is_not_lost() -> None:
    program = (
        "import asyncio, structlog\n"
        "from strongroom_server.node import log\n"
        "log.to_stderr()\n"
        "async def main():\n"
        "    structlog.get_logger().warning('first', number=1)\n"
        "    structlog.get_logger().debug('unseen')\n"
        "    raise SystemExit(3)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"event": "first", "number": 1, "level": "warning"}
