"""Why a token endpoint gave no token. No text holds a value of the request or of the response: both may be secret.

The classes say what is known of the request, because a refresh token that is used once must not be sent twice: it was never sent
(NotSent), the provider did not issue anything (Refused, Unavailable), or nobody knows (InDoubt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from strongroom_server.egress.refusals import EgressRefused

Cause = Literal["egress", "encoded", "redirect", "not_a_token", "error_beside_token"]


class TokenNotIssued(Exception):
    """There is no token. Only the classes below are raised."""


class Refused(TokenNotIssued):
    """The provider answered with an error. `error` is a registered code of OAuth, or one of AWS STS that we know, or empty."""

    def __init__(self, error: str, status: int) -> None:
        super().__init__(f"the provider refused the request with the status {status}{error and f' and {error}'}")
        self.error = error
        self.status = status


class Unavailable(TokenNotIssued):
    """The provider cannot answer now. `retry_after` is in seconds, and None if the provider has not said."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(f"the provider answered with the status {status}")
        self.status = status
        self.retry_after = retry_after


class NotSent(TokenNotIssued):
    """Nothing was sent. `refused` says why."""

    def __init__(self, refused: EgressRefused) -> None:
        super().__init__(f"the request was not sent: {refused.cause}")
        self.refused = refused


class InDoubt(TokenNotIssued):
    """The request was sent, and no response came (`egress`, with `refused`), or one without a token that says no error either.

    The provider may have issued tokens that are lost now. `status` is 0 without a response.
    """

    def __init__(self, cause: Cause, status: int = 0, refused: EgressRefused | None = None) -> None:
        super().__init__(f"the response has no token: {refused.cause if refused else cause}")
        self.cause = cause
        self.status = status
        self.refused = refused
