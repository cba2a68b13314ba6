"""Provides one valid sample of each variant, with a marker in every secret field."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from strongroom.v1.credential_pb2 import (
    AccessTokenData,
    ApiIdKeyData,
    ApiKeyData,
    AwsData,
    BasicAuthData,
    ClientCredentialsData,
    Credential,
    CredentialData,
    HttpRequestData,
    JsonDocumentData,
    JwtData,
    KeyValuesData,
    MtlsData,
    MultiRequestData,
    OAuth2RefreshData,
    OAuthData,
    RawData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment


def samples(marker: str = "hunter2") -> dict[str, CredentialData]:
    """A valid sample of each variant, by the name of its arm."""
    document = f'{{"secret": "{marker}", "digits": 1.10}}'
    arms = {
        "key_values": KeyValuesData(values={"shown": b"yes", "hidden": marker.encode()}),
        "raw": RawData(value=marker.encode() + b"\0\xff"),
        "basic_auth": BasicAuthData(username="anna", password=marker),
        "oauth2_refresh": OAuth2RefreshData(
            client_id="id",
            client_secret=marker,
            token_url="https://example.com/token",
            refresh_token=marker,
            auth_style="header",
        ),
        "api_key": ApiKeyData(api_key=marker),
        "api_id_key": ApiIdKeyData(api_id="id", api_key=marker),
        "client_credentials": ClientCredentialsData(client_id="id", client_secret=marker),
        "access_token": AccessTokenData(access_token=marker),
        "json_document": JsonDocumentData(json=document),
        "text": TextData(value=marker),
        "jwt": JwtData(algorithm="RS256", payload_json="{}", auto_generate_time_claims=False, private_key=marker),
        "oauth": OAuthData(
            authorization_url="https://example.com/authorize",
            token_url="https://example.com/token",
            client_id="id",
            client_secret=marker,
            scope="read",
            grant_type="authorization_code",
            pkce_code_challenge_method="S256",
        ),
        "aws": AwsData(access_key_id="AKIA", secret_access_key=marker, assumed_role_arn="arn:aws:iam::1:role/r"),
        "mtls": MtlsData(client_certificate="cert", client_private_key=marker, root_certificate="root"),
        "http_request": HttpRequestData(
            options_json=document, location_of_token="=body.token", secret=marker, content_type="json"
        ),
        "multi_request": MultiRequestData(
            requests=[MultiRequestData.Request(options_json=document, secret=marker) for _ in range(2)],
            location_of_token="=body.token",
            content_type="json",
        ),
    }
    return {name: CredentialData(**{name: arm}) for name, arm in arms.items()}  # type: ignore[arg-type] # each arm by its name


def named(name: str | None = None, *, variant: str = "basic_auth", **fields: Any) -> Credential:
    """A credential with that variant's sample data and the given fields."""
    fields.setdefault("data", samples()[variant])
    return Credential(name=f"test {uuid.uuid4()}" if name is None else name, **fields)


async def created(
    deployment: Deployment, credential: Credential | None = None, by: tuple[tuple[str, str], ...] = (), **request: Any
) -> Credential:
    """Create a credential, with the key that has every role unless another is given."""
    return await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=credential or named(), **request), metadata=by or deployment.metadata
    )
