"""Callers that authenticate with signed tokens have the rights of their keys, and every other token is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import structs
from rpc.calls import Metadata, bearer, change_key, got, key_of, listed, other_organisation, refused
from samples import created, named
from waiting import until

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    GetApiKeyRequest,
    GetOrganisationRequest,
    ListApiKeysRequest,
    RevokeApiKeyRequest,
    Role,
)
from strongroom_server.access import scopes
from strongroom_server.core import records
from strongroom_server.sealing import key_files, signatures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Deployment

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
MARKER = "canary-7f3a91c2"
FAR = 9_999_999_999
LATER = Timestamp(seconds=4_000_000_000)


EVERY_ROLE = [role for role in Role.values() if role]


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, public).decode()


PEM = pem_of(KEY)


def issuer_of(key_id: str) -> str:
    return f"https://versori.com/sk/{key_id}"


def presented(token: str, scheme: str = "JWT") -> Metadata:
    """The metadata of a call with this token."""
    return (("authorization", f"{scheme} {token}"),)


def signed(key_id: str, key: Any = KEY, algorithm: str = "RS256", **claims: object) -> Metadata:
    """The metadata of a call with a token of that key, which is valid unless the claims say otherwise."""
    return presented(jwt.encode({"iss": issuer_of(key_id), "exp": FAR, **claims}, key, algorithm=algorithm))


def lasting(key_id: str, key: Any = KEY, **claims: object) -> str:
    """A token that does not expire."""
    return jwt.encode({"iss": issuer_of(key_id), **claims}, key, algorithm="RS256")


async def registered(
    deployment: Deployment, *roles: Role.ValueType, by: Metadata = (), jwt_public_key: str = PEM, **fields: Any
) -> ApiKey:
    """Register a key for tokens."""
    key = ApiKey(roles=roles or (ROLE_READER,), jwt_public_key=jwt_public_key, **fields)
    return await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=key), metadata=by or deployment.metadata
    )


async def lists(deployment: Deployment, by: Metadata) -> None:
    await deployment.credentials.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)


async def shut_out(deployment: Deployment, by: Metadata) -> None:
    refusal = await refused(lists(deployment, by))
    assert (refusal.code, refusal.reason, refusal.fields) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "API_KEY_INVALID",
        {},
    )


async def test_a_token_of_a_registered_key_is_accepted(deployment: Deployment) -> None:
    key = await registered(deployment, ROLE_WRITER, ROLE_READER)
    now = time.time()
    for claims in (
        {"exp": FAR},
        {"exp": now + 3600},
        {"exp": int(now) + 3600, "nbf": int(now) - 3600},
        {"sub": "u", "aud": "x"},
    ):
        await lists(deployment, signed(key.id, **claims))
    made = await created(deployment, named(), signed(key.id))
    async with deployment.sql() as connection:
        assert await connection.fetchval("select key_id from audit_events where credential_id = $1", made.id) == key.id


@pytest.mark.parametrize("scheme", ["JWT", "jwt", "Jwt"])
async def test_the_case_of_a_scheme_does_not_matter(deployment: Deployment, scheme: str) -> None:
    key = await registered(deployment)
    await lists(deployment, presented(lasting(key.id, exp=FAR), scheme))


async def test_a_registered_key_has_no_secret_and_is_shown_with_its_public_key(deployment: Deployment) -> None:
    made = await registered(deployment, display_name="d")
    assert (made.key, made.jwt_public_key) == ("", PEM)
    stub = deployment.organisations
    assert await stub.GetApiKey(GetApiKeyRequest(id=made.id), metadata=deployment.metadata) == made
    page = await stub.ListApiKeys(ListApiKeysRequest(page_size=500), metadata=deployment.metadata)
    assert made in page.api_keys
    async with deployment.sql() as connection:
        row = await connection.fetchrow(
            "select secret_sha256, jwt_public_key, signature_format from api_keys where id = $1", made.id
        )
    assert tuple(row or ()) == (b"", PEM, 4)


async def test_either_issuer_names_the_key(deployment: Deployment) -> None:
    key = await registered(deployment)
    for issuer in (f"strongroom:{key.id}", f"https://versori.com/sk/{key.id}"):
        await lists(deployment, signed(key.id, iss=issuer))


async def expiry_missing(call: Awaitable[object], claims: str = "exp") -> None:
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRY_MISSING")
    assert refusal.message == f"the token does not expire: sign it with the claim {claims}"


async def test_a_token_without_exp_is_explained_only_if_its_signature_is_valid(deployment: Deployment) -> None:
    key = await registered(deployment)
    for claims in ({}, {"iat": int(time.time())}, {"nbf": int(time.time()) - 5}):
        await expiry_missing(lists(deployment, presented(lasting(key.id, **claims))))
    # Without a valid signature the error says no more than for any other token.
    await shut_out(deployment, presented(lasting(key.id, OTHER_KEY)))
    await shut_out(deployment, presented(lasting("abcdefghijkl")))


async def test_a_token_without_exp_allows_only_the_methods_of_versoris_endpoints_even_with_their_scheme(
    deployment: Deployment,
) -> None:
    key = await registered(deployment, *EVERY_ROLE)
    by = presented(lasting(key.id), "JWT-Versori")
    await lists(deployment, by)
    made = await created(deployment, named(), by)
    calls: list[Awaitable[object]] = [
        deployment.credentials.AccessCredential(AccessCredentialRequest(id=made.id), metadata=by),
        deployment.organisations.GetOrganisation(GetOrganisationRequest(), metadata=by),
        registered(deployment, by=by),
        deployment.audit.ListAuditEvents(ListAuditEventsRequest(), metadata=by),
        deployment.audit.ListAuditEvents(ListAuditEventsRequest(organisation_id="strongroom"), metadata=by),
        deployment.credentials.ImportCredentials(iter([ImportCredentialsRequest()]), metadata=by).read(),
    ]
    for call in calls:
        await expiry_missing(call)
    await deployment.credentials.AccessCredential(
        AccessCredentialRequest(id=made.id), metadata=presented(lasting(key.id, exp=FAR), "JWT-Versori")
    )


async def test_tokens_must_have_the_audience_of_their_key(deployment: Deployment) -> None:
    key = await registered(deployment, jwt_audience="https://strongroom.example")
    assert key.jwt_audience == "https://strongroom.example"
    await lists(deployment, signed(key.id, aud="https://strongroom.example"))
    await lists(deployment, signed(key.id, aud=["x", "https://strongroom.example"]))
    for claims in ({}, {"aud": "x"}, {"aud": ["x"]}, {"aud": ""}):
        await shut_out(deployment, signed(key.id, **claims))


async def test_tokens_must_not_be_older_than_their_key_allows(deployment: Deployment) -> None:
    key = await registered(deployment, max_token_age={"seconds": 600})
    assert key.max_token_age.seconds == 600
    now = int(time.time())
    await lists(deployment, signed(key.id, iat=now - 300))
    await lists(deployment, signed(key.id, exp=now + 300))
    refused_claims: list[dict[str, Any]] = [
        {},
        {"exp": now + 1200},
        {"iat": now - 900},
        {"iat": now + 900},
        {"exp": now + 300, "iat": now - 900},
    ]
    for claims in refused_claims:
        await shut_out(deployment, signed(key.id, **claims))


async def test_rules_for_tokens_can_be_set_and_removed(deployment: Deployment) -> None:
    key = await registered(deployment)
    now = int(time.time())
    await lists(deployment, signed(key.id))
    changed = await change_key(
        deployment, key.id, "jwt_audience", "max_token_age", jwt_audience="a", max_token_age={"seconds": 600}
    )
    assert (changed.jwt_audience, changed.max_token_age.seconds) == ("a", 600)
    await deployment.hear()
    await shut_out(deployment, signed(key.id))
    await lists(deployment, signed(key.id, aud="a", iat=now))
    await change_key(deployment, key.id, "jwt_audience", "max_token_age")
    await deployment.hear()
    await lists(deployment, signed(key.id))


WRONG: dict[str, Callable[[str], Metadata]] = {
    "another key": lambda key_id: signed(key_id, OTHER_KEY),
    "alg none": lambda key_id: presented(jwt.encode({"iss": issuer_of(key_id)}, "", algorithm="none")),
    "ES256": lambda key_id: signed(key_id, EC_KEY, "ES256"),
    "RS512": lambda key_id: signed(key_id, KEY, "RS512"),
    "exp past": lambda key_id: signed(key_id, exp=int(time.time()) - 5),
    "exp of zero": lambda key_id: signed(key_id, exp=0),
    "exp infinite": lambda key_id: signed(key_id, exp=float("inf")),
    "exp not a number": lambda key_id: signed(key_id, exp=float("nan")),
    "nbf not a number": lambda key_id: signed(key_id, nbf=float("nan")),
    "iat infinite": lambda key_id: signed(key_id, iat=float("inf")),
    "exp true": lambda key_id: signed(key_id, exp=True),
    "exp a text": lambda key_id: signed(key_id, exp="9999999999"),
    "nbf to come": lambda key_id: signed(key_id, nbf=int(time.time()) + 3600),
    "no issuer": lambda _: presented(jwt.encode({"sub": "x"}, KEY, algorithm="RS256")),
    "the id alone as issuer": lambda key_id: signed(key_id, iss=key_id),
    "a foreign issuer": lambda key_id: signed(key_id, iss=f"https://evil.example/sk/{key_id}"),
    "an unknown key": lambda _: signed("abcdefghijkl"),
    "an issuer that is SQL": lambda key_id: signed(key_id, iss=f"https://versori.com/sk/{key_id}' or true --"),
    "too long": lambda key_id: signed(key_id, x="y" * 4096),
    "no signature": lambda key_id: presented(signed(key_id)[0][1].split()[1].rpartition(".")[0] + "."),
    "without a scheme": lambda key_id: (("authorization", signed(key_id)[0][1].split()[1]),),
    "after two spaces": lambda key_id: presented(" " + signed(key_id)[0][1].split()[1]),
    "empty": lambda _: presented(""),
    "garbage": lambda _: presented("hunter2"),
    "the scheme alone": lambda _: (("authorization", "JWT"),),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_is_refused(deployment: Deployment, name: str) -> None:
    key = await registered(deployment)
    await lists(deployment, signed(key.id))
    await shut_out(deployment, WRONG[name](key.id))
    # Valid tokens are still accepted.
    await lists(deployment, signed(key.id))


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(deployment: Deployment) -> None:
    key = await registered(deployment)

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    content = ".".join(
        part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, {"iss": issuer_of(key.id)})
    )
    for secret in (PEM, PEM.strip(), ""):
        signature = hmac.digest(secret.encode(), content.encode(), hashlib.sha256)
        await shut_out(deployment, presented(f"{content}.{part(signature)}"))


async def test_a_deeply_nested_token_is_refused_like_any_other(deployment: Deployment) -> None:
    key = await registered(deployment)
    nested = f'{{"iss": "{issuer_of(key.id)}", "x": {"[" * 1400}{"]" * 1400}}}'
    parts = [base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in ('{"alg": "RS256"}', nested)]
    await shut_out(deployment, presented(".".join((*parts, "x"))))
    await lists(deployment, signed(key.id))


async def test_a_key_with_a_secret_accepts_no_token_and_a_key_for_tokens_no_secret(
    deployment: Deployment,
) -> None:
    with_secret = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])), metadata=deployment.metadata
    )
    await lists(deployment, bearer(with_secret.key))
    await shut_out(deployment, signed(with_secret.id))
    await shut_out(deployment, presented(jwt.encode({"iss": issuer_of(with_secret.id)}, "", algorithm="none")))
    await lists(deployment, bearer(with_secret.key))

    for_tokens = await registered(deployment)
    for secret in ("x", "a" * 43, with_secret.key.split("_", 2)[2]):
        await shut_out(deployment, bearer(f"sr_{for_tokens.id}_{secret}"))
    await shut_out(deployment, bearer(f"sr_{for_tokens.id}_"))
    await lists(deployment, signed(for_tokens.id))


async def test_a_token_together_with_a_key_is_ambiguous(deployment: Deployment) -> None:
    key = await registered(deployment)
    refusal = await refused(lists(deployment, (*signed(key.id), *deployment.metadata)))
    assert refusal.reason == "API_KEY_AMBIGUOUS"


async def test_two_keys_with_the_same_public_key_are_two_callers(deployment: Deployment) -> None:
    reader, writer = await registered(deployment, ROLE_READER), await registered(deployment, ROLE_WRITER)
    await created(deployment, named(), signed(writer.id))
    assert (await refused(created(deployment, named(), signed(reader.id)))).reason == "ROLE_MISSING"


async def test_roles_come_from_the_key_even_if_the_token_claims_others(deployment: Deployment) -> None:
    key = await registered(deployment, ROLE_USER)
    by = signed(key.id, roles=["admin", "ROLE_READER"], scope="admin", organisation_id="other", team_ids=[1])
    refusal = await refused(lists(deployment, by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    organisation = await deployment.organisations.GetOrganisation(GetOrganisationRequest(), metadata=by)
    assert organisation.id == "default"


async def test_the_organisation_is_that_of_the_key_even_if_another_key_has_the_same_public_key(
    deployment: Deployment,
) -> None:
    organisation_id, by = await other_organisation(deployment)
    mine, theirs = await registered(deployment), await registered(deployment, by=by)
    foreign = await created(deployment, named(), by)
    assert await listed(deployment, signed(theirs.id)) == [foreign.id]
    assert (await refused(got(deployment, foreign.id, signed(mine.id)))).reason == "CREDENTIAL_NOT_FOUND"
    request = ListCredentialsRequest(organisation_id=organisation_id)
    refusal = await refused(deployment.credentials.ListCredentials(request, metadata=signed(mine.id)))
    assert refusal.reason == "ORGANISATION_MISMATCH"


async def test_the_limit_to_teams_applies_to_tokens(deployment: Deployment) -> None:
    key = await registered(deployment, ROLE_READER, ROLE_WRITER, team_ids=[1])
    by = signed(key.id)
    own = await created(deployment, named(team_id=1), by)
    hidden = await created(deployment, named(team_id=2))
    shared = await created(deployment, named(team_id=2, read_access=READ_ACCESS_GLOBAL))
    assert {own.id, shared.id} <= set(await listed(deployment, by, page_size=500))
    assert hidden.id not in await listed(deployment, by, page_size=500)
    assert (await refused(got(deployment, hidden.id, by))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(created(deployment, named(team_id=2), by))).reason == "TEAM_NOT_ALLOWED"


async def test_only_what_an_admin_may_grant_can_be_registered(deployment: Deployment) -> None:
    reader = await key_of(deployment, ROLE_READER)
    assert (await refused(registered(deployment, by=reader))).reason == "ROLE_MISSING"
    limited = await key_of(deployment, ROLE_ADMIN, team_ids=(1,), grantable_roles=[ROLE_READER])
    assert (await refused(registered(deployment, by=limited))).reason == "GRANT_NOT_ALLOWED"
    admin = await registered(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER])
    assert (await registered(deployment, by=signed(admin.id))).jwt_public_key == PEM


async def test_tokens_are_refused_within_a_second_after_their_key_is_revoked(deployment: Deployment) -> None:
    key = await registered(deployment)
    await lists(deployment, signed(key.id))
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
    await deployment.hear()
    await shut_out(deployment, signed(key.id))


async def test_a_node_learns_of_a_revocation_without_a_call(deployment: Deployment) -> None:
    key = await registered(deployment)
    await lists(deployment, signed(key.id))
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)

    async def is_shut_out() -> bool:
        try:
            await lists(deployment, signed(key.id))
        except grpc.aio.AioRpcError as error:
            return error.code() == grpc.StatusCode.UNAUTHENTICATED
        return False

    await until(is_shut_out)


async def test_a_token_expires_with_its_key_and_by_the_databases_clock(own_deployment: Deployment) -> None:
    deployment = own_deployment
    lasting, ending = await registered(deployment), await registered(deployment, expire_time=LATER)
    after = LATER.seconds + 10
    for by in (signed(lasting.id), signed(ending.id), signed(lasting.id, exp=after)):
        await lists(deployment, by)
    await shut_out(deployment, signed(lasting.id, nbf=after))
    await set_clock(deployment, LATER.seconds)
    await lists(deployment, signed(lasting.id))
    await lists(deployment, signed(lasting.id, exp=after))
    await shut_out(deployment, signed(lasting.id, exp=LATER.seconds))
    for by in (signed(ending.id), signed(ending.id, exp=after)):
        await shut_out(deployment, by)
    await set_clock(deployment, after)
    await shut_out(deployment, signed(lasting.id, exp=after))
    await lists(deployment, signed(lasting.id, nbf=after))


async def set_clock(deployment: Deployment, seconds: int) -> None:
    async with deployment.sql() as connection:
        await connection.execute(
            "create or replace function strongroom_now() returns timestamptz language sql stable as"
            f" $$select to_timestamp({seconds})$$"
        )
    await deployment.hear()


def certificate_like() -> str:
    body = PEM.split("-----")[2]
    return f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n"


REFUSED_KEYS: dict[str, Callable[[], str]] = {
    "garbage": lambda: MARKER,
    "a private key": lambda: KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode(),
    "an elliptic curve's": lambda: pem_of(EC_KEY),
    "1024 bits": lambda: pem_of(rsa.generate_private_key(public_exponent=65_537, key_size=1024)),
    "a certificate": certificate_like,
    "two": lambda: PEM + PEM,
    "spaces": lambda: "   ",
    "too long": lambda: PEM + "\n" * 4096,
}


@pytest.mark.parametrize("name", REFUSED_KEYS)
async def test_a_value_that_is_not_an_rsa_public_key_is_refused_by_name(
    deployment: Deployment, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    pem = REFUSED_KEYS[name]()
    refusal = await refused(registered(deployment, jwt_public_key=pem))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert refusal.fields == {
        "api_key.jwt_public_key": "must be an RSA public key of 2,048 to 8,192 bits, as PEM (SubjectPublicKeyInfo)"
    }
    told = "".join(capfd.readouterr()) + refusal.message
    assert "CreateApiKey" in told
    assert MARKER not in told
    assert not [line for line in pem.splitlines() if len(line) > 20 and "-----" not in line and line in told]


async def test_errors_and_the_log_contain_nothing_of_a_token(
    deployment: Deployment, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await registered(deployment)
    sent = [
        signed(key.id, secret=MARKER),
        signed(key.id, OTHER_KEY, secret=MARKER),
        signed(key.id, exp=1, secret=MARKER),
        signed(key.id, iss=f"https://versori.com/sk/{MARKER}"),
        signed("abcdefghijkl", secret=MARKER),
        presented(f"{MARKER}.{MARKER}.{MARKER}"),
        presented(f"{signed(key.id)[0][1].split()[1]}{MARKER}"),
        presented(jwt.encode({"iss": issuer_of(key.id)}, "", algorithm="none", headers={"kid": MARKER})),
    ]
    told = []
    for by in sent:
        try:
            await lists(deployment, by)
        except grpc.aio.AioRpcError as error:
            told.append(f"{error.code()} {error.details()} {error.debug_error_string()} {error.trailing_metadata()!r}")
    captured = capfd.readouterr()
    whole = "".join((*told, captured.out, captured.err))
    assert "ListCredentials" in whole
    assert ["UNAUTHENTICATED" in each for each in told] == [True] * (len(sent) - 1)
    assert MARKER not in whole
    for by in sent:
        for part in by[0][1].split()[-1].split("."):
            assert len(part) < 20 or part not in whole


async def write_key(deployment: Deployment, row: records.ApiKey) -> None:
    """Replace the row of an API key, and notify the node."""
    names = list(records.ApiKey.__struct_fields__)
    values = ", ".join(f"${index}" for index in range(1, len(names) + 1))
    async with deployment.sql() as connection, connection.transaction():
        await connection.execute("delete from api_keys where id = $1", row.id)
        await connection.execute(
            f"insert into api_keys ({', '.join(names)}) values ({values})", *(getattr(row, name) for name in names)
        )
        await connection.execute("select pg_notify('strongroom_api_keys', $1)", row.id)
    await deployment.hear()


async def read_key(deployment: Deployment, key_id: str) -> records.ApiKey:
    names = ", ".join(records.ApiKey.__struct_fields__)
    async with deployment.sql() as connection:
        row = await connection.fetchrow(f"select {names} from api_keys where id = $1", key_id)
    assert row is not None
    return records.ApiKey(*row)


async def test_a_key_signed_in_the_first_format_is_valid_until_it_is_given_a_public_key(deployment: Deployment) -> None:
    made = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])), metadata=deployment.metadata
    )
    admin = (await key_files.load(deployment.settings.keys_dir, opens=True)).admin
    assert admin
    old = structs.replace(await read_key(deployment, made.id), signature_format=1, revision=0, signature=b"")
    old = structs.replace(old, signature=signatures.sign(admin.secret_key, old))
    async with deployment.sql() as connection:
        # A key of that time has no event with a revision.
        await connection.execute("delete from audit_events where subject = $1", made.id)
    await write_key(deployment, old)
    await lists(deployment, bearer(made.key))

    forged = structs.replace(old, jwt_public_key=PEM)
    for row in (forged, structs.replace(forged, signature_format=2)):
        await write_key(deployment, row)
        await shut_out(deployment, signed(made.id))
        await shut_out(deployment, bearer(made.key))
    await write_key(deployment, old)
    await lists(deployment, bearer(made.key))


@pytest.mark.parametrize(
    "change",
    [
        {"jwt_public_key": pem_of(OTHER_KEY)},
        {"jwt_public_key": f"{PEM}\n"},
        {"jwt_public_key": ""},
        {"signature_format": 1},
        {"signature_format": 1, "jwt_public_key": ""},
        {"signature_format": 2},
        {"signature_format": 3},
        {"signature_format": 5},
        {"secret_sha256": bytes(32)},
        {"roles": [ROLE_READER, ROLE_ADMIN]},
        {"team_ids": [1]},
        {"grantable_roles": [ROLE_READER]},
        {"jwt_audience": "a"},
        {"max_token_age_seconds": 60},
        {"scope": scopes.encode(scopes.Scope(folder_ids=frozenset({1})))},
    ],
    ids=range(15),
)
async def test_a_forged_row_of_a_key_for_tokens_is_refused(deployment: Deployment, change: dict[str, Any]) -> None:
    key = await registered(deployment)
    row = await read_key(deployment, key.id)
    await write_key(deployment, structs.replace(row, **change))
    for signer in (KEY, OTHER_KEY):
        await shut_out(deployment, signed(key.id, signer))
    await write_key(deployment, row)
    await lists(deployment, signed(key.id))
