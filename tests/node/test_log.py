"""How log lines are written, and what they must not contain."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest

from strongroom_server.node.log import Lines


class RecordingFile(BytesIO):
    """Records each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> int:
        self.writes.append(data)
        return len(data)


async def test_the_lines_of_one_turn_are_written_together() -> None:
    file = RecordingFile()
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
    file = RecordingFile()
    Lines(file).msg({"event": "a"})
    assert file.writes == [b'{"event":"a"}\n']


def test_a_value_that_json_cannot_express_is_logged_as_its_type() -> None:
    file = RecordingFile()
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
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "first", "number": 1, "level": "warning"}


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ("asyncio.create_task(fail('hunter2')); await asyncio.sleep(0)", "fail"),
        ("asyncio.get_running_loop().call_soon(fail_at_once, 'hunter2')", ""),
    ],
    ids=["task", "callback"],
)
def test_an_unhandled_exception_is_logged_by_type_and_place_without_its_text(body: str, task: str) -> None:
    program = (
        "import asyncio, gc\n"
        "from strongroom_server.cli.runner import run_command\n"
        "def fail_at_once(secret):\n"
        "    raise RuntimeError(secret)\n"
        "async def fail(secret):\n"
        "    fail_at_once(secret)\n"
        "async def command(settings):\n"
        f"    {body}\n"
        "    await asyncio.sleep(0)\n"
        "    gc.collect()\n"
        "run_command(command)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"hunter2" not in ended.stderr
    (line,) = ended.stderr.splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"]) == ("unhandled exception", "error")
    assert (event["error"], event["task"]) == ("RuntimeError", task)
    assert event["at"][-1] == "<string>:4 fail_at_once"
