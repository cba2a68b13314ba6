"""Converts between an App and the credential that it is a view of, and names the fields of errors as an App has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import App
from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    CLIENT_AUTHENTICATION_UNSPECIFIED,
    SURFACE_NATIVE,
    Credential,
)
from strongroom_server.connections.providers import scopes_of
from strongroom_server.connections.redirects import redirect_uri_of
from strongroom_server.core.errors import FieldViolation, ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from strongroom.v1.credential_pb2 import ClientAuthentication
    from strongroom_server.schemes.providers.provider import Provider

VARIANT: Final = "oauth"
AUTHORIZATION_CODE: Final = "authorization_code"

_APP: Final = "use_settings.app"
_IN_DATA: Final = ("authorization_url", "token_url", "client_id", "client_secret")
_IN_APP: Final = ("issuer", "revocation_url", "parameters", "pkce_disabled")
_IN_SETTINGS: Final = ("client_authentication", "refresh_token_rotates")
# Where a credential has the fields of an App that can be changed.
PATHS: Final[Mapping[str, str]] = {
    "display_name": "name",
    **{name: f"data.{VARIANT}.{name}" for name in _IN_DATA},
    "scopes": f"data.{VARIANT}.scope",
    **{name: f"use_settings.{name}" for name in _IN_SETTINGS},
    **dict.fromkeys(_IN_APP, _APP),
}
# The fields of an app that change with its issuer.
DISCOVERED: Final = frozenset(
    {"authorization_url", "token_url", "issuer", "revocation_url", "pkce_disabled", "client_authentication"}
)
_AUTHENTICATIONS: Final[Mapping[str, ClientAuthentication.ValueType]] = {
    "basic": CLIENT_AUTHENTICATION_BASIC,
    "body": CLIENT_AUTHENTICATION_BODY,
}


class Facts(NamedTuple):
    """What is known of a provider before an app is created, and where its issuer has its keys."""

    provider: Provider
    jwks_url: str = ""


def app_of(credential: Credential, public_url: str) -> App:
    """The app that a credential is. Without data, because it could not be opened, the fields that the data has are empty."""
    data, settings = credential.data.oauth, credential.use_settings
    surface = settings.app.connection_surface or SURFACE_NATIVE
    app = App(
        id=credential.id,
        number=credential.number,
        organisation_id=credential.organisation_id,
        display_name=credential.name,
        provider=settings.app.provider,
        issuer=settings.app.issuer,
        authorization_url=data.authorization_url,
        token_url=data.token_url,
        revocation_url=settings.app.revocation_url,
        client_id=data.client_id,
        scopes=scopes_of(data),
        parameters=settings.app.parameters,
        client_authentication=settings.client_authentication,
        pkce_disabled=settings.app.pkce_disabled,
        grant_type=data.grant_type,
        connection_surface=surface,
        create_time=credential.create_time,
        update_time=credential.update_time,
        etag=credential.etag,
    )
    if settings.HasField("refresh_token_rotates"):
        app.refresh_token_rotates = settings.refresh_token_rotates
    if public_url and data.grant_type == AUTHORIZATION_CODE:
        app.redirect_uri = redirect_uri_of(public_url, surface)
    return app


def new_credential(sent: App, facts: Facts) -> Credential:
    """The credential of a new app. What the app does not set comes from the facts."""
    known = facts.provider
    credential = Credential(surface=SURFACE_NATIVE)
    settings = credential.use_settings
    settings.app.CopyFrom(
        Credential.OAuthApp(
            provider=sent.provider,
            offline_scopes=known.offline_scopes,
            scope_separator=known.scope_separator.strip(),
            omits_nonce=not known.repeats_nonce,
            connection_surface=sent.connection_surface,
        )
    )
    if known.account:
        settings.app.account_subject, settings.app.account_label, settings.app.account_url = known.account
    put_facts(credential, facts, ())
    settings.app.parameters.update(known.parameters)
    if known.rotation != "unknown":
        settings.refresh_token_rotates = known.rotation != "none"
    given = {field.name for field, _ in sent.ListFields()}
    # A public client has an empty secret.
    put(credential, sent, (given & set(PATHS)) - {"parameters"} | {"client_secret"})
    settings.app.parameters.update(sent.parameters)
    credential.data.oauth.grant_type = sent.grant_type or AUTHORIZATION_CODE
    return credential


def put(credential: Credential, app: App, names: Collection[str]) -> None:
    """Set these fields of an app in the credential that it is."""
    data, settings = credential.data.oauth, credential.use_settings
    for name in names:
        value = getattr(app, name)
        match name:
            case "display_name":
                credential.name = value
            case "scopes":
                data.scope = " ".join(value)
            case "parameters":
                settings.app.parameters.clear()
                settings.app.parameters.update(value)
            case "refresh_token_rotates" if not app.HasField("refresh_token_rotates"):
                settings.ClearField("refresh_token_rotates")
            case "authorization_url" | "token_url" | "client_id" if not value:
                # Then the variant's rules say whether it is required.
                data.ClearField(name)
            case _:
                setattr(data if name in _IN_DATA else settings.app if name in _IN_APP else settings, name, value)


def put_facts(credential: Credential, facts: Facts, kept: Collection[str]) -> None:
    """Set the endpoints of a provider and how they are used, except these fields of the app."""
    known, settings = facts.provider, credential.use_settings
    found = App(
        authorization_url=known.authorization_url,
        token_url=known.token_url,
        issuer=known.issuer,
        revocation_url=known.revocation_url,
        pkce_disabled=not known.uses_pkce,
        client_authentication=_AUTHENTICATIONS.get(known.authentication, CLIENT_AUTHENTICATION_UNSPECIFIED),
    )
    put(credential, found, DISCOVERED - set(kept))
    settings.app.sends_iss, settings.app.jwks_url = known.sends_iss, facts.jwks_url


def error_of(error: ServiceError, names: Collection[str]) -> ServiceError:
    """The error of a credential's use case, with its violations named as fields of an App, of which the request sets these."""
    if not error.violations:
        return error
    reason = error.reason
    if reason == reasons.ERROR_REASON_DATA_INVALID:
        # An App has no data.
        reason = reasons.ERROR_REASON_FIELD_INVALID
    renamed = tuple(dict.fromkeys(each for one in error.violations for each in _renamed(one, names)))
    return ServiceError(reason, renamed, **error.metadata)


def _renamed(violation: FieldViolation, names: Collection[str]) -> Iterator[FieldViolation]:
    path = violation.field.removeprefix("credential.")
    if path == _APP:
        for name in _IN_APP:
            if name in names:
                yield FieldViolation(f"app.{name}", violation.rule)
        return
    for name, place in PATHS.items():
        if path == place:
            yield FieldViolation(f"app.{name}", violation.rule)
            return
    for prefix in (_APP, f"data.{VARIANT}", "use_settings"):
        if path.startswith(f"{prefix}."):
            yield FieldViolation(f"app.{path.removeprefix(f'{prefix}.')}", violation.rule)
            return
    yield violation
