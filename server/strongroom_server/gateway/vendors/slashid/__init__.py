"""Serves SlashID's external credentials API.

A response body has either `result` or `errors`, never `meta`. A 401 has no body, and the 404 of an unknown path is plain text.
"""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

from strongroom.v1.credential_pb2 import SURFACE_SLASHID
from strongroom_server.gateway.vendor import STATUSES, Vendor
from strongroom_server.gateway.vendors.slashid import credentials, errors
from strongroom_server.gateway.vendors.slashid.callers import caller

VENDOR = Vendor(
    name="slashid",
    title="SlashID external credentials",
    surface=SURFACE_SLASHID,
    prefix="",
    operations=credentials.OPERATIONS,
    statuses=MappingProxyType(
        {
            **STATUSES,
            # SlashID identifies a caller by key and organisation together.
            "ORGANISATION_MISMATCH": HTTPStatus.UNAUTHORIZED,
            "REGIONS_BEHIND": HTTPStatus.REQUEST_TIMEOUT,
        }
    ),
    caller=caller,
    fields=errors.FIELDS,
    render=errors.render,
    problems=errors.PROBLEMS,
    security={"ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "SlashID-API-Key"}},
)
