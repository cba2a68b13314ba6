"""Serves the part of Tines' API that clients of its credentials use: credentials, teams and folders."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

import grpc

from strongroom.v1.credential_pb2 import SURFACE_TINES
from strongroom_server.gateway.vendor import STATUSES, Vendor
from strongroom_server.gateway.vendors.tines import bodies, credentials, errors, folders, teams
from strongroom_server.gateway.vendors.tines.callers import SECURITY, caller

VENDOR = Vendor(
    name="tines",
    title="Tines credentials, teams and folders",
    surface=SURFACE_TINES,
    prefix="/api/v1",
    operations=(*credentials.OPERATIONS, *teams.OPERATIONS, *folders.OPERATIONS),
    statuses=MappingProxyType(
        {
            **STATUSES,
            grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.UNPROCESSABLE_ENTITY,
        }
    ),
    caller=caller,
    fields=MappingProxyType({**bodies.FIELDS, **teams.FIELDS, **folders.FIELDS}),
    words=errors.WORDS,
    render=errors.render,
    problems=errors.PROBLEMS,
    security=SECURITY,
    hides_paths=True,
)
