"""Temporary AWS credentials that are replaced before they expire, for botocore and boto3. Needs the extra `aws`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.session import Session

from strongroom.v1.use_service_pb2 import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.client import Client

# botocore begins to replace credentials 15 minutes before they expire, and must replace them 10 minutes before.
_LEAST_SECONDS: Final = 900
_TIMEOUT_SECONDS: Final = 30.0


async def aws_session(
    client: Client,
    credential_id: str,
    *,
    target_host: str = "",
    environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
    actor: str = "",
) -> Any:
    """Make a `botocore.session.Session` with temporary credentials for the role of an aws credential.

        session = await aws_session(client, credential_id)
        s3 = session.create_client("s3", "eu-west-1")  # or boto3.Session(botocore_session=session).client(...)
        buckets = await asyncio.to_thread(s3.list_buckets)

    botocore blocks while it replaces them, so use its clients in threads, as above, while the event loop of the client runs.

    target_host, environment, actor: see Client.mint_token.
    """
    loop = asyncio.get_running_loop()

    async def mint() -> dict[str, str]:
        minted = await client.mint_token(
            credential_id,
            target_host=target_host,
            min_remaining_seconds=_LEAST_SECONDS,
            environment=environment,
            actor=actor,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        return {
            "access_key": minted.aws.access_key_id,
            "secret_key": minted.token,
            "token": minted.aws.session_token,
            "expiry_time": minted.expire_time.ToJsonString(),
        }

    create: Callable[..., Any] = RefreshableCredentials.create_from_metadata
    credentials = create(
        metadata=await mint(), refresh_using=lambda: _wait_in_thread(mint, loop), method=_Provider.METHOD
    )
    session = Session()
    session.register_component("credential_provider", CredentialResolver([_Provider(credentials)]))
    return session


class _Provider(CredentialProvider):  # type: ignore[misc] # botocore has no types
    METHOD = "strongroom"

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials


def _wait_in_thread(mint: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> dict[str, str]:
    """Run `mint` in the client's event loop, from a thread of botocore. Raises RuntimeError in the loop's own thread."""
    try:
        is_loop = asyncio.get_running_loop() is loop
    except RuntimeError:
        is_loop = False
    if is_loop:
        raise RuntimeError(
            "the AWS client blocks the event loop that would replace its credentials: use it in asyncio.to_thread"
        )
    minted: dict[str, str] = asyncio.run_coroutine_threadsafe(mint(), loop).result()
    return minted
