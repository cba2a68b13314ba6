"""What an attack is, how it is carried out on a node, and where it was noticed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
import grpc.aio
from rpc.calls import read

from strongroom_server.core.errors import OperatorError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from attacks.world import Attacked


class Where(enum.Enum):
    """Where an attack is noticed first."""

    REFUSED = "refused"
    UNREADABLE = "reads nothing"
    HEALTH = "health and log"
    VERIFY = "`audit verify`"
    ROWS = "`audit verify --rows`"
    HEADS = "`audit verify --heads`"
    NOWHERE = "not defended"


class Adversary(enum.Enum):
    """Who attacks. docs/security.md describes each."""

    READER = "database reader"
    DATABASE = "database writer"
    WRITER = "compromised writer node"
    NODE = "compromised full node"
    THIEF = "key thief with an old dump"
    TENANT = "other tenant"


class ReadNothingError(Exception):
    """The attacker looked everywhere, and found no secret."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A row of the table of attacks.

    `evidence` is the error reason, or a part of what is found. `attempt` is what the attack is for: the call that must be
    refused. `window` says how long the attack works until it is noticed.
    """

    name: str
    act: Callable[[Attacked], Awaitable[object]]
    where: Where
    evidence: str
    attempt: Callable[[Attacked], Awaitable[object]] | None = None
    adversary: Adversary = Adversary.DATABASE
    window: str = "none"


async def observed(attack: Attack, attacked: Attacked) -> tuple[Where, str]:
    """Where the attack was noticed, and what was said."""
    try:
        await attack.act(attacked)
        if attack.attempt is not None:
            await attack.attempt(attacked)
    except grpc.aio.AioRpcError as error:
        return Where.REFUSED, read(error).reason
    except (
        asyncpg.InsufficientPrivilegeError,
        asyncpg.IntegrityConstraintViolationError,
        OperatorError,
        ServiceError,
    ) as error:
        return Where.REFUSED, str(error)
    except ReadNothingError:
        return Where.UNREADABLE, ""
    await attacked.beat()
    if not await attacked.service.ready():
        return Where.HEALTH, "clock"
    for where, exported, with_rows in (
        (Where.VERIFY, (), False),
        (Where.ROWS, (), True),
        (Where.HEADS, attacked.world.heads, False),
    ):
        if found := await attacked.findings(exported, with_rows=with_rows):
            return where, "; ".join(found)
    return Where.NOWHERE, ""
