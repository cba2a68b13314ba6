"""The table of error reasons with their status codes and messages, and the google.rpc.Status of an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.error_reason_pb2 import ErrorReason

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from strongroom_server.core.errors import FieldViolation, ServiceError

DOMAIN: Final = "strongroom"
MOST_VIOLATIONS: Final = 20
LARGEST_STATUS: Final = 4096

REASONS: Final[dict[ErrorReason.ValueType, tuple[code_pb2.Code.ValueType, str]]] = {
    reasons.ERROR_REASON_API_KEY_MISSING: (
        code_pb2.UNAUTHENTICATED,
        "the call has no API key: send the metadata `authorization: Bearer <key>`",
    ),
    reasons.ERROR_REASON_API_KEY_INVALID: (code_pb2.UNAUTHENTICATED, "the API key is not valid"),
    reasons.ERROR_REASON_API_KEY_AMBIGUOUS: (code_pb2.UNAUTHENTICATED, "the call has more than one authorization"),
    reasons.ERROR_REASON_ROLE_MISSING: (
        code_pb2.PERMISSION_DENIED,
        "{method} needs an API key with one of the roles: {roles}",
    ),
    reasons.ERROR_REASON_ORGANISATION_MISMATCH: (
        code_pb2.PERMISSION_DENIED,
        "the request names another organisation than the API key's",
    ),
    reasons.ERROR_REASON_TEAM_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the API key is limited to teams, and none of them owns this",
    ),
    reasons.ERROR_REASON_HOST_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the host (target_host or url), with its port if that is not 443, must match one of the credential's allowed_hosts",
    ),
    reasons.ERROR_REASON_GRANT_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the API key may not grant this",
    ),
    reasons.ERROR_REASON_SECRET_REQUIRED: (
        code_pb2.PERMISSION_DENIED,
        "the change would expose a stored secret further: send every secret field again, or use an API key with the role user",
    ),
    reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such credential"),
    reasons.ERROR_REASON_TEAM_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such team"),
    reasons.ERROR_REASON_FOLDER_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such folder"),
    reasons.ERROR_REASON_API_KEY_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such API key"),
    reasons.ERROR_REASON_REQUEST_MALFORMED: (
        code_pb2.INVALID_ARGUMENT,
        "the request is not a valid message of this method",
    ),
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
        "a test credential must have the surface and the variant of its live credential",
    ),
    reasons.ERROR_REASON_PAGE_TOKEN_INVALID: (
        code_pb2.INVALID_ARGUMENT,
        "the page token does not belong to this list",
    ),
    reasons.ERROR_REASON_ORGANISATION_EXISTS: (code_pb2.ALREADY_EXISTS, "the organisation id is taken"),
    reasons.ERROR_REASON_TEAM_SLUG_TAKEN: (code_pb2.ALREADY_EXISTS, "another team has this slug"),
    reasons.ERROR_REASON_TEST_CREDENTIAL_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "the live credential already has a test credential",
    ),
    reasons.ERROR_REASON_TEST_CREDENTIAL_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "the credential has no enabled test credential",
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
        "this node has no private keys, so it cannot open or destroy data or read the audit trail: call another node",
    ),
    reasons.ERROR_REASON_SIGNER_ROLE_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "this node has no admin key, so it cannot change API keys, organisations or teams: call another node",
    ),
    reasons.ERROR_REASON_TEAM_NOT_EMPTY: (code_pb2.FAILED_PRECONDITION, "the team owns credentials or folders"),
    reasons.ERROR_REASON_FOLDER_NOT_EMPTY: (code_pb2.FAILED_PRECONDITION, "the folder contains credentials or folders"),
    reasons.ERROR_REASON_ETAG_MISMATCH: (code_pb2.ABORTED, "the etag is not the current one"),
    reasons.ERROR_REASON_CONCURRENT_CHANGE: (
        code_pb2.ABORTED,
        "another request changed it at the same time: try again",
    ),
    reasons.ERROR_REASON_SEAL_BROKEN: (code_pb2.DATA_LOSS, "the stored data is not what a node sealed and signed"),
    reasons.ERROR_REASON_DATABASE_UNAVAILABLE: (code_pb2.UNAVAILABLE, "the database does not respond: try again"),
    reasons.ERROR_REASON_DATABASE_FULL: (code_pb2.RESOURCE_EXHAUSTED, "the database is full"),
    reasons.ERROR_REASON_AUDIT_UNAVAILABLE: (
        code_pb2.UNAVAILABLE,
        "the audit event could not be written, so nothing was done: try again",
    ),
    reasons.ERROR_REASON_SHUTTING_DOWN: (code_pb2.UNAVAILABLE, "this node is stopping: try again"),
    reasons.ERROR_REASON_DEADLINE_EXCEEDED: (
        code_pb2.DEADLINE_EXCEEDED,
        "the call took too long; a write may have been stored",
    ),
    reasons.ERROR_REASON_REGIONS_BEHIND: (
        code_pb2.DEADLINE_EXCEEDED,
        "the write is stored, but not every region has replayed it in time",
    ),
    reasons.ERROR_REASON_VERSION_NOT_FOUND: (code_pb2.NOT_FOUND, "the credential has no such version"),
    reasons.ERROR_REASON_VERSION_DESTROYED: (code_pb2.FAILED_PRECONDITION, "the version's data was destroyed"),
    reasons.ERROR_REASON_VERSION_IN_USE: (
        code_pb2.FAILED_PRECONDITION,
        "the current version cannot be destroyed: delete the credential instead",
    ),
    reasons.ERROR_REASON_CREDENTIAL_NOT_DELETED: (code_pb2.FAILED_PRECONDITION, "the credential is not deleted"),
    reasons.ERROR_REASON_API_KEY_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "this request already created the API key {api_key_id}, which is shown once",
    ),
    reasons.ERROR_REASON_API_KEY_REVOKED: (code_pb2.FAILED_PRECONDITION, "the API key is revoked"),
    reasons.ERROR_REASON_LAST_ADMIN_KEY: (
        code_pb2.FAILED_PRECONDITION,
        "this is the organisation's last admin key, or the last that can create admin keys: create another first",
    ),
    reasons.ERROR_REASON_TOKEN_EXPIRY_MISSING: (
        code_pb2.UNAUTHENTICATED,
        "the token does not expire: sign it with the claim {claims}",
    ),
    reasons.ERROR_REASON_ROOT_KEY_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "this node does not have the root key, which signs changes of keys: run `{command}` where it is",
    ),
    reasons.ERROR_REASON_KEY_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such key"),
    reasons.ERROR_REASON_KEY_STATE: (code_pb2.FAILED_PRECONDITION, "the key is {state}: {rule}"),
    reasons.ERROR_REASON_KEY_IN_USE: (
        code_pb2.FAILED_PRECONDITION,
        "{count} rows are left under the key: run `{command}`",
    ),
    reasons.ERROR_REASON_SEALING_KEY_DESTROYED: (
        code_pb2.FAILED_PRECONDITION,
        "the sealing key was destroyed: nobody can read what it sealed, and new data needs another active key",
    ),
    reasons.ERROR_REASON_KEY_RETIRED: (
        code_pb2.UNAVAILABLE,
        "this node used a key that was retired meanwhile, so nothing was stored: try again",
    ),
    reasons.ERROR_REASON_EGRESS_REFUSED: (
        code_pb2.FAILED_PRECONDITION,
        "a request to {host} was not sent or not answered: {class}; {remedy}",
    ),
    reasons.ERROR_REASON_IDENTITY_UNKNOWN: (
        code_pb2.UNAUTHENTICATED,
        "the certificate or token stands for no identity here",
    ),
    reasons.ERROR_REASON_IDENTITY_CONFLICT: (
        code_pb2.UNAUTHENTICATED,
        "the API key or token and the client certificate stand for different callers: send one of them",
    ),
    reasons.ERROR_REASON_SCOPE_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "{field}: this reaches beyond the scope of the API key or identity",
    ),
    reasons.ERROR_REASON_NETWORK_NOT_ALLOWED: (
        code_pb2.PERMISSION_DENIED,
        "the API key or identity may not be used from this address",
    ),
    reasons.ERROR_REASON_IDENTITY_ISSUER_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such identity issuer"),
    reasons.ERROR_REASON_IDENTITY_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such identity"),
    reasons.ERROR_REASON_IDENTITY_ISSUER_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "identity issuer {identity_issuer_id} is bound to the same names or claims, or to a part of them",
    ),
    reasons.ERROR_REASON_IDENTITY_DISABLED: (code_pb2.FAILED_PRECONDITION, "the identity or its issuer is disabled"),
    reasons.ERROR_REASON_ISSUER_KEYS_UNAVAILABLE: (
        code_pb2.UNAVAILABLE,
        "the keys of the token's issuer cannot be fetched at present: try again",
    ),
    reasons.ERROR_REASON_INTERNAL: (
        code_pb2.INTERNAL,
        "an internal error; the server's log has details under the id {error_id}",
    ),
    reasons.ERROR_REASON_CREDENTIAL_UNUSABLE: (
        code_pb2.FAILED_PRECONDITION,
        "the credential has warnings and is not used until it is updated",
    ),
    reasons.ERROR_REASON_USE_NOT_SUPPORTED: (
        code_pb2.FAILED_PRECONDITION,
        "a credential of the variant {variant} cannot be used in this way: {rule}",
    ),
    reasons.ERROR_REASON_SECRET_NOT_RELEASED: (
        code_pb2.PERMISSION_DENIED,
        "a caller with the role invoker may not have the secret: {rule}",
    ),
    reasons.ERROR_REASON_HOSTS_REQUIRED: (
        code_pb2.FAILED_PRECONDITION,
        "the credential has no allowed_hosts: without them no request is forwarded, nor authorised for the role invoker",
    ),
    reasons.ERROR_REASON_GRANT_UNMANAGED: (
        code_pb2.FAILED_PRECONDITION,
        "the service does not refresh this credential's tokens: set use_settings.managed",
    ),
    reasons.ERROR_REASON_PROVIDER_REFUSED: (
        code_pb2.FAILED_PRECONDITION,
        "the provider refuses to issue a token: status {status} {error}",
    ),
    reasons.ERROR_REASON_PROVIDER_FAILED: (
        code_pb2.UNAVAILABLE,
        "the provider did not respond with a token: {cause} {status}",
    ),
    reasons.ERROR_REASON_REAUTH_REQUIRED: (
        code_pb2.FAILED_PRECONDITION,
        "the grant gives no new token since {since} ({error}): reconnect, or store a new refresh token",
    ),
    reasons.ERROR_REASON_REFRESH_PENDING: (
        code_pb2.UNAVAILABLE,
        "there is no valid token at present, and a new one is not requested before {retry_time}",
    ),
    reasons.ERROR_REASON_SECRET_IN_RESPONSE: (
        code_pb2.PERMISSION_DENIED,
        "the response of {host} holds the secret or token that was sent, and was cut off",
    ),
    reasons.ERROR_REASON_RESPONSE_REFUSED: (
        code_pb2.FAILED_PRECONDITION,
        "the response cannot be passed on: {rule}",
    ),
    reasons.ERROR_REASON_STREAMS_EXHAUSTED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "this {of} may have {limit} streams at once: try again in {retry_seconds} s",
    ),
    reasons.ERROR_REASON_REFRESH_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "a new token was requested a moment ago; the next is requested from {retry_time} on",
    ),
    reasons.ERROR_REASON_WEBHOOK_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such webhook"),
    reasons.ERROR_REASON_EVENT_NOT_FOUND: (code_pb2.NOT_FOUND, "there is no such event"),
    reasons.ERROR_REASON_EVENTS_EXPIRED: (
        code_pb2.FAILED_PRECONDITION,
        "events after after_sequence are no longer kept: the oldest that is has the sequence number {oldest}",
    ),
    reasons.ERROR_REASON_WEBHOOKS_EXHAUSTED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "the organisation has {limit} webhooks, and may have no more: delete one",
    ),
    reasons.ERROR_REASON_WEBHOOK_EXISTS: (
        code_pb2.ALREADY_EXISTS,
        "this request already created the webhook {webhook_id}, whose secret is shown once",
    ),
    reasons.ERROR_REASON_CONNECTION_SESSION_NOT_FOUND: (
        code_pb2.NOT_FOUND,
        "the caller has begun no such session, or it is no longer kept",
    ),
    reasons.ERROR_REASON_APP_IN_USE: (
        code_pb2.FAILED_PRECONDITION,
        "the app has connections: disconnect them first",
    ),
    reasons.ERROR_REASON_CONSENT_PENDING: (
        code_pb2.FAILED_PRECONDITION,
        "the person has not consented yet",
    ),
    reasons.ERROR_REASON_CONSENT_FAILED: (
        code_pb2.FAILED_PRECONDITION,
        "the session gives no connection any more ({error}): begin another one",
    ),
    reasons.ERROR_REASON_USER_MISMATCH: (
        code_pb2.PERMISSION_DENIED,
        "the session was begun for another user",
    ),
    reasons.ERROR_REASON_SUBJECT_MISMATCH: (
        code_pb2.FAILED_PRECONDITION,
        "the person has consented with another account than the connection has",
    ),
    reasons.ERROR_REASON_PUBLIC_URL_ABSENT: (
        code_pb2.FAILED_PRECONDITION,
        "there is no redirect URI: set STRONGROOM_PUBLIC_URL on the server",
    ),
    reasons.ERROR_REASON_DISCOVERY_FAILED: (
        code_pb2.FAILED_PRECONDITION,
        "the metadata of the issuer cannot be used: the issuer {rule}",
    ),
    reasons.ERROR_REASON_NOT_CONNECTED: (
        code_pb2.FAILED_PRECONDITION,
        "nobody has consented for this credential: begin a connection with it",
    ),
    reasons.ERROR_REASON_CONNECTION_SESSIONS_EXHAUSTED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "the organisation has {limit} pending sessions, and may not have more",
    ),
    reasons.ERROR_REASON_CONSENT_UNKNOWN: (
        code_pb2.NOT_FOUND,
        "the link is unknown, has expired or was used before",
    ),
    reasons.ERROR_REASON_CONNECTION_NOT_FOUND: (
        code_pb2.NOT_FOUND,
        "there is no such connection",
    ),
    reasons.ERROR_REASON_ACCOUNT_REJECTED: (
        code_pb2.FAILED_PRECONDITION,
        "the id_token of the provider {rule}: nothing was stored",
    ),
    reasons.ERROR_REASON_CONSENT_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "too many links were opened: try again in {retry_seconds} s",
    ),
    reasons.ERROR_REASON_CALL_RATE_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "this {of} may make {limit} calls a second: try again in {retry_seconds} s",
    ),
    reasons.ERROR_REASON_CALLS_AT_ONCE_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "this {of} may have {limit} calls under way at once: try again in {retry_seconds} s",
    ),
    reasons.ERROR_REASON_BYTES_IN_FLIGHT_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "this {of} may have {limit} bytes under way at once: try again in {retry_seconds} s",
    ),
    reasons.ERROR_REASON_FAILED_AUTHENTICATIONS_LIMITED: (
        code_pb2.RESOURCE_EXHAUSTED,
        "this {of} failed to authenticate {limit} times: try again in {retry_seconds} s, with a valid key",
    ),
    reasons.ERROR_REASON_OVERLOADED: (
        code_pb2.UNAVAILABLE,
        "the node has more to do than it can: try again in {retry_seconds} s",
    ),
}


def render(error: ServiceError) -> Status:
    """The google.rpc.Status of an error, at most 4 KiB: an ErrorInfo, a RetryInfo if the caller should try again, and a
    BadRequest if there are field violations.
    """
    code, template = REASONS[error.reason]
    # The broken rule is more specific than the message of the reason.
    message = _sentence(error.violations) if error.violations else template.format(**error.metadata).rstrip()
    info = error_details_pb2.ErrorInfo(
        reason=ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"), domain=DOMAIN, metadata=error.metadata
    )
    status = Status(code=code, message=message, details=[_packed(info)])
    if seconds := error.metadata.get("retry_seconds"):
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromNanoseconds(round(float(seconds) * 1e9))
        status.details.append(_packed(retry))
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


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
