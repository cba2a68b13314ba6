"""Declares the JSON bodies of SlashID's external credentials, and converts them to our messages and back."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, UnsetType

from strongroom.v1.credential_pb2 import (
    PROVIDER_GENERIC,
    PROVIDER_GOOGLE,
    PROVIDER_ONFIDO,
    PROVIDER_SHOPIFY,
    Credential,
)
from strongroom_server.gateway.members import OBJECT, Body, Member, choice, text
from strongroom_server.gateway.vendors.slashid.data import TYPE_NAMES, TYPES, data_of

if TYPE_CHECKING:
    from strongroom_server.gateway.calls import Call, RequestBody

_PROVIDERS = MappingProxyType(
    {
        "google": PROVIDER_GOOGLE,
        "onfido": PROVIDER_ONFIDO,
        "shopify": PROVIDER_SHOPIFY,
        "generic": PROVIDER_GENERIC,
    }
)
_PROVIDER_NAMES = MappingProxyType({provider: name for name, provider in _PROVIDERS.items()})


class ExternalCredential(msgspec.Struct):
    """A credential as SlashID shows it; only a read by id shows `json_blob`."""

    external_cred_id: str
    organization_id: str
    extcred_provider: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(_PROVIDERS)})]
    extcred_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(TYPES)})]
    extcred_label: str
    json_blob: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})] | UnsetType = UNSET


class ExternalCredentialIds(msgspec.Struct):
    """The id of the new credential."""

    result: list[str]


class ExternalCredentialResult(msgspec.Struct):
    """One credential."""

    result: ExternalCredential


class ExternalCredentialsResult(msgspec.Struct):
    """All credentials, without key material."""

    result: list[ExternalCredential]


PROVIDER = Member("extcred_provider", choice("ExternalCredentialProvider", _PROVIDERS), required=True)
TYPE = Member("extcred_type", choice("ExternalCredentialType", TYPES), "The kind of key material.", required=True)
BLOB = Member("json_blob", OBJECT, "The key material. A read by id returns it as sent.", required=True)
LABEL = Member("extcred_label", text(0, 255))
NEW_BLOB = Member("json_blob", OBJECT, "The new key material, which replaces the stored one.")

_EXAMPLES = MappingProxyType(
    {
        "shopify": {
            "extcred_provider": "shopify",
            "extcred_type": "json_credentials",
            "extcred_label": "store",
            "json_blob": {"multipass_secret": "hunter2"},
        },
        "onfido": {
            "extcred_provider": "onfido",
            "extcred_type": "client_credentials",
            "json_blob": {"client_id": "strongroom", "client_secret": "hunter2", "webhook_token": "token"},
        },
        "generic": {
            "extcred_provider": "generic",
            "extcred_type": "user_pass",
            "json_blob": {"username": "anna", "password": "hunter2"},
        },
    }
)
CREATE = Body("ExternalCredentialPostRequest", (PROVIDER, TYPE, BLOB, LABEL), examples=_EXAMPLES)
UPDATE = Body("PatchExternalCredentialRequest", (LABEL, NEW_BLOB), examples={"label": {"extcred_label": "store"}})


def message_of(call: Call, body: RequestBody) -> Credential:
    """Our message for the body of a new credential. Raises RefusedError."""
    variant = body.required(TYPE)
    return Credential(
        surface=call.vendor.surface,
        provider=body.required(PROVIDER),
        name=body.value(LABEL) or "",
        data=data_of(variant, body.required(BLOB), body.json.texts[BLOB.name]),
    )


def body_of(credential: Credential) -> ExternalCredential:
    """The body of a response that shows a credential, without key material."""
    return ExternalCredential(
        external_cred_id=credential.id,
        organization_id=credential.organisation_id,
        extcred_provider=_PROVIDER_NAMES[credential.provider],
        extcred_type=TYPE_NAMES[credential.variant],
        extcred_label=credential.name,
    )
