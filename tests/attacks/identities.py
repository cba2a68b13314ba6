"""The attacks on identity issuers and identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trustme
from access.client_certificates import issued_to
from attacks import forgery
from attacks.acts import in_order, put_back, sql
from attacks.attack import Adversary, Attack, Where

from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.access.proxies import CLIENT_CERT, header_of
from strongroom_server.core.records import Identity, IdentityIssuer

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked

_AUTHORITY = trustme.CA()
_EVERY_ROLE = (ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_ADMIN)
_UNTIL_VERIFIED = "until `audit verify` runs"


def certified(path: str, domain: str = "domain") -> Act:
    """Call with a certificate for this path of the trust domain."""

    async def act(attacked: Attacked) -> object:
        certificate = issued_to(_AUTHORITY, f"spiffe://{attacked.world.ids[domain]}/{path}")
        stub = IdentityServiceStub(attacked.service.channel())
        metadata = ((CLIENT_CERT, header_of(certificate.pem.decode())),)
        return await stub.GetCaller(GetCallerRequest(), metadata=metadata)

    return act


def _refused(name: str, act: Act, attempt: Act, adversary: Adversary = Adversary.DATABASE) -> Attack:
    return Attack(name, act, Where.REFUSED, "IDENTITY_UNKNOWN", attempt, adversary)


IDENTITIES = (
    _refused(
        "Widen the pattern of an identity in its row",
        sql("update identities set name = 'spiffe://{domain}/**' where id = '{identity_present}'"),
        certified("anybody"),
    ),
    _refused(
        "Give an identity another role in its row",
        sql("update identities set roles = '{{1,2,3,4}}' where id = '{identity_narrowed}'"),
        certified("narrowed/a"),
    ),
    _refused(
        "Move an identity to another organisation",
        sql("update identities set organisation_id = '{other}' where id = '{identity_present}'"),
        certified("present"),
    ),
    _refused(
        "Move an identity issuer to another organisation, with its identities",
        sql(
            "update identity_issuers set organisation_id = '{other}' where id = '{issuer}';"
            " update identities set organisation_id = '{other}' where issuer_id = '{issuer}'"
        ),
        certified("present"),
    ),
    _refused(
        "Bind an issuer to another trust domain in its row",
        sql("update identity_issuers set name = 'attacker.example' where id = '{issuer}'"),
        certified("present"),
    ),
    _refused(
        "Remove a denied name of an identity in its row",
        sql("update identities set denied_names = '{{}}' where id = '{identity_narrowed}'"),
        certified("narrowed/denied"),
    ),
    _refused(
        "Put the row of an identity back from before a name was denied",
        put_back("identities", "id = '{identity_narrowed}'"),
        certified("narrowed/denied"),
    ),
    _refused(
        "Mark a disabled identity as not disabled",
        sql("update identities set disable_time = null where id = '{identity_disabled}'"),
        certified("disabled"),
    ),
    _refused(
        "Put the row of a disabled identity back",
        put_back("identities", "id = '{identity_disabled}'"),
        certified("disabled"),
    ),
    _refused(
        "Mark a disabled identity issuer as not disabled",
        sql("update identity_issuers set disable_time = null where id = '{issuer_gone}'"),
        certified("present", "domain_gone"),
    ),
    _refused(
        "Put the row of a disabled identity issuer back",
        put_back("identity_issuers", "id = '{issuer_gone}'"),
        certified("present", "domain_gone"),
    ),
    _refused(
        "Copy an identity under the attacker's name",
        sql(
            "create table copied as select * from identities where id = '{identity_present}';"
            " update copied set id = 'id-copy', name = 'spiffe://{domain}/attacker'; insert into identities select * from copied"
        ),
        certified("attacker"),
    ),
    Attack(
        "Put a disabled identity back, and delete the event that disabled it",
        in_order(
            put_back("identities", "id = '{identity_disabled}'"),
            sql("delete from audit_events where subject = '{identity_disabled}' and action = 'DisableIdentity'"),
        ),
        Where.VERIFY,
        "the event was removed",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete an identity",
        sql("delete from identities where id = '{identity_present}'"),
        Where.VERIFY,
        " is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete an identity issuer",
        sql("delete from identity_issuers where id = '{issuer}'"),
        Where.VERIFY,
        " is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    _refused(
        "Sign an identity with every role",
        forgery.sign_as_writer(Identity, "id = '{identity_present}'", roles=_EVERY_ROLE, revision=9),
        certified("present"),
        Adversary.WRITER,
    ),
    _refused(
        "Sign an identity issuer that is enabled again",
        forgery.sign_as_writer(IdentityIssuer, "id = '{issuer_gone}'", disable_time=None, revision=9),
        certified("present", "domain_gone"),
        Adversary.WRITER,
    ),
    Attack(
        "Sign an identity with every role, without an event",
        in_order(
            forgery.sign_as_full_node(Identity, "id = '{identity_present}'", roles=_EVERY_ROLE, revision=9),
            certified("present"),
        ),
        Where.VERIFY,
        "has revision 9, but its events say 1",
        adversary=Adversary.NODE,
        window=_UNTIL_VERIFIED,
    ),
)
