"""The one table of which roles may call which method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_INVOKER,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_UNSPECIFIED,
    ROLE_USER,
    ROLE_WRITER,
    Role,
)
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.access.caller import Caller

# The roles by the names that error messages and commands use.
ROLES: Final[Mapping[str, Role.ValueType]] = {
    name.removeprefix("ROLE_").lower(): role for name, role in Role.items() if role != ROLE_UNSPECIFIED
}
_NAMES: Final = {role: name for name, role in ROLES.items()}

_EVERY_ROLE_BUT_OPERATOR: Final = (ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_INVOKER, ROLE_ADMIN)

# A key with any of these roles may call the method. ` FULL` is the view that shows data.
METHOD_ROLES: Final[Mapping[str, tuple[Role.ValueType, ...]]] = {
    "CreateCredential": (ROLE_WRITER,),
    "ImportCredentials": (ROLE_WRITER,),
    "GetCredential": (ROLE_READER, ROLE_WRITER, ROLE_INVOKER),
    "GetCredential FULL": (ROLE_READER,),
    "ListCredentials": (ROLE_READER, ROLE_WRITER, ROLE_INVOKER),
    "ListCredentials FULL": (ROLE_READER,),
    "UpdateCredential": (ROLE_WRITER,),
    "DeleteCredential": (ROLE_WRITER,),
    "PurgeCredentials": (ROLE_WRITER,),
    "AccessCredential": (ROLE_USER,),
    "UndeleteCredential": (ROLE_WRITER,),
    "ListCredentialVersions": (ROLE_READER, ROLE_WRITER),
    "RestoreCredentialVersion": (ROLE_WRITER,),
    "DestroyCredentialVersion": (ROLE_WRITER,),
    "MintToken": (ROLE_USER, ROLE_INVOKER),
    "AuthorizeHttpRequest": (ROLE_USER, ROLE_INVOKER),
    "ForwardHttpRequest": (ROLE_USER, ROLE_INVOKER),
    "StreamHttpRequest": (ROLE_USER, ROLE_INVOKER),
    "CreateOrganisation": (ROLE_OPERATOR,),
    "GetOrganisation": (*_EVERY_ROLE_BUT_OPERATOR, ROLE_OPERATOR),
    "ListOrganisations": (ROLE_OPERATOR,),
    "UpdateOrganisation": (ROLE_ADMIN,),
    "CreateTeam": (ROLE_ADMIN,),
    "GetTeam": _EVERY_ROLE_BUT_OPERATOR,
    "ListTeams": _EVERY_ROLE_BUT_OPERATOR,
    "UpdateTeam": (ROLE_ADMIN,),
    "DeleteTeam": (ROLE_ADMIN,),
    "CreateFolder": (ROLE_ADMIN,),
    "GetFolder": _EVERY_ROLE_BUT_OPERATOR,
    "ListFolders": _EVERY_ROLE_BUT_OPERATOR,
    "UpdateFolder": (ROLE_ADMIN,),
    "DeleteFolder": (ROLE_ADMIN,),
    "CreateApiKey": (ROLE_ADMIN,),
    "GetApiKey": (ROLE_ADMIN,),
    "ListApiKeys": (ROLE_ADMIN,),
    "UpdateApiKey": (ROLE_ADMIN,),
    "RevokeApiKey": (ROLE_ADMIN,),
    "GetCaller": (*_EVERY_ROLE_BUT_OPERATOR, ROLE_OPERATOR),
    "CreateIdentityIssuer": (ROLE_OPERATOR,),
    "GetIdentityIssuer": (ROLE_OPERATOR,),
    "ListIdentityIssuers": (ROLE_OPERATOR, ROLE_ADMIN),
    "UpdateIdentityIssuer": (ROLE_OPERATOR,),
    "DisableIdentityIssuer": (ROLE_OPERATOR,),
    "CreateIdentity": (ROLE_ADMIN,),
    "GetIdentity": (ROLE_ADMIN,),
    "ListIdentities": (ROLE_ADMIN,),
    "UpdateIdentity": (ROLE_ADMIN,),
    "DisableIdentity": (ROLE_ADMIN,),
    "CreateWebhook": (ROLE_ADMIN,),
    "GetWebhook": (ROLE_ADMIN,),
    "ListWebhooks": (ROLE_ADMIN,),
    "UpdateWebhook": (ROLE_ADMIN,),
    "DeleteWebhook": (ROLE_ADMIN,),
    "TestWebhook": (ROLE_ADMIN,),
    "RedeliverEvent": (ROLE_ADMIN,),
    "ListDeliveries": (ROLE_ADMIN,),
    "StreamEvents": (ROLE_ADMIN,),
    "CreateApp": (ROLE_WRITER,),
    "GetApp": (ROLE_READER, ROLE_WRITER),
    "ListApps": (ROLE_READER, ROLE_WRITER),
    "UpdateApp": (ROLE_WRITER,),
    "DeleteApp": (ROLE_WRITER,),
    "BeginConnection": (ROLE_WRITER,),
    "GetConnectionSession": (ROLE_WRITER,),
    "CompleteConnection": (ROLE_WRITER,),
    "CreateConnection": (ROLE_WRITER,),
    "UpdateConnection": (ROLE_WRITER,),
    "GetConnection": (ROLE_READER, ROLE_WRITER, ROLE_INVOKER),
    "ListConnections": (ROLE_READER, ROLE_WRITER, ROLE_INVOKER),
    "Reconnect": (ROLE_WRITER,),
    "Disconnect": (ROLE_WRITER,),
    # An operator may also read the events of operators: rpc/pipeline.py.
    "ListAuditEvents": (ROLE_ADMIN,),
    "StreamAuditEvents": (ROLE_ADMIN,),
    "GetSealingKey": (ROLE_OPERATOR,),
    "ListSealingKeys": (ROLE_OPERATOR,),
    "CreateSealingKey": (ROLE_OPERATOR,),
    "ActivateSealingKey": (ROLE_OPERATOR,),
    "RetireSealingKey": (ROLE_OPERATOR,),
    "DestroySealingKey": (ROLE_OPERATOR,),
    "GetSigningKey": (ROLE_OPERATOR,),
    "ListSigningKeys": (ROLE_OPERATOR,),
    "RetireSigningKey": (ROLE_OPERATOR,),
}

# Methods for a person's browser. They take no API key: a link or a state authorises them.
PUBLIC_METHODS: Final = frozenset({"GetConsent", "StartConsent", "ReceiveConsent"})

# The methods that Versori's endpoints call. Versori's clients may send tokens without `exp`, so only these methods accept such
# tokens.
_METHODS_WITHOUT_EXPIRY: Final = frozenset(
    {
        "CreateCredential",
        "GetCredential",
        "GetCredential FULL",
        "ListCredentials",
        "ListCredentials FULL",
        "GetCaller",
        "UpdateCredential",
        "DeleteCredential",
        "GetApp",
        "ListApps",
        "BeginConnection",
        "CreateConnection",
        "UpdateConnection",
        "GetConnection",
        "ListConnections",
        "Disconnect",
    }
)


def authorise(caller: Caller, method: str) -> None:
    """Raises ROLE_MISSING unless the caller has one of the method's roles, TOKEN_EXPIRY_MISSING if its token needs an `exp`."""
    if caller.lasting_token and method not in _METHODS_WITHOUT_EXPIRY:
        raise ServiceError(error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING, claims="exp")
    roles = METHOD_ROLES[method]
    if caller.roles.isdisjoint(roles):
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_ROLE_MISSING,
            method=method,
            roles=", ".join(_NAMES[role] for role in roles),
        )
