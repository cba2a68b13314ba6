"""Serves reflection, `grpc.reflection.v1` and `grpc.reflection.v1alpha` for older clients, to callers without a key.

grpcio-reflection implements only v1alpha. The messages of both protocols are the same in packages of different names, so this
module derives v1's descriptor from that of v1alpha, and one servicer handles the calls of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection, reflection_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

_V1ALPHA: Final = "grpc.reflection.v1alpha"
_V1: Final = "grpc.reflection.v1"
_SERVICES: Final = tuple(f"{package}.ServerReflection" for package in (_V1, _V1ALPHA))


def add_reflection(server: grpc.aio.Server, services: Iterable[str]) -> None:
    """Make a server describe these services, by their full names, and reflection itself."""
    servicer = reflection.aio.ReflectionServicer((*services, *_SERVICES))
    handler = grpc.stream_stream_rpc_method_handler(
        cast("Any", servicer.ServerReflectionInfo),
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        tuple(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in _SERVICES)
    )


def _add_v1_descriptor() -> None:
    """Add the descriptor of v1 to the pool from which the servicer reads descriptors."""
    file = descriptor_pb2.FileDescriptorProto()
    reflection_pb2.DESCRIPTOR.CopyToProto(file)
    file.name = "grpc/reflection/v1/reflection.proto"
    file.package = _V1
    for field in (field for message in file.message_type for field in message.field if field.type_name):
        field.type_name = field.type_name.replace(_V1ALPHA, _V1)
    for method in file.service[0].method:
        method.input_type = method.input_type.replace(_V1ALPHA, _V1)
        method.output_type = method.output_type.replace(_V1ALPHA, _V1)
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


_add_v1_descriptor()
