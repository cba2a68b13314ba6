"""Operators bind issuers, and admins map the names and claims of their organisation's issuers to roles."""

from __future__ import annotations

import asyncio
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from organisations.binding import ALL_BUT_OPERATOR, bound, identities_of, mapped, trust_domain
from rpc.calls import key_of, other_organisation, read, refused

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import SURFACE_TINES
from strongroom.v1.identity_service_pb2 import (
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    GetCallerRequest,
    GetIdentityIssuerRequest,
    GetIdentityRequest,
    Identity,
    IdentityIssuer,
    ListIdentitiesRequest,
    ListIdentityIssuersRequest,
    OidcIssuer,
    UpdateIdentityIssuerRequest,
    UpdateIdentityRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    Scope,
)
from strongroom_server.organisations import identities

if TYPE_CHECKING:
    from conftest import Deployment

JWKS = (
    '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "alg": "EdDSA", "use": "sig",'
    ' "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
)


def oidc(**changes: Any) -> OidcIssuer:
    """An issuer that no other test binds."""
    fields = {
        "issuer": f"https://{uuid.uuid4()}.example",
        "audience": "a",
        "claim_prefix": "repo:x/",
        "jwks_json": JWKS,
    }
    return OidcIssuer(**{**fields, **changes})


async def issuer_fields_refused(deployment: Deployment, **fields: Any) -> dict[str, str]:
    issuer = IdentityIssuer(**{"organisation_id": "default", **fields})
    call = identities_of(deployment).CreateIdentityIssuer(
        CreateIdentityIssuerRequest(identity_issuer=issuer), metadata=deployment.metadata
    )
    refusal = await refused(call)
    assert refusal.reason == "FIELD_INVALID"
    return refusal.fields


LONG = "x" * 256
SOURCES_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no source": ({}, "identity_issuer"),
    "an organisation that is none": (
        {"organisation_id": "nobody", "dns_suffix": "a.b"},
        "identity_issuer.organisation_id",
    ),
    "the operators' organisation": (
        {"organisation_id": "strongroom", "dns_suffix": "a.b"},
        "identity_issuer.organisation_id",
    ),
    "a long display name": ({"display_name": LONG, "dns_suffix": "a.b"}, "identity_issuer.display_name"),
    "a trust domain in upper case": ({"spiffe_trust_domain": "Example.org"}, "identity_issuer.spiffe_trust_domain"),
    "a trust domain as URI": ({"spiffe_trust_domain": "spiffe://example.org"}, "identity_issuer.spiffe_trust_domain"),
    "a trust domain with a port": ({"spiffe_trust_domain": "example.org:1"}, "identity_issuer.spiffe_trust_domain"),
    "an empty trust domain": ({"spiffe_trust_domain": ""}, "identity_issuer.spiffe_trust_domain"),
    "a suffix of one label": ({"dns_suffix": "example"}, "identity_issuer.dns_suffix"),
    "a suffix with a dot before it": ({"dns_suffix": ".example.org"}, "identity_issuer.dns_suffix"),
    "a suffix with a dot after it": ({"dns_suffix": "example.org."}, "identity_issuer.dns_suffix"),
    "a suffix in upper case": ({"dns_suffix": "Example.org"}, "identity_issuer.dns_suffix"),
    "a suffix with a wildcard": ({"dns_suffix": "*.example.org"}, "identity_issuer.dns_suffix"),
    "a suffix with an underscore": ({"dns_suffix": "a_b.example.org"}, "identity_issuer.dns_suffix"),
    "a suffix that is not ASCII": ({"dns_suffix": "bücher.example"}, "identity_issuer.dns_suffix"),
    "an issuer without https": ({"oidc": oidc(issuer="http://a.example")}, "identity_issuer.oidc.issuer"),
    "an issuer with a user name": ({"oidc": oidc(issuer="https://u@a.example")}, "identity_issuer.oidc.issuer"),
    "a long issuer": ({"oidc": oidc(issuer="https://a.example/" + LONG)}, "identity_issuer.oidc.issuer"),
    "no audience": ({"oidc": oidc(audience="")}, "identity_issuer.oidc.audience"),
    "no claim_prefix": ({"oidc": oidc(claim_prefix="")}, "identity_issuer.oidc.claim_prefix"),
    "a long claim": ({"oidc": oidc(claim=LONG)}, "identity_issuer.oidc.claim"),
    "no keys": ({"oidc": oidc(jwks_json="")}, "identity_issuer.oidc"),
    "two kinds of keys": ({"oidc": oidc(jwks_url="https://a.example/jwks")}, "identity_issuer.oidc"),
    "keys that are no JSON": ({"oidc": oidc(jwks_json="{")}, "identity_issuer.oidc.jwks_json"),
    "keys by http": ({"oidc": oidc(jwks_json="", jwks_url="http://a.example/jwks")}, "identity_issuer.oidc.jwks_url"),
    "a serial in upper case": ({"dns_suffix": "a.b", "denied_serials": ["1F"]}, "identity_issuer.denied_serials[0]"),
    "a serial with a leading zero": (
        {"dns_suffix": "a.b", "denied_serials": ["01"]},
        "identity_issuer.denied_serials[0]",
    ),
    "a serial with colons": ({"dns_suffix": "a.b", "denied_serials": ["1:2"]}, "identity_issuer.denied_serials[0]"),
    "too many serials": ({"dns_suffix": "a.b", "denied_serials": ["1"] * 1001}, "identity_issuer.denied_serials"),
    "serials of tokens": ({"oidc": oidc(), "denied_serials": ["1"]}, "identity_issuer.denied_serials"),
}


@pytest.mark.parametrize("case", SOURCES_REFUSED)
async def test_each_mistake_in_an_issuer_names_its_field(deployment: Deployment, case: str) -> None:
    fields, path = SOURCES_REFUSED[case]
    assert list(await issuer_fields_refused(deployment, **fields)) == [path]


async def test_an_issuer_shows_what_was_bound_and_a_default_claim(deployment: Deployment) -> None:
    sent = oidc(claim="")
    made = await bound(deployment, oidc=sent, display_name="GitHub")
    read = await identities_of(deployment).GetIdentityIssuer(
        GetIdentityIssuerRequest(id=made.id), metadata=deployment.metadata
    )
    assert read == made
    assert made.oidc == OidcIssuer(**{**{f.name: v for f, v in sent.ListFields()}, "claim": "sub"})
    assert (made.organisation_id, made.display_name, made.etag) == ("default", "GitHub", "1")
    assert re.fullmatch("iss-[a-z2-7]{12}", made.id)


OVERLAPS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the same trust domain": ({"spiffe_trust_domain": "{}"}, {"spiffe_trust_domain": "{}"}, True),
    "a longer trust domain": ({"spiffe_trust_domain": "{}"}, {"spiffe_trust_domain": "a.{}"}, False),
    "the same suffix": ({"dns_suffix": "{}.org"}, {"dns_suffix": "{}.org"}, True),
    "a subdomain of the suffix": ({"dns_suffix": "{}.org"}, {"dns_suffix": "a.b.{}.org"}, True),
    "a domain around the suffix": ({"dns_suffix": "a.b.{}.org"}, {"dns_suffix": "{}.org"}, True),
    "a suffix that ends alike": ({"dns_suffix": "{}.org"}, {"dns_suffix": "a{}.org"}, False),
    "the same claims": ({"claim_prefix": "repo:a/"}, {"claim_prefix": "repo:a/"}, True),
    "a longer prefix": ({"claim_prefix": "repo:a/"}, {"claim_prefix": "repo:a/b"}, True),
    "a shorter prefix": ({"claim_prefix": "repo:a/b"}, {"claim_prefix": "repo:a/"}, True),
    "another prefix": ({"claim_prefix": "repo:a/"}, {"claim_prefix": "repo:b/"}, False),
    "another claim": ({"claim": "sub"}, {"claim": "owner", "claim_prefix": "z"}, True),
    "another audience": ({"audience": "a"}, {"audience": "b"}, False),
}


@pytest.mark.parametrize("case", OVERLAPS)
async def test_an_issuer_that_overlaps_with_another_one_is_refused(deployment: Deployment, case: str) -> None:
    first, second, overlaps = OVERLAPS[case]
    name = uuid.uuid4().hex
    other, _ = await other_organisation(deployment)

    def fields_of(template: dict[str, Any]) -> dict[str, Any]:
        if set(template) & {"spiffe_trust_domain", "dns_suffix"}:
            return {field: value.format(name) for field, value in template.items()}
        return {"oidc": oidc(issuer=f"https://{name}.example", **template)}

    made = await bound(deployment, **fields_of(first))
    call = bound(deployment, organisation_id=other, **fields_of(second))
    if not overlaps:
        await call
        return
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "IDENTITY_ISSUER_EXISTS")
    assert made.id in refusal.message
    await identities_of(deployment).DisableIdentityIssuer(
        DisableIdentityIssuerRequest(id=made.id), metadata=deployment.metadata
    )
    assert (await bound(deployment, organisation_id=other, **fields_of(second))).organisation_id == other


async def test_of_concurrent_bindings_of_one_trust_domain_one_succeeds(deployment: Deployment) -> None:
    domain = trust_domain()
    results = await asyncio.gather(
        *(bound(deployment, spiffe_trust_domain=domain) for _ in range(4)), return_exceptions=True
    )
    errors = [read(each).reason for each in results if isinstance(each, grpc.aio.AioRpcError)]
    assert errors == ["IDENTITY_ISSUER_EXISTS"] * 3


async def test_an_update_of_an_issuer_changes_only_what_the_mask_names(deployment: Deployment) -> None:
    stub, made = identities_of(deployment), await bound(deployment, oidc=oidc(), display_name="before")

    async def update(*paths: str, etag: str = "", **fields: Any) -> IdentityIssuer:
        request = UpdateIdentityIssuerRequest(
            id=made.id, identity_issuer=IdentityIssuer(etag=etag, **fields), update_mask=FieldMask(paths=paths)
        )
        return await stub.UpdateIdentityIssuer(request, metadata=deployment.metadata)

    url = "https://keys.example/jwks"
    changed = await update("oidc.jwks_json", "oidc.jwks_url", display_name="x", oidc=OidcIssuer(jwks_url=url))
    assert (changed.oidc.jwks_json, changed.oidc.jwks_url, changed.display_name) == ("", url, "before")
    assert (changed.oidc.issuer, changed.oidc.audience, changed.etag) == (made.oidc.issuer, made.oidc.audience, "2")
    assert list((await refused(update("oidc.audience"))).fields) == ["update_mask"]
    assert list((await refused(update())).fields) == ["update_mask"]
    assert list((await refused(update("oidc.jwks_url"))).fields) == ["identity_issuer.oidc"]
    assert (await refused(update("display_name", etag="1"))).reason == "ETAG_MISMATCH"
    assert (await update("display_name", etag="2", display_name="after")).display_name == "after"


async def test_only_an_oidc_issuer_has_keys_to_update(deployment: Deployment) -> None:
    made = await bound(deployment, spiffe_trust_domain=trust_domain())
    request = UpdateIdentityIssuerRequest(
        id=made.id,
        identity_issuer=IdentityIssuer(oidc=OidcIssuer(jwks_json=JWKS)),
        update_mask=FieldMask(paths=["oidc.jwks_json"]),
    )
    refusal = await refused(identities_of(deployment).UpdateIdentityIssuer(request, metadata=deployment.metadata))
    assert list(refusal.fields) == ["update_mask"]


async def test_a_disabled_issuer_stays_disabled_and_takes_no_identities(deployment: Deployment) -> None:
    stub, made = identities_of(deployment), await bound(deployment, spiffe_trust_domain=trust_domain())
    disable = DisableIdentityIssuerRequest(id=made.id)
    disabled = await stub.DisableIdentityIssuer(disable, metadata=deployment.metadata)
    assert disabled.HasField("disable_time")
    assert await stub.DisableIdentityIssuer(disable, metadata=deployment.metadata) == disabled
    update = UpdateIdentityIssuerRequest(id=made.id, update_mask=FieldMask(paths=["display_name"]))
    assert (
        await refused(stub.UpdateIdentityIssuer(update, metadata=deployment.metadata))
    ).reason == "IDENTITY_DISABLED"
    assert (await refused(mapped(deployment, made, f"{made.id}/a"))).reason == "IDENTITY_DISABLED"
    wrong = DisableIdentityIssuerRequest(id=made.id, etag="1")
    assert (await refused(stub.DisableIdentityIssuer(wrong, metadata=deployment.metadata))).reason == "ETAG_MISMATCH"


async def test_an_operator_lists_all_issuers_and_an_admin_those_of_its_organisation(deployment: Deployment) -> None:
    stub = identities_of(deployment)
    other, by_admin = await other_organisation(deployment)
    theirs = {(await bound(deployment, organisation_id=other, spiffe_trust_domain=trust_domain())).id for _ in range(3)}
    ours = await bound(deployment, oidc=oidc())

    async def listed(metadata: Any, page_size: int) -> list[IdentityIssuer]:
        found: list[IdentityIssuer] = []
        token = ""
        while True:
            request = ListIdentityIssuersRequest(page_size=page_size, page_token=token)
            page = await stub.ListIdentityIssuers(request, metadata=metadata)
            assert len(page.identity_issuers) <= page_size
            found += page.identity_issuers
            if not (token := page.next_page_token):
                return found

    assert [each.id for each in await listed(by_admin, 2)] == sorted(theirs)
    by_operator = await listed(deployment.metadata, 7)
    assert {*theirs, ours.id} <= {each.id for each in by_operator}
    # A page of 100 issuers would not fit a response with the keys of each.
    assert {each.oidc.jwks_json for each in by_operator if each.id == ours.id} == {""}
    refusal = await refused(stub.ListIdentityIssuers(ListIdentityIssuersRequest(page_token="x"), metadata=by_admin))
    assert refusal.reason == "PAGE_TOKEN_INVALID"


async def test_an_issuer_that_does_not_exist_is_not_found(deployment: Deployment) -> None:
    none = GetIdentityIssuerRequest(id="iss-none")
    refusal = await refused(identities_of(deployment).GetIdentityIssuer(none, metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "IDENTITY_ISSUER_NOT_FOUND")


SPIFFE_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "identity.name"),
    "another trust domain": ({"name": "spiffe://other.example/a"}, "identity.name"),
    "a trust domain that begins alike": ({"name": "spiffe://{}.evil/a"}, "identity.name"),
    "a pattern in the trust domain": ({"name": "spiffe://*/a"}, "identity.name"),
    "a name without a path": ({"name": "spiffe://{}"}, "identity.name"),
    "an empty segment": ({"name": "spiffe://{}/a//b"}, "identity.name"),
    "a slash at the end": ({"name": "spiffe://{}/a/"}, "identity.name"),
    "a dot segment": ({"name": "spiffe://{}/a/../b"}, "identity.name"),
    "percent-encoding": ({"name": "spiffe://{}/a%2fb"}, "identity.name"),
    "** in the middle": ({"name": "spiffe://{}/**/b"}, "identity.name"),
    "a long name": ({"name": "spiffe://{}/" + "x" * 2048}, "identity.name"),
    "claims": ({"claims": {"sub": "a"}}, "identity.claims"),
    "no roles": ({"roles": []}, "identity.roles"),
    "the role operator": ({"roles": [ROLE_OPERATOR]}, "identity.roles[0]"),
    "the role unspecified": ({"roles": [ROLE_READER, 0]}, "identity.roles[1]"),
    "an unknown role": ({"roles": [99]}, "identity.roles[0]"),
    "too many teams": ({"team_ids": [1] * 101}, "identity.team_ids"),
    "a long display name": ({"display_name": LONG}, "identity.display_name"),
    "an expiry in the past": ({"expire_time": datetime(2020, 1, 1, tzinfo=UTC)}, "identity.expire_time"),
    "a scope with a wrong network": ({"scope": Scope(networks=["10.0.0.1/8"])}, "identity.scope.networks[0]"),
    "an admin with a scope": ({"roles": [ROLE_ADMIN], "scope": Scope(folder_ids=[1])}, "identity.roles"),
    "a denied name that the pattern does not match": ({"denied_names": ["spiffe://{}/b"]}, "identity.denied_names[0]"),
    "too many denied names": ({"denied_names": ["spiffe://{}/a"] * 1001}, "identity.denied_names"),
    "a denied serial with a prefix": ({"denied_serials": ["0x1f"]}, "identity.denied_serials[0]"),
}


@pytest.mark.parametrize("case", SPIFFE_REFUSED)
async def test_each_mistake_in_an_identity_names_its_field(deployment: Deployment, case: str) -> None:
    fields, path = SPIFFE_REFUSED[case]
    domain = trust_domain()
    issuer = await bound(deployment, spiffe_trust_domain=domain)
    filled: dict[str, Any] = {
        name: [each.format(domain) for each in value] if name == "denied_names"
        else value.format(domain) if isinstance(value, str) else value
        for name, value in fields.items()
    }  # fmt: skip
    request = Identity(**{"issuer_id": issuer.id, "name": f"spiffe://{domain}/a", "roles": [ROLE_READER], **filled})
    call = identities_of(deployment).CreateIdentity(
        CreateIdentityRequest(identity=request), metadata=deployment.metadata
    )
    refusal = await refused(call)
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [path])


DNS_NAMES = {
    "{}.org": True,
    "a.{}.org": True,
    "*.{}.org": True,
    "a-*.b.{}.org": True,
    "A.{}.org": False,
    "a.{}.org.": False,
    "a{}.org": False,
    "*{}.org": False,
    "a_b.{}.org": False,
    "**.{}.org": False,
    "a.{}.org.evil.org": False,
    "**": False,
    "a..{}.org": False,
    "-a.{}.org": False,
}


@pytest.mark.parametrize("name", DNS_NAMES)
async def test_a_dns_pattern_lies_within_the_suffix(deployment: Deployment, name: str) -> None:
    suffix = uuid.uuid4().hex
    issuer = await bound(deployment, dns_suffix=f"{suffix}.org")
    call = mapped(deployment, issuer, name.format(suffix))
    if DNS_NAMES[name]:
        assert (await call).name == name.format(suffix)
    else:
        assert list((await refused(call)).fields) == ["identity.name"]


CLAIMS_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name": ({"name": "a"}, "identity.name"),
    "no claims": ({"claims": {}}, "identity.claims"),
    "too many claims": ({"claims": {str(number): "a" for number in range(11)}}, "identity.claims"),
    "another claim only": ({"claims": {"ref": "refs/heads/main"}}, "identity.claims"),
    "a pattern outside of the prefix": ({"claims": {"sub": "repo:y/*"}}, "identity.claims"),
    "a pattern that begins with *": ({"claims": {"sub": "*"}}, "identity.claims"),
    "an empty pattern": ({"claims": {"sub": "repo:x/*", "ref": ""}}, "identity.claims[ref]"),
    "** in the middle": ({"claims": {"sub": "repo:x/**:y"}}, "identity.claims[sub]"),
    "a denied name with the issuer": ({"denied_names": ["{}#repo:x/a"]}, "identity.denied_names[0]"),
    "a denied serial": ({"denied_serials": ["1f"]}, "identity.denied_serials"),
}


@pytest.mark.parametrize("case", CLAIMS_REFUSED)
async def test_each_mistake_in_an_identity_of_tokens_names_its_field(deployment: Deployment, case: str) -> None:
    fields, path = CLAIMS_REFUSED[case]
    source = oidc()
    issuer = await bound(deployment, oidc=source)
    denied = [name.format(source.issuer) for name in fields.get("denied_names", ())]
    sent = {
        "issuer_id": issuer.id,
        "claims": {"sub": "repo:x/*"},
        "roles": [ROLE_READER],
        **fields,
        "denied_names": denied,
    }
    call = identities_of(deployment).CreateIdentity(
        CreateIdentityRequest(identity=Identity(**sent)), metadata=deployment.metadata
    )
    refusal = await refused(call)
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [path])


async def test_an_update_of_an_identity_changes_only_what_the_mask_names(deployment: Deployment) -> None:
    stub = identities_of(deployment)
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    made = await mapped(deployment, issuer, "*", ROLE_READER, scope=Scope(surfaces=[SURFACE_TINES]))

    async def update(*paths: str, **fields: Any) -> Identity:
        request = UpdateIdentityRequest(id=made.id, identity=Identity(**fields), update_mask=FieldMask(paths=paths))
        return await stub.UpdateIdentity(request, metadata=deployment.metadata)

    denied = f"spiffe://{issuer.spiffe_trust_domain}/a"
    changed = await update("denied_names", "scope", denied_names=[denied], roles=[ROLE_ADMIN])
    assert (list(changed.denied_names), list(changed.roles), changed.etag) == ([denied], [ROLE_READER], "2")
    assert not changed.HasField("scope")
    assert (changed.name, changed.issuer_id, changed.create_time) == (made.name, made.issuer_id, made.create_time)
    assert list((await refused(update("name", name="x"))).fields) == ["update_mask"]
    assert list((await refused(update("roles"))).fields) == ["identity.roles"]
    assert (await refused(update("roles", roles=[ROLE_READER], etag="1"))).reason == "ETAG_MISMATCH"
    await stub.DisableIdentity(DisableIdentityRequest(id=made.id), metadata=deployment.metadata)
    assert (await refused(update("roles", roles=[ROLE_READER]))).reason == "IDENTITY_DISABLED"
    again = await stub.DisableIdentity(DisableIdentityRequest(id=made.id), metadata=deployment.metadata)
    assert again == await stub.GetIdentity(GetIdentityRequest(id=made.id), metadata=deployment.metadata)


async def test_an_admin_gives_an_identity_no_more_than_it_may_grant(deployment: Deployment) -> None:
    stub = identities_of(deployment)
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    end = datetime.now(UTC) + timedelta(days=1)
    by_reader_admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER])
    by_team_admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=ALL_BUT_OPERATOR, team_ids=[1])
    by_short_admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=ALL_BUT_OPERATOR, expire_time=end)
    by_near_admin = await key_of(
        deployment, ROLE_ADMIN, grantable_roles=ALL_BUT_OPERATOR, scope=Scope(networks=["127.0.0.0/8"])
    )
    for by, fields, path in (
        (by_reader_admin, {"roles": [ROLE_WRITER]}, "identity.roles"),
        (by_team_admin, {}, "identity.team_ids"),
        (by_team_admin, {"team_ids": [2]}, "identity.team_ids"),
        (by_short_admin, {}, "identity.expire_time"),
        (by_short_admin, {"expire_time": end + timedelta(hours=1)}, "identity.expire_time"),
        (by_near_admin, {}, "identity.scope.networks"),
        (by_near_admin, {"scope": Scope(networks=["10.0.0.0/8"])}, "identity.scope.networks"),
    ):
        refusal = await refused(mapped(deployment, issuer, "*", by=by, **fields))
        assert (refusal.reason, list(refusal.fields)) == ("GRANT_NOT_ALLOWED", [path])
    wide = await mapped(deployment, issuer, "wide", ROLE_WRITER)
    request = UpdateIdentityRequest(
        id=wide.id, identity=Identity(roles=[ROLE_READER]), update_mask=FieldMask(paths=["roles"])
    )
    assert list((await refused(stub.UpdateIdentity(request, metadata=by_reader_admin))).fields) == ["id"]
    narrow = await mapped(deployment, issuer, "narrow", ROLE_READER, by=by_reader_admin)
    widen = UpdateIdentityRequest(
        id=narrow.id, identity=Identity(roles=[ROLE_READER, ROLE_USER]), update_mask=FieldMask(paths=["roles"])
    )
    assert list((await refused(stub.UpdateIdentity(widen, metadata=by_reader_admin))).fields) == ["identity.roles"]


async def test_an_admin_limited_to_teams_sees_only_identities_within_them(deployment: Deployment) -> None:
    stub = identities_of(deployment)
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    by_team_admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=ALL_BUT_OPERATOR, team_ids=[1])
    everywhere = await mapped(deployment, issuer, "everywhere")
    within = await mapped(deployment, issuer, "within", by=by_team_admin, team_ids=[1])
    page = await stub.ListIdentities(ListIdentitiesRequest(), metadata=by_team_admin)
    assert [each.id for each in page.identities] == [within.id]
    get = GetIdentityRequest(id=everywhere.id)
    assert (await refused(stub.GetIdentity(get, metadata=by_team_admin))).reason == "IDENTITY_NOT_FOUND"
    unknown = mapped(deployment, issuer, "x", team_ids=[999])
    refusal = await refused(unknown)
    assert (refusal.reason, list(refusal.fields)) == ("TEAM_UNKNOWN", ["identity.team_ids[0]"])


async def test_an_issuer_has_a_limited_number_of_identities(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "MOST_IDENTITIES", 2)
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    first = await mapped(deployment, issuer, "a")
    await mapped(deployment, issuer, "b")
    assert list((await refused(mapped(deployment, issuer, "c"))).fields) == ["identity.issuer_id"]
    await identities_of(deployment).DisableIdentity(DisableIdentityRequest(id=first.id), metadata=deployment.metadata)
    await mapped(deployment, issuer, "c")


async def test_identities_are_listed_by_id_in_pages(deployment: Deployment) -> None:
    stub = identities_of(deployment)
    other, by = await other_organisation(deployment)
    issuer = await bound(deployment, organisation_id=other, spiffe_trust_domain=trust_domain())
    ids = sorted([(await mapped(deployment, issuer, str(number), by=by)).id for number in range(5)])
    found, token = [], ""
    for _ in range(3):
        request = ListIdentitiesRequest(page_size=2, page_token=token)
        page = await stub.ListIdentities(request, metadata=by)
        found += [each.id for each in page.identities]
        token = page.next_page_token
    assert (found, token) == (ids, "")


async def test_a_repeated_request_does_its_act_once(deployment: Deployment) -> None:
    stub, name = identities_of(deployment), uuid.uuid4().hex
    new_issuer = CreateIdentityIssuerRequest(
        identity_issuer=IdentityIssuer(organisation_id="default", spiffe_trust_domain=name), request_id=f"i-{name}"
    )
    issuer = await stub.CreateIdentityIssuer(new_issuer, metadata=deployment.metadata)
    assert await stub.CreateIdentityIssuer(new_issuer, metadata=deployment.metadata) == issuer
    new_identity = CreateIdentityRequest(
        identity=Identity(issuer_id=issuer.id, name=f"spiffe://{name}/a", roles=[ROLE_READER]), request_id=f"m-{name}"
    )
    identity = await stub.CreateIdentity(new_identity, metadata=deployment.metadata)
    assert await stub.CreateIdentity(new_identity, metadata=deployment.metadata) == identity
    update = UpdateIdentityRequest(
        id=identity.id, identity=Identity(display_name="x", etag="1"), request_id=f"u-{name}",
        update_mask=FieldMask(paths=["display_name"]),
    )  # fmt: skip
    changed = await stub.UpdateIdentity(update, metadata=deployment.metadata)
    assert await stub.UpdateIdentity(update, metadata=deployment.metadata) == changed
    new_issuer.identity_issuer.spiffe_trust_domain = f"{name}.other"
    refusal = await refused(stub.CreateIdentityIssuer(new_issuer, metadata=deployment.metadata))
    assert refusal.reason == "REQUEST_ID_REUSED"
    disable = DisableIdentityIssuerRequest(id=issuer.id, etag="1", request_id=f"d-{name}")
    disabled = await stub.DisableIdentityIssuer(disable, metadata=deployment.metadata)
    assert await stub.DisableIdentityIssuer(disable, metadata=deployment.metadata) == disabled


async def test_changes_of_issuers_are_in_the_operators_trail_and_those_of_identities_in_their_own(
    deployment: Deployment,
) -> None:
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    identity = await mapped(deployment, issuer, "a")

    async def actions(organisation_id: str, subject: str) -> list[tuple[str, int]]:
        request = ListAuditEventsRequest(organisation_id=organisation_id, page_size=500)
        page = await deployment.audit.ListAuditEvents(request, metadata=deployment.metadata)
        return [(event.action, event.revision) for event in page.audit_events if event.subject == subject]

    assert await actions("strongroom", issuer.id) == [("CreateIdentityIssuer", 1)]
    assert await actions("default", identity.id) == [("CreateIdentity", 1)]
    assert await actions("default", issuer.id) == []


async def test_get_caller_shows_the_rights_of_a_key(deployment: Deployment) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    metadata = await key_of(
        deployment, ROLE_READER, ROLE_WRITER, team_ids=[1], expire_time=end, scope=Scope(surfaces=[SURFACE_TINES])
    )
    caller = await identities_of(deployment).GetCaller(GetCallerRequest(), metadata=metadata)
    assert f"_{caller.id}_" in metadata[0][1]
    assert (caller.organisation_id, caller.principal) == ("default", "")
    assert (set(caller.roles), list(caller.team_ids)) == ({ROLE_READER, ROLE_WRITER}, [1])
    assert caller.scope == Scope(surfaces=[SURFACE_TINES])
    assert caller.expire_time.ToDatetime(UTC) == end
