"""The rules of the variant aws."""

from __future__ import annotations

from typing import Final

from strongroom_server.rules.variants.variant import Variant

AWS: Final = Variant(
    secrets=("secret_access_key",),
    uses=("access_key_id", "assumed_role_arn"),
    required=("access_key_id", "secret_access_key"),
    # Temporary keys are issued by STS, at the token URL if there is one.
    use_settings=("token_url", "aws_services", "aws_regions"),
    ids=("access_key_id", "assumed_role_arn"),
)
