"""Owns the one table reason → status code and message, and how an error is put on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.error_reason_pb2 import ErrorReason

if TYPE_CHECKING:
    from strongroom_server.core.errors import FieldViolation, ServiceError

DOMAIN: Final = "strongroom"
MOST_VIOLATIONS: Final = 20
LARGEST_STATUS: Final = 4096

REASONS: Final[dict[ErrorReason.ValueType, tuple[code_pb2.Code.ValueType, str]]] = {
    reasons.ERROR_REASON_API_KEY_MISSING: (
        code_pb2.UNAUTHENTICATED,
        "the call carries no API key: send the metadata `authorization: Bearer <key>`",
    ),
    reasons.ERROR_REASON_API_KEY_INVALID: (code_pb2.UNAUTHENTICATED, "the API key is not valid"),
    reasons.ERROR_REASON_API_KEY_AMBIGUOUS: (code_pb2.UNAUTHENTICATED, "the call carries more than one authorization"),
    reasons.ERROR_REASON_ROLE_MISSING: (
        code_pb2.PERMISSION_DENIED,
        "{method} asks for an API key with one of the roles: {roles}",
    ),
    reasons.ERROR_REASON_ORGANISATION_MISMATCH: (
        code_pb2.PERMISSION_DENIED,
        "the request names another organisation than the API key's",
    ),
    reasons.ERROR_REASON_TEAM_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the API key is limited to teams that do not own this",
    ),
    reasons.ERROR_REASON_HOST_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the credential may not go there: target_host is missing or matches none of its allowed_hosts",
    ),
    reasons.ERROR_REASON_GRANT_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the API key may not grant this",
    ),
    reasons.ERROR_REASON_SECRET_REQUIRED: (
        code_pb2.PERMISSION_DENIED,
        "a stored secret would be exposed further: send every secret field again, or use an API key with the role user",
    ),
    reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such credential"),
    reasons.ERROR_REASON_TEAM_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such team"),
    reasons.ERROR_REASON_FOLDER_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such folder"),
    reasons.ERROR_REASON_API_KEY_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such API key"),
    reasons.ERROR_REASON_REQUEST_MALFORMED: (code_pb2.INVALID_ARGUMENT, "the request is not a message of this method"),
    reasons.ERROR_REASON_FIELD_INVALID: (code_pb2.INVALID_ARGUMENT, "a field breaks a rule"),
    reasons.ERROR_REASON_DATA_INVALID: (code_pb2.INVALID_ARGUMENT, "the secret data is not valid for its variant"),
    reasons.ERROR_REASON_TEAM_UNKNOWN: (code_pb2.INVALID_ARGUMENT, "the organisation has no such team"),
    reasons.ERROR_REASON_FOLDER_UNKNOWN: (code_pb2.INVALID_ARGUMENT, "the team has no such folder"),
    reasons.ERROR_REASON_LIVE_CREDENTIAL_UNKNOWN: (
        code_pb2.INVALID_ARGUMENT,
        "there is no such live credential",
    ),
    reasons.ERROR_REASON_LIVE_CREDENTIAL_MISMATCH: (
        code_pb2.INVALID_ARGUMENT,
        "a test credential has the surface and the variant of its live one",
    ),
    reasons.ERROR_REASON_PAGE_TOKEN_INVALID: (
        code_pb2.INVALID_ARGUMENT,
        "the page token does not belong to this list",
    ),
    reasons.ERROR_REASON_ORGANISATION_EXISTS: (code_pb2.ALREADY_EXISTS, "the organisation id is taken"),
    reasons.ERROR_REASON_TEAM_SLUG_TAKEN: (code_pb2.ALREADY_EXISTS, "another team has this slug"),
    reasons.ERROR_REASON_TEST_CREDENTIAL_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "the live credential has a test credential already",
    ),
    reasons.ERROR_REASON_TEST_CREDENTIAL_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "the credential has no test credential that is enabled",
    ),
    reasons.ERROR_REASON_REQUEST_ID_REUSED: (
        code_pb2.ALREADY_EXISTS,
        "the request_id was used for another request",
    ),
    reasons.ERROR_REASON_CREDENTIAL_INVALID: (
        code_pb2.FAILED_PRECONDITION,
        "the credential is invalid: update its data before it is used",
    ),
    reasons.ERROR_REASON_OPENING_KEY_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "this node is a writer, which opens, destroys and audits nothing: ask another",
    ),
    reasons.ERROR_REASON_TEAM_NOT_EMPTY: (code_pb2.FAILED_PRECONDITION, "the team owns credentials or folders"),
    reasons.ERROR_REASON_FOLDER_NOT_EMPTY: (code_pb2.FAILED_PRECONDITION, "the folder holds credentials or folders"),
    reasons.ERROR_REASON_ETAG_MISMATCH: (code_pb2.ABORTED, "the etag is not the present one"),
    reasons.ERROR_REASON_CONCURRENT_CHANGE: (code_pb2.ABORTED, "it was changed at the same moment: try again"),
    reasons.ERROR_REASON_SEAL_BROKEN: (code_pb2.DATA_LOSS, "what is stored is not what was sealed and signed"),
    reasons.ERROR_REASON_DATABASE_UNAVAILABLE: (code_pb2.UNAVAILABLE, "the database does not answer: try again"),
    reasons.ERROR_REASON_DATABASE_FULL: (code_pb2.RESOURCE_EXHAUSTED, "the database is full"),
    reasons.ERROR_REASON_AUDIT_UNAVAILABLE: (
        code_pb2.UNAVAILABLE,
        "the audit event could not be written, so the act did not happen: try again",
    ),
    reasons.ERROR_REASON_SHUTTING_DOWN: (code_pb2.UNAVAILABLE, "this node is stopping: try again"),
    reasons.ERROR_REASON_DEADLINE_EXCEEDED: (code_pb2.DEADLINE_EXCEEDED, "the call took too long; a write may stand"),
    reasons.ERROR_REASON_REGIONS_BEHIND: (
        code_pb2.DEADLINE_EXCEEDED,
        "not every region has replayed the write in time; the write stands",
    ),
    reasons.ERROR_REASON_VERSION_NOT_FOUND: (code_pb2.NOT_FOUND, "the credential keeps no such version"),
    reasons.ERROR_REASON_VERSION_DESTROYED: (code_pb2.FAILED_PRECONDITION, "the version's data was destroyed"),
    reasons.ERROR_REASON_VERSION_IN_USE: (
        code_pb2.FAILED_PRECONDITION,
        "the present version cannot be destroyed: delete the credential instead",
    ),
    reasons.ERROR_REASON_CREDENTIAL_NOT_DELETED: (code_pb2.FAILED_PRECONDITION, "the credential is not deleted"),
    reasons.ERROR_REASON_API_KEY_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "this request made the API key {api_key_id} before, and it is not shown again",
    ),
    reasons.ERROR_REASON_API_KEY_REVOKED: (code_pb2.FAILED_PRECONDITION, "the API key is revoked"),
    reasons.ERROR_REASON_LAST_ADMIN_KEY: (
        code_pb2.FAILED_PRECONDITION,
        "the organisation would be left without an admin key, or without one that can make admin keys: make another first",
    ),
    reasons.ERROR_REASON_TOKEN_EXPIRY_MISSING: (
        code_pb2.UNAUTHENTICATED,
        "the token does not say how long it is good: sign it with the claim {claims}",
    ),
    reasons.ERROR_REASON_INTERNAL: (code_pb2.INTERNAL, "something went wrong; the server's log says what: {error_id}"),
}


def render(error: ServiceError) -> Status:
    """The google.rpc.Status of an error, at most 4 KiB: an ErrorInfo, and a BadRequest where fields are at fault."""
    code, template = REASONS[error.reason]
    # The rule that is broken says more than the reason does, and says it alone.
    message = _sentence(error.violations) if error.violations else template.format(**error.metadata)
    info = error_details_pb2.ErrorInfo(
        reason=ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"), domain=DOMAIN, metadata=error.metadata
    )
    status = Status(code=code, message=message, details=[_packed(info)])
    violations = error.violations[:MOST_VIOLATIONS]
    while violations:
        whole = Status()
        whole.CopyFrom(status)
        whole.details.append(_packed(_bad_request(violations)))
        if whole.ByteSize() <= LARGEST_STATUS:
            return whole
        violations = violations[: len(violations) // 2]
    return status


def _sentence(violations: tuple[FieldViolation, ...]) -> str:
    first, others = violations[0], len(violations) - 1
    return f"{first.field} {first.rule}" + (f" (and {others} more)" if others else "")


def _bad_request(violations: tuple[FieldViolation, ...]) -> error_details_pb2.BadRequest:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=violation.field, description=violation.rule)
            for violation in violations
        ]
    )


def _packed(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
