"""Runs a subcommand with a client of the deployment that the environment names, and reports an error in one line."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click
from google.protobuf.json_format import MessageToJson

import strongroom

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from google.protobuf.message import Message

T = TypeVar("T")

_SETTINGS: Final = {
    "do not pass plaintext=True": "do not set STRONGROOM_PLAINTEXT",
    "pass plaintext=True": "set STRONGROOM_PLAINTEXT=1",
    "pass its root as root_certificates": "name the file of its root in STRONGROOM_CA",
}


def run(command: Callable[[strongroom.Client], Awaitable[T]]) -> T:
    """Run a command on its own event loop. What the server refuses, and a wrong setting, end it with one line."""

    async def with_client() -> T:
        async with _client() as client:
            return await command(client)

    try:
        return asyncio.run(with_client())
    except strongroom.StrongroomError as error:
        raise click.ClickException(_named_here(str(error))) from None
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


def show(message: Message) -> None:
    """Print a message as JSON."""
    click.echo(MessageToJson(message, preserving_proto_field_name=True))


def show_row(*texts: str) -> None:
    """Print a line of a list. Providers and other callers chose some of its texts: none must be able to control the terminal."""
    click.echo("\t".join("".join(each if each.isprintable() else "?" for each in text) for text in texts))


def secret_of(file: str) -> str:
    """The secret in a file, or on standard input for `-`, without the end of the line. Other processes can see a command line."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text()
    return text.removesuffix("\n")


def _named_here(text: str) -> str:
    """The text of an error, whose remedies are parameters of the client, with the settings of this command instead."""
    for parameter, setting in _SETTINGS.items():
        text = text.replace(parameter, setting)
    return text


def _client() -> strongroom.Client:
    target = os.environ.get("STRONGROOM_TARGET", "127.0.0.1:50051")
    key, key_file = os.environ.get("STRONGROOM_API_KEY"), os.environ.get("STRONGROOM_API_KEY_FILE")
    if key_file:
        try:
            key = secret_of(key_file)
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"STRONGROOM_API_KEY_FILE cannot be read: {error}") from None
    if not key:
        raise ValueError("set STRONGROOM_API_KEY_FILE, or STRONGROOM_API_KEY")
    # Child processes, such as the browser, inherit the environment, and none of them needs the key.
    os.environ.pop("STRONGROOM_API_KEY", None)
    plaintext = os.environ.get("STRONGROOM_PLAINTEXT") == "1"
    return strongroom.Client(target, key, root_certificates=os.environ.get("STRONGROOM_CA"), plaintext=plaintext)
