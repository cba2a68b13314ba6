"""The rules of the variants that prove who they are with a private key: jwt and mtls."""

from __future__ import annotations

from typing import Final

from strongroom_server.rules.variants.variant import Variant

JWT: Final = Variant(
    secrets=("private_key",),
    uses=("algorithm", "payload_json", "auto_generate_time_claims"),
    required=("algorithm", "payload_json", "auto_generate_time_claims", "private_key"),
    ids=("algorithm",),
    json_objects=("payload_json",),
)
MTLS: Final = Variant(
    secrets=("client_private_key",),
    uses=("client_certificate", "root_certificate"),
    required=("client_certificate", "client_private_key"),
)
