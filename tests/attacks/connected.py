"""Attacks on connections: whose account they are, for which user, and whose client refreshes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks.acts import in_order, put_back, sql
from attacks.attack import Attack, Where
from connections.planted import ACCESS_TOKEN

from strongroom.v1.connection_service_pb2 import GetConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.use_service_pb2 import MintTokenRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.credentials.pairs import sha256_of

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked


def get(name: str) -> Act:
    """Get a connection."""

    async def act(attacked: Attacked) -> object:
        stub = ConnectionServiceStub(attacked.service.channel())
        return await stub.GetConnection(GetConnectionRequest(id=attacked.world.ids[name]), metadata=attacked.metadata)

    return act


def refresh(name: str) -> Act:
    """Have the grant of a connection refreshed."""

    async def act(attacked: Attacked) -> object:
        request = MintTokenRequest(id=attacked.world.ids[name], rejected_token_sha256=sha256_of(ACCESS_TOKEN))
        return await UseServiceStub(attacked.service.channel()).MintToken(request, metadata=attacked.metadata)

    return act


def change(assignments: str) -> Act:
    return sql(f"update connections set {assignments} where credential_id = '{{connected}}'")


def replaced_by(name: str) -> Act:
    """Put the row of another connection in place of one, as the row of the same credential."""
    return sql(
        "delete from connections where credential_id = '{connected}';"
        " update connections set credential_id = '{connected}', organisation_id = 'default'"
        f" where credential_id = '{{{name}}}'"
    )


CONNECTED = (
    *(
        Attack(name, act, Where.REFUSED, "SEAL_BROKEN", attempt)
        for name, act, attempt in (
            ("Give a connection to another user in its row", change("user_id = 'x'"), get("connected")),
            ("Name another account in the row of a connection", change("account_subject = 'x'"), get("connected")),
            ("Grant a connection more scopes in its row", change("scopes = array['admin']"), get("connected")),
            (
                "Have a grant refreshed by the client of another app, in the row of its connection",
                change("app_id = '{plain}'"),
                refresh("connected"),
            ),
            ("Put the connection of another credential into a row", replaced_by("reconnected"), get("connected")),
            (
                "Put the connection of another organisation into a row",
                replaced_by("their_connection"),
                get("connected"),
            ),
            (
                "Put a connection back from before its last consent, after the node has seen that",
                in_order(get("reconnected"), put_back("connections", "credential_id = '{reconnected}'")),
                get("reconnected"),
            ),
        )
    ),
    Attack(
        "Copy a connection with its row to a credential that is none",
        sql("update connections set credential_id = '{granted}' where credential_id = '{connected}'"),
        Where.ROWS,
        "the row was changed",
    ),
)
