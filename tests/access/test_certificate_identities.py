"""Callers with a client certificate, over TLS: which identity each stands for, and when it stops to."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import grpc.aio
import httpx
import pytest
import trustme
from access.client_certificates import KEY_PEM, ClientCertificate, issued_to
from cryptography.x509.oid import ExtendedKeyUsageOID
from gateway.apis import slashid, versori
from google.protobuf.field_mask_pb2 import FieldMask
from node.tls_node import OWN_CONNECTION, TlsNode, open_tls_node
from organisations.binding import bound, identities_of, mapped, trust_domain
from rpc.calls import Metadata, key_of, other_organisation, read
from samples import created, named
from waiting import until

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import SURFACE_TINES
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.identity_service_pb2 import (
    CreateIdentityRequest,
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    GetCallerRequest,
    Identity,
    IdentityIssuer,
    UpdateIdentityIssuerRequest,
    UpdateIdentityRequest,
)
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    Scope,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.access.caller import Presented
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.node import service as node_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

    from strongroom.v1.audit_service_pb2 import AuditEvent
    from strongroom.v1.identity_service_pb2 import Caller


@dataclass(frozen=True)
class Site:
    """A node over TLS, an issuer of each kind in the organisation of the tests, and one of another organisation."""

    tls: TlsNode
    domain: IdentityIssuer
    suffix: IdentityIssuer
    other: str
    other_by: Metadata
    other_domain: IdentityIssuer

    @property
    def deployment(self) -> Deployment:
        return self.tls.deployment

    def spiffe(self, path: str) -> str:
        return f"spiffe://{self.domain.spiffe_trust_domain}/{path}"

    def dns(self, label: str) -> str:
        return f"{label}.{self.suffix.dns_suffix}"

    def issue(self, *names: str, **fields: Any) -> ClientCertificate:
        return issued_to(self.tls.client_authority, *names, **fields)

    @asynccontextmanager
    async def connected(self, certificate: ClientCertificate) -> AsyncIterator[Connection]:
        """A connection with a certificate, whose calls have no API key unless they bring one."""
        credentials = grpc.ssl_channel_credentials(self.tls.authority.cert_pem.bytes(), KEY_PEM, certificate.pem)
        target = f"localhost:{self.tls.only_mtls}"
        async with grpc.aio.secure_channel(target, credentials, options=OWN_CONNECTION) as channel:
            yield Connection(channel)

    async def outcome(self, certificate: ClientCertificate, metadata: Metadata = ()) -> str:
        """The id of the caller over a new connection, or the reason of the refusal."""
        async with self.connected(certificate) as connection:
            return await connection.outcome(metadata)


@dataclass(frozen=True)
class Connection:
    """A channel with a client certificate."""

    channel: grpc.aio.Channel

    async def caller(self, metadata: Metadata = ()) -> Caller:
        return await IdentityServiceStub(self.channel).GetCaller(GetCallerRequest(), metadata=metadata, timeout=10)

    async def outcome(self, metadata: Metadata = ()) -> str:
        try:
            return (await self.caller(metadata)).id
        except grpc.aio.AioRpcError as error:
            return "no connection" if error.code() == grpc.StatusCode.UNAVAILABLE else read(error).reason


@pytest.fixture(scope="module")
async def site(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    other, other_by = await other_organisation(deployment)
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as tls:
        yield Site(
            tls,
            domain=await bound(deployment, spiffe_trust_domain=trust_domain()),
            suffix=await bound(deployment, dns_suffix=f"{uuid.uuid4().hex}.svc.example"),
            other=other,
            other_by=other_by,
            other_domain=await bound(deployment, organisation_id=other, spiffe_trust_domain=trust_domain()),
        )


async def test_a_certificate_alone_authenticates_its_identity(site: Site) -> None:
    identity = await mapped(site.deployment, site.domain, "ns/*/sa/api", ROLE_READER, ROLE_USER, team_ids=[1])
    certificate = site.issue(site.spiffe("ns/prod/sa/api"))
    async with site.connected(certificate) as connection:
        caller = await connection.caller()
    assert (caller.id, caller.organisation_id) == (identity.id, "default")
    assert caller.principal == site.spiffe("ns/prod/sa/api")
    assert (set(caller.roles), list(caller.team_ids)) == ({ROLE_READER, ROLE_USER}, [1])
    # Without an expire_time of the identity, the certificate's end.
    assert caller.expire_time.ToDatetime(UTC) > site.deployment.service.watch.now() + timedelta(hours=23)


async def test_names_that_no_identity_maps_stand_for_nobody(site: Site) -> None:
    await mapped(site.deployment, site.domain, "strict/*")
    await mapped(site.deployment, site.suffix, site.dns("*"))
    suffix, domain = site.suffix.dns_suffix, site.domain.spiffe_trust_domain
    for names, fields in (
        ([site.spiffe("strict/a/b")], {}),
        ([site.spiffe("strict/")], {}),
        ([site.spiffe("strict/%61")], {}),
        ([f"spiffe://{domain}.evil/strict/a"], {}),
        ([f"spiffe://evil.{domain}/strict/a"], {}),
        ([f"spiffe://{domain.upper()}/strict/a"], {}),
        ([site.spiffe("strict/a"), "https://a.example/"], {}),
        ([f"evil{suffix}"], {}),
        ([suffix], {}),
        ([f"{suffix}.evil.example"], {}),
        ([f"a.b.{suffix}"], {}),
        ([f"*.{suffix}"], {}),
        ([f"A.{suffix}"], {}),
        ([], {"common_name": site.dns("a")}),
        ([], {"common_name": site.spiffe("strict/a")}),
        (["unbound.example"], {}),
    ):
        assert await site.outcome(site.issue(*names, **fields)) == "IDENTITY_UNKNOWN", names


async def test_a_certificate_for_servers_or_without_purpose_stands_for_nobody(site: Site) -> None:
    await mapped(site.deployment, site.domain, "purpose")
    name = site.spiffe("purpose")
    for usages in ((ExtendedKeyUsageOID.SERVER_AUTH,), None):
        # TLS may refuse it before the service does.
        assert await site.outcome(site.issue(name, usages=usages)) in {"IDENTITY_UNKNOWN", "no connection"}
    presented = Presented((), "", site.issue(name, usages=None).pem)
    service = site.deployment.service
    with pytest.raises(AuthenticationFailed) as caught:
        await service.pipeline._authenticator.identify(presented, service.watch)
    assert caught.value.kind == "wrong_purpose"


async def test_a_certificate_that_has_expired_or_is_not_valid_yet_makes_no_connection(site: Site) -> None:
    await mapped(site.deployment, site.domain, "times")
    for times in ({"end": timedelta(seconds=-60)}, {"start": timedelta(hours=1), "end": timedelta(hours=2)}):
        assert await site.outcome(site.issue(site.spiffe("times"), **times)) == "no connection"
    # Another authority's certificate for the same name.
    stranger = issued_to(trustme.CA(), site.spiffe("times"))
    assert await site.outcome(stranger) == "no connection"


async def test_a_connection_ends_to_count_when_its_certificate_expires(site: Site) -> None:
    identity = await mapped(site.deployment, site.domain, "short")
    certificate = site.issue(site.spiffe("short"), end=timedelta(seconds=2))
    async with site.connected(certificate) as connection:
        assert await connection.outcome() == identity.id
        await until(lambda: is_outcome(connection, "IDENTITY_UNKNOWN"))


async def test_a_pattern_without_a_wildcard_counts_first_and_two_others_are_refused(site: Site) -> None:
    await mapped(site.deployment, site.domain, "two/*")
    await mapped(site.deployment, site.domain, "two/**")
    exact = await mapped(site.deployment, site.domain, "two/exact")
    assert await site.outcome(site.issue(site.spiffe("two/exact"))) == exact.id
    assert await site.outcome(site.issue(site.spiffe("two/a"))) == "IDENTITY_UNKNOWN"
    deeper = await site.outcome(site.issue(site.spiffe("two/a/b")))
    assert deeper.startswith("id-")
    assert deeper != exact.id


async def test_several_names_must_stand_for_one_identity(site: Site) -> None:
    one = await mapped(site.deployment, site.suffix, site.dns("one-*.several"))
    await mapped(site.deployment, site.suffix, site.dns("two-*.several"))
    await mapped(site.deployment, site.domain, "several")
    assert await site.outcome(site.issue(site.dns("one-a.several"), site.dns("one-b.several"))) == one.id
    assert await site.outcome(site.issue(site.dns("one-a.several"), "unbound.example")) == one.id
    assert await site.outcome(site.issue(site.dns("one-a.several"), site.dns("two-a.several"))) == "IDENTITY_UNKNOWN"
    assert await site.outcome(site.issue(site.dns("one-a.several"), site.spiffe("several"))) == "IDENTITY_UNKNOWN"


async def test_names_of_two_organisations_stand_for_neither(site: Site) -> None:
    await mapped(site.deployment, site.suffix, site.dns("ours"))
    foreign = f"spiffe://{site.other_domain.spiffe_trust_domain}/theirs"
    theirs = await mapped(site.deployment, site.other_domain, "theirs", by=site.other_by)
    assert await site.outcome(site.issue(foreign)) == theirs.id
    both = site.issue(site.dns("ours"), foreign)
    assert await site.outcome(both) == "IDENTITY_UNKNOWN"
    assert await site.outcome(both, site.deployment.metadata) == "IDENTITY_CONFLICT"


async def test_an_issuer_of_another_organisation_gives_no_rights_here(site: Site) -> None:
    await mapped(site.deployment, site.other_domain, "reader", ROLE_READER, by=site.other_by)
    ours = (await created(site.deployment, named("ours"))).id
    certificate = site.issue(f"spiffe://{site.other_domain.spiffe_trust_domain}/reader")
    async with site.connected(certificate) as connection:
        assert (await connection.caller()).organisation_id == site.other
        stub = CredentialServiceStub(connection.channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetCredential(GetCredentialRequest(id=ours))
        assert read(caught.value).reason == "CREDENTIAL_NOT_FOUND"
        assert not (await stub.ListCredentials(ListCredentialsRequest())).credentials


async def test_a_key_and_a_certificate_must_not_contradict_each_other(site: Site) -> None:
    identity = await mapped(site.deployment, site.domain, "both", denied_names=[])
    ours, key = site.issue(site.spiffe("both")), await key_of(site.deployment, ROLE_READER)
    key_id = (await identities_of(site.deployment).GetCaller(GetCallerRequest(), metadata=key)).id
    assert await site.outcome(ours) == identity.id
    assert await site.outcome(ours, key) == key_id
    assert await site.outcome(ours, site.other_by) == "IDENTITY_CONFLICT"
    assert await site.outcome(ours, (("authorization", "Bearer sr_none_0123456789abcdef"),)) == "API_KEY_INVALID"
    unmapped = site.issue(site.spiffe("both/unmapped"))
    assert await site.outcome(unmapped, key) == "IDENTITY_CONFLICT"
    # A certificate of no issuer only protects the connection.
    unbound = site.issue("unbound.example")
    assert await site.outcome(unbound, key) == key_id
    assert await site.outcome(unbound) == "IDENTITY_UNKNOWN"
    wildcard = site.issue(f"*.{site.suffix.dns_suffix}")
    assert await site.outcome(wildcard, key) == "IDENTITY_CONFLICT"


async def is_outcome(connection: Connection, expected: str, metadata: Metadata = ()) -> bool:
    return await connection.outcome(metadata) == expected


async def updated_identity(site: Site, identity: Identity, path: str, value: Any) -> None:
    request = UpdateIdentityRequest(
        id=identity.id, identity=Identity(**{path: value}), update_mask=FieldMask(paths=[path])
    )
    await identities_of(site.deployment).UpdateIdentity(request, metadata=site.deployment.metadata)


async def deny_name(site: Site, _: IdentityIssuer, identity: Identity, certificate: ClientCertificate) -> None:
    await updated_identity(site, identity, "denied_names", [identity.name])


async def deny_serial(site: Site, _: IdentityIssuer, identity: Identity, certificate: ClientCertificate) -> None:
    await updated_identity(site, identity, "denied_serials", [certificate.serial])


async def deny_serial_of_issuer(
    site: Site, issuer: IdentityIssuer, _: Identity, certificate: ClientCertificate
) -> None:
    request = UpdateIdentityIssuerRequest(
        id=issuer.id,
        identity_issuer=IdentityIssuer(denied_serials=[certificate.serial]),
        update_mask=FieldMask(paths=["denied_serials"]),
    )
    await identities_of(site.deployment).UpdateIdentityIssuer(request, metadata=site.deployment.metadata)


async def disable_identity(site: Site, _: IdentityIssuer, identity: Identity, __: ClientCertificate) -> None:
    request = DisableIdentityRequest(id=identity.id)
    await identities_of(site.deployment).DisableIdentity(request, metadata=site.deployment.metadata)


async def disable_issuer(site: Site, issuer: IdentityIssuer, _: Identity, __: ClientCertificate) -> None:
    request = DisableIdentityIssuerRequest(id=issuer.id)
    await identities_of(site.deployment).DisableIdentityIssuer(request, metadata=site.deployment.metadata)


ENDINGS = (deny_name, deny_serial, deny_serial_of_issuer, disable_identity, disable_issuer)


async def test_what_ends_an_identity_acts_at_once_on_open_connections_and_on_other_nodes(site: Site) -> None:
    deployment = site.deployment
    key = await key_of(deployment, ROLE_READER)
    async with node_service.service(deployment.settings, deployment.database_url) as second:
        for end in ENDINGS:
            issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
            identity = await mapped(deployment, issuer, "workload")
            certificate = site.issue(identity.name)

            async def is_refused_elsewhere(certificate: ClientCertificate = certificate) -> bool:
                try:
                    await second.pipeline._authenticator.identify(Presented((), "", certificate.pem), second.watch)
                except AuthenticationFailed:
                    return True
                return False

            async with site.connected(certificate) as connection:
                assert await connection.outcome() == identity.id
                await second.pipeline._authenticator.identify(Presented((), "", certificate.pem), second.watch)
                await end(site, issuer, identity, certificate)
                # This node forgot it before it answered.
                assert await connection.outcome() == "IDENTITY_UNKNOWN", end.__name__
                expected = "IDENTITY_CONFLICT" if end is not disable_issuer else None
                with_key = await connection.outcome(key)
                assert with_key == expected or expected is None
            await asyncio.wait_for(until(is_refused_elsewhere), 1)


async def test_the_roles_teams_scope_and_networks_of_an_identity_limit_its_calls(site: Site) -> None:
    deployment = site.deployment
    inside = (await created(deployment, named("inside", variant="text", surface=SURFACE_TINES))).id
    outside = (await created(deployment, named("outside"))).id
    await mapped(deployment, site.domain, "scoped", ROLE_READER, scope=Scope(surfaces=[SURFACE_TINES]))
    await mapped(deployment, site.domain, "far", ROLE_READER, scope=Scope(networks=["192.0.2.0/24"]))
    async with site.connected(site.issue(site.spiffe("scoped"))) as connection:
        stub = CredentialServiceStub(connection.channel)
        assert (await stub.GetCredential(GetCredentialRequest(id=inside))).id == inside
        for call, reason in (
            (stub.GetCredential(GetCredentialRequest(id=outside)), "CREDENTIAL_NOT_FOUND"),
            (stub.CreateCredential(CreateCredentialRequest(credential=named("new"))), "ROLE_MISSING"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert read(caught.value).reason == reason
    assert await site.outcome(site.issue(site.spiffe("far"))) == "NETWORK_NOT_ALLOWED"


async def test_an_identity_grants_nothing_even_as_an_admin(site: Site) -> None:
    await mapped(site.deployment, site.domain, "admin", ROLE_ADMIN)
    async with site.connected(site.issue(site.spiffe("admin"))) as connection:
        new_key = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER]))
        new_identity = CreateIdentityRequest(
            identity=Identity(issuer_id=site.domain.id, name=site.spiffe("x"), roles=[ROLE_READER])
        )
        calls = (
            OrganisationServiceStub(connection.channel).CreateApiKey(new_key),
            IdentityServiceStub(connection.channel).CreateIdentity(new_identity),
        )
        for call in calls:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert read(caught.value).reason == "GRANT_NOT_ALLOWED"


async def events_of(deployment: Deployment, **filters: str) -> list[AuditEvent]:
    request = ListAuditEventsRequest(page_size=500, **filters)  # type: ignore[arg-type] # filters are texts
    page = await deployment.audit.ListAuditEvents(request, metadata=deployment.metadata)
    return list(page.audit_events)


async def test_acts_and_failures_of_a_certificate_are_recorded_with_its_name(site: Site) -> None:
    deployment = site.deployment
    identity = await mapped(deployment, site.domain, "recorded/*", ROLE_WRITER)
    principal, stranger = site.spiffe("recorded/a"), site.spiffe("recorded/a/b")
    async with site.connected(site.issue(principal)) as connection:
        stub = CredentialServiceStub(connection.channel)
        made = await stub.CreateCredential(CreateCredentialRequest(credential=named("by a certificate")))
    assert await site.outcome(site.issue(stranger)) == "IDENTITY_UNKNOWN"
    (event,) = await events_of(deployment, credential_id=made.id)
    assert (event.action, event.key_id, event.principal) == ("CreateCredential", identity.id, principal)

    async def failure_is_recorded() -> bool:
        found = await events_of(deployment, action="Authenticate")
        return ("IDENTITY_UNKNOWN", stranger) in [(each.outcome, each.principal) for each in found]

    await until(failure_is_recorded)


async def test_request_ids_belong_to_the_identity(site: Site) -> None:
    await mapped(site.deployment, site.domain, "requests/*", ROLE_WRITER, ROLE_READER)
    await mapped(site.deployment, site.domain, "requests-of-others", ROLE_WRITER, ROLE_READER)
    request = CreateCredentialRequest(credential=named("once"), request_id=f"r-{uuid.uuid4()}")
    ids = []
    for path in ("requests/a", "requests/b", "requests-of-others"):
        async with site.connected(site.issue(site.spiffe(path))) as connection:
            ids.append((await CredentialServiceStub(connection.channel).CreateCredential(request)).id)
    assert ids[0] == ids[1] != ids[2]


async def test_vendors_endpoints_serve_a_caller_with_only_a_certificate(site: Site) -> None:
    await mapped(site.deployment, site.domain, "http", ROLE_WRITER, ROLE_READER)
    context = site.tls.context()
    pem = site.tls.files.directory / "client.pem"
    pem.write_bytes(KEY_PEM + site.issue(site.spiffe("http")).pem)
    context.load_cert_chain(pem)
    calls: list[tuple[str, dict[str, str]]] = [
        ("/api/v1/user_credentials", {}),
        (slashid(site.deployment).path, {"SlashID-OrgID": "default"}),
        (versori(site.deployment).path, {}),
    ]
    url = f"https://localhost:{site.tls.http}"
    async with httpx.AsyncClient(base_url=url, verify=context, trust_env=False) as client:
        for path, headers in calls:
            assert (await client.get(path, headers=headers)).status_code == 200, path
            wrong = {**headers, "Authorization": "Bearer sr_none_0123456789abcdef"}
            if "SlashID-OrgID" in headers:
                wrong = {**headers, "SlashID-API-Key": "sr_none_0123456789abcdef"}
            assert (await client.get(path, headers=wrong)).status_code == 401, path
    async with site.tls.http_client() as client:
        for path, headers in calls:
            assert (await client.get(path, headers=headers)).status_code == 401, path


async def test_a_certificate_in_metadata_from_the_network_is_ignored(site: Site) -> None:
    await mapped(site.deployment, site.domain, "metadata")
    forged = (("strongroom-client-certificate-bin", site.issue(site.spiffe("metadata")).pem),)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await identities_of(site.deployment).GetCaller(GetCallerRequest(), metadata=forged)
    assert read(caught.value).reason == "API_KEY_MISSING"


async def test_calls_with_a_certificate_read_nothing_of_identities_from_the_database(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = await mapped(site.deployment, site.domain, "cached")
    database, statements = site.deployment.service.database, Statements()
    async with site.connected(site.issue(site.spiffe("cached"))) as connection:
        assert await connection.outcome() == identity.id
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            if hasattr(database, name):
                monkeypatch.setattr(type(database), name, statements.counting(getattr(type(database), name)))

        async def knows_it() -> bool:
            # The node learns of the new identity by a notification too, and then reads it once more.
            statements.texts.clear()
            assert await connection.outcome() == identity.id
            return not [each for each in statements.texts if "identit" in each]

        await until(knows_it)
        for _ in range(5):
            assert await connection.outcome() == identity.id
        assert not [each for each in statements.texts if "identit" in each]
        site.deployment.service.pipeline._authenticator._certificates._identities.forget(None)
        assert await connection.outcome() == identity.id
        assert len([each for each in statements.texts if "identit" in each]) == 2


@dataclass
class Statements:
    texts: list[str] = field(default_factory=list)

    def counting(self, method: Any) -> Any:
        async def counted(database: Any, statement: str, *arguments: Any, **options: Any) -> Any:
            self.texts.append(statement)
            return await method(database, statement, *arguments, **options)

        return counted
