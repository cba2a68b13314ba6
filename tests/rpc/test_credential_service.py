from __future__ import annotations

from conftest import House

from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, CreateCredentialRequest


async def test_what_was_created_can_be_accessed(house: House) -> None:
    data = CredentialData(basic_auth=BasicAuthData(username="u", password="p"))
    created = await house.credentials.CreateCredential(
        CreateCredentialRequest(credential=Credential(name="n", data=data)), metadata=house.metadata
    )
    accessed = await house.credentials.AccessCredential(AccessCredentialRequest(id=created.id), metadata=house.metadata)
    assert accessed.data == data
