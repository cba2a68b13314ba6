"""Defines the command `strongroom`."""

from __future__ import annotations

import click

import strongroom
from strongroom_cli.apps import apps
from strongroom_cli.connect import connect
from strongroom_cli.connections import connections


@click.group(commands=[apps, connect, connections])
@click.version_option(strongroom.__version__, message="%(version)s")
def cli() -> None:
    """Connect accounts at third parties, and see what state their connections are in.

    \b
    STRONGROOM_TARGET        host:port of the deployment (127.0.0.1:50051)
    STRONGROOM_API_KEY_FILE  the file with the API key
    STRONGROOM_API_KEY       the API key, if there is no file
    STRONGROOM_CA            the file of the CA's certificate (the usual CAs)
    STRONGROOM_PLAINTEXT     1: the server has no TLS
    """
