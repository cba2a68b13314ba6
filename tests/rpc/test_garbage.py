"""Refused calls leave nothing that only a garbage collection finds: in a flood of them collections would stop the event loop."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from rpc.calls import refused

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    GetCredentialRequest,
    ImportCredentialsRequest,
)
from strongroom_server.access.caller import Presented
from strongroom_server.core.errors import ServiceError
from strongroom_server.rpc.call_log import CallLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Deployment

WRONG = (("authorization", "Bearer sr_doesnotexist_only-ever-used-by-the-tests-of-garbage"),)


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """Where the next collection puts what it finds."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


async def test_refused_calls_leave_no_cycles(deployment: Deployment, garbage: list[object]) -> None:
    credentials = deployment.credentials

    async def requests() -> AsyncIterator[ImportCredentialsRequest]:
        yield ImportCredentialsRequest()

    async def import_() -> None:
        async for _ in credentials.ImportCredentials(requests(), metadata=WRONG):
            pass

    invalid = CreateCredentialRequest(credential=Credential(name="n"))
    await refused(credentials.CreateCredential(invalid, metadata=deployment.metadata))
    await refused(credentials.GetCredential(GetCredentialRequest(id="x"), metadata=WRONG))
    await refused(import_())
    # A cycle that must be found, so that the test can fail.
    control = ServiceError(error_reason_pb2.ERROR_REASON_INTERNAL)
    control.__context__ = ServiceError(error_reason_pb2.ERROR_REASON_INTERNAL)
    control.__context__.__context__ = control
    del control
    gc.collect()
    kept = (CallLog, Presented, ServiceError, grpc.aio.AbortError, grpc.aio.ServicerContext)
    assert [type(each) for each in garbage if isinstance(each, kept)] == [ServiceError, ServiceError]
