"""Gives out tokens that a credential stands for: cached ones, new ones of its provider, and those that are signed here."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE, RefreshState
from strongroom.v1.use_service_pb2 import MintTokenResponse, TemporaryAwsKey
from strongroom_server.access.use import require_use
from strongroom_server.core.errors import FieldViolation
from strongroom_server.core.timestamps import put, timestamp
from strongroom_server.credentials.pairs import Pair
from strongroom_server.rules import fields, hosts
from strongroom_server.schemes.jwt_signing import signed_jwt
from strongroom_server.schemes.unusable import UnusableCredential
from strongroom_server.use import askers, grants
from strongroom_server.use.context import Selected, data_of, select, select_again
from strongroom_server.use.parameters import NONE, Parameters, parameters_of, require_taken
from strongroom_server.use.provider_errors import unusable
from strongroom_server.use.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from strongroom.v1.use_service_pb2 import MintTokenRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.access.use import Kind
    from strongroom_server.core import records
    from strongroom_server.use.context import Context
    from strongroom_server.use.tokens import Fresh

DEFAULT_REMAINING: Final = 10
_MOST_REMAINING: Final = 3_600
_SHA256_BYTES: Final = 32


class Wanted(NamedTuple):
    """What a token is wanted for. `kind` is what the caller gets: the token, or what is made with it.

    `trail` records that a provider is asked. `parameters` are those that the credential was selected with.
    """

    kind: Kind
    host: str
    trail: Trail
    min_remaining: float = DEFAULT_REMAINING
    parameters: Parameters = NONE
    rejected_sha256: bytes = b""


class Minted(NamedTuple):
    """A token. `expire_time` is None if it is not known. `generation` is 0 and `refresh` None for a token that was signed here.

    `selected` is the credential when the token was given: a new version if it was updated while the provider was asked.
    """

    selected: Selected
    pair: Pair
    expire_time: datetime | None
    generation: int = 0
    refresh: records.Refresh | None = None


async def mint(context: Context, request: MintTokenRequest, caller: Caller) -> MintTokenResponse:
    """Return a token of the credential that a request names. Raises ServiceError."""
    fields.require(_violations(request))
    parameters, host = parameters_of(request.scopes, request.audience), request.target_host
    selected = await select(context, request, caller, parameters.sha256)
    require_use(caller, selected.row, host, "token", now=context.vault.recorder.now())
    remaining = request.min_remaining_seconds if request.HasField("min_remaining_seconds") else DEFAULT_REMAINING
    async with Trail(context, caller, "MintToken", selected, selected.use("token", host)) as trail:
        wanted = Wanted("token", host, trail, remaining, parameters, request.rejected_token_sha256)
        minted = await token_of(context, selected, caller, wanted)
        trail.selected, trail.use.generation = minted.selected, minted.generation
        await trail.succeeded()
    return _response(minted)


def _violations(request: MintTokenRequest) -> Iterator[FieldViolation]:
    if request.target_host and not hosts.is_host(request.target_host):
        yield FieldViolation("target_host", hosts.RULE)
    if not 0 <= request.min_remaining_seconds <= _MOST_REMAINING:
        yield FieldViolation("min_remaining_seconds", f"must be 0 to {_MOST_REMAINING:,}")
    yield from rejected_violations(request.rejected_token_sha256)


def rejected_violations(sha256: bytes) -> Iterator[FieldViolation]:
    """The hash of a rejected token must be one, if there is one."""
    if sha256 and len(sha256) != _SHA256_BYTES:
        yield FieldViolation("rejected_token_sha256", f"must be {_SHA256_BYTES} bytes, the SHA-256 of a token")


async def token_of(context: Context, selected: Selected, caller: Caller, wanted: Wanted) -> Minted:
    """The credential's token, for MintToken and for every request whose authentication is a token.

    access/use.py must have decided. If a provider is asked, the credential is read again, and it decides again.
    Raises USE_NOT_SUPPORTED for a variant without a token and for aws without a role, and the reasons of providers.
    """
    askers.require_token(selected.row)
    require_taken(wanted.parameters, selected.row.variant)
    if selected.row.variant == "jwt":
        return _signed(context, selected)
    row, parameters = selected.row, wanted.parameters

    async def reread() -> Selected:
        present = await select_again(context, selected, caller, parameters.sha256)
        require_use(caller, present.row, wanted.host, wanted.kind, now=context.vault.recorder.now())
        return present

    if askers.is_grant(context, selected, parameters):
        fresh = await grants.fresh(
            context,
            selected,
            reread,
            min_remaining=wanted.min_remaining,
            trail=wanted.trail,
            rejected_sha256=wanted.rejected_sha256,
        )
        return _minted(fresh)
    prepare = partial(askers.ask_of, context, selected, parameters)
    if selected.token is None:
        # Parameters that the credential does not allow must not make a row.
        prepare()
    fresh = await context.tokens.fresh(
        selected,
        parameters.sha256,
        prepare,
        reread,
        min_remaining=wanted.min_remaining,
        trail=wanted.trail,
        rejected_sha256=wanted.rejected_sha256,
        life=askers.life_of(row),
    )
    return _minted(fresh)


def _minted(fresh: Fresh) -> Minted:
    return Minted(fresh.selected, fresh.pair, fresh.token.expire_time, fresh.token.generation, fresh.refresh)


def _signed(context: Context, selected: Selected) -> Minted:
    """A token that is signed here and now."""
    now = context.vault.watch.now()
    try:
        token = signed_jwt(data_of(context, selected).jwt, now)
    except UnusableCredential as error:
        raise unusable(error, "jwt") from None
    seconds = token.expire_seconds
    expire_time = None if seconds is None else now + timedelta(seconds=seconds)
    return Minted(selected, Pair(token.access_token, token.token_type, ()), expire_time)


def _response(minted: Minted) -> MintTokenResponse:
    pair, refresh, row = minted.pair, minted.refresh, minted.selected.row
    response = MintTokenResponse(
        token=pair.access_token,
        token_type=pair.token_type,
        expire_time=timestamp(minted.expire_time),
        scopes=pair.scopes,
        generation=minted.generation,
        refresh_state=REFRESH_STATE_ACTIVE,
        credential_id=str(row.id),
        version=row.version,
    )
    if refresh is not None and refresh.state != REFRESH_STATE_ACTIVE:
        response.refresh_state = RefreshState.ValueType(refresh.state)
        put(response.refresh_state_time, refresh.state_time)
        if refresh.retry_time is not None:
            put(response.retry_time, refresh.retry_time)
    if pair.access_key_id:
        response.aws.CopyFrom(TemporaryAwsKey(access_key_id=pair.access_key_id, session_token=pair.session_token))
    return response
