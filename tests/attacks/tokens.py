"""Attacks on the tokens of providers, above all on the refresh tokens of grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks.acts import in_order, put_back, sql
from attacks.attack import Attack, Where

from strongroom.v1.use_service_pb2 import MintTokenRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked


def mint(name: str) -> Act:
    """Mint a token of a credential."""

    async def act(attacked: Attacked) -> object:
        stub = UseServiceStub(attacked.service.channel())
        return await stub.MintToken(MintTokenRequest(id=attacked.world.ids[name]), metadata=attacked.metadata)

    return act


def change(assignments: str, name: str = "granted") -> Act:
    return sql(f"update tokens set {assignments} where credential_id = '{{{name}}}'")


def copied_from(name: str, columns: str) -> Act:
    """Copy columns of the token of another credential."""
    return sql(
        f"update tokens set ({columns}) = (select {columns} from tokens where credential_id = '{{{name}}}')"
        " where credential_id = '{granted}'"
    )


_ALL = (
    "version, policy_sha256, generation, sealing_key_id, box_sha256, create_time, expire_time, signature_format, signer_id,"
    " signature, box"
)

_REFUSED = tuple(
    Attack(name, act, Where.REFUSED, "SEAL_BROKEN", mint(attempt))
    for name, act, attempt in (
        (
            "Make an access token live longer in its row",
            change("expire_time = expire_time + interval '1 year'"),
            "granted",
        ),
        ("Change the generation of a pair of tokens", change("generation = generation + 1"), "granted"),
        ("Change a byte of the box of a token", change("box = set_byte(box, 60, get_byte(box, 60) # 1)"), "granted"),
        ("Put the box of another grant into a row", copied_from("regranted", "box, box_sha256"), "granted"),
        ("Put the whole token of another grant into a row", copied_from("regranted", _ALL), "granted"),
        ("Put the whole token of another organisation into a row", copied_from("their_grant", _ALL), "granted"),
        (
            "Put an older refresh token back with its row, after the node used the new one",
            in_order(mint("regranted"), put_back("tokens", "credential_id = '{regranted}'")),
            "regranted",
        ),
    )
)

TOKENS = (
    *_REFUSED,
    Attack(
        "Copy a token with its row to another credential",
        copied_from("regranted", _ALL),
        Where.ROWS,
        "the row was changed",
    ),
)
