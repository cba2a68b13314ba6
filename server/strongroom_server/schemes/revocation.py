"""Revokes a token at the provider (RFC 7009), as well as that can be done: the caller deletes its own copy in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from strongroom_server.schemes.token_endpoint import REFRESH, request_as_client
from strongroom_server.schemes.token_errors import InDoubt, NotSent, Refused, Unavailable
from strongroom_server.schemes.token_response import TRANSIENT_STATUSES, document_of

if TYPE_CHECKING:
    from strongroom_server.egress.client import Response
    from strongroom_server.schemes.sending import Sender
    from strongroom_server.schemes.token_endpoint import TokenRequest

# revoked: the token does not work any more. refused: the provider does not revoke it for this client. unavailable: a later try may
# work. unknown: the request was sent, and there is no answer. not_sent: egress refused the request.
Outcome = Literal["revoked", "refused", "unavailable", "unknown", "not_sent"]

Hint = Literal["refresh_token", "access_token"]


async def revoke_token(sender: Sender, request: TokenRequest, token: str, hint: Hint = REFRESH) -> Outcome:
    """Revoke a token. `request` has the revocation endpoint, the client, and further fields if the provider needs any.

    A provider revokes the whole grant with its refresh token (RFC 7009 §2.1), so an access token needs its own call only if there
    is no refresh token.
    """
    fields = {**request.fields, "token": token, "token_type_hint": hint}
    try:
        await request_as_client(sender, request._replace(fields=fields), _read)
    except Refused:
        return "refused"
    except Unavailable:
        return "unavailable"
    except NotSent:
        return "not_sent"
    except InDoubt:
        return "unknown"
    return "revoked"


def _read(response: Response) -> None:
    """Raises Refused and Unavailable."""
    status = response.status
    if 200 <= status < 300:
        # Also for a token that the provider does not know. Some name an error in a 200.
        document = document_of(response)
        if document.get("ok") is False or document.get("error"):
            raise Refused("", status)
        return
    if status >= 500 or status in TRANSIENT_STATUSES:
        raise Unavailable(status, None)
    error = document_of(response).get("error")
    if error == "invalid_token":
        # Not of RFC 7009, but what Google says of a token that is revoked or expired: that is what the caller wants.
        return
    raise Refused(error if error == "invalid_client" else "", status)
