"""Checks of an App what the rules of its credential do not check, such as that its endpoints are https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.connections.app_messages import PATHS
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import (
    authorization_endpoint_violations,
    endpoint_violations,
    issuer_violations,
    requested_scope_violations,
)
from strongroom_server.schemes.providers.table import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from strongroom.v1.connection_service_pb2 import App, UpdateAppRequest
    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.schemes.discovery import DiscoveryFailed


def check_create(app: App) -> None:
    """Check what is needed to look up the provider of a new app. `check_credential` checks the rest. Raises FIELD_INVALID."""
    fields.require((*_provider(app), *_issuer(app)))


def check_update(request: UpdateAppRequest) -> frozenset[str]:
    """Check an update before anything is read, and return the fields that its mask names. Raises FIELD_INVALID."""
    names = frozenset(request.update_mask.paths)
    fields.require((*_mask(request), *(_issuer(request.app) if "issuer" in names else ())))
    return names


def check_credential(credential: Credential, sent: App, names: Collection[str]) -> None:
    """Check these fields of an app in the credential that is to be stored. Raises FIELD_INVALID."""
    fields.require(_credential(credential, sent, names))


def not_found(path: str) -> ServiceError:
    """The error for a field that names no app, or a connection or session whose app is gone."""
    violation = FieldViolation(path, "leads to no app: it does not exist, or this caller may not see it")
    return ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND, (violation,))


def discovery_failed(failed: DiscoveryFailed) -> ServiceError:
    """The error for an issuer whose metadata or keys cannot be used."""
    cause = f" ({failed.refused.metadata['class']})" if failed.refused else ""
    rule = f"{failed.rule}{cause}"
    return ServiceError(reasons.ERROR_REASON_DISCOVERY_FAILED, (FieldViolation("app.issuer", rule),), rule=rule)


def _provider(app: App) -> Iterator[FieldViolation]:
    if app.provider and app.provider not in PROVIDERS:
        yield FieldViolation("app.provider", f"must be one of {', '.join(PROVIDERS)}")


def _mask(request: UpdateAppRequest) -> Iterator[FieldViolation]:
    if not request.update_mask.paths:
        yield FieldViolation("update_mask", "is required: name the fields to change")
    for index, path in enumerate(request.update_mask.paths):
        if path not in PATHS:
            yield FieldViolation(f"update_mask.paths[{index}]", f"must be one of {', '.join(PATHS)}")


def _issuer(app: App) -> Iterator[FieldViolation]:
    if app.issuer:
        yield from issuer_violations("app.issuer", app.issuer)


def _credential(credential: Credential, sent: App, names: Collection[str]) -> Iterator[FieldViolation]:
    data, app = credential.data.oauth, credential.use_settings.app
    # A missing endpoint breaks a rule of the variant.
    if "authorization_url" in names and data.authorization_url:
        yield from authorization_endpoint_violations("app.authorization_url", data.authorization_url)
    if "token_url" in names and data.token_url:
        yield from endpoint_violations("app.token_url", data.token_url)
    if "scopes" in names:
        # As they were sent: the data has them as one text, in which a space would make two of one.
        yield from requested_scope_violations("app.scopes", sent.scopes, app.scope_separator or " ")
