"""Translates why a provider gave no token: for the caller to a reason, for use/tokens.py to what is known of the request.

Nothing of a response leaves except its status and a registered OAuth code: the rest may be secret, and is the provider's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.schemes.recipes.errors import InvalidRecipe
from strongroom_server.schemes.token_errors import InDoubt, NotSent, Refused, TokenNotIssued, Unavailable
from strongroom_server.schemes.token_response import TRANSIENT_STATUSES
from strongroom_server.use.tokens import AskFailed

if TYPE_CHECKING:
    from strongroom_server.schemes.recipes.errors import RecipeFailed
    from strongroom_server.schemes.unusable import UnusableCredential


def endpoint_failed(error: TokenNotIssued) -> AskFailed:
    """The error of a token endpoint."""
    match error:
        case Refused():
            return AskFailed(_refused(error.error, error.status), "refused", error.error)
        case Unavailable():
            return AskFailed(_failed("status", error.status), "unavailable", retry_seconds=error.retry_after)
        case NotSent():
            return AskFailed(error.refused, "not_sent")
        case InDoubt():
            if error.refused is not None:
                return AskFailed(_failed(error.refused.metadata["class"]), "in_doubt")
            return AskFailed(_failed(error.cause, error.status), "in_doubt")
    raise AssertionError(type(error))


def recipe_failed(error: RecipeFailed | InvalidRecipe | EgressRefused, variant: str) -> AskFailed:
    """The error of a recipe. Its requests can be repeated, so it does not matter whether they were sent."""
    if isinstance(error, InvalidRecipe):
        violation = FieldViolation(f"data.{variant}.{error.field}", str(error))
        return AskFailed(ServiceError(reasons.ERROR_REASON_CREDENTIAL_UNUSABLE, (violation,)), "not_sent")
    if isinstance(error, EgressRefused):
        return AskFailed(_failed(error.metadata["class"]) if error.sent else error, "unavailable")
    if 400 <= error.status < 500 and error.status not in TRANSIENT_STATUSES:
        return AskFailed(_refused("", error.status), "refused")
    return AskFailed(_failed(error.cause, error.status), "unavailable")


def unusable(error: UnusableCredential, variant: str) -> ServiceError:
    """The error of a credential whose data or settings give no request and no token."""
    field, rule = error.violation
    path = field if field.startswith("use_settings.") else f"data.{variant}.{field}"
    return ServiceError(reasons.ERROR_REASON_CREDENTIAL_UNUSABLE, (FieldViolation(path, rule),))


def _refused(error: str, status: int) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_PROVIDER_REFUSED, error=error, status=str(status))


def _failed(cause: str, status: int = 0) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_PROVIDER_FAILED, cause=cause, status=str(status) if status else "")
