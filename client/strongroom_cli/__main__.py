"""Starts the command `strongroom`, also as `python -m strongroom_cli`."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command line, or end with one line if the extra is not installed."""
    if find_spec("click") is None:
        sys.exit("strongroom: the command line is not installed: install strongroom[cli]")
    from strongroom_cli.main import cli  # noqa: PLC0415 - imports click

    cli(prog_name="strongroom")


if __name__ == "__main__":
    main()
