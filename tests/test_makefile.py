"""`make soak` runs pytest twice, and fails unless both runs succeed and one of them had a test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What is installed or generated first. make takes it as it is.
_PRESENT = (".venv/project.stamp", ".venv/tools.stamp", "client/strongroom/v1/__init__.py")
_PYTEST = """#!/bin/sh
case "$*" in *"-n 0 tests/floods/test_flood_ratios.py") exit $STATUS_OF_RATIOS ;; *) exit $STATUS_OF_OTHERS ;; esac
"""


@pytest.mark.parametrize(
    ("others", "ratios", "succeeds"),
    [
        (0, 0, True),
        (0, 5, True),
        (5, 0, True),
        (5, 5, False),
        (1, 0, False),
        (0, 1, False),
        (1, 5, False),
        (5, 2, False),
    ],
)
def test_a_soak_that_selects_no_test_fails(tmp_path: Path, *, others: int, ratios: int, succeeds: bool) -> None:
    program = tmp_path / "pytest"
    program.write_text(_PYTEST, encoding="ascii")
    program.chmod(0o755)
    made = subprocess.run(
        ("make", *(f"--old-file={path}" for path in _PRESENT), "soak", f"BIN={tmp_path}"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "STATUS_OF_OTHERS": str(others), "STATUS_OF_RATIOS": str(ratios)},
        capture_output=True,
        check=False,
    )
    assert (made.returncode == 0) is succeeds, made.stderr
