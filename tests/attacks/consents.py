"""Attacks on the sessions in which people consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks.acts import in_order, put_back, sql
from attacks.attack import Attack, Where
from rpc.calls import bearer

from strongroom.v1.connection_service_pb2 import GetConnectionSessionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked


def get(name: str, key: str = "") -> Act:
    """Get a session, with the API key that has every role unless another is named."""

    async def act(attacked: Attacked) -> object:
        metadata = bearer(attacked.world.keys[key]) if key else attacked.metadata
        request = GetConnectionSessionRequest(id=attacked.world.ids[name])
        return await ConnectionServiceStub(attacked.service.channel()).GetConnectionSession(request, metadata=metadata)

    return act


CONSENTS = tuple(
    Attack(name, act, Where.REFUSED, "SEAL_BROKEN", attempt)
    for name, act, attempt in (
        (
            "Have a connection completed for another user, in the row of its session",
            sql("update connection_sessions set user_id = 'x' where id = '{consenting}'"),
            get("consenting"),
        ),
        (
            "Have another API key complete a connection, in the row of its session",
            sql("update connection_sessions set creator = '{key_writer}' where id = '{consenting}'"),
            get("consenting", key="writer"),
        ),
        (
            "Put a session back from before its person refused, after the node has seen that",
            in_order(get("refusing"), put_back("connection_sessions", "id = '{refusing}'")),
            get("refusing"),
        ),
    )
)
