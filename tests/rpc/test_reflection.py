"""Reflection is served as v1 and as v1alpha, without a key."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import grpc.aio
    from conftest import Deployment

BIN = Path(sys.executable).parent
V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = "grpc.reflection.v1alpha.ServerReflection"
EVERY_SERVICE = sorted(("grpc.health.v1.Health", V1, V1ALPHA, *(service.full_name for service in SERVICES)))


def message_class(name: str) -> Any:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


async def asked(deployment: Deployment, service: str, **request: object) -> Any:
    """The response of the reflection service of this name to one request."""
    package = service.rpartition(".")[0]
    call: grpc.aio.StreamStreamMultiCallable[Any, Any] = deployment.grpc.stream_stream(
        f"/{service}/ServerReflectionInfo",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_class(f"{package}.ServerReflectionResponse").FromString,
    )

    async def requests() -> AsyncIterator[Any]:
        yield message_class(f"{package}.ServerReflectionRequest")(**request)

    (answer,) = [answer async for answer in call(requests())]
    return answer


@pytest.mark.parametrize("service", [V1, V1ALPHA])
async def test_both_versions_list_every_service(deployment: Deployment, service: str) -> None:
    answer = await asked(deployment, service, list_services="")
    assert [found.name for found in answer.list_services_response.service] == EVERY_SERVICE


async def test_v1_describes_every_service_that_it_lists(deployment: Deployment) -> None:
    for service in EVERY_SERVICE:
        answer = await asked(deployment, V1, file_containing_symbol=service)
        files = map(
            descriptor_pb2.FileDescriptorProto.FromString, answer.file_descriptor_response.file_descriptor_proto
        )
        assert service in {f"{file.package}.{each.name}" for file in files for each in file.service}


async def test_v1_returns_not_found_for_an_unknown_symbol(deployment: Deployment) -> None:
    answer = await asked(deployment, V1, file_containing_symbol="strongroom.v1.Nothing")
    assert answer.error_response.error_code == 5
    assert answer.original_request.file_containing_symbol == "strongroom.v1.Nothing"


async def test_grpcurl_lists_and_describes_both_versions(deployment: Deployment) -> None:
    listed = await printed("grpcurl", "-plaintext", deployment.grpc_target, "list")
    assert listed.split() == EVERY_SERVICE
    described = await printed("grpcurl", "-plaintext", deployment.grpc_target, "describe", V1)
    assert "stream .grpc.reflection.v1.ServerReflectionRequest" in described


@pytest.mark.parametrize("protocol", ["grpc-v1", "grpc-v1alpha"])
async def test_buf_lists_the_methods_with_either_version(deployment: Deployment, protocol: str) -> None:
    url = f"http://{deployment.grpc_target}"
    arguments = ("--http2-prior-knowledge", "--reflect-protocol", protocol, "--list-methods", url)
    listed = await printed("buf", "curl", "--protocol", "grpc", *arguments)
    assert "strongroom.v1.CredentialService/CreateCredential" in listed.split()


async def printed(program: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        BIN / program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
