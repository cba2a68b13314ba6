"""What goes in comes out: any text and bytes, in every variant, over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import created, named, samples

from strongroom.v1.credential_pb2 import CredentialData
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment
    from google.protobuf.message import Message

# Text without lone surrogates: protobuf has none.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON_TEXT = st.sampled_from(
    [
        '{"a": 1.10}',
        '{ "b":1e5 ,"c":[ ] }',
        "{}",
        '{"\\u00e4": "\\ud83d\\udd11"}',
        '{"n":123456789012345678901234567890}',
    ]
)


def value(draw: st.DrawFn, field: Any) -> Any:
    if field.name.endswith("json"):
        return draw(JSON_TEXT)
    if field.type == field.TYPE_BYTES:
        return draw(st.binary(max_size=60))
    if field.type == field.TYPE_BOOL:
        return draw(st.booleans())
    return draw(TEXT)


@st.composite
def filled(draw: st.DrawFn, arm: str) -> CredentialData:
    data = CredentialData()
    data.CopyFrom(samples()[arm])
    if arm == "key_values":
        data.key_values.values.clear()
        pairs = draw(st.dictionaries(TEXT.filter(bool), st.binary(max_size=60), max_size=5))
        data.key_values.values.update(pairs)
        return data
    fill(draw, getattr(data, arm))
    return data


def fill(draw: st.DrawFn, message: Message) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            for element in getattr(message, field.name):
                fill(draw, element)
        else:
            setattr(message, field.name, value(draw, field))


@pytest.mark.parametrize("arm", samples())
async def test_any_text_and_bytes_come_out_as_they_went_in(deployment: Deployment, arm: str) -> None:
    @settings(max_examples=8, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=filled(arm))
    def collect(data: CredentialData) -> None:
        drawn.append(data)

    drawn: list[CredentialData] = []
    collect()
    assert drawn
    for data in drawn:
        answer = await created(deployment, named(data=data), accept_invalid=True)
        request = AccessCredentialRequest(id=answer.id, allow_invalid=True)
        accessed = await deployment.credentials.AccessCredential(request, metadata=deployment.metadata)
        assert accessed.data == data
