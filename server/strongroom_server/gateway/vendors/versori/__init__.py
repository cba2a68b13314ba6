"""Serves the parts of Versori's Switchboard API for credentials and connections.

Casing is Versori's: a credential has `organisationID`, a connection `orgId`. Absent members are omitted, never null.
"""

from __future__ import annotations

from strongroom.v1.credential_pb2 import SURFACE_VERSORI
from strongroom_server.gateway.vendor import Vendor
from strongroom_server.gateway.vendors.versori import apps, connections, consent, credentials, errors
from strongroom_server.gateway.vendors.versori.callers import SECURITY, caller

VENDOR = Vendor(
    name="versori",
    title="Versori Switchboard: credentials and connections",
    surface=SURFACE_VERSORI,
    prefix="/api/switchboard/v1alpha1",
    # The second server of Versori's own OpenAPI document.
    aliases=("/v1alpha1",),
    operations=(*credentials.OPERATIONS, *apps.OPERATIONS, *connections.OPERATIONS, *consent.OPERATIONS),
    caller=caller,
    fields=errors.FIELDS,
    render=errors.render,
    problems=errors.PROBLEMS,
    words=errors.WORDS,
    security=SECURITY,
)
